"""Picture of a network's latency against injection: a line for each pattern and flow control, one column wide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import LINES, MARKERS, outside, save_drawing
from chipsim.report.palette import CATEGORIES, category
from chipsim.report.svg import scaled
from chipsim.report.wording import number
from chipsim.result import Row
from chipsim.studies.injection import TIMES, InjectionStudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 6.0  # of the axis, in zero-load latencies: what lies above is without end
_FEW = 3  # curves beside which there is room for their quantiles


def write_plots(study: InjectionStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write the picture as `injection.<kind>` (png, svg, pdf) into an existing folder."""
    return [plot_injection(study, folder / f"injection.{kind}")]


def plot_injection(study: InjectionStudy, path: Path) -> Path:
    """Mean latency (95 % limits as bars) against load, of few curves the 95 % quantile too; a run as lines.

    Saturation is a cross on the line, markers beyond it are open.
    """
    zero = min(limit["zero_load"] for limit in study.limits)
    top = _top(study, HEIGHT * max(limit["zero_load"] for limit in study.limits))
    factor, unit = scaled(2 * zero, "s")
    late = len(study.limits) <= _FEW

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        for index, limit in enumerate(study.limits):
            rows = [row for row in study.curves if (row["pattern"], row["control"]) == (limit["pattern"], limit["control"])]
            _curve(axes, rows, limit, factor, index, _name(study, limit), late)
        right = max(row["load"] for row in study.curves)
        axes.set(xlim=(0, 1.03 * right), ylim=(0, top * factor))
        axes.set_xlabel(f"offered load ({'vectors per tile and step' if study.circuits else 'flits per tile and cycle'})")
        axes.set_ylabel(f"packet latency ({unit})")
        _here(axes, study, top * factor)
        handles, names = axes.get_legend_handles_labels()
        if late:
            handles, names = [*handles, _key(axes, "-", "#555555", "", 0.6)], [*names, "95 % quantile"]
        handles, names = [*handles, _key(axes, "", "#555555", "x", 1.0)], [*names, f"saturation: {TIMES:g} x zero load"]
        figure.legend(handles, names, **outside(2))

    return save_drawing(draw, path, 3.5, 2.5 + 0.13 * (len(study.limits) + 2) / 2)


def _top(study: InjectionStudy, height: float) -> float:
    """The end of the axis of latencies, so that no marker near it is cut."""
    near = [float(row["latency"]) for row in study.curves if 0.95 * height < row["latency"] < 1.05 * height]
    return max([height, *(1.06 * latency for latency in near)])


def _name(study: InjectionStudy, limit: Row) -> str:
    """Pattern and flow control, each only where there are several."""
    several = [key for key in ("pattern", "control") if len({row[key] for row in study.limits}) > 1]
    return ", ".join(limit[key].replace("_", " ") for key in several or ["pattern", "control"])


def _curve(axes: Axes, rows: list[Row], limit: Row, factor: float, index: int, name: str, late: bool) -> None:
    loads, means = [row["load"] for row in rows], [row["latency"] * factor for row in rows]
    limits = [(row["high"] - row["latency"]) * factor for row in rows]
    style: dict[str, Any] = {"color": category(index), "linestyle": LINES[index % len(LINES)], "marker": MARKERS[index % len(MARKERS)]}
    at = limit["saturation"]
    beyond = [(x, y) for x, y in zip(loads, means, strict=True) if at is not None and x > at]
    way = [*zip(loads, means, strict=True), *([(at, TIMES * limit["zero_load"] * factor)] if at is not None else [])]
    xs, ys = zip(*sorted(way), strict=True)  # saturation is a point of the line, without a marker of a measurement
    measured = [place for place, x in enumerate(xs) if x in loads and (at is None or x <= at)]
    axes.plot(xs, ys, label=name, markersize=3, linewidth=1.1, markevery=measured, zorder=3, **style)
    axes.errorbar(loads, means, limits, fmt="none", ecolor=style["color"], elinewidth=0.8, capsize=1.5, zorder=3)
    axes.plot(*zip(*beyond, strict=True) if beyond else ([], []), linestyle="", color=style["color"], marker=style["marker"],
              markersize=3, markerfacecolor="white", zorder=3.5)  # fmt: skip
    if late:
        axes.plot(loads, [row["late"] * factor for row in rows], style["linestyle"], color=category(index), linewidth=0.6, zorder=2)
    if limit["saturation"] is not None:
        axes.plot([limit["saturation"]], [TIMES * limit["zero_load"] * factor], "x", color=category(index), markersize=7, zorder=4)


def _here(axes: Axes, study: InjectionStudy, top: float) -> None:
    """Two lines for a run: the mean and the busiest of its links, for the first pattern."""
    first = study.limits[0]["pattern"]
    right = axes.get_xlim()[1]
    for row, dashes in zip([row for row in study.here if row["pattern"] == first], (":", "--"), strict=False):
        load = row["load"]
        if load > right:
            axes.set_xlim(0, 1.05 * load)
        axes.axvline(load, color=CATEGORIES[7], linestyle=dashes, linewidth=0.9, zorder=1)
        words = f"run, {'mean' if row['what'] == 'mean' else 'busiest link'}: {number(load, 2)}"
        axes.annotate(words, (load, top), (2, -2), textcoords="offset points", fontsize=6, rotation=90, va="top")


def _key(axes: Axes, line: str, colour: str, mark: str, width: float) -> Any:
    return axes.plot([], [], linestyle=line, color=colour, marker=mark, markersize=5, linewidth=width)[0]
