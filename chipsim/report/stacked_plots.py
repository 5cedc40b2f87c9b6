"""Stacked bars and maps of parts: energy of a run by layer and part, its area by part, energy and area of several runs side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.breakdown import Share, area_by_part, energy_by_layer, energy_by_part
from chipsim.report.figure import WIDTH, hatch, literal, outside, rim, save_drawing, save_figure, wrapped
from chipsim.report.palette import CATEGORIES, REST, places_of, shade
from chipsim.report.stacks import COLOURED, OTHERS, Amounts, amount_of, largest
from chipsim.report.svg import scaled
from chipsim.report.treemap import Rectangle, treemap
from chipsim.report.wording import percent
from chipsim.result import Result
from chipsim.units import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LAYERS = 16
_CHIP = "chip"
_FAR = 5.0  # the largest bar is so many times as long as the smallest: shares are drawn, too
_LETTER = 0.55  # mean width of a letter, in its height


def plot_energy(result: Result, path: str | Path) -> Path:
    """Energy per inference by part as bars, largest on top."""
    shares = energy_by_part(result)
    factor, unit = scaled(max((share.amount for share in shares), default=0.0), "J")

    def draw(axes: Axes) -> None:
        names = [literal(share.name) for share in shares]
        drawn = axes.barh(range(len(shares)), [share.amount * factor for share in shares], color=CATEGORIES[0], height=0.65)
        axes.bar_label(drawn, [percent(share.share) for share in shares], padding=2, fontsize=7)
        axes.set_yticks(range(len(shares)), names)
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set_xlabel(f"energy per inference ({unit})")

    return save_figure(draw, path, 0.6 + 0.2 * max(len(shares), 4))


def plot_layers(result: Result, path: str | Path) -> Path:
    """Energy per inference of every layer, stacked by part; of many layers those that take the most, the others together."""
    found = _ordered(result)
    kept = set(sorted(found, key=lambda layer: -sum(found[layer].values()))[: _LAYERS - 1] if len(found) > _LAYERS else found)
    rows: dict[str, Amounts] = {layer: parts for layer, parts in found.items() if layer in kept}
    if len(kept) < len(found):
        rest: dict[str, float] = defaultdict(float)
        for layer, parts in found.items():
            for part, energy in parts.items() if layer not in kept else ():
                rest[part] += energy
        rows = {layer: parts for layer, parts in rows.items() if layer != _CHIP}
        rows |= {f"{len(found) - len(kept)} other layers": rest} | {layer: found[layer] for layer in kept & {_CHIP}}
    return plot_stacks(list(rows.items()), "J", "energy per inference", path)


def _ordered(result: Result) -> dict[str, dict[str, float]]:
    """Energies by layer in the order of the network, the input first, what belongs to no layer last; without layers that take none."""
    found = {layer: parts for layer, parts in energy_by_layer(result).items() if sum(parts.values()) > 0}
    order = {str(row["layer"]): place for place, row in enumerate(result.layers)}
    places = {layer: len(order) if layer == _CHIP else order.get(layer, -1) for layer in found}
    return {layer: found[layer] for layer in sorted(found, key=lambda layer: places[layer])}


def plot_area(result: Result, path: str | Path) -> Path:
    """Area of the chip by part as rectangles in proportion; those without room for their name stand in the legend."""
    shares = area_by_part(result)
    wide, high = 100.0, 56.0
    spots = places_of([share.name for share in shares[:COLOURED]])
    places = treemap([share.amount for share in shares], Rectangle(0.0, 0.0, wide, high))

    def draw(figure: Any) -> None:
        from matplotlib.patches import Rectangle as Patch

        axes = figure.add_subplot()
        named: list[tuple[Any, str]] = []
        for index, (share, place) in enumerate(zip(shares, places, strict=True)):
            spot = spots.get(share.name, index)
            colour = shade(spot) if share.name in spots else REST
            look: dict[str, Any] = {"facecolor": colour, "hatch": hatch(spot), "edgecolor": rim(colour), "linewidth": 0.5}
            patch = axes.add_patch(Patch((place.x, place.y), place.width, place.height, **look))
            if not _label(axes, share, place, wide):
                named.append((patch, f"{literal(share.name)} {percent(share.share)}"))
        axes.set(xlim=(0, wide), ylim=(high, 0))
        axes.set_aspect("equal")
        axes.axis("off")
        axes.set_title(f"area {show(sum(share.amount for share in shares), 'm2')}", fontsize=8)
        if named:
            below = {"loc": "outside lower center", "handleheight": 1.1, "fontsize": 6.5}
            figure.legend([patch for patch, _ in named], [name for _, name in named], **(outside(2) | below))

    small = sum(not _fits(share, place, wide) for share, place in zip(shares, places, strict=True))
    return save_drawing(draw, path, WIDTH, 2.2 + 0.15 * -(-small // 2))


def _lines(share: Share) -> tuple[str, str]:
    return literal(share.name), percent(share.share)


def _fits(share: Share, place: Rectangle, wide: float) -> bool:
    """Whether name and share can be read in a rectangle, at 7 points in a picture of one column."""
    letter = 7 / 72 / WIDTH * wide  # its height in the units of the map
    return place.width > letter * (_LETTER * max(map(len, _lines(share))) + 1) and place.height > 3.2 * letter


def _label(axes: Axes, share: Share, place: Rectangle, wide: float) -> bool:
    """Name and share in the middle of a rectangle, on white so that no hatch runs through them; False where there is no room."""
    if not _fits(share, place, wide):
        return False
    middle = place.x + place.width / 2, place.y + place.height / 2
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
    axes.text(*middle, "\n".join(_lines(share)), fontsize=7, ha="center", va="center", bbox=box, linespacing=1.1)
    return True


def plot_stacks(stacks: Sequence[tuple[str, Amounts]], symbol: str, axis: str, path: str | Path, compared: bool = False) -> Path:
    """A bar for each name, stacked by part (SI amounts in the unit `symbol`), its sum at its end; the largest parts have colours.

    compared: where bars differ much in length, their shares are drawn below in bars of one length.
    """
    parts = largest([(name, _shares(amounts)) for name, amounts in stacks] if compared else stacks)
    sums = [sum(amounts.values()) for _, amounts in stacks]
    factor, unit = scaled(max(sums, default=0.0), symbol)
    columns = 3 if max(map(len, parts), default=0) <= 14 else 2
    panels = 2 if compared and max(sums) > _FAR * min(sums) > 0 else 1
    tall = 0.29 if any("\n" in wrapped(name) for name, _ in stacks) else 0.2

    def draw(figure: Any) -> None:
        first, *others = figure.subplots(panels, 1, squeeze=False)[:, 0]
        ends = _bars(first, stacks, parts, [factor] * len(stacks))
        for row, (end, amount) in enumerate(zip(ends, sums, strict=True)):
            first.annotate(show(amount, symbol), (end, row), (2, 0), textcoords="offset points", fontsize=6.5, va="center")
        first.set_xlim(0, 1.2 * max(ends, default=0.0) or 1.0)
        first.set_xlabel(f"{axis} ({unit})")
        for panel in others:
            _bars(panel, stacks, parts, [100 / amount for amount in sums])
            panel.set_xlim(0, 100)
            panel.set_xlabel(f"share of the {axis} (%)")
        handles, names = first.get_legend_handles_labels()
        figure.legend(handles, names, **(outside(columns) | {"handleheight": 1.1}))

    height = 0.1 + 0.15 * -(-len(parts) // columns) + panels * (0.5 + tall * max(len(stacks), 2))
    return save_drawing(draw, path, WIDTH, height)


def _bars(axes: Axes, stacks: Sequence[tuple[str, Amounts]], parts: Sequence[str], factors: Sequence[float]) -> list[float]:
    """Draw the bars, each times its factor; where they end."""
    left = [0.0] * len(stacks)
    spots = places_of([part for part in parts if part != OTHERS])
    for index, part in enumerate(parts):
        widths = [factor * amount_of(amounts, part, parts) for (_, amounts), factor in zip(stacks, factors, strict=True)]
        colour = shade(spots[part]) if part in spots else REST
        look: dict[str, Any] = {"color": colour, "hatch": hatch(spots.get(part, index)), "edgecolor": rim(colour)}
        axes.barh(range(len(stacks)), widths, left=left, height=0.68, linewidth=0.3, label=literal(part), **look)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_yticks(range(len(stacks)), [wrapped(name) for name, _ in stacks])
    axes.set_ylim(len(stacks) - 0.4, -0.6)
    return left


def _shares(amounts: Amounts) -> Amounts:
    whole = sum(amounts.values()) or 1.0
    return {part: amount / whole for part, amount in amounts.items()}
