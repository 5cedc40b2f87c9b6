"""Tornado charts: for each measure the numbers that move it most, one bar for a step down and one for a step up.

Bars are what was run. Where a number went by another step than the others (whole numbers), its label says from where to where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import literal, outside, save_figure
from chipsim.report.palette import CATEGORIES
from chipsim.report.wording import percent, rate_per_area, rate_per_watt
from chipsim.studies.asked import ACCURACIES
from chipsim.studies.tornado import SURE, TornadoStudy, usual
from chipsim.tabular import Row
from chipsim.units import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORDS = {"sustained_ops_per_watt": "efficiency", "sustained_ops_per_area": "density", "inferences_per_second": "throughput"}
_SIDES = (("down", "low", CATEGORIES[0], ""), ("up", "high", CATEGORIES[1], "////"))
_GREY = "#E4E4E4"  # changes of an accuracy that are not to be told from chance
_LONGEST = 30  # letters of a label
_THICK = 0.76  # of a bar; a row is 1


def write_plots(study: TornadoStudy, folder: Path, kind: str = "png", top: int = 15) -> list[Path]:
    """Write `tornado_<measure>.<kind>` (png, svg, pdf) of every measure that some number changes into an existing folder."""
    names = [row["measure"] for row in study.measures if any(bars_of(study, row["measure"], 1))]
    return [plot_tornado(study, name, folder / f"tornado_{name}.{kind}", top) for name in names]


def bars_of(study: TornadoStudy, measure: str, top: int) -> list[tuple[Row, float | None, float | None]]:
    """The `top` numbers that move a measure most, with its change (per cent, points) for the steps down and up."""
    numbers = {row["key"]: row for row in study.numbers}
    found = []
    for effect in (row for row in study.effects if row["measure"] == measure and (row["down"] or row["up"])):
        number = numbers[effect["key"]]
        down, up = (None if effect[side] is None else 100 * float(effect[side]) for side in ("down", "up"))
        found.append((number, down, up))
    return sorted(found, key=lambda bar: -max(abs(bar[1] or 0.0), abs(bar[2] or 0.0)))[:top]


def plot_tornado(study: TornadoStudy, measure: str, path: Path, top: int = 15) -> Path:
    """The chart of one measure, one column wide."""
    bars = bars_of(study, measure, top)
    noise = 100 * SURE * next(row["noise"] for row in study.measures if row["measure"] == measure)

    def draw(axes: Axes) -> None:
        for index, bar in enumerate(bars):
            changes = bar[1:]
            beside = min(change or 0.0 for change in changes) * max(change or 0.0 for change in changes) >= 0 and all(changes)
            for change, place, (_, _, colour, hatch) in zip(changes, (-0.25, 0.25), _SIDES, strict=True):
                look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.0}
                if change:
                    axes.barh(index + place * _THICK * beside, change, _THICK / (1 + beside), **look)
        if noise:
            axes.axvspan(-noise, noise, color=_GREY, linewidth=0, zorder=0)
        axes.axvline(0, color="black", linewidth=0.6)
        axes.set_yticks(range(len(bars)), labels([bar[0] for bar in bars], step=study.step), fontsize=6.5)
        axes.set_ylim(max(len(bars), 2) - 0.5, -0.5)
        axes.margins(x=0.05)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"change of {_title(measure)} ({'points' if measure in ACCURACIES else '%'})")
        _legend(axes, study, measure)

    return save_figure(draw, path, 0.95 + 0.19 * max(len(bars), 2))


def _legend(axes: Axes, study: TornadoStudy, measure: str) -> None:
    from matplotlib.patches import Patch

    row = next(row for row in study.measures if row["measure"] == measure)
    value = percent(row["value"], 2) if measure in ACCURACIES else shown(row["value"], row["unit"])
    looks = [Patch(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.0) for _, _, colour, hatch in _SIDES]
    names = [f"number {percent(study.step, 0)} {word}" for word in ("less", "more")]
    if row["noise"]:
        looks, names = [*looks, Patch(facecolor=_GREY)], [*names, "chance"]
    figure: Any = axes.figure
    title = f"{_title(measure)} {value} ({row['better']} is better); * assumed"
    figure.legend(looks, names, title=title, title_fontsize=7, **outside(3, 7))


def _title(measure: str) -> str:
    return WORDS.get(measure, measure.replace("_", " "))


def labels(numbers: Sequence[Row], values: bool = True, step: float | None = None) -> list[str]:
    """Short names of numbers, no two alike; with their values (and unusual steps), and a star for the assumed ones, where `values`."""
    parts = [row["key"].split(".") for row in numbers]
    found = []
    for row, words in zip(numbers, parts, strict=True):
        count = 2
        while count < len(words) and Counter(tuple(other[-count:]) for other in parts)[tuple(words[-count:])] > 1:
            count += 1
        name = literal(".".join(words[-count:]), _LONGEST)
        found.append(f"{name}{'*' if row['assumed'] else ''}, {stepped(row, step)}" if values else name)
    return found


def stepped(number: Row, step: float | None, ends: Sequence[str] = ("low", "high")) -> str:
    """A number, and where it went when that is not the usual step: `8 +-1`, `1 -> 2`, `8 -> 4, 16`."""
    value, unit = shown(number["value"], number["unit"]), number["unit"]
    if step is None or all(usual(number, end, step) for end in ends):
        return value
    places = [number[end] for end in ends if number[end] is not None]
    if len(places) > 1 and places[1] - number["value"] == number["value"] - places[0]:
        return f"{value} +-{shown(abs(places[1] - number['value']), unit)}"
    return f"{value} -> {', '.join(shown(place, unit) for place in places)}"


def shown(value: float, unit: str) -> str:
    """A number with its unit, rates in those of the field."""
    rates = {"OP/s/W": rate_per_watt, "OP/s/m2": rate_per_area}
    return rates[unit](value) if unit in rates else show(value, unit) if unit else f"{value:.4g}"
