"""Drawings: escaped, well-formed, with sensible axes."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.report.svg import box, drawing, element, legend, scaled, text, ticks


@given(st.text(max_size=30))
def test_any_text_stays_text(content: str) -> None:
    whole = drawing(10, 10, content, [text(0, 0, content), box(0, 0, 1, 1, "#000000", content.replace("\0", ""))])
    tree = ElementTree.fromstring("".join(c for c in whole if c.isprintable()))
    assert {part.tag for part in tree.iter()} == {"svg", "text", "rect"}


def test_attributes_and_children_are_escaped() -> None:
    made = element("text", {"data-tip": '"><script>'}, [])
    assert "<script>" not in made
    assert "&#34;&gt;&lt;script&gt;" in made


def test_numbers_are_short() -> None:
    assert element("rect", {"x": 1.0, "y": -0.0001, "z": 2.345678}) == '<rect x="1" y="0" z="2.35"></rect>'


@pytest.mark.parametrize(
    ("largest", "symbol", "expected"),
    [
        (3e-9, "J", (1e9, "nJ")),
        (2.0, "s", (1.0, "s")),
        (1e3, "J", (1e-3, "kJ")),
        (5e-7, "m2", (1e6, "mm2")),
        (5e-10, "m2", (1e12, "um2")),
        (0.0, "J", (1.0, "J")),
    ],
)
def test_units_bring_numbers_near_one(largest: float, symbol: str, expected: tuple[float, str]) -> None:
    factor, unit = scaled(largest, symbol)
    assert factor == pytest.approx(expected[0])
    assert unit == expected[1]


@given(st.floats(-1e3, 1e3), st.floats(1e-15, 1e6))
def test_ticks_are_evenly_spaced_within_the_range(offset: float, width: float) -> None:
    low = offset * width
    marks = ticks(low, low + width)
    assert 2 <= len(marks) <= 8
    assert all(low - 1e-6 * width <= mark <= low + width + 1e-6 * width for mark in marks)
    steps = [b - a for a, b in pairwise(marks)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-6)


def test_ticks_are_round() -> None:
    assert ticks(0, 62) == [0, 20, 40, 60]
    assert ticks(3, 3) == [3]


def test_legend_breaks_lines() -> None:
    entries = [(f"a long name {index}", "#000000") for index in range(10)]
    assert legend(0, 0, entries[:1], 300)[1] == 18
    assert legend(0, 0, entries, 300)[1] > 36
