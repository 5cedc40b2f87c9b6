"""Pictures of a sweep for a paper: Pareto fronts, parallel coordinates, and those of `sweep_charts.py`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import WIDTH, outside, save_drawing
from chipsim.report.palette import CATEGORIES, viridis
from chipsim.report.sweep_charts import plot_axis, plot_heat, plot_hypervolume, plot_importance, plot_stacked_front
from chipsim.report.sweep_columns import Scale, better, called_of, keeps, scale_of, sought, staircase, text_of
from chipsim.result import Result, Row
from chipsim.sweep.table import SweepTable
from chipsim.workload.metrics.named import metric_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PAIRS = (("energy", "accuracy"), ("area", "inferences_per_second"), ("area", "sustained_ops"))  # drawn where they are no objectives, too
_COORDINATES = 9  # most axes of parallel coordinates
_COUNTED = 12  # places of several points up to which they are counted
_CLOSE = 0.08  # of an upright axis: labels closer than that touch
_KNEE = CATEGORIES[3]
_PALE = "#BBBBBB"


def write_sweep_plots(table: SweepTable, folder: str | Path, kind: str = "png", runs: dict[int, Result] | None = None) -> list[Path]:
    """Write every picture that a sweep has points for as `<name>.<kind>` (png, svg, pdf) into an existing folder.

    runs: the runs of points on the front, by number, for the energies and areas by part.
    """
    target, measures = Path(folder), sought(table)
    plots: dict[str, Callable[[Path], Path]] = {}
    for x, y in pairs_of(table) if table.done else ():
        plots[f"pareto-{x}-{y}"] = lambda path, x=x, y=y: plot_front(table, x, y, path)  # type: ignore[misc]
    axes = [name for name in table.names("axis") if len({text_of(row.get(name)) for row in table.done}) > 1]
    if len(axes) + len(measures) > 2 and len(table.done) > 1:
        plots["parallel"] = lambda path: plot_parallel(table, path)
    for axis in axes if measures else ():
        plots[f"axis-{axis}"] = lambda path, axis=axis: plot_axis(table, axis, measures, path)  # type: ignore[misc]
    for x, y in combinations(axes[:3], 2):
        for measure in measures[:3]:
            plots[f"heat-{x}-{y}-{measure}"] = lambda path, x=x, y=y, z=measure: plot_heat(table, x, y, z, path)  # type: ignore[misc]
    if runs:
        plots["front-energy"] = lambda path: plot_stacked_front(table, runs, "energy", path)
        plots["front-area"] = lambda path: plot_stacked_front(table, runs, "area", path)
    if table.importance:
        plots["importance"] = lambda path: plot_importance(table, path)
    if len(table.hypervolume) > 1 and len(table.objectives) > 1:
        plots["hypervolume"] = lambda path: plot_hypervolume(table, path)
    return [plot(target / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name)}.{kind}") for name, plot in plots.items()]


def pairs_of(table: SweepTable) -> list[tuple[str, str]]:
    """Pairs of measures whose front is drawn: all of the objectives, then accuracy over energy and throughput over area."""
    objectives = [str(row["column"]) for row in table.objectives]
    varied = [name for name in table.names("measure") if _varies(table, name)]
    found = [pair for pair in combinations(objectives, 2) if set(pair) <= set(varied)]
    for first, second in _PAIRS:
        known = [name for name in varied if name == second or (second == "accuracy" and _of_the_chip(name))]
        for name in sorted(known, key=lambda name: name not in objectives)[:1]:
            if first in varied and {first, name} not in [set(pair) for pair in found]:
                found.append((first, name))
    return found[:6]


def _of_the_chip(name: str) -> bool:
    """Whether a column holds an accuracy, or what else the network is judged by, at one of the times."""
    asked = metric_column(name)
    return asked is not None and asked.kind == "value" and not name.endswith("_spread")


def _varies(table: SweepTable, name: str) -> bool:
    return len({row.get(name) for row in table.done} - {None}) > 1


def plot_front(table: SweepTable, x: str, y: str, path: Path) -> Path:
    """Every point by two measures: those that miss a limit pale, what nothing beats in these two as a staircase, the knee as a star.

    Points on the front of all objectives are filled; where there are more than two, they need not lie on the staircase of two.
    """
    across, up = scale_of(table, x), scale_of(table, y)
    rows = [row for row in table.done if row.get(x) is not None and row.get(y) is not None]
    good = [row for row in rows if keeps(table, row)]
    bad = [row for row in rows if not keeps(table, row)]

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        size = 9 if len(rows) > 300 else 16
        _scatter(axes, bad, across, up, marker="x", color=_PALE, s=size, linewidths=0.8, label=f"misses a limit ({len(bad)})")
        others = [row for row in good if row["point"] not in table.front]
        hollow: dict[str, Any] = {"facecolors": "none", "edgecolors": "#777777", "linewidths": 0.6}
        _scatter(axes, others, across, up, s=size, label=f"points ({len(others)})", **hollow)
        ups = better(table, x) == "maximise", better(table, y) == "maximise"
        _steps(axes, staircase([(across.place(row[x]), up.place(row[y])) for row in good], ups), ups[0])
        front = [row for row in good if row["point"] in table.front]
        large = 1.5 * size if len(front) < 60 else 0.8 * size
        _scatter(axes, front, across, up, color=CATEGORIES[0], s=large, zorder=4, label=f"front ({len(front)})")
        knees = [row for row in good if row["point"] in table.knee]
        star: dict[str, Any] = {"marker": "*", "color": _KNEE, "s": 7 * size, "edgecolors": "white", "linewidths": 0.6, "zorder": 5}
        _scatter(axes, knees, across, up, label="knee", **star)
        axes.margins(0.07)
        _counts(axes, [(across.place(row[x]), up.place(row[y])) for row in rows])
        across.draw(axes.xaxis)
        up.draw(axes.yaxis)
        _limits(axes, table, across, up)
        axes.set_xlabel(f"{across.label}, {_arrow(table, x)}")
        axes.set_ylabel(f"{up.label}, {_arrow(table, y)}")
        figure.legend(**outside(2))

    return save_drawing(draw, path, WIDTH, 2.9)


def _counts(axes: Axes, places: list[tuple[float, float]]) -> None:
    """How many points lie on each other, where these are few."""
    several = {place: count for place, count in Counter(places).items() if count > 1}
    for place, count in several.items() if len(several) <= _COUNTED else ():
        axes.annotate(f"x{count}", place, (3, 3), textcoords="offset points", fontsize=6, zorder=6)


def _limits(axes: Axes, table: SweepTable, across: Scale, up: Scale) -> None:
    """The limits of the two measures that lie within the picture, as lines."""
    look: dict[str, Any] = {"color": _KNEE, "linestyle": ":", "linewidth": 1.0, "zorder": 1}
    label = "limit"
    for limit in table.limits:
        for scale, axis, line in ((across, axes.xaxis, axes.axvline), (up, axes.yaxis, axes.axhline)):
            ends = sorted(axis.get_view_interval())
            places = [scale.place(limit[end]) for end in ("at_most", "at_least") if limit.get(end) is not None]
            for place in places if limit["column"] == scale.name else ():
                if ends[0] <= place <= ends[1]:
                    line(place, label=label, **look)
                    label = "_"


def _arrow(table: SweepTable, name: str) -> str:
    return "less is better" if better(table, name) == "minimise" else "more is better"


def _scatter(axes: Axes, rows: list[Row], across: Scale, up: Scale, **look: Any) -> None:
    if rows:
        axes.scatter([across.place(row[across.name]) for row in rows], [up.place(row[up.name]) for row in rows], **({"zorder": 3} | look))


def _steps(axes: Axes, steps: list[tuple[float, float]], large: bool) -> None:
    """What the staircase dominates lies behind its steps: where less of x is better, y holds from a point on to the right."""
    if len(steps) > 1:
        xs, ys = zip(*steps, strict=True)
        axes.step(xs, ys, where="pre" if large else "post", color=CATEGORIES[0], linewidth=1.0, zorder=2)


def plot_parallel(table: SweepTable, path: Path) -> Path:
    """A line for each point through all axes and objectives: the front in colour by the first objective, all others pale."""
    measures = sought(table)
    axes_of = [name for name in table.names("axis") if len({text_of(row.get(name)) for row in table.done}) > 1]
    names = [*axes_of[: max(_COORDINATES - len(measures), 1)], *measures]
    scales = [scale_of(table, name) for name in names]
    rows = [row for row in table.done if all(row.get(name) is not None for name in measures)]
    spans = [_span(scale, rows) for scale in scales]
    front = [row for row in rows if row["point"] in table.front]
    first = measures[0] if measures else names[0]
    order = sorted(front, key=lambda row: scale_of(table, first).place(row[first]))

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        lines = {row["point"]: [_height(scale, span, row) for scale, span in zip(scales, spans, strict=True)] for row in rows}
        pale = 0.5 if len(rows) < 60 else 0.25
        for row in rows:
            if row not in front:
                style = "-" if keeps(table, row) else ":"
                axes.plot(range(len(names)), lines[row["point"]], style, color="#999999", alpha=pale, linewidth=0.5)
        for place, row in enumerate(order):
            colour = viridis(0.85 * place / max(len(order) - 1, 1))
            axes.plot(range(len(names)), lines[row["point"]], color=colour, linewidth=1.3 if len(order) <= 30 else 0.6, zorder=3)
        for row in [row for row in front if row["point"] in table.knee]:
            axes.plot(range(len(names)), lines[row["point"]], color=_KNEE, linewidth=2, linestyle="--", zorder=4, label="knee")
        _poles(axes, scales, spans, rows)
        _key(figure, axes, order, first, table)

    width = WIDTH if len(names) <= 5 else 2 * WIDTH
    return save_drawing(draw, path, width, 2.7)


def _span(scale: Scale, rows: list[Row]) -> tuple[float, float]:
    """The ends of an upright axis, in its own numbers."""
    if scale.words:
        return 0.0, float(max(len(scale.words) - 1, 1))
    places = [_bent(scale, scale.place(row[scale.name])) for row in rows]
    low, high = min(places), max(places)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _bent(scale: Scale, place: float) -> float:
    from math import log10

    return log10(place) if scale.log else place


def _height(scale: Scale, span: tuple[float, float], row: Row) -> float:
    return (_bent(scale, scale.place(row[scale.name])) - span[0]) / (span[1] - span[0])


def _poles(axes: Axes, scales: list[Scale], spans: list[tuple[float, float]], rows: list[Row]) -> None:
    """Upright axes with the numbers at their ends, or all of their few values; names below, on white so that lines do not cross them."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.75}
    for place, (scale, span) in enumerate(zip(scales, spans, strict=True)):
        axes.axvline(place, color="black", linewidth=0.8, zorder=2)
        values = scale.words or tuple(sorted({row[scale.name] for row in rows}, key=scale.place))
        heights = {value: (_bent(scale, scale.place(value)) - span[0]) / (span[1] - span[0]) for value in values}
        for value, y in _apart(heights if len(values) <= 6 else {end: heights[end] for end in (values[0], values[-1])}):
            side = -2 if place == len(scales) - 1 else 2
            axes.annotate(scale.shown(value), (place, y), (side, 0), textcoords="offset points", fontsize=6, va="center",
                          ha="right" if side < 0 else "left", bbox=box, zorder=6)  # fmt: skip
    axes.set_xticks(range(len(scales)), [scale.label.replace(" (", "\n(") for scale in scales], fontsize=6.5, rotation=30, ha="right")
    axes.set(xlim=(-0.08, len(scales) - 0.92), ylim=(-0.04, 1.04))
    axes.tick_params(length=0)
    axes.set_yticks([])
    for edge in ("left", "bottom"):
        axes.spines[edge].set_visible(False)


def _apart(heights: dict[Any, float]) -> list[tuple[Any, float]]:
    """Values and heights whose labels do not touch: both ends, then those with room."""
    values = list(heights)
    kept: list[Any] = []
    for value in dict.fromkeys([values[0], values[-1], *values]):
        if all(abs(heights[value] - heights[other]) >= _CLOSE for other in kept):
            kept.append(value)
    return [(value, heights[value]) for value in kept]


def _key(figure: Any, axes: Axes, order: list[Row], first: str, table: SweepTable) -> None:
    from matplotlib.lines import Line2D

    keys = [Line2D([], [], color="#999999", linewidth=0.8, label="points")]
    if any(not keeps(table, row) for row in table.done):
        keys.append(Line2D([], [], color="#999999", linewidth=0.8, linestyle=":", label="misses a limit"))
    if order:
        said = f"front, dark to light: least to most {called_of(first)}" if len(order) > 1 else "front"
        keys.append(Line2D([], [], color=viridis(0.0), linewidth=1.3, label=said))
    if any(row["point"] in table.knee for row in order):
        keys.append(Line2D([], [], color=_KNEE, linewidth=2, linestyle="--", label="knee"))
    figure.legend(handles=keys, **outside(2 if figure.get_figwidth() < 5 else 4))
