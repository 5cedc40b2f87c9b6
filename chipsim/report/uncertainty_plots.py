"""The picture of a study of assumed numbers: how wide each measure is, and which numbers the width hangs on; one column wide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import WIDTH, hatch, save_drawing
from chipsim.report.palette import CATEGORIES, REST
from chipsim.report.tornado_plots import WORDS, labels, shown
from chipsim.report.wording import percent
from chipsim.studies.asked import ACCURACIES
from chipsim.studies.uncertainty import UncertaintyStudy
from chipsim.tabular import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 0.02  # smaller shares are not shown
_COLOURS = 7  # numbers with a colour of their own


def write_plots(study: UncertaintyStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write the picture as `uncertainty.<kind>` (png, svg, pdf) into an existing folder."""
    return [plot_uncertainty(study, folder / f"uncertainty.{kind}")]


def plot_uncertainty(study: UncertaintyStudy, path: Path) -> Path:
    """Measures against what is described, 5 to 95 %; below, the shares of the numbers in the variance of each."""
    keys = leading(study)

    def draw(figure: Any) -> None:
        rows = len(study.measures)
        widths, shares = figure.subplots(2, 1, height_ratios=(rows, rows))
        _widths(widths, study)
        _shares(shares, study, keys)
        figure.align_ylabels((widths, shares))
        look = {"fontsize": 6.5, "frameon": False, "columnspacing": 1.0, "handlelength": 1.4, "labelspacing": 0.35}
        figure.legend(*shares.get_legend_handles_labels(), loc="outside lower center", ncols=2, **look)

    return save_drawing(draw, path, WIDTH, 1.25 + 0.4 * len(study.measures) + 0.08 * (len(keys) + 2))


def leading(study: UncertaintyStudy) -> list[str]:
    """The numbers with the largest sure shares in any measure, as many as have a colour."""
    most: dict[str, float] = {}
    for row in (row for row in study.shares if row["sure"]):
        most[row["key"]] = max(most.get(row["key"], 0.0), row["share"])
    return [key for key in sorted(most, key=lambda key: -most[key]) if most[key] >= LEAST][:_COLOURS]


def _widths(axes: Axes, study: UncertaintyStudy) -> None:
    for place, row in enumerate(study.measures):
        low, middle, high = (100 * (row[key] / row["value"] - 1) if row["value"] else 0.0 for key in ("low", "middle", "high"))
        if low == high:
            axes.plot([low], [place], "o", color=CATEGORIES[0], markersize=3.5, zorder=2)
            continue
        axes.plot([low, high], [place, place], color=CATEGORIES[0], linewidth=4, solid_capstyle="butt", zorder=2)
        axes.plot([middle], [place], "o", color="white", markeredgecolor=CATEGORIES[0], markersize=4.5, zorder=3)
    axes.axvline(0, color="black", linewidth=0.6, zorder=1)
    _names(axes, study, [f"{_title(row)}, {_value(row)}" for row in study.measures])
    axes.set_xlabel("change, 5 to 95 % of the draws (%)")


def _shares(axes: Axes, study: UncertaintyStudy, keys: list[str]) -> None:
    numbers = {row["key"]: row for row in study.numbers}
    names = labels([numbers[key] for key in keys], values=False)
    places = range(len(study.measures))
    found = {(row["measure"], row["key"]): 100 * row["share"] for row in study.shares if row["sure"]}
    starts = [0.0 for _ in places]
    for index, (key, name) in enumerate(zip(keys, names, strict=True)):
        parts = [found.get((row["measure"], key), 0.0) for row in study.measures]
        look: dict[str, Any] = {"color": CATEGORIES[index], "hatch": hatch(index), "edgecolor": "white", "linewidth": 0.3}
        axes.barh(places, parts, 0.7, starts, label=name, **look)
        starts = [start + part for start, part in zip(starts, parts, strict=True)]
    rest = [100 - start if row["explained"] is not None else 0.0 for row, start in zip(study.measures, starts, strict=True)]
    axes.barh(places, [max(part, 0.0) for part in rest], 0.7, starts, color=REST, label="all others, several together, chance")
    axes.set_xlim(0, 100)
    _names(axes, study, [_title(row) for row in study.measures])
    axes.set_xlabel("share of the variance (%)")


def _names(axes: Axes, study: UncertaintyStudy, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=6.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _title(row: Row) -> str:
    return WORDS.get(row["measure"], str(row["measure"]).replace("_", " "))


def _value(row: Row) -> str:
    return percent(row["value"], 2) if row["measure"] in ACCURACIES else shown(row["value"], row["unit"])
