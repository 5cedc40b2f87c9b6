"""Amounts by part: the largest have names, the others are added up, nothing is lost."""

from __future__ import annotations

import pytest

from chipsim.report.stacks import COLOURED, OTHERS, amount_of, fewer, largest

MANY = {f"part {index}": float(index) for index in range(1, 12)}


def test_the_largest_parts_have_names() -> None:
    parts = largest([("a", MANY)])
    assert parts[0] == "part 11"
    assert len(parts) == COLOURED + 1
    assert parts[-1] == OTHERS
    assert sum(amount_of(MANY, part, parts) for part in parts) == pytest.approx(sum(MANY.values()))


def test_one_part_too_many_keeps_its_name() -> None:
    few = {name: MANY[name] for name in list(MANY)[: COLOURED + 1]}
    assert OTHERS not in largest([("a", few)])
    assert largest([("a", {"none": 0.0})]) == []


def test_of_many_bars_the_small_ones_are_added_up() -> None:
    found = {name: {"x": amount, "y": 1.0} for name, amount in MANY.items()}
    rows = fewer(found, 4)
    assert list(rows) == ["part 9", "part 10", "part 11", "8 others"]
    assert rows["8 others"] == {"x": 36.0, "y": 8.0}
    assert fewer(found, 20) == found
