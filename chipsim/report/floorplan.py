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

_TILE = 0.62  # side of a tile in pitches; the rest is for the links
_SIDE = 0.07  # how far each direction of a link lies from the line between two nodes, in pitches
_LABELLED = 34.0  # least side of a tile (pixels) for a name inside it
_PITCH = 110.0  # largest pitch (pixels)
_EMPTY = "#F4F4F4"


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

    ends = [(link, place(link["x0"], link["y0"]), place(link["x1"], link["y1"])) for link in result.links]
    ends.sort(key=lambda way: -math.dist(way[1], way[2]))  # long links under short ones
    links = [_link(link, start, end, pitch, busiest) for link, start, end in ends]
    tiles = [_tile(tile, place(tile["x"], tile["y"]), pitch * _TILE) for tile in result.tiles]
    scales = _scales(rows * pitch + 16, busiest, bool(result.links))
    return drawing(WIDTH, rows * pitch + 50, "floorplan with load of tiles and links", [*links, *tiles, *scales])


def _tile(tile: Row, middle: tuple[float, float], side: float) -> Markup:
    x, y = middle
    names, used = tile["layers"], tile["utilisation"] or 0.0
    colour = viridis(used) if names else _EMPTY
    held = cell(names) if names else "nothing"
    tip = f"tile {tile['tile']}: {held}; {percent(used)} busy; {show(tile['energy'] or 0.0, 'J')} per inference"
    attributes: dict[str, object] = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side, "rx": side / 16}
    attributes |= {"fill": colour, "stroke": "#888888", "stroke-width": 0.6, "data-tip": tip}
    parts = [element("rect", attributes)]
    if side >= _LABELLED and names:
        others = f" +{len(names) - 1}" if len(names) > 1 else ""
        parts.append(label_on(x, y - 2, shortened(str(names[0]), int(side / 6.4) - len(others)) + others, colour))
        parts.append(label_on(x, y + 11, f"{100 * used:.0f} %", colour))
    elif side >= _LABELLED:
        parts.append(label_on(x, y + 4, str(tile["tile"]), colour))
    return Markup("").join(parts)


def _link(link: Row, start: tuple[float, float], end: tuple[float, float], pitch: float, busiest: float) -> Markup:
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    aside = (-(y1 - y0) / length, (x1 - x0) / length)  # to the right of the way, as y points down
    shift = _SIDE * pitch
    bend = 0.9 * pitch if length > 1.5 * pitch else 0.0  # the curve gets half as far: between two rows of tiles
    share = link["utilisation"] / busiest if busiest else 0.0
    begin = f"M{x0 + shift * aside[0]:.1f} {y0 + shift * aside[1]:.1f}"
    control = f"{(x0 + x1) / 2 + (shift + bend) * aside[0]:.1f} {(y0 + y1) / 2 + (shift + bend) * aside[1]:.1f}"
    path = f"{begin}Q{control} {x1 + shift * aside[0]:.1f} {y1 + shift * aside[1]:.1f}"
    ends = f"link {link['source']} to {link['destination']}"
    tip = f"{ends}: {percent(link['utilisation'])} busy, {cell(link['flits'])} flits per inference"
    width = min(pitch / 14, 4.0) * (0.5 + share)
    return element("path", {"d": path, "fill": "none", "stroke": ember(share), "stroke-width": width, "data-tip": tip})


def _scales(y: float, busiest: float, linked: bool) -> list[Markup]:
    steps = [index / 39 for index in range(40)]
    parts = [colour_bar(20, y, map(viridis, steps), "0 %", "100 %", "tile busy")]
    parts += [box(170, y, 10, 10, _EMPTY), text(186, y + 9, "empty tile")]
    if linked:
        parts.append(colour_bar(300, y, map(ember, steps), "0 %", percent(busiest), "link busy"))
    return parts
