"""What comparisons share."""

from __future__ import annotations

from chipsim.report.side_by_side import differences, flatten


def test_flatten_names_every_leaf() -> None:
    block = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": 3}, 4], "f": []}
    assert flatten(block) == {"a.b": 1, "a.c": [1, 2], "d[0].e": 3, "d[1]": 4, "f": []}


def test_keys_may_be_left_out() -> None:
    experiments = [{"bits": 8, "adc": {"source": "one"}}, {"bits": 6, "adc": {"source": "two"}}]
    assert differences(experiments) == {"bits": [8, 6], "adc.source": ["one", "two"]}
    assert differences(experiments, {"source"}) == {"bits": [8, 6]}
