"""The picture of one network in several precisions: A* over time on the chip, digital precisions as lines; one column wide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import LINES, MARKERS, above, literal, save_figure, time_axis
from chipsim.report.palette import REST, category
from chipsim.studies.precision import PrecisionStudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_plots(study: PrecisionStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write the picture as `precision.<kind>` (png, svg, pdf) into an existing folder."""
    return [plot_precision(study, folder / f"precision.{kind}")]


def plot_precision(study: PrecisionStudy, path: Path) -> Path:
    """A* of every variant against the time after programming, with the iso-accuracy line."""
    times = sorted({row["time"] for row in study.rows if row["time"]})
    names = [row["variant"] for row in study.variants if row["variant"] != "float"]

    def draw(axes: Axes) -> None:
        for index, name in enumerate(names):
            rows = [row for row in study.rows if row["variant"] == name]
            look: dict[str, Any] = {"color": category(index), "linestyle": LINES[index % len(LINES)], "label": name, "linewidth": 1.0}
            if rows[0]["time"] is None:
                axes.axhline(100 * rows[0]["kept"], **look)
                continue
            shown = [row for row in rows if row["time"]]
            errors = [100 * (row["error"] or 0.0) for row in shown]
            marks: dict[str, Any] = {"marker": MARKERS[index % len(MARKERS)], "markersize": 3.5, "elinewidth": 0.8}
            look |= {"linestyle": ":" if len(shown) > 2 else "none"}  # few times are points: what lies between them nobody judged
            shift = 1.0 if len(shown) < 2 else (shown[-1]["time"] / shown[0]["time"]) ** (0.015 * (name == "trained"))
            at, kept = [row["time"] * shift for row in shown], [100 * row["kept"] for row in shown]
            axes.errorbar(at, kept, errors if any(errors) else None, **look, **marks, capsize=2)
        axes.axhline(100 * study.level, color=REST, linewidth=0.6)
        axes.annotate(f"{100 * study.level:g} %", (1.0, 100 * study.level), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                      fontsize=6, color=REST)  # fmt: skip
        axes.set_ylabel("A* (%)")
        if times:
            time_axis(axes, times)
        title = f"{literal(study.name, 48)}\n{literal(study.metric, 24)}, {study.samples:,} samples"
        axes.legend(**above("", 3) | {"title": title})

    return save_figure(draw, path, 2.8)
