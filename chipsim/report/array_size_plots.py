"""The picture of a study of array sizes: four panels over one axis of sizes, one column wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import save_figure
from chipsim.report.palette import CATEGORIES
from chipsim.report.svg import scaled
from chipsim.result import Row
from chipsim.studies.array_size import ArraySizeStudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOOKS = ((CATEGORIES[0], "o", "-"), (CATEGORIES[3], "s", "--"), (CATEGORIES[2], "^", ":"))
_HEIGHT = 5.6  # inch


def write_plots(study: ArraySizeStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write the picture as `array_size.<kind>` (png, svg, pdf) into an existing folder."""
    return [plot_sizes(study, folder / f"array_size.{kind}")]


def plot_sizes(study: ArraySizeStudy, path: Path) -> Path:
    """Error of the wires, share of the converters, accuracy, energy of an inference; all against the size of the arrays."""
    panels: list[Callable[[Axes, ArraySizeStudy], None]] = [_accuracy, _shares, _energy]
    if any(row["wire_error"] is not None for row in study.sizes):
        panels.insert(0, _wires)

    def draw(axes: Axes) -> None:
        figure: Any = axes.figure
        axes.remove()
        grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for place, panel in zip(grid, panels, strict=True):
            panel(place, study)
        sizes = [row["size"] for row in study.sizes]
        grid[-1].set_xscale("log", base=2)
        grid[-1].set_xticks(sizes, [str(size) for size in sizes])
        grid[-1].minorticks_off()
        grid[-1].set_xlabel("rows and columns of an array")
        figure.align_ylabels(grid)

    return save_figure(draw, path, _HEIGHT * len(panels) / 4)


def _lines(axes: Axes, rows: Sequence[Row], lines: Sequence[tuple[str, str]], factor: float = 100.0) -> None:
    """Lines of columns of the table, each with a colour, a marker and a dash of its own."""
    for (key, label), (colour, marker, dash) in zip(lines, _LOOKS, strict=False):
        known = [row for row in rows if row[key] is not None]
        sizes, values = [row["size"] for row in known], [factor * row[key] for row in known]
        axes.plot(sizes, values, color=colour, marker=marker, linestyle=dash, markersize=3.5, linewidth=1.2, label=label)


def _wires(axes: Axes, study: ArraySizeStudy) -> None:
    _lines(axes, study.sizes, (("wire_error", "as it is"), ("wire_left", "after a factor for each column")))
    axes.set_yscale("log")
    axes.set_ylabel("error of wires (%)")
    axes.legend(frameon=False, fontsize=7, loc="lower right")


def _shares(axes: Axes, study: ArraySizeStudy) -> None:
    _lines(axes, study.sizes, (("adc_product", "of a full product"), ("adc_energy", "of an inference"), ("adc_area", "of the area")))
    keys = ("adc_product", "adc_energy", "adc_area")
    if all(row[key] > 0 for row in study.sizes for key in keys):
        axes.set_yscale("log")
    axes.set_ylabel("share of ADCs (%)")
    axes.legend(frameon=False, fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 0.96), columnspacing=1, handlelength=1.6)


def _accuracy(axes: Axes, study: ArraySizeStudy) -> None:
    rows = study.sizes
    means = [100 * row["accuracy"] for row in rows]
    reach = [[abs(100 * row[end] - mean) for mean, row in zip(means, rows, strict=True)] for end in ("low", "high")]
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.2, "elinewidth": 0.8, "capsize": 2}
    axes.errorbar([row["size"] for row in rows], means, reach, color=CATEGORIES[0], label="chip, 95 %", **look)
    axes.axhline(100 * study.reference, color=CATEGORIES[7], linestyle="--", linewidth=1, label="float")
    axes.set_ylabel("accuracy (%)")
    axes.legend(frameon=False, fontsize=7, loc="best")


def _energy(axes: Axes, study: ArraySizeStudy) -> None:
    factor, unit = scaled(max(row["energy"] for row in study.sizes), "J")
    _lines(axes, study.sizes, (("energy", "energy"),), factor)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"energy of an\ninference ({unit})")
