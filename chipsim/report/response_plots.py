"""Pictures of a response study: weight against pulses, steps against the weight, symmetry points; one column wide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chipsim.report.figure import above, save_figure
from chipsim.report.palette import CATEGORIES, REST
from chipsim.studies.response import ResponseStudy
from chipsim.studies.response_spreads import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UP, _DOWN = CATEGORIES[0], CATEGORIES[3]
_THIN = 0.6


def write_plots(study: ResponseStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write every picture that has something to show as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots: dict[str, Callable[[ResponseStudy, Path], Path]] = {"curve": plot_curve}
    if study.steps:
        plots["steps"] = plot_steps
    if study.symmetry and study.symmetry_point and study.symmetry_point[1] > 0:
        plots["symmetry"] = plot_symmetry
    return [plot(study, folder / f"{name}.{kind}") for name, plot in plots.items()]


def plot_curve(study: ResponseStudy, path: Path) -> Path:
    """Weight against pulse number: mean, band that holds 90 % of the devices, the average device, and a handful of single ones."""

    def draw(axes: Axes) -> None:
        runs = _runs(study.curve)
        for rows in runs:
            at = [row["pulse"] for row in rows]
            low, high = ([row[end] for row in rows] for end in ("low", "high"))
            axes.fill_between(at, low, high, color=CATEGORIES[4], alpha=0.3, linewidth=0, label="90 % of the devices")
        for device in sorted({row["device"] for row in study.samples}):
            for rows in _runs([row for row in study.samples if row["device"] == device]):
                pulses, weights = [row["pulse"] for row in rows], [row["weight"] for row in rows]
                axes.plot(pulses, weights, color=REST, linewidth=_THIN, label="single devices")
        for name, colour, style, words in (("average", CATEGORIES[7], "--", "average device"), ("mean", _UP, "-", "mean")):
            for rows in runs:
                axes.plot([row["pulse"] for row in rows], [row[name] for row in rows], style, color=colour, linewidth=1.2, label=words)
        for sweep in range(1, study.cycles if study.one_sided else 2 * study.cycles):
            axes.axvline(sweep * study.pulses, color=REST, linewidth=0.4, linestyle=":")
        axes.set_xlabel("pulses" if study.one_sided else "pulses, up and down in turns")
        axes.set_ylabel("weight")
        axes.margins(x=0.01)
        handles, labels = axes.get_legend_handles_labels()
        kept = dict(zip(labels, handles, strict=True))
        axes.legend(kept.values(), kept.keys(), **above("", 2))

    return save_figure(draw, path, 2.8)


def _runs(rows: list[Row]) -> list[list[Row]]:
    """Rows of rising pulse number; a reset stands at the number of the pulse before it and begins a new run."""
    runs: list[list[Row]] = []
    for row in rows:
        if not runs or row["pulse"] <= runs[-1][-1]["pulse"]:
            runs.append([])
        runs[-1].append(row)
    return runs


def plot_steps(study: ResponseStudy, path: Path) -> Path:
    """Step up and down against the weight: median, band that holds 90 % of the devices; the average device is dashed."""

    def draw(axes: Axes) -> None:
        at = [row["weight"] for row in study.steps]
        for side, colour in (("up", _UP),) if study.one_sided else (("up", _UP), ("down", _DOWN)):
            sign = 1 if side == "up" else -1
            parts = ("low", "high", "median", "average")
            low, high, median, average = ([sign * row[f"{side}_{part}"] for row in study.steps] for part in parts)
            axes.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.plot(at, median, color=colour, linewidth=1.2, label=side)
            axes.plot(at, average, color=colour, linewidth=1, linestyle="--")
        axes.axhline(0, color=CATEGORIES[7], linewidth=0.5)
        axes.set_xlabel("weight before the pulse")
        axes.set_ylabel("change by one pulse")
        axes.margins(x=0.01)
        axes.legend(**above("median; dashed: average device; band: 90 % of the devices", 2))

    return save_figure(draw, path, 2.6)


def plot_symmetry(study: ResponseStudy, path: Path) -> Path:
    """Histogram of the symmetry points of the devices."""

    def draw(axes: Axes) -> None:
        rows = study.symmetry
        whole = sum(row["devices"] for row in rows)
        edges = [row["low"] for row in rows] + [rows[-1]["high"]]
        axes.stairs([100 * row["devices"] / whole for row in rows], edges, fill=True, color=CATEGORIES[4])
        if study.symmetry_point is not None:
            axes.axvline(study.symmetry_point[0], color=_DOWN, linestyle="--", linewidth=1, label=f"mean {study.symmetry_point[0]:.3f}")
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("symmetry point (weight where up and down are equal)")
        axes.set_ylabel("share of the devices (%)")
        axes.legend(frameon=False, fontsize=7)

    return save_figure(draw, path, 2.2)
