"""The floorplan: every tile and link where it belongs, in the colour of its load."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from chipsim.report.floorplan import floorplan
from chipsim.report.palette import ember, viridis
from chipsim.result import Result


def tagged(drawing: str, tag: str) -> list[dict[str, str]]:
    return [dict(part.attrib) for part in ElementTree.fromstring(drawing).iter(tag) if "data-tip" in part.attrib]


def test_every_tile_and_link_is_drawn(result: Result) -> None:
    drawing = floorplan(result)
    assert len(tagged(drawing, "rect")) == 64
    assert len(tagged(drawing, "path")) == len(result.links) == 224


def test_tiles_have_the_colour_of_their_load(result: Result) -> None:
    tiles = tagged(floorplan(result), "rect")
    for tile, drawn in zip(result.tiles, tiles, strict=True):
        assert drawn["fill"] == (viridis(tile["utilisation"]) if tile["layers"] else "#F4F4F4")
        assert drawn["data-tip"].startswith(f"tile {tile['tile']}: {tile['layers'][0] if tile['layers'] else 'nothing'};")


def test_tiles_lie_in_their_grid(result: Result) -> None:
    tiles = tagged(floorplan(result), "rect")
    places = [(float(tile["x"]), float(tile["y"])) for tile in tiles]
    pitch = places[1][0] - places[0][0]
    for tile, (x, y) in zip(result.tiles, places, strict=True):
        assert x == pytest.approx(places[0][0] + pitch * tile["x"], abs=0.05)
        assert y == pytest.approx(places[0][1] + pitch * tile["y"], abs=0.05)


def test_the_busiest_link_is_darkest(result: Result) -> None:
    busiest = max(result.links, key=lambda link: link["utilisation"])
    drawn = [link for link in tagged(floorplan(result), "path") if link["stroke"] == ember(1.0)]
    assert [link["data-tip"].split(":")[0] for link in drawn] == [f"link {busiest['source']} to {busiest['destination']}"]


def test_directions_lie_side_by_side(changed: Callable[..., Result]) -> None:
    tile = {"layers": ["a"], "utilisation": 0.5, "energy": 0.0}
    link = {"utilisation": 0.1, "flits": 1.0, "length": 1e-3}
    there = {"source": 0, "destination": 1, "x0": 0, "y0": 0, "x1": 1, "y1": 0} | link
    back = {"source": 1, "destination": 0, "x0": 1, "y0": 0, "x1": 0, "y1": 0} | link
    tiles = [{"tile": 0, "x": 0, "y": 0} | tile, {"tile": 1, "x": 1, "y": 0} | tile]
    ways = tagged(floorplan(changed(tiles=tiles, links=[there, back])), "path")
    heights = [float(way["d"].split()[1].split("Q")[0]) for way in ways]
    assert heights[0] > heights[1]  # each on the right of its way, y points down


def test_scales_have_units(result: Result) -> None:
    words = {part.text for part in ElementTree.fromstring(floorplan(result)).iter("text")}
    assert {"tile busy", "link busy", "0 %", "100 %", "28.9 %", "empty tile", "conv1", "99 %"} <= words


def test_shared_tiles_say_so(result: Result, changed: Callable[..., Result]) -> None:
    tiles = [result.tiles[0] | {"layers": ["fc", "b", "c"]}, *result.tiles[1:]]
    drawing = floorplan(changed(tiles=tiles))
    assert "fc +2" in {part.text for part in ElementTree.fromstring(drawing).iter("text")}
    assert tagged(drawing, "rect")[0]["data-tip"].startswith("tile 0: fc, b, c;")


def test_large_chips_have_no_labels_and_small_ones_no_giants(result: Result, changed: Callable[..., Result]) -> None:
    many = [{"tile": i, "x": i % 40, "y": i // 40, "layers": ["a"], "utilisation": 0.1, "energy": 0.0} for i in range(1600)]
    words = [part.text for part in ElementTree.fromstring(floorplan(changed(tiles=many, links=[]))).iter("text")]
    assert "a" not in words
    one = tagged(floorplan(changed(tiles=result.tiles[:1], links=[])), "rect")
    assert float(one[0]["width"]) < 70


def test_no_tiles(changed: Callable[..., Result]) -> None:
    assert "This run has no tiles." in floorplan(changed(tiles=[], links=[]))
