"""The pictures of a study of sensitivity: margins on a logarithmic axis, and what layers gain; one column wide, two for each network."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import WIDTH, above, literal, logarithmic, save_drawing, save_figure
from chipsim.report.palette import CATEGORIES, REST
from chipsim.report.wording import number
from chipsim.studies.sensitivity import SensitivityStudy
from chipsim.studies.sensitivity_search import FOUND
from chipsim.tabular import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = (("alone", "alone", 0, ""), ("top", "on top of the rest", 1, "////"))
MOST = 24  # layers shown


def write_plots(study: SensitivityStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write `margins.<kind>` and `layers.<kind>` into an existing folder; numbered where there are several networks."""
    found = []
    for place, network in enumerate(study.networks):
        number = f"-{place + 1}" if len(study.networks) > 1 else ""
        rows = [row for row in study.terms if row["network"] == network["network"] and not row["missing"]]
        found.append(plot_margins(rows, network, folder / f"margins{number}.{kind}"))
        layers, exempted = ([r for r in table if r["network"] == network["network"]] for table in (study.layers, study.exempted))
        found.append(plot_layers(layers, exempted, network, study.level, folder / f"layers{number}.{kind}"))
    return found


def plot_margins(rows: list[Row], network: Row, path: Path) -> Path:
    """Horizontal bars from 1 to the margin of each term that has one; an open end where it does not fall within the values tried."""
    shown = [row for row in rows if row["now"] and _drawn(row)]
    sides = [side for side in SIDES if any(_value(row, side[0]) for row in shown)]
    absent = [row["term"].replace("_", " ") for row in rows if row not in shown]

    def draw(axes: Axes) -> None:
        for side, label, index, hatch in sides:
            look: dict[str, Any] = {"color": CATEGORIES[index], "hatch": hatch, "edgecolor": "white", "linewidth": 0.3}
            drawn = [place for place, row in enumerate(shown) if _value(row, side)]
            for place in drawn:
                named = {"label": label} if place == drawn[0] else {}
                _bar(axes, shown[place], side, place + (index - 0.5) * 0.36 * (len(sides) > 1), look | named)
        axes.axvline(1, color="black", linewidth=0.8)
        logarithmic(axes.xaxis)
        axes.set_yticks(range(len(shown)), [literal(row["term"].replace("_", " ")) for row in shown], fontsize=7)
        axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
        lines = ["may get worse by this factor (>: or more; bar: 95 %)", *_wrapped("no margin (off, or fallen without it): ", absent)]
        axes.set_xlabel("\n".join(lines), fontsize=7)
        if shown:
            axes.legend(**above(_title(network), 2))
        else:
            axes.set_title(_title(network), fontsize=7)

    return save_figure(draw, path, 1.3 + 0.26 * max(len(shown), 2) + 0.04 * len(absent))


def _wrapped(word: str, names: Sequence[str]) -> list[str]:
    return textwrap.wrap(word + ", ".join(names), 58) if names else []


def _title(network: Row) -> str:
    """Network and chip, and what they are judged by."""
    return f"{literal(network['network'], 48)}\n{literal(network['metric'], 24)}, {network['samples']:,} samples"


def _value(row: Row, side: str) -> float | None:
    """The margin of a row, or beyond what it is."""
    found: float | None = row[f"{side}_margin"] or row[f"{side}_beyond"]
    return found


def _drawn(row: Row) -> bool:
    return any(_value(row, side) for side, *_ in SIDES)


def _bar(axes: Axes, row: Row, side: str, height: float, look: dict[str, Any]) -> None:
    """The bar of a margin from 1, with its interval; nothing where a network has fallen without the term."""
    value = _value(row, side)
    axes.barh([height], [(value or 1.0) - 1.0], 0.34, 1.0, **look)
    if row[f"{side}_verdict"] == FOUND and row[f"{side}_margin"] is not None:
        ends = [value or 1.0 if end is None else margin_at(row, side, end) for end in (row[f"{side}_low"], row[f"{side}_high"])]
        axes.plot(ends, [height, height], color="black", linewidth=0.8)
    elif value:
        axes.plot([value], [height], ">", color=look["color"], markersize=4, clip_on=False)


def margin_at(row: Row, side: str, end: float) -> float:
    """The margin at an end of the interval, in proportion to that at the threshold; of bits by their steps."""
    at, value = row[f"{side}_margin"], row[f"{side}_value"]
    if row["unit"] == "b":
        return float(at * 2.0 ** (value - end))
    smaller_is_worse = (row["now"] / value) == at and row["now"] != value
    return float(at * value / end if smaller_is_worse else at * end / value)


def plot_layers(layers: list[Row], exempted: list[Row], network: Row, level: float, path: Path) -> Path:
    """Gain of each layer when it alone is ideal; below, A* against the share of the weights that is exempt."""
    shown = layers[:MOST]

    def draw(figure: Any) -> None:
        gains, curve = figure.subplots(2, 1, height_ratios=(max(len(shown), 3), 6))
        gains.barh(range(len(shown)), [100 * row["gain"] for row in shown], 0.7, color=CATEGORIES[2],
                   xerr=[100 * row["error"] for row in shown], error_kw={"linewidth": 0.8, "capsize": 2})  # fmt: skip
        gains.axvline(0, color="black", linewidth=0.6)
        gains.set_yticks(range(len(shown)), [literal(row["layer"]) for row in shown], fontsize=7)
        gains.set_ylim(max(len(shown), 1) - 0.4, -0.6)
        gains.set_xlabel("gain when this layer is ideal (points of A*)")
        gains.set_title(_title(network) + _stressed(network), fontsize=7)
        _curve(curve, exempted, network, level)

    return save_drawing(draw, path, WIDTH, 2.4 + 0.16 * max(len(shown), 3))


def _stressed(network: Row) -> str:
    if not network["stressed_by"]:
        return ""
    return f"\non a chip with {network['stressed_by'].replace('_', ' ')} at {number(network['stressed_to'])}"


def _curve(axes: Axes, exempted: list[Row], network: Row, level: float) -> None:
    shares = [0.0, *(100 * row["share"] for row in exempted)]
    kept = [100 * network["stressed_kept"], *(100 * row["kept"] for row in exempted)]
    errors = [100 * network["stressed_error"], *(100 * row["error"] for row in exempted)]
    axes.errorbar(shares, kept, errors, fmt="o:", markersize=3.5, color=CATEGORIES[0], linewidth=0.8, elinewidth=0.8, capsize=2)
    axes.axhline(100 * level, color=REST, linewidth=0.8, linestyle="--")
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "ha": "center", "va": "bottom"}
    axes.annotate(f"{100 * level:g} %", (0.5, 100 * level), fontsize=6, color=REST, **place)
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(0, 110)
    axes.set_xticks([0, 1, 2, 5, 10, 20, 50, 100], ["0", "1", "2", "5", "10", "20", "50", "100"])
    axes.set_xlabel("weights that are exempt (%)")
    axes.set_ylabel("A* (%)")
