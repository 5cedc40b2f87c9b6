"""Published figures against ours on logarithmic axes, one panel for each unit, with the line of equality and a band of 10 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import save_drawing
from chipsim.report.palette import CATEGORIES
from chipsim.result import Row
from chipsim.validation.outcome import Validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND = 0.1
PANELS = (  # unit of the figures, title, unit of the axes, factor to it
    ("OP/s", "rate", "TOP/s", 1e-12),
    ("OP/s/W", "efficiency", "TOP/s/W", 1e-12),
    ("OP/s/m2", "density", "TOP/s/mm2", 1e-18),
    ("s", "time", "us", 1e6),
    ("J", "energy", "nJ", 1e9),
    ("W", "power", "W", 1.0),
    ("m2", "area", "mm2", 1e6),
    ("", "counts and ratios", "number", 1.0),
)
MARKS = {  # kind: marker, face, edge
    "predicted": ("o", CATEGORIES[0], CATEGORIES[0]),
    "calibrated": ("s", "none", CATEGORIES[1]),
}
_OFFSETS = {"predicted": -0.15, "calibrated": 0.15}
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_ACROSS = 4
_SIDE = 1.9  # inch of a panel


def plot_validation(found: Validation, path: Path) -> Path:
    """Write the picture (PNG, SVG, PDF by its name): a panel for each unit that has figures; shares, told in points, are left out."""
    panels = [(panel, rows) for panel in PANELS if (rows := points_of(found.rows, panel[0]))]
    lines = max(1, math.ceil(len(panels) / _ACROSS))

    def draw(figure: Any) -> None:
        for place, (panel, rows) in enumerate(panels):
            _panel(figure.add_subplot(lines, min(_ACROSS, len(panels)), place + 1), panel, rows)
        if panels:
            _legend(figure)

    return save_drawing(draw, path, _SIDE * max(2, min(_ACROSS, len(panels))), _SIDE * lines + 0.5)


def plot_errors(found: Validation, path: Path) -> Path:
    """Write a picture of ours over published, chip by chip, where an error of a tenth can be seen; shares and bounds are left out."""
    rows = [row for unit, *_ in PANELS for row in points_of(found.rows, unit)]
    names = [chip for chip in dict.fromkeys(str(row["chip"]) for row in found.rows) if any(row["chip"] == chip for row in rows)]

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        axes.axvspan(1 - BAND, 1 + BAND, color=CATEGORIES[7], alpha=0.2, linewidth=0)
        axes.axvline(1, color=CATEGORIES[7], linewidth=0.7)
        for kind, (marker, face, edge) in MARKS.items():
            own = [row for row in rows if row["kind"] == kind]
            across, down = [row["ours"] / row["value"] for row in own], [names.index(row["chip"]) + _OFFSETS[kind] for row in own]
            axes.plot(across, down, marker, markersize=4.5, markerfacecolor=face, markeredgecolor=edge, alpha=0.85)
        axes.set_xscale("log")
        ratios = [row["ours"] / row["value"] for row in rows] or [1.0]
        ticks = [tick for tick in _TICKS if min(ratios) / 1.3 <= tick <= max(ratios) * 1.3 or 0.8 <= tick <= 1.25]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(axis="y", linewidth=0.3)
        axes.set_xlabel("ours / published")
        _legend(figure)

    return save_drawing(draw, path, 5.5, 1.1 + 0.24 * max(len(names), 2))


def points_of(rows: Sequence[Row], unit: str) -> list[Row]:
    """The figures of a unit that can be drawn: a published value and ours, both above zero, predicted or calibrated."""
    return [
        row
        for row in rows
        if row["unit"] == unit and not row["points"] and row["kind"] in MARKS and (row["value"] or 0) > 0 and (row["ours"] or 0) > 0
    ]


def _panel(axes: Axes, panel: tuple[str, str, str, float], rows: Sequence[Row]) -> None:
    _, title, unit, factor = panel
    values = [row[name] * factor for row in rows for name in ("value", "ours")]
    low, high = 10 ** math.floor(math.log10(min(values) / 1.3)), 10 ** math.ceil(math.log10(max(values) * 1.3))
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends = [low, high]
    below, above = ([end * (1 + side * BAND) for end in ends] for side in (-1, 1))
    axes.fill_between(ends, below, above, color=CATEGORIES[7], alpha=0.2, linewidth=0)
    axes.plot(ends, ends, color=CATEGORIES[7], linewidth=0.7)
    for kind, (marker, face, edge) in MARKS.items():
        own = [row for row in rows if row["kind"] == kind]
        x, y = [row["value"] * factor for row in own], [row["ours"] * factor for row in own]
        axes.plot(x, y, marker, markersize=4.5, markerfacecolor=face, markeredgecolor=edge, alpha=0.85)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.minorticks_off()
    axes.set_title(title, fontsize=8)
    axes.set_xlabel(f"published ({unit})")
    axes.set_ylabel(f"ours ({unit})")


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    drawn: list[Any] = [
        Line2D([], [], marker=marker, markerfacecolor=face, markeredgecolor=edge, linestyle="none", markersize=5, label=kind)
        for kind, (marker, face, edge) in MARKS.items()
    ]
    drawn.append(Patch(facecolor=CATEGORIES[7], alpha=0.2, label=f"within {100 * BAND:.0f} %"))
    figure.legend(handles=drawn, loc="outside lower center", ncols=len(drawn), frameon=False)
