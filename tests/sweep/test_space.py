"""Points: every combination once and in order, ranges with both their ends, conditions, linked keys, counts without building."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.reading import from_plain
from chipsim.sweep.description import Axis, Sweep
from chipsim.sweep.space import Point, count, most, names, points, values_of


def sweep_of(*axes, **more):
    return from_plain(Sweep, {"axes": list(axes), **more})


def axis_of(**values):
    return from_plain(Axis, {"key": "seed", **values})


def changes(sweep) -> list[dict]:
    return [dict(point.changes) for point in points(sweep)]


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(sizes)
def test_every_combination_once_the_last_axis_fastest(sizes):
    sweep = sweep_of(*({"key": f"k{i}", "values": list(range(size))} for i, size in enumerate(sizes)))
    expected = [dict(zip((f"k{i}" for i in range(len(sizes))), picks, strict=True)) for picks in itertools.product(*map(range, sizes))]
    assert changes(sweep) == expected
    assert count(sweep) == most(sweep) == math.prod(sizes)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True), st.integers(1, 3), st.integers(1, 3))
def test_an_axis_with_a_condition_exists_only_where_it_holds(wanted, size, free):
    sweep = sweep_of(
        {"key": "a", "values": [0, 1, 2]},
        {"key": "b", "values": list(range(size)), "when": {"a": wanted}},
        {"key": "c", "values": list(range(free))},
    )
    found = changes(sweep)
    assert len(found) == count(sweep) == free * sum(size if a in wanted else 1 for a in (0, 1, 2))
    assert len({tuple(sorted(point.items())) for point in found}) == len(found)
    assert all(("b" in point) == (point["a"] in wanted) for point in found)
    assert all((point.shown["b"] is None) == (dict(point.changes)["a"] not in wanted) for point in points(sweep))


def test_conditions_may_ask_one_another_and_compare_quantities():
    sweep = sweep_of(
        {"key": "a", "values": ["1 ns", "2 ns"]},
        {"key": "b", "values": [1, 2], "when": {"a": "1000 ps"}},
        {"key": "c", "values": [1, 2], "when": {"b": 2}},
    )
    assert [tuple(point.values()) for point in changes(sweep)] == [("1 ns", 1), ("1 ns", 2, 1), ("1 ns", 2, 2), ("2 ns",)]


def test_a_condition_may_ask_what_is_inside_a_block():
    sweep = sweep_of(
        {"key": "adc", "values": [{"type": "sar", "bits": 6}, "ideal"]},
        {"key": "adc.bits", "values": [7, 8], "when": {"adc.type": "sar"}},
    )
    assert count(sweep) == len(changes(sweep)) == 3


def test_linked_keys_change_together():
    sweep = sweep_of({"keys": ["rows", "columns"], "values": [[8, 8], [16, 32]]}, {"key": "seed", "low": 0, "high": 1})
    assert changes(sweep)[2] == {"rows": 16, "columns": 32, "seed": 0}
    assert count(sweep) == 4


@given(st.floats(1e-9, 1e9), st.floats(1.01, 1e6), st.integers(2, 20), st.sampled_from(["linear", "log"]))
def test_a_range_has_both_its_ends_and_rises(low, factor, number, scale):
    values = values_of(axis_of(low=low, high=low * factor, points=number, scale=scale))
    assert (values[0], values[-1], len(values)) == (low, low * factor, number)
    assert sorted(values) == list(values)
    steps = [b / a if scale == "log" else b - a for a, b in itertools.pairwise(values)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-3 if scale == "log" else 0.01, abs=1e-7 * values[-1])


def test_ranges_with_units_and_of_whole_numbers():
    assert values_of(axis_of(low="0.5 GHz", high="2 GHz", points=3, scale="log")) == ["0.5 GHz", "1e+09 Hz", "2 GHz"]
    assert list(values_of(axis_of(low=4, high=7))) == [4, 5, 6, 7]
    assert values_of(axis_of(low=1, high=1000, points=4, scale="log")) == [1, 10, 100, 1000]
    assert values_of(axis_of(low=1, high=3, points=9, scale="log")) == [1, 2, 3]  # each once
    assert values_of(axis_of(low=3, high=9, points=4)) == [3, 5, 7, 9]


def test_a_huge_space_is_counted_without_being_built():
    billion = [{"key": f"k{i}", "low": 0.0, "high": 1.0, "points": 1000} for i in range(3)]
    assert count(sweep_of(*billion)) == 10**9
    assert count(sweep_of({"key": "seed", "low": 1, "high": 10**9})) == 10**9
    tied = [*billion, {"key": "x", "values": [1, 2], "when": {"k0": 0.0}}]
    assert count(sweep_of(*tied)) == 999 * 10**6 + 2 * 10**6
    assert next(points(sweep_of(*billion))) == Point((("k0", 0.0), ("k1", 0.0), ("k2", 0.0)), {"k0": 0.0, "k1": 0.0, "k2": 0.0})


@pytest.mark.parametrize(
    ("keys", "called"),
    [
        (["a.b.bits", "a.c.bits"], ["b.bits", "c.bits"]),
        (["x.bits", "y.clock"], ["bits", "clock"]),
        (["architecture.tile.array.adc.type"], ["adc.type"]),
        (["times[0]", "seed"], ["times[0]", "seed"]),
        (["bits", "a.bits"], ["bits", "a.bits"]),
    ],
)
def test_names_are_short_and_tell_axes_apart(keys, called):
    assert sorted(names(sweep_of(*({"key": key, "values": [1, 2]} for key in keys)))) == sorted(called)
