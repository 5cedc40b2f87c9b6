"""The pictures of a run for a paper, and those of several runs side by side; each is one column wide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError
from chipsim.report.breakdown import energy_by_part
from chipsim.report.figure import LINES, MARKERS, outside, save_drawing, save_figure, time_axis
from chipsim.report.floorplan_plot import plot_floorplan
from chipsim.report.gantt import plot_gantt
from chipsim.report.judged import Judged
from chipsim.report.palette import CATEGORIES, category
from chipsim.report.roofline import Frame, colours_of, intensity, roof
from chipsim.report.side_by_side import lettered
from chipsim.report.stacked_plots import plot_area, plot_energy, plot_layers, plot_stacks
from chipsim.report.wording import plain
from chipsim.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = (1.0, 60.0, 3600.0, 86400.0, 30 * 86400.0, 365 * 86400.0, 3650 * 86400.0)
_TIMES = 9  # times beyond which round times are on the axis in their place
_LEAST = 1.0  # points of accuracy that an axis shows at least


def write_plots(result: Result, folder: str | Path, kind: str = "png") -> list[Path]:
    """Write every picture that a run has numbers for as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots = {"energy": plot_energy, "layers": plot_layers, "area": plot_area, "floorplan": plot_floorplan}
    plots |= {"gantt": plot_gantt} if result.spans else {}
    plots |= {Judged.of(result).name: plot_accuracy} if result.accuracy else {}
    plots |= {"roofline": plot_roofline} if result.roofline else {}
    return [plot(result, Path(folder) / f"{name}.{kind}") for name, plot in plots.items()]


def write_comparison(results: Sequence[Result], folder: str | Path, kind: str = "png") -> list[Path]:
    """Write energy, area and, if any, accuracy of several runs (2 to 26) side by side; InputError for fewer or more."""
    runs, target = _named(results), Path(folder)
    energies = [(name, {share.name: share.amount for share in energy_by_part(run)}) for name, run in runs.items()]
    files = [plot_stacks(energies, "J", "energy per inference", target / f"energy.{kind}", compared=True)]
    areas = [(name, _areas(run)) for name, run in runs.items()]
    files.append(plot_stacks(areas, "m2", "area", target / f"area.{kind}", compared=True))
    metrics = dict.fromkeys(Judged.of(run).name for run in results if run.accuracy)  # a picture for each, as axes cannot be shared
    for metric in metrics:
        measured = {name: run for name, run in runs.items() if run.accuracy and Judged.of(run).name == metric}
        files.append(plot_accuracies(measured, target / f"{metric}.{kind}"))
    return files


def _named(results: Sequence[Result]) -> dict[str, Result]:
    """Runs by name; by letter and name where names are equal, as in the printed comparison."""
    names = [plain(result.name) for result in results]
    letters = lettered(results, "runs")
    called = [name if names.count(name) == 1 else f"{letter}: {name}" for letter, name in zip(letters, names, strict=True)]
    return dict(zip(called, results, strict=True))


def _areas(run: Result) -> dict[str, float]:
    parts: dict[str, float] = defaultdict(float)
    for row in run.area:
        parts[str(row["part"])] += row["area"]
    return parts


def plot_accuracy(result: Result, path: str | Path) -> Path:
    """Mean accuracy with its standard deviation over logarithmic time; InputError when the run has no accuracy."""
    if not result.accuracy:
        raise InputError("plot_accuracy: the run has no accuracy, as it had no data; give the workload `data`")
    return plot_accuracies({"chip": result}, path)


def plot_accuracies(runs: dict[str, Result], path: str | Path) -> Path:
    """The same for several runs by name, judged by one metric; float networks as dashed lines, one where they are equal."""
    scale = Judged.of(next(iter(runs.values()))).scale
    references = {name: run.metrics["float_accuracy"] for name, run in runs.items() if "float_accuracy" in run.metrics}
    equal = len(set(references.values())) == 1

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        for index, (name, run) in enumerate(runs.items()):
            _accuracy_curve(axes, sorted(run.accuracy, key=lambda row: row["time"]), index, name.replace("$", r"\$"), scale)
        for index, (name, level) in enumerate(references.items()):
            if not equal or index == 0:
                words = "float" if equal else f"float, {name}"
                colour = CATEGORIES[3] if len(runs) == 1 else CATEGORIES[7] if equal else category(index)
                axes.axhline(scale * level, color=colour, linestyle="--", linewidth=1, label=words.replace("$", r"\$"))
        _accuracy_axes(axes, runs)
        figure.legend(**outside(3 if max(map(len, runs)) < 14 else 1 if max(map(len, runs)) > 26 else 2))

    return save_drawing(draw, path, 3.5, 2.4 + 0.1 * (len(runs) - 1))


def _accuracy_curve(axes: Axes, rows: list[Row], index: int, name: str, scale: float) -> None:
    """Means with a band of one standard deviation; with caps where there is one time only, which has no band."""
    times = _places(rows)
    means, spreads = [scale * row["mean"] for row in rows], [scale * row["spread"] for row in rows]
    few = len(rows) <= 25
    style: dict[str, Any] = {"color": category(index), "linestyle": LINES[index % len(LINES)], "linewidth": 1.2, "label": name}
    style |= {"marker": MARKERS[index % len(MARKERS)] if few else "", "markersize": 3.5}
    if len(rows) == 1:
        axes.errorbar(times, means, spreads, capsize=2.5, **(style | {"linestyle": ""}))
        return
    lower, upper = ([mean + sign * spread for mean, spread in zip(means, spreads, strict=True)] for sign in (-1, 1))
    axes.fill_between(times, lower, upper, color=category(index), alpha=0.22, linewidth=0)
    axes.plot(times, means, **style)


def _places(rows: list[Row]) -> list[float]:
    """Times (s); what a logarithm cannot show lies left of the others."""
    later = [row["time"] for row in rows if row["time"] > 0]
    return [row["time"] if row["time"] > 0 else (min(later) / 10 if later else 1.0) for row in rows]


def _accuracy_axes(axes: Axes, runs: dict[str, Result]) -> None:
    """Logarithmic time; accuracies never beyond what can be, and no hundredth of a point as large as the picture."""
    rows = [row for run in runs.values() for row in run.accuracy]
    places = {place: row["time"] for run in runs.values() for row, place in zip(run.accuracy, _places(run.accuracy), strict=True)}
    marks = [mark for mark in _MARKS if min(places) <= mark <= max(places)] if len(places) > _TIMES else []
    ticks = marks if len(marks) > 1 else sorted(places)
    time_axis(axes, ticks, [places.get(place, place) for place in ticks])
    axes.margins(x=0.06)
    judged = Judged.of(next(iter(runs.values())))
    levels = [level for row in rows for level in (row["mean"] - row["spread"], row["mean"] + row["spread"])]
    levels += [run.metrics["float_accuracy"] for run in runs.values() if "float_accuracy" in run.metrics]
    low, high = (judged.scale * judged.inside(level) for level in (min(levels), max(levels)))
    air = max(0.06 * (high - low), (_LEAST * (1.0 if judged.percent else 0.01 * (abs(high) or 1.0)) - (high - low)) / 2)
    bottom = low - air if judged.least is None else max(low - air, judged.scale * (judged.least - 0.005))
    top = high + air if judged.most is None else min(high + air, judged.scale * judged.most + 0.04 * (high - low + 2 * air))
    axes.set_ylim(bottom, top)
    axes.set_ylabel(judged.axis)
    axes.yaxis.get_major_formatter().set_useOffset(False)  # type: ignore[attr-defined]


def plot_roofline(result: Result, path: str | Path) -> Path:
    """Rates against operations per byte under the roofs of all ratings; InputError when the run was not compared with anything."""
    rows = result.roofline
    if not rows:
        raise InputError("plot_roofline: the run was not compared with anything; give it `comparators`")
    colours, frame = colours_of(rows), Frame.of(rows)

    def draw(axes: Axes) -> None:
        for index, (name, row) in enumerate({row["name"]: row for row in rows}.items()):
            corners = roof(row, frame.left, frame.right, frame.low)
            style: dict[str, Any] = {"color": colours[name], "linewidth": 1.2, "linestyle": LINES[index % len(LINES)]}
            axes.plot([x for x, _ in corners], [y for _, y in corners], label=name.replace("$", r"\$"), zorder=2, **style)
        if any(row["kind"] == "chip" for row in rows):
            axes.plot([], [], "D", color="#777777", markersize=4, label="this network, this chip")
        for mark, batch in {"o" if row["batch"] == 1 else "s": row["batch"] for row in rows[1:]}.items():
            axes.plot([], [], mark, color="#777777", markersize=4, label=f"this network, batch {batch}")
        for row in rows:
            mark = "D" if row["kind"] == "chip" else "o" if row["batch"] == 1 else "s"
            edge: dict[str, Any] = {"markersize": 5, "markeredgecolor": "white", "zorder": 3}
            axes.plot([intensity(row)], [row["reached"]], mark, color=colours[row["name"]], **edge)
        axes.loglog()
        axes.set(xlim=(frame.left, frame.right), ylim=(frame.low, frame.high))
        axes.set_xlabel("operations per byte of off-chip traffic (OP/B)")
        axes.set_ylabel("operations per second (OP/s)")
        axes.legend(frameon=False, fontsize=6, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2)

    return save_figure(draw, path, 2.7 + 0.065 * (len(colours) + 4))
