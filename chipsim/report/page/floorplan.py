"""The chip seen from above: tiles by how busy they are, links by their load; the places are those of `report/floorplan.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from chipsim.report.charts import shortened
from chipsim.report.floorplan import EMPTY, LONG, TILE, length_of, link_words, longest_first, tile_words, way
from chipsim.report.page.chart import Chart, Layout, Trace, axis, safe
from chipsim.report.palette import ember, ink, viridis
from chipsim.report.wording import plain
from chipsim.result import Result, Row

_SHADES = 20  # colours of tiles and links: one trace each
_NAMED = 144  # most tiles with their layers' names in them
_CURVE = 8  # pieces of a bent link
_WIDTH = 520.0  # pixels that a chart has at least

Point = tuple[float, float]


def floorplan_chart(result: Result, top: float) -> Chart | None:
    """Tiles and links; None where there are none. `top`: the link load (share) of the darkest colour."""
    points = [(tile["x"], tile["y"]) for tile in result.tiles]
    points += [end for link in result.links for end in ((link["x0"], link["y0"]), (link["x1"], link["y1"]))]
    if not points:
        return None
    left, right = min(x for x, _ in points) - 0.6, max(x for x, _ in points) + 0.6
    upper, lower = min(y for _, y in points) - 0.6, max(y for _, y in points) + 0.6
    data = [*_links(result, top), *_tiles(result), *_names(result, right - left), _scale(viridis, "tile busy (%)", 100.0, 0.0)]
    data += [_scale(ember, "link busy (%)", 100 * top, 0.52)] if top else []
    data.append(_notes([way_middle(link) for link in result.links], [link_words(link) for link in result.links], 12))
    data.append(_notes([(tile["x"], tile["y"]) for tile in result.tiles], [tile_words(tile) for tile in result.tiles], 26))
    bare: Layout = {"showgrid": False, "dtick": max(round((right - left) / 16), 1)}
    across = axis("x (tile pitches)", bare | {"range": [left, right], "constrain": "domain"})
    down = axis("y (tile pitches)", bare | {"range": [lower, upper], "scaleanchor": "x", "constrain": "domain"})
    height = min(max(_WIDTH * (lower - upper) / (right - left), 60.0) + 165, 700.0)
    layout = {"xaxis": across, "yaxis": down, "showlegend": False, "hoverdistance": 30, "margin": {"l": 56, "r": 18, "t": 10, "b": 104}}
    note = "Tiles and links by the share of time in which they are busy; pale tiles hold nothing; each link has two directions."
    return Chart("floorplan", "Floorplan with load", note, data, layout, round(height))


def _links(result: Result, top: float) -> list[Trace]:
    """Lines by colour; long ones dotted."""
    found: dict[tuple[int, bool], list[Point | None]] = defaultdict(list)
    for link in longest_first(result.links):
        shade = round((_SHADES - 1) * min(link["utilisation"] / top, 1.0)) if top else 0
        found[shade, length_of(link) > LONG] += [*_curve(link), None]
    ordered = sorted(found.items(), key=lambda item: (not item[0][1], item[0][0]))
    return [_line(points, shade, long) for (shade, long), points in ordered]


def _line(points: list[Point | None], shade: int, long: bool) -> Trace:
    look = {"color": ember(shade / (_SHADES - 1)), "width": 1.5 + 3 * shade / (_SHADES - 1), "dash": "dot" if long else "solid"}
    places = {"x": [p and round(p[0], 3) for p in points], "y": [p and round(p[1], 3) for p in points]}
    return {"type": "scatter", "mode": "lines", "line": look, "hoverinfo": "skip"} | places


def _curve(link: Row) -> list[Point]:
    start, control, end = way(link)
    steps = [index / _CURVE for index in range(_CURVE + 1)] if length_of(link) > LONG else [0.0, 1.0]
    return [tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in zip(start, control, end, strict=True)) for t in steps]  # type: ignore[misc]


def way_middle(link: Row) -> Point:
    """The middle of a link as drawn."""
    start, control, end = way(link)
    return (start[0] + 2 * control[0] + end[0]) / 4, (start[1] + 2 * control[1] + end[1]) / 4


def _tiles(result: Result) -> list[Trace]:
    """Squares by colour, each colour one outline."""
    found: dict[str, list[Row]] = defaultdict(list)
    for tile in result.tiles:
        found[_colour(tile)].append(tile)
    return [_squares(tiles, colour) for colour, tiles in found.items()]


def _colour(tile: Row) -> str:
    return viridis(round((_SHADES - 1) * (tile["utilisation"] or 0.0)) / (_SHADES - 1)) if tile["layers"] else EMPTY


def _squares(tiles: list[Row], colour: str) -> Trace:
    half = TILE / 2
    xs = [x for tile in tiles for x in (*(tile["x"] + half * side for side in (-1, 1, 1, -1, -1)), None)]
    ys = [y for tile in tiles for y in (*(tile["y"] + half * side for side in (-1, -1, 1, 1, -1)), None)]
    look = {"fill": "toself", "fillcolor": colour, "line": {"color": "#888888", "width": 0.7}}
    return {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip"} | look


def _names(result: Result, across: float) -> list[Trace]:
    """Layers' names inside the tiles, where there is room."""
    tiles = [tile for tile in result.tiles if tile["layers"]]
    room = int(_WIDTH / across * TILE / 6.2)
    if not tiles or len(result.tiles) > _NAMED or room < 4:
        return []
    words = [safe(shortened(plain(tile["layers"][0]), room - 3 * (len(tile["layers"]) > 1)) + _more(tile)) for tile in tiles]
    look = {"textfont": {"size": 10, "color": [ink(_colour(tile)) for tile in tiles]}, "hoverinfo": "skip"}
    return [{"type": "scatter", "mode": "text", "x": [t["x"] for t in tiles], "y": [t["y"] for t in tiles], "text": words} | look]


def _more(tile: Row) -> str:
    return f" +{len(tile['layers']) - 1}" if len(tile["layers"]) > 1 else ""


def _notes(points: list[Point], words: list[str], size: int) -> Trace:
    """Marks that cannot be seen and carry the notes under the pointer."""
    base: Trace = {"type": "scatter", "mode": "markers", "x": [x for x, _ in points], "y": [y for _, y in points]}
    tips = [safe(word).replace("; ", "<br>").replace(": ", "<br>", 1) for word in words]
    return base | {"marker": {"size": size, "opacity": 0, "color": "#000000"}, "hovertext": tips, "hoverinfo": "text"}


def _scale(colour: Callable[[float], str], words: str, top: float, x: float) -> Trace:
    """A scale of colours below the chip."""
    steps = [[index / 10, colour(index / 10)] for index in range(11)]
    bar: Layout = {"title": {"text": words, "side": "bottom", "font": {"size": 11}}, "orientation": "h"}
    bar |= {"x": x, "xanchor": "left", "y": 0.01, "yref": "container", "yanchor": "bottom", "xpad": 0, "ypad": 0}
    bar |= {"len": 0.46, "thickness": 10, "outlinewidth": 0, "tickfont": {"size": 10}, "nticks": 5}
    look = {"color": [0, top], "cmin": 0, "cmax": top, "colorscale": steps, "showscale": True, "colorbar": bar, "size": 1, "opacity": 0}
    return {"type": "scatter", "mode": "markers", "x": [None, None], "y": [None, None], "marker": look, "hoverinfo": "skip"}
