"""A chip and one of its tiles drawn to scale, from the description alone.

Left, the chip: a square for each node, in which tile, router and digital cores have their areas; beside the nodes what lies at none of
them. Right, one tile, enlarged: its parts, and what they leave of a measured core as `unaccounted`. Areas are to scale; shapes and the
order within a node are drawn, not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from markupsafe import Markup

from chipsim.errors import InputError
from chipsim.report.charts import shortened
from chipsim.report.palette import REST, category, shade
from chipsim.report.svg import box, drawing, element, label_on, standalone, text
from chipsim.report.treemap import Rectangle, treemap
from chipsim.report.wording import percent
from chipsim.result import Result
from chipsim.sheet.plan import ROUTER, TILE, UNACCOUNTED, ChipPlan
from chipsim.units import show

WIDTH = 800.0
_CHIP = Rectangle(0, 44, 400, 400)
_SIDE, _GAP = 300.0, 60.0  # of the enlarged tile, between the two drawings
_MOST = 3000  # places that are drawn one by one
_LETTER = 6.0  # width of a letter of a small label
_USUAL = ("array", "dac", "adc", "buffers", "accumulator", "neuron", "vector unit")
_NODE = {TILE: category(0), ROUTER: category(1)}


def chip_floorplan(plan: ChipPlan) -> Markup:
    """The drawing."""
    if plan.area <= 0:
        return drawing(WIDTH, 30, "no area", [text(0, 20, "No area is known of this chip.")])
    colours = _colours(plan)
    room, scale = _room(plan)
    left = _CHIP.width + _GAP
    many = f"{plan.tiles:,} tile{'s' if plan.tiles != 1 else ''}"
    parts = [text(0, 14, f"chip: {show(plan.area, 'm2')}, {many}"), text(0, 30, _beneath(plan), "tick"), *_chip(plan, scale, colours)]
    bottom = room.y + room.height
    parts += _bar(0, bottom + 14, room.width, scale)
    height = max(bottom + 40, _tile_bottom(plan) + 40)
    if plan.tile:
        tile = Rectangle(left, _CHIP.y, _SIDE, _SIDE)
        parts += [text(left, 14, f"one tile: {show(sum(plan.tile.values()), 'm2')}"), text(left, 30, _explained(plan), "tick")]
        parts += _parts(plan.tile, tile, _part_colours(plan))
        parts += _bar(left, tile.y + tile.height + 14, tile.width, _SIDE / math.sqrt(sum(plan.tile.values())))
    keys, tall = _keys(plan, colours, height + 6)
    return drawing(WIDTH, height + tall + 12, "floorplan to scale, with one tile enlarged", [*parts, *keys])


def write_floorplan(plan: ChipPlan, folder: Path) -> Path:
    """The drawing as `floorplan.svg` in an existing folder; InputError when it cannot be written."""
    file = folder / "floorplan.svg"
    try:
        file.write_text(standalone(chip_floorplan(plan)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror})") from None
    return file


def floorplan_of(result: Result) -> Markup:
    """The drawing of a run's chip; nothing where the run did not keep its plan."""
    return chip_floorplan(ChipPlan.from_plain(result.plan)) if result.plan else Markup("")


def _room(plan: ChipPlan) -> tuple[Rectangle, float]:
    """The room that the chip takes on the page, and pixels for each metre."""
    (left, top), (right, bottom) = _corners(plan)
    height = (bottom - top) * plan.pitch or math.sqrt(plan.area)
    width = (right - left) * plan.pitch + sum(plan.beside.values()) / height
    scale = min(_CHIP.width / width, _CHIP.height / height)
    return Rectangle(_CHIP.x, _CHIP.y, width * scale, height * scale), scale


def _corners(plan: ChipPlan) -> tuple[tuple[float, float], tuple[float, float]]:
    """Left upper and right lower corner of the nodes, in pitches."""
    xs, ys = [x for x, _, _ in plan.places] or [0.0], [y for _, y, _ in plan.places] or [0.0]
    grown = 1.0 if plan.places else 0.0
    return (min(xs), min(ys)), (max(xs) + grown, max(ys) + grown)


def _chip(plan: ChipPlan, scale: float, colours: Mapping[str, str]) -> Iterator[Markup]:
    room, _ = _room(plan)
    (left, top), (right, _) = _corners(plan)
    step = plan.pitch * scale
    yield element("rect", {"x": room.x, "y": room.y, "width": room.width, "height": room.height, "fill": "none", "stroke": "#888888"})
    if len(plan.places) > _MOST:
        yield box(room.x, room.y, (right - left) * step, room.height, colours[TILE], f"{plan.tiles:,} tiles")
    else:
        for x, y, held in plan.places:
            yield from _node(held, room.x + (x - left) * step, room.y + (y - top) * step, step, scale, colours)
    strip = Rectangle(room.x + (right - left) * step, room.y, room.width - (right - left) * step, room.height)
    for (name, area), place in zip(plan.beside.items(), treemap(list(plan.beside.values()), strip), strict=True):
        yield _rectangle(place, colours[name], f"{name}: {show(area, 'm2')}", name)


def _node(held: Mapping[str, float], x: float, y: float, step: float, scale: float, colours: Mapping[str, str]) -> Iterator[Markup]:
    """What lies at one node: slices of a square, in the middle of its place."""
    side = math.sqrt(sum(held.values())) * scale
    x, y = x + (step - side) / 2, y + (step - side) / 2
    for name, area in held.items():
        tall = area * scale * scale / side if side else 0.0
        yield _rectangle(Rectangle(x, y, side, tall), colours[name], f"{name}: {show(area, 'm2')}", "")
        y += tall


def _rectangle(place: Rectangle, colour: str, tip: str, label: str) -> Markup:
    attributes: dict[str, object] = {"x": place.x, "y": place.y, "width": place.width, "height": place.height, "fill": colour}
    attributes |= {"stroke": "#ffffff", "stroke-width": min(0.8, place.width / 12, place.height / 12), "data-tip": tip}
    drawn = element("rect", attributes)
    return drawn + _label(place, colour, label) if label else drawn


def _label(place: Rectangle, colour: str, label: str) -> Markup:
    """A name in a rectangle with room for some of it."""
    letters = int(place.width / _LETTER) - 1
    if place.height < 13 or letters < min(6, len(label)):
        return Markup("")
    return label_on(place.x + place.width / 2, place.y + place.height / 2 + 4, shortened(label, letters), colour)


def _parts(parts: Mapping[str, float], within: Rectangle, colours: Mapping[str, str]) -> Iterator[Markup]:
    """The parts of a tile, with their areas where there is room."""
    total = sum(parts.values())
    for (name, area), place in zip(parts.items(), treemap(list(parts.values()), within), strict=True):
        yield _rectangle(place, colours[name], f"{name}: {show(area, 'm2')}, {percent(area / total)}", name)
        words = show(area, "m2")
        if place.height >= 34 and place.width >= _LETTER * (len(words) + 1):
            yield label_on(place.x + place.width / 2, place.y + place.height / 2 + 17, words, colours[name])


def _bar(x: float, y: float, room: float, scale: float) -> Iterator[Markup]:
    """A bar of a round length, at most a third of the room."""
    most = room / 3 / scale
    power = 10.0 ** math.floor(math.log10(most))
    length = next(factor * power for factor in (5, 2, 1) if factor * power <= most * 1.0001)
    yield element("rect", {"x": x, "y": y - 2, "width": length * scale, "height": 4, "fill": "#1c2530"})
    yield text(x + length * scale + 6, y + 4, show(length, "m"), "tick")


def _tile_bottom(plan: ChipPlan) -> float:
    return _CHIP.y + _SIDE if plan.tile else 0.0


def _beneath(plan: ChipPlan) -> str:
    known = plan.beside.get(UNACCOUNTED)
    if known:
        return f"published whole; {show(known, 'm2')} of it unaccounted"
    return "pitch as given, with room between the tiles" if plan.wider else "the sum of its tiles, routers and the rest"


def _explained(plan: ChipPlan) -> str:
    """Where the area of a tile is from."""
    if not plan.measured:
        return "the sum of its parts"
    rest = plan.tile.get(UNACCOUNTED, 0.0)
    known = sum(area for name, area in plan.tile.items() if name != UNACCOUNTED)
    parts = f"parts {show(known, 'm2')}" if known else "no part known"
    return f"measured: {parts}, unaccounted {show(rest, 'm2')}"


def _colours(plan: ChipPlan) -> dict[str, str]:
    """Colours of what lies on the chip."""
    names = dict.fromkeys([name for _, _, held in plan.places for name in held] + list(plan.beside))
    others = [name for name in names if name not in _NODE and name != UNACCOUNTED]
    return {UNACCOUNTED: REST} | _NODE | {name: shade(2 + index) for index, name in enumerate(others)}


def _part_colours(plan: ChipPlan) -> dict[str, str]:
    """Colours of the parts of a tile; the usual ones look alike on all chips."""
    others = [name for name in plan.tile if name not in _USUAL and name != UNACCOUNTED]
    known = {name: shade(index) for index, name in enumerate([*_USUAL, *others])}
    return known | {UNACCOUNTED: REST}


def _keys(plan: ChipPlan, colours: Mapping[str, str], top: float) -> tuple[list[Markup], float]:
    """Names, areas and shares of both drawings, in two lists; and their height."""
    sums: dict[str, float] = {}
    for _, _, held in plan.places:
        for name, area in held.items():
            sums[name] = sums.get(name, 0.0) + area
    for name, area in plan.beside.items():
        sums[name] = sums.get(name, 0.0) + area
    right = (_CHIP.width + _GAP, plan.tile, _part_colours(plan), sum(plan.tile.values()))
    lists = ((0.0, sums, colours, plan.area), right)
    drawn = [entry for x, areas, own, whole in lists for entry in _list(x, top, areas, own, whole)]
    return drawn, 17.0 * max(len(sums), len(plan.tile))


def _list(x: float, top: float, areas: Mapping[str, float], colours: Mapping[str, str], whole: float) -> Iterator[Markup]:
    for place, (name, area) in enumerate(sorted(areas.items(), key=lambda item: -item[1])):
        y = top + 17 * place + 12
        yield box(x, y - 9, 11, 11, colours[name])
        yield text(x + 16, y, shortened(name, 26))
        yield text(x + 240, y, f"{show(area, 'm2')}, {percent(area / whole)}", "tick", "end")
