"""Bars: as long as their numbers, units on the axis, whole names in the tips."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from chipsim.report.breakdown import energy_by_part
from chipsim.report.charts import breakdown, energy_of_layers, load_of_layers, shortened
from chipsim.report.palette import CATEGORIES
from chipsim.result import Result


def rectangles(drawing: str) -> list[dict[str, str]]:
    return [dict(part.attrib) for part in ElementTree.fromstring(drawing).iter("rect")]


def words(drawing: str) -> list[str]:
    return [part.text or "" for part in ElementTree.fromstring(drawing).iter("text")]


def test_bars_are_in_proportion(result: Result) -> None:
    shares = energy_by_part(result)
    widths = [float(part["width"]) for part in rectangles(breakdown(shares, "J", "energy per inference"))]
    assert [width / widths[0] for width in widths] == pytest.approx([s.amount / shares[0].amount for s in shares], abs=1e-3)


def test_the_axis_has_a_unit(result: Result) -> None:
    assert "energy per inference (nJ)" in words(breakdown(energy_by_part(result), "J", "energy per inference"))
    assert "43.7 %" in words(breakdown(energy_by_part(result), "J", "energy per inference"))


def test_layers_are_stacked_and_the_rest_is_drawn_together(result: Result) -> None:
    drawing = energy_of_layers(result)
    tips = [part["data-tip"] for part in rectangles(drawing) if "data-tip" in part]
    assert "conv1, adc: 294 nJ" in tips
    assert "conv1, other parts: 23 nJ" in tips  # eight parts, seven colours
    assert {"conv1", "fc3", "chip", "other parts"} <= set(words(drawing))


def test_the_bottleneck_has_its_own_colour(result: Result, changed: Callable[..., Result]) -> None:
    bars = [part for part in rectangles(load_of_layers(result)) if "data-tip" in part]
    assert [part["fill"] == CATEGORIES[3] for part in bars] == [True, False, False, False, False]
    assert "bottleneck" not in words(load_of_layers(changed(bottleneck={})))


def test_nothing_to_show_is_said(changed: Callable[..., Result]) -> None:
    assert words(breakdown([], "m2", "area")) == ["Nothing to show."]
    assert words(energy_of_layers(changed(energy=[]))) == ["Nothing to show."]


def test_zero_energy_draws_no_bar(changed: Callable[..., Result]) -> None:
    drawing = breakdown(energy_by_part(changed(energy=[{"part": "adc", "layer": "", "energy": 0.0}])), "J", "energy")
    assert [part["width"] for part in rectangles(drawing)] == ["0"]


def test_long_names_are_shortened() -> None:
    assert shortened("short") == "short"
    assert shortened("a" * 30) == "a" * 17 + "…"
