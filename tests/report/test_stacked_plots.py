"""Stacked bars and the map of areas: order, sums, what is drawn together, what has no room."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chipsim.report.stacked_plots import plot_area, plot_layers, plot_stacks
from chipsim.result import Result

pytest.importorskip("matplotlib")


def words(path: Path) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def test_layers_in_the_order_of_the_network_the_chip_last(result: Result, tmp_path: Path) -> None:
    order = ["conv1", "conv2", "fc1", "fc2", "fc3", "chip"]
    assert [word for word in words(plot_layers(result, tmp_path / "layers.svg")) if word in order] == order


def test_of_many_layers_the_largest_are_drawn(changed: Callable[..., Result], tmp_path: Path) -> None:
    rows = [{"part": "adc", "layer": f"layer{k}", "energy": k * 1e-9} for k in range(41)]  # the first takes nothing
    shown = words(plot_layers(changed(energy=[*rows, {"part": "leakage", "layer": "", "energy": 1e-6}]), tmp_path / "layers.svg"))
    assert {"layer40", "layer27", "chip", "26 other layers"} <= set(shown)
    assert "layer26" not in shown
    assert f"{sum(range(27))} nJ" in shown


def test_parts_beyond_the_seventh_are_one(tmp_path: Path) -> None:
    amounts = {f"part{k}": (20 - k) * 1e-9 for k in range(12)}
    shown = words(plot_stacks([("one", amounts)], "J", "energy", tmp_path / "stack.svg"))
    assert {"part0", "part6", "other parts", "174 nJ", "energy (nJ)"} <= set(shown)
    assert "part7" not in shown
    eight = words(plot_stacks([("one", dict(list(amounts.items())[:8]))], "J", "energy", tmp_path / "stack.svg"))
    assert "part7" in eight
    assert "other parts" not in eight


def test_bars_of_other_sizes_have_their_shares_below(tmp_path: Path) -> None:
    stacks = [("large", {"a": 1e-6}), ("small", {"b": 1e-9})]
    assert "share of the energy (%)" in words(plot_stacks(stacks, "J", "energy", tmp_path / "stack.svg", compared=True))
    assert "share of the energy (%)" not in words(plot_stacks(stacks, "J", "energy", tmp_path / "stack.svg"))
    nothing = [("large", {"a": 1e-6}), ("none", {})]
    assert "share of the energy (%)" not in words(plot_stacks(nothing, "J", "energy", tmp_path / "stack.svg", compared=True))


def test_areas_without_room_for_a_name_are_in_the_legend(result: Result, tmp_path: Path) -> None:
    shown = words(plot_area(result, tmp_path / "area.svg"))
    assert "area 39.6 mm2" in shown
    assert {"array", "35.4 %"} <= set(shown)  # in its rectangle, on two lines
    assert "host 1.5 %" in shown  # in the legend
