"""Pictures of a study of programming: error against turns and time, weight errors, analog against ideal products, time and energy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chipsim.programming import Programmer
from chipsim.report.figure import save_figure
from chipsim.report.palette import category
from chipsim.report.svg import scaled
from chipsim.report.wording import percent
from chipsim.report.yield_map import plot_yield_map
from chipsim.studies.program import ProgramStudy, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ACROSS = 2  # panels side by side
_STYLES = ("-", "--", "-.", ":")


def write_plots(study: ProgramStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write every picture that has something to show as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots: dict[str, Callable[[ProgramStudy, Path], Path]] = {}
    if study.convergence:
        plots["convergence"] = plot_convergence
    if study.histogram:
        plots["histogram"] = plot_histogram
    if study.products:
        plots["products"] = plot_products
    if study.stuck:
        plots["yield_map"] = plot_stuck
    return [plot(study, folder / f"{name}.{kind}") for name, plot in plots.items()]


def plot_stuck(study: ProgramStudy, path: Path) -> Path:
    """Which devices of the first array are stuck."""
    planes = {name: np.full(shape, np.nan, np.float32) for name, shape in study.planes.items()}
    for row in study.stuck:
        planes[row["plane"]][row["row"], row["column"]] = row["conductance"]
    return plot_yield_map(planes, *study.reach, path)


def plot_convergence(study: ProgramStudy, path: Path) -> Path:
    """The error that each algorithm itself measures, of all arrays together: against its turns, and against time.

    A row of panels for each algorithm: one measures devices, another products, so their errors are not to be compared.
    """
    names = _names(study.convergence)

    def draw(axes: Axes) -> None:
        figure: Any = axes.figure
        axes.remove()
        grid = figure.subplots(len(names), 2, squeeze=False, sharey="row")
        for (left, right), name in zip(grid, names, strict=True):
            curve = course([row for row in study.convergence if row["algorithm"] == name])
            errors = [100 * error for _, _, error in curve]
            factor, unit = scaled(curve[-1][1], "s")
            style: dict[str, Any] = {"color": _colour(name), "linewidth": 1.2, "marker": "o", "markersize": 2.5}
            left.plot([turn + 1 for turn, _, _ in curve], errors, **style)
            right.plot([time * factor for _, time, _ in curve], errors, **style)
            _percent_axis(left, errors)
            left.set_ylabel(f"{name}:\nown error (%)")
            left.set_xlabel("turns")
            right.set_xlabel(f"time ({unit})")
            right.set_xlim(left=0)

    return save_figure(draw, path, 0.1 + 1.55 * len(names))


def course(rows: Sequence[Row]) -> list[tuple[int, float, float]]:
    """Turn, time (s, of the slowest array) and root mean square error over all devices; an array that is done keeps its last."""
    blocks: dict[str, list[Row]] = {}
    for row in rows:
        blocks.setdefault(row["block"], []).append(row)
    total = sum(curve[0]["devices"] for curve in blocks.values())
    found = []
    for turn in range(max(len(curve) for curve in blocks.values())):
        here = [curve[min(turn, len(curve) - 1)] for curve in blocks.values()]
        square = sum(row["devices"] * row["error"] ** 2 for row in here) / total
        found.append((turn, max(row["time"] for row in here), math.sqrt(square)))
    return found


def plot_histogram(study: ProgramStudy, path: Path) -> Path:
    """How the errors of the weights are spread, a line for each algorithm."""
    names = _names(study.histogram)

    def draw(axes: Axes) -> None:
        for place, name in enumerate(names):
            rows = [row for row in study.histogram if row["algorithm"] == name]
            middles = [50 * (row["low"] + row["high"]) for row in rows]
            total = sum(row["weights"] for row in rows)
            shares = [100 * row["weights"] / total for row in rows]
            error = next(row["weight_error"] for row in study.reached if row["algorithm"] == name)
            style: dict[str, Any] = {"color": _colour(name), "linestyle": _STYLES[place % 4], "linewidth": 1.4}
            axes.plot(middles, shares, label=f"{name}, rms {percent(error, 2)}", **style)
        axes.axvline(0, color="#888888", linewidth=0.6)
        axes.set_xlabel("error of a weight (% of full scale)")
        axes.set_ylabel("share of the weights (%)")
        axes.set_ylim(bottom=0)
        axes.figure.legend(*axes.get_legend_handles_labels(), **_above(min(len(names), _ACROSS)))

    return save_figure(draw, path, 2.4 + 0.15 * math.ceil(len(names) / _ACROSS))


def plot_products(study: ProgramStudy, path: Path) -> Path:
    """Analog products against ideal ones, a panel for each algorithm; on the grey line the array errs nothing."""
    names = _names(study.products)
    down, across = math.ceil(len(names) / _ACROSS), min(len(names), _ACROSS)
    reach = 1.05 * max(abs(row[side]) for row in study.products for side in ("ideal", "analog"))

    def draw(axes: Axes) -> None:
        figure: Any = axes.figure
        axes.remove()
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
        for panel, name in zip(grid, names, strict=False):
            rows = [row for row in study.products if row["algorithm"] == name]
            panel.plot([-reach, reach], [-reach, reach], color="#999999", linewidth=0.7)
            style = {"s": 1.2, "color": _colour(name), "linewidths": 0, "rasterized": True}
            panel.scatter([row["ideal"] for row in rows], [row["analog"] for row in rows], **style, zorder=3)
            error = next(row["mvm_error"] for row in study.reached if row["algorithm"] == name)
            panel.set_title(f"{name}, {percent(error, 2)}", fontsize=7)
            panel.set_aspect("equal")
            panel.set_xlim(-reach, reach)
            panel.set_ylim(-reach, reach)
            panel.locator_params(nbins=5)
        for panel in grid[len(names) :]:
            panel.remove()
        for panel in grid[max(0, len(names) - across) : len(names)]:
            panel.tick_params(labelbottom=True)  # the lowest of every column
        figure.supxlabel("ideal product / its rms", fontsize=8)
        figure.supylabel("analog product / same rms", fontsize=8)

    return save_figure(draw, path, 0.5 + down * (1.65 if across > 1 else 2.6))


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["algorithm"] for row in rows))


def _colour(name: str) -> str:
    """The same colour for an algorithm in all pictures of all studies."""
    return category(list(Programmer.members).index(name))


def _percent_axis(axes: Axes, values: Sequence[float]) -> None:
    """Logarithmic where the errors span more than a factor of three and none is zero, with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if min(values) <= 0 or max(values) < 3 * min(values):
        axes.set_ylim(0, 1.08 * max(values) or 1)
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{level:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _above(columns: int) -> dict[str, Any]:
    """Where a legend stands above the axes."""
    return {"loc": "outside upper center", "ncols": columns, "frameon": False, "fontsize": 7, "handlelength": 1.8, "columnspacing": 1.2}
