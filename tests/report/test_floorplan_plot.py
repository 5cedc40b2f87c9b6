"""The floorplan for a paper: scales of tiles and links, chips without links, one tile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chipsim.report.floorplan_plot import plot_floorplan
from chipsim.result import Result

pytest.importorskip("matplotlib")


def words(path: Path) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def test_both_scales_are_named(result: Result, tmp_path: Path) -> None:
    shown = set(words(plot_floorplan(result, tmp_path / "f.svg")))
    assert {"tile busy (%)", "link busy (%), busiest 28.9 %", "x (tile pitches)"} <= shown


def test_every_tile_and_link_is_drawn(result: Result, changed: Callable[..., Result], tmp_path: Path) -> None:
    text = plot_floorplan(result, tmp_path / "f.svg").read_text(encoding="utf-8")
    assert text.count("#888888") == len(result.tiles)
    assert text.count('id="LineCollection_1"') == 1


def test_one_tile_without_links(result: Result, changed: Callable[..., Result], tmp_path: Path) -> None:
    path = plot_floorplan(changed(tiles=result.tiles[:1], links=[]), tmp_path / "f.png")
    header = path.read_bytes()[16:24]
    assert int.from_bytes(header[:4], "big") == 1050
    assert int.from_bytes(header[4:], "big") < 800  # a tile does not fill a column
    assert not any("link busy" in word for word in words(plot_floorplan(changed(tiles=[], links=[]), tmp_path / "f.svg")))
