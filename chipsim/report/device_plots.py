"""Pictures of a device study: programming error, conductance over time, read noise, histograms; one column wide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import above, save_figure, time_axis
from chipsim.report.palette import CATEGORIES, viridis
from chipsim.report.svg import scaled
from chipsim.report.wording import duration
from chipsim.studies.device import DeviceStudy, Row
from chipsim.units import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "os^D"
_COLOURS = (CATEGORIES[0], CATEGORIES[3], CATEGORIES[2], CATEGORIES[7])
_DECADES = 1000.0  # a decaying device would stretch a logarithmic axis without end
_MOST_LINES = 6


def write_plots(study: DeviceStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write every picture that has something to show as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots: dict[str, Callable[[DeviceStudy, Path], Path]] = {}
    if any(row["sigma"] or row["closed"] for row in study.programming):
        plots["programming"] = plot_programming
    if any(row["mean"] > 0 for row in study.drift if row["time"] > 0):
        plots["drift"] = plot_drift
    if any(row["sigma"] for row in study.read_noise):
        plots["read_noise"] = plot_read_noise
    plots["histogram"] = plot_histogram
    return [plot(study, folder / f"{name}.{kind}") for name, plot in plots.items()]


def plot_programming(study: DeviceStudy, path: Path) -> Path:
    """Standard deviation of the programming error against the target: sampled and in closed form."""
    rows = study.programming
    x, across = scaled(study.g_max, "S")
    y, up = scaled(max(max(row["sigma"], row["closed"]) for row in rows), "S")

    def draw(axes: Axes) -> None:
        targets = [row["target"] * x for row in rows]
        style = "_" if study.states else "-"  # nothing lies between states
        closed = [row["closed"] * y for row in rows]
        axes.plot(targets, closed, style, color=CATEGORIES[3], markersize=14, linewidth=1.2, label="closed form")
        sampled = [row["sigma"] * y for row in rows]
        axes.plot(targets, sampled, "o", color=CATEGORIES[0], markersize=4, label=f"{study.cells:,} cells")
        axes.set_xlabel(f"target conductance ({across})")
        axes.set_ylabel(f"programming error,\nstandard deviation ({up})")
        lines = [row for row in study.published if row["quantity"].startswith("programming error")]
        levels = [row["high"] * (1 if row["unit"] else study.g_max) * y for row in lines]
        for row, level, dashes in zip(lines, levels, ("--", ":"), strict=False):
            name = row["quantity"].removeprefix("programming error").strip(" ,")
            axes.axhline(level, color=CATEGORIES[7], linestyle=dashes, linewidth=1, label=f"published: {name}")
        axes.set_ylim(0, 1.08 * max(closed + sampled + levels))
        axes.margins(x=0.08)
        right: Any = axes.twinx()
        right.set_ylim(0, 100 / study.g_max / y * axes.get_ylim()[1])
        right.spines["right"].set_visible(True)
        right.set_ylabel("% of g_max")
        axes.legend(frameon=False, fontsize=7)

    return save_figure(draw, path, 2.3)


def plot_drift(study: DeviceStudy, path: Path) -> Path:
    """Mean conductance against time for some targets, with the band that holds 90 % of the cells; both axes logarithmic."""
    times = [time for time in study.times if time > 0]
    factor, unit = scaled(study.g_max, "S")

    def draw(axes: Axes) -> None:
        for target, colour, marker in zip(study.pictured, _COLOURS, _MARKERS, strict=False):
            rows = [row for row in study.drift if row["target"] == target and row["time"] > 0]
            at = [row["time"] for row in rows]
            low, high = ([row[end] * factor for row in rows] for end in ("low", "high"))
            axes.fill_between(at, low, high, color=colour, alpha=0.2, linewidth=0)
            means = [row["mean"] * factor for row in rows]
            axes.plot(at, means, f"{marker}-", color=colour, markersize=3.5, linewidth=1.2, label=show(target, "S"))
        time_axis(axes, times)
        _level_axis(axes, [row for row in study.drift if row["target"] in study.pictured and row["time"] > 0], factor)
        axes.set_ylabel(f"conductance ({unit})")
        axes.legend(**above("programmed to; band: 90 % of the cells", 4))

    return save_figure(draw, path, 2.7)


def plot_read_noise(study: DeviceStudy, path: Path) -> Path:
    """Standard deviation of the read noise against the target, a line for each time: sampled and in closed form."""
    x, across = scaled(study.g_max, "S")
    y, up = scaled(max(row["sigma"] for row in study.read_noise), "S")
    times = _some(study.times)

    def draw(axes: Axes) -> None:
        for place, time in enumerate(times):
            rows = [row for row in study.read_noise if row["time"] == time]
            colour = viridis(0.85 * place / max(len(times) - 1, 1))
            targets = [row["target"] * x for row in rows]
            axes.plot(targets, [row["closed"] * y for row in rows], "-", color=colour, linewidth=1)
            sampled = [row["sigma"] * y for row in rows]
            axes.plot(targets, sampled, "os^Dvp"[place], color=colour, markersize=3.5, label=duration(time))
        axes.set_xlabel(f"target conductance ({across})")
        axes.set_ylabel(f"read noise,\nstandard deviation ({up})")
        axes.set_ylim(bottom=0)
        axes.legend(**above("after programming; points: sampled, lines: closed form", 3))

    return save_figure(draw, path, 2.8)


def plot_histogram(study: DeviceStudy, path: Path) -> Path:
    """Conductance after programming of the cells of some targets, a panel for each; the target is a dashed line."""
    panels = len(study.pictured)
    down, across = -(-panels // 2), min(panels, 2)

    def draw(axes: Axes) -> None:
        figure: Any = axes.figure
        axes.remove()
        grid = figure.subplots(down, across, squeeze=False).ravel()
        for panel, target in zip(grid, study.pictured, strict=False):
            _bars(panel, [row for row in study.histogram if row["target"] == target], target, study.cells)
        for panel in grid[panels:]:
            panel.remove()
        figure.supylabel("share of the cells (%)", fontsize=8)
        figure.supxlabel("conductance after programming", fontsize=8)

    return save_figure(draw, path, 0.6 + 1.25 * down)


def _bars(axes: Axes, rows: list[Row], target: float, cells: int) -> None:
    factor, unit = scaled(max(row["high"] for row in rows), "S")
    edges = [row["low"] * factor for row in rows] + [rows[-1]["high"] * factor]
    axes.stairs([100 * row["cells"] / cells for row in rows], edges, fill=True, color=CATEGORIES[4])
    axes.axvline(target * factor, color=CATEGORIES[3], linestyle="--", linewidth=1)
    axes.set_title(f"target {show(target, 'S')}", fontsize=7)
    axes.set_xlabel(unit, fontsize=7, labelpad=1)
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=4)


def _level_axis(axes: Axes, rows: list[Row], factor: float) -> None:
    """Logarithmic conductance with plain numbers; the lower end of a wide band, or of a decay, may leave the picture."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    highest = max(max(row["high"], row["mean"]) for row in rows) * factor
    means = [row["mean"] * factor for row in rows if row["mean"] * factor > highest / _DECADES]
    floor = min(means, default=highest) / 3
    lowest = max(min(row["low"] for row in rows) * factor, floor)
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(lowest / 1.1, highest * 1.1)
    subs = (1.0, 2.0, 3.0, 5.0, 7.0) if highest < 12 * lowest else (1.0, 2.0, 5.0) if highest < 120 * lowest else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs) if highest > 4 * lowest else MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{level:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _some(times: tuple[float, ...]) -> list[float]:
    """At most six of the times, the first and the last among them."""
    if len(times) <= _MOST_LINES:
        return list(times)
    return [times[round(place * (len(times) - 1) / (_MOST_LINES - 1))] for place in range(_MOST_LINES)]
