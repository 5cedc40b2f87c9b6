"""Charts of a sweep for a paper: measures against an axis, maps over two axes, parts of the front, importance, hypervolume."""

from __future__ import annotations

from collections import defaultdict
from math import prod
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError
from chipsim.report.breakdown import area_by_part, energy_by_part
from chipsim.report.figure import LINES, MARKERS, WIDTH, hatch, literal, logarithmic, outside, rim, save_drawing, save_figure
from chipsim.report.palette import category, ink, viridis
from chipsim.report.stacked_plots import plot_stacks
from chipsim.report.sweep_columns import Scale, called_of, scale_of, text_of
from chipsim.report.wording import cell, number
from chipsim.result import Result, Row
from chipsim.sweep.table import SweepTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = 6  # values of a second axis that get a line each
_GRID = 20  # most values of an axis that count as a grid; beyond, points are drawn
_FEW, _ENOUGH = 4, 8  # values of an axis, points for each, for which means are drawn also of a search
_BINS = 12
_WRITTEN = 8  # columns of a map up to which its numbers are written in it
_SAME, _SMALL = 1e-9, 0.01  # of a number: spreads of a map that are none, that are said
_STACKS = 12
_NAMED = 3  # axes whose values fit beside a bar


def plot_axis(table: SweepTable, axis: str, measures: list[str], path: Path) -> Path:
    """Measures, a panel each, against one axis: the mean of the other axes and repeats with the band from the least to the most.

    With one other axis of few values, a line for each of them; where an axis has too many values for lines, the points.
    """
    across = scale_of(table, axis)
    rows = [row for row in table.done if across.words or row.get(axis) is not None]
    values = _values(across, rows)
    others = [name for name in table.names("axis") if name != axis and len(_distinct(rows, name)) > 1]
    second = others[0] if len(others) == 1 and len(_distinct(rows, others[0])) <= _LINES else None

    def draw(figure: Any) -> None:
        panels = figure.subplots(len(measures), 1, sharex=True, squeeze=False)[:, 0]
        for panel, measure in zip(panels, measures, strict=True):
            _panel(panel, table, rows, across, measure, second, bool(others) and _scattered(table, values))
            scale_of(table, measure).draw(panel.yaxis)
            panel.yaxis.label.set_size(7)
        across.draw(panels[-1].xaxis, values)
        if across.words and len(across.words) > 3:
            panels[-1].tick_params(axis="x", rotation=30, labelsize=7)
        figure.align_ylabels(panels)
        if panels[0].get_legend_handles_labels()[1]:
            handles, names = panels[0].get_legend_handles_labels()
            figure.legend(handles, names, **(outside(3) | {"title": called_of(second) if second else None, "title_fontsize": 6.5}))

    return save_drawing(draw, path, WIDTH, 0.75 + 1.35 * len(measures))


def _scattered(table: SweepTable, values: list[Any]) -> bool:
    """Whether an axis has too many values for a grid, or the sweep is none, with few points for each value: those of a search."""
    if len(values) > _GRID or len(table.done) >= _ENOUGH * len(values):
        return len(values) > _GRID
    combinations = {tuple(text_of(row.get(name)) for name in table.names("axis")) for row in table.done}
    full = prod(len(_distinct(table.done, name)) for name in table.names("axis"))
    return len(values) > _FEW and 2 * len(combinations) < full


def _panel(axes: Axes, table: SweepTable, rows: list[Row], across: Scale, measure: str, second: str | None, crowded: bool) -> None:
    up = scale_of(table, measure)
    rows = [row for row in rows if row.get(measure) is not None]
    if crowded:
        axes.plot([across.place(row[across.name]) for row in rows], [up.place(row[measure]) for row in rows], "o", color=category(0),
                  markersize=2.5, alpha=0.6, label=f"points ({len(rows)})")  # fmt: skip
        return
    groups = [(None, rows)] if second is None else [(value, _where(rows, second, value)) for value in _distinct(rows, second)]
    for index, (value, own) in enumerate(groups):
        at: dict[float, list[float]] = defaultdict(list)
        for row in own:
            at[across.place(row[across.name])].append(up.place(row[measure]))
        xs = sorted(at)
        style: dict[str, Any] = {"color": category(index), "marker": MARKERS[index % len(MARKERS)], "markersize": 3.5, "linewidth": 1.1}
        style["linestyle"] = "" if across.words else LINES[index % len(LINES)]
        spread = any(len(at[x]) > 1 for x in xs)
        low, high = [min(at[x]) for x in xs], [max(at[x]) for x in xs]
        means = [fmean(at[x]) for x in xs]
        if spread and across.words:
            axes.vlines(xs, low, high, color=category(index), alpha=0.4, linewidth=3)
        elif spread:
            axes.fill_between(xs, low, high, color=category(index), alpha=0.18, linewidth=0)
        name = ("mean; band: least to most" if spread else "") if second is None else scale_of(table, second).shown(value)
        axes.plot(xs, means, label=name or "_", **style)
    axes.margins(0.06)


def _distinct(rows: list[Row], name: str) -> list[Any]:
    """Values of an axis in order; texts as they come."""
    values = list(dict.fromkeys(row.get(name) for row in rows))
    return sorted(values) if all(isinstance(value, (int, float)) for value in values) else values


def _values(scale: Scale, rows: list[Row]) -> list[Any]:
    return list(scale.words) if scale.words else _distinct(rows, scale.name)


def _where(rows: list[Row], name: str, value: Any) -> list[Row]:
    return [row for row in rows if row.get(name) == value]


def plot_heat(table: SweepTable, x: str, y: str, measure: str, path: Path) -> Path:
    """A measure over two axes: the mean of all points in a cell; axes of many values in twelve steps, cells without points white."""
    across, up, tone = (scale_of(table, name) for name in (x, y, measure))
    rows = [row for row in table.done if row.get(measure) is not None]
    (columns, left), (lines, bottom) = _steps(table, across, rows), _steps(table, up, rows)
    cells: dict[tuple[int, int], list[float]] = defaultdict(list)
    for row in rows:
        cells[left(row.get(x)), bottom(row.get(y))].append(tone.place(row[measure]))
    means = {cell: fmean(found) for cell, found in cells.items()}
    several = max(map(len, cells.values())) > 1
    low, high = min(means.values()), max(means.values())

    def draw(figure: Any) -> None:
        from matplotlib.colors import ListedColormap, LogNorm, Normalize

        axes = figure.add_subplot()
        norm = (LogNorm if tone.log else Normalize)(low, high if high > low else low + (abs(low) or 1.0))
        grid = [[means.get((column, line), float("nan")) for column in range(len(columns))] for line in range(len(lines))]
        colours = ListedColormap([viridis(step / 255) for step in range(256)])
        image = axes.imshow(grid, origin="lower", aspect="auto", cmap=colours, norm=norm)
        if len(columns) <= _WRITTEN and len(lines) <= 2 * _WRITTEN:
            for (column, line), mean in means.items():
                tint = ink(viridis(float(norm(mean))))
                axes.text(column, line, number(mean), color=tint, fontsize=6, ha="center", va="center")
        axes.set_xticks(*_ticks(columns), rotation=30 if max(map(len, columns)) > 5 else 0, fontsize=7)
        axes.set_yticks(*_ticks(lines), fontsize=7)
        axes.set_xlabel(across.label)
        axes.set_ylabel(up.label)
        words = f"{tone.label}{', mean' if several else ''}"
        if high - low <= _SAME * abs(high):
            axes.set_title(f"{words}: {number(low)} everywhere", fontsize=7)
            return
        if high - low < _SMALL * max(abs(low), abs(high)):
            axes.set_title(f"differs by {number(100 * (high - low) / max(abs(low), abs(high)), 2)} %", fontsize=7)
        bar = figure.colorbar(image, ax=axes, pad=0.02)
        if tone.log:
            logarithmic(bar.ax.yaxis)
        bar.set_label(words, fontsize=7)
        bar.ax.tick_params(labelsize=7)

    return save_drawing(draw, path, WIDTH, min(0.9 + 0.24 * max(len(lines), 5), 3.4))


def _ticks(labels: list[str]) -> tuple[range, list[str]]:
    step = -(-len(labels) // 8)
    return range(0, len(labels), step), labels[::step]


def _steps(table: SweepTable, scale: Scale, rows: list[Row]) -> tuple[list[str], Any]:
    """Labels of the cells along an axis, and which cell a value lies in."""
    values = _values(scale, rows)
    if scale.words:
        return [literal(word, 10) for word in scale.words], lambda value: scale.words.index(text_of(value))
    if not _scattered(table, values):
        return [scale.shown(value) for value in values], values.index
    from math import exp, log

    low, high = ((log(end) if scale.log else end) for end in (values[0], values[-1]))
    middles = [low + (step + 0.5) / _BINS * (high - low) for step in range(_BINS)]
    labels = [number((exp(middle) if scale.log else middle) * scale.factor, 2) for middle in middles]
    return labels, lambda value: min(int(((log(value) if scale.log else value) - low) / (high - low) * _BINS), _BINS - 1)


def runs_of_front(table: SweepTable, folder: Path) -> dict[int, Result]:
    """The runs of points on the front that lie in the folder of a sweep, by number; none where they are gone, or are trainings."""
    found = {}
    for row in table.done:
        if row["point"] in table.front and row["folder"]:
            try:
                found[row["point"]] = Result.load(folder / "points" / row["folder"])
            except InputError:
                continue
    return found


def plot_stacked_front(table: SweepTable, runs: dict[int, Result], what: str, path: Path) -> Path:
    """Energy or area by part of the points on the front whose runs are given, in the order of that sum; of many some, evenly chosen."""
    by_part = energy_by_part if what == "energy" else area_by_part
    found = {point: {share.name: share.amount for share in by_part(run)} for point, run in runs.items() if point in table.front}
    order = sorted(found, key=lambda point: sum(found[point].values()))
    if len(order) > _STACKS:
        order = [order[round(place * (len(order) - 1) / (_STACKS - 1))] for place in range(_STACKS)]
    stacks = [(_point(table, point), found[point]) for point in order]
    symbol, axis = ("J", "energy per inference") if what == "energy" else ("m2", "area")
    return plot_stacks(stacks, symbol, axis, path, compared=True)


def _point(table: SweepTable, point: int) -> str:
    """A point of the front by its number and, where these are few, by what its axes are."""
    row = next(row for row in table.done if row["point"] == point)
    varied = [name for name in table.names("axis") if len(_distinct(table.done, name)) > 1]
    units = [(name, str(table.column(name)["unit"])) for name in varied if len(varied) <= _NAMED]
    values = ", ".join(f"{name.split('.')[-1].replace('_', ' ')} {cell(row[name], unit)}" for name, unit in units)
    return f"{point}{', knee' if point in table.knee else ''}{': ' if values else ''}{values}"


def plot_importance(table: SweepTable, path: Path) -> Path:
    """Shares of each axis in what an objective does, as bars; objectives side by side."""
    axes_of = list(dict.fromkeys(str(row["axis"]) for row in table.importance))
    objectives = list(dict.fromkeys(str(row["objective"]) for row in table.importance))
    shares = {(str(row["axis"]), str(row["objective"])): 100 * row["share"] for row in table.importance}
    order = sorted(axes_of, key=lambda axis: -max(shares.get((axis, objective), 0.0) for objective in objectives))
    thick = 0.8 / len(objectives)

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        for index, objective in enumerate(objectives):
            places = [place + (index + 0.5) * thick - 0.4 for place in range(len(order))]
            widths = [shares.get((axis, objective), 0.0) for axis in order]
            look: dict[str, Any] = {"color": category(index), "hatch": hatch(index), "edgecolor": rim(category(index)), "linewidth": 0.3}
            drawn = axes.barh(places, widths, height=thick, label=called_of(objective), **look)
            axes.bar_label(drawn, [f"{width:.0f} %" for width in widths], padding=2, fontsize=6)
        axes.set_yticks(range(len(order)), [literal(called_of(axis), 22) for axis in order])
        axes.set_ylim(len(order) - 0.45, -0.55)
        axes.set_xlim(0, 1.12 * max(shares.values(), default=1.0) or 1.0)
        axes.set_xlabel("importance of the axis (%)")
        figure.legend(**(outside(3) | {"handleheight": 1.1}))

    return save_drawing(draw, path, WIDTH, 0.75 + len(order) * max(0.24, 0.14 * len(objectives)))


def plot_hypervolume(table: SweepTable, path: Path) -> Path:
    """How much of the space of the objectives the front covers after so many evaluations."""
    rows = sorted(table.hypervolume, key=lambda row: row["evaluations"])
    share = all("share" in row for row in rows)

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        levels = [100 * row["share"] if share else row["value"] for row in rows]
        axes.step([row["evaluations"] for row in rows], levels, where="post", color=category(0), linewidth=1.2)
        if len(rows) <= 30:
            axes.plot([row["evaluations"] for row in rows], levels, "o", color=category(0), markersize=3, clip_on=False, zorder=3)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("evaluations")
        axes.set_ylabel("hypervolume (%)" if share else "hypervolume")
        axes.set_ylim(bottom=0)

    return save_figure(draw, path, 2.1)
