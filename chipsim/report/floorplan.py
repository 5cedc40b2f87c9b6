"""The chip seen from above as SVG: tiles coloured by utilisation, links coloured by load, both with their scales.

Positions are in tile pitches, as in the tables. The two directions of a link lie side by side (each on the right of its
way); links longer than one pitch are bent into the space between two rows, as those of a torus would lie on the mesh else.
"""

from __future__ import annotations

import math

from markupsafe import Markup

from chipsim.report.charts import WIDTH, shortened
from chipsim.report.palette import ember, viridis
from chipsim.report.svg import box, colour_bar, drawing, element, label_on, text
from chipsim.report.wording import cell, percent
from chipsim.result import Result, Row
from chipsim.units import show

TILE = 0.62  # side of a tile in pitches; the rest is for the links
EMPTY = "#F4F4F4"  # the colour of a tile that holds nothing
LONG = 1.5  # pitches: longer links are bent
_SIDE = 0.07  # how far each direction of a link lies from the line between two nodes, in pitches
_LABELLED = 34.0  # least side of a tile (pixels) for a name inside it
_PITCH = 110.0  # largest pitch (pixels)


def floorplan(result: Result) -> Markup:
    """Tiles and links of the whole chip; tiles that hold nothing are pale."""
    points = [(tile["x"], tile["y"]) for tile in result.tiles]
    points += [point for link in result.links for point in ((link["x0"], link["y0"]), (link["x1"], link["y1"]))]
    if not points:
        return drawing(WIDTH, 30, "no tiles", [text(0, 20, "This run has no tiles.")])
    left, top = min(x for x, _ in points) - 0.6, min(y for _, y in points) - 0.6
    columns, rows = max(x for x, _ in points) - left + 0.6, max(y for _, y in points) - top + 0.6
    pitch = min(WIDTH / columns, _PITCH)
    margin = (WIDTH - columns * pitch) / 2
    busiest = max((link["utilisation"] for link in result.links), default=0.0)

    def place(x: float, y: float) -> tuple[float, float]:
        return margin + (x - left) * pitch, (y - top) * pitch

    links = [_link(link, [place(x, y) for x, y in way(link)], pitch, busiest) for link in longest_first(result.links)]
    tiles = [_tile(tile, place(tile["x"], tile["y"]), pitch * TILE) for tile in result.tiles]
    scales = _scales(rows * pitch + 16, busiest, bool(result.links))
    return drawing(WIDTH, rows * pitch + 50, "floorplan with load of tiles and links", [*links, *tiles, *scales])


def _tile(tile: Row, middle: tuple[float, float], side: float) -> Markup:
    x, y = middle
    names, used = tile["layers"], tile["utilisation"] or 0.0
    colour = viridis(used) if names else EMPTY
    attributes: dict[str, object] = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side, "rx": side / 16}
    attributes |= {"fill": colour, "stroke": "#888888", "stroke-width": 0.6, "data-tip": tile_words(tile)}
    parts = [element("rect", attributes)]
    if side >= _LABELLED and names:
        others = f" +{len(names) - 1}" if len(names) > 1 else ""
        parts.append(label_on(x, y - 2, shortened(str(names[0]), int(side / 6.4) - len(others)) + others, colour))
        parts.append(label_on(x, y + 11, f"{100 * used:.0f} %", colour))
    elif side >= _LABELLED:
        parts.append(label_on(x, y + 4, str(tile["tile"]), colour))
    return Markup("").join(parts)


def longest_first(links: list[Row]) -> list[Row]:
    """Links in the order in which they are drawn: long ones under short ones."""
    return sorted(links, key=lambda link: -length_of(link))


def length_of(link: Row) -> float:
    """Pitches between the nodes of a link."""
    return math.hypot(link["x1"] - link["x0"], link["y1"] - link["y0"])


def way(link: Row) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Start, control point of a quadratic curve, and end of a link, in pitches: on the right of its way, bent where it is long."""
    x0, y0, x1, y1 = (float(link[name]) for name in ("x0", "y0", "x1", "y1"))
    length = length_of(link)
    right, down = (-(y1 - y0) / (length or 1.0), (x1 - x0) / (length or 1.0))  # to the right of the way, as y points down
    bend = _SIDE + (0.9 if length > LONG else 0.0)  # the curve gets half as far: between two rows of tiles
    middle = ((x0 + x1) / 2 + bend * right, (y0 + y1) / 2 + bend * down)
    return (x0 + _SIDE * right, y0 + _SIDE * down), middle, (x1 + _SIDE * right, y1 + _SIDE * down)


def tile_words(tile: Row) -> str:
    """What is told of a tile under the pointer."""
    held, used = cell(tile["layers"]) if tile["layers"] else "nothing", tile["utilisation"] or 0.0
    return f"tile {tile['tile']}: {held}; {percent(used)} busy; {show(tile['energy'] or 0.0, 'J')} per inference"


def link_words(link: Row) -> str:
    """What is told of a link under the pointer."""
    ends = f"link {link['source']} to {link['destination']}"
    return f"{ends}: {percent(link['utilisation'])} busy, {cell(link['flits'])} flits per inference"


def _link(link: Row, corners: list[tuple[float, float]], pitch: float, busiest: float) -> Markup:
    share = link["utilisation"] / busiest if busiest else 0.0
    start, control, end = (f"{x:.1f} {y:.1f}" for x, y in corners)
    width = min(pitch / 14, 4.0) * (0.5 + share)
    attributes: dict[str, object] = {"d": f"M{start}Q{control} {end}", "fill": "none", "stroke": ember(share), "stroke-width": width}
    return element("path", attributes | {"data-tip": link_words(link)})


def _scales(y: float, busiest: float, linked: bool) -> list[Markup]:
    steps = [index / 39 for index in range(40)]
    parts = [colour_bar(20, y, map(viridis, steps), "0 %", "100 %", "tile busy")]
    parts += [box(170, y, 10, 10, EMPTY), text(186, y + 9, "empty tile")]
    if linked:
        parts.append(colour_bar(300, y, map(ember, steps), "0 %", percent(busiest), "link busy"))
    return parts
