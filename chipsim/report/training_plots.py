"""Learning curves as pictures, one column wide: test accuracy, loss, and what the chip took for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError
from chipsim.insitu.result import TrainingResult
from chipsim.report.figure import above, save_figure
from chipsim.report.palette import CATEGORIES
from chipsim.report.svg import scaled
from chipsim.result import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHIP, FLOAT = CATEGORIES[0], CATEGORIES[3]


def write_plots(result: TrainingResult, folder: Path, kind: str = "png") -> list[Path]:
    """Write every picture that has something to show as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots: dict[str, Callable[[TrainingResult, Path], Path]] = {"accuracy": plot_accuracy, "loss": plot_loss}
    if any(row.get("energy") for row in result.curves):
        plots["accuracy-by-energy"] = plot_by_energy
    return [plot(result, folder / f"{name}.{kind}") for name, plot in plots.items()]


def pictures(result: TrainingResult, folder: Path) -> list[Path]:
    """Every picture as PNG and SVG into a folder, made if missing; InputError where it cannot be written, or matplotlib is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [picture for kind in ("png", "svg") for picture in write_plots(result, folder, kind)]
    except OSError as error:
        raise InputError(f"{folder}: the pictures cannot be written here ({error.strerror})") from None


def plot_accuracy(result: TrainingResult, path: Path) -> Path:
    """Test accuracy after every epoch, chip and floating point; thin lines are single seeds."""

    def draw(axes: Axes) -> None:
        _curves(axes, result, "test_accuracy", 100.0)
        axes.set_ylabel("test accuracy (%)")

    return save_figure(draw, path, 2.5)


def plot_loss(result: TrainingResult, path: Path) -> Path:
    """Training loss of every epoch, chip and floating point, on a logarithmic axis."""

    def draw(axes: Axes) -> None:
        _curves(axes, result, "loss", 1.0)
        if all(row["loss"] > 0 for row in result.curves):
            axes.set_yscale("log")
        axes.set_ylabel("loss of the epoch")

    return save_figure(draw, path, 2.5)


def plot_by_energy(result: TrainingResult, path: Path) -> Path:
    """Test accuracy against the energy that the chip has taken so far."""
    rows = [row for row in result.curves if row.get("energy") is not None]
    totals = {seed: sum(row["energy"] for row in rows if row["seed"] == seed) for seed in seeds_of(rows)}
    factor, unit = scaled(max(totals.values()), "J")

    def draw(axes: Axes) -> None:
        for seed in totals:
            own, spent = [row for row in rows if row["seed"] == seed], 0.0
            places = []
            for row in own:
                spent += row["energy"]
                places.append(spent * factor)
            axes.plot(places, [100 * row["test_accuracy"] for row in own], "o-", color=CHIP, markersize=3, linewidth=1)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"energy on the chip ({unit})")
        axes.set_ylabel("test accuracy (%)")

    return save_figure(draw, path, 2.3)


def seeds_of(rows: Sequence[Row]) -> list[int]:
    """The seeds of some rows, each once."""
    return list(dict.fromkeys(int(row["seed"]) for row in rows))


def _curves(axes: Axes, result: TrainingResult, name: str, factor: float) -> None:
    """Means over the seeds as thick lines with marks, the seeds as thin ones."""
    for key, colour, look, label in ((name, CHIP, "o-", "chip"), (f"float_{name}", FLOAT, "s--", "floating point")):
        rows = [row for row in result.curves if row.get(key) is not None]
        seeds, epochs = seeds_of(rows), sorted({int(row["epoch"]) for row in rows})
        for seed in seeds if len(seeds) > 1 else ():
            own = [row for row in rows if row["seed"] == seed]
            axes.plot([row["epoch"] for row in own], [factor * row[key] for row in own], color=colour, linewidth=0.5, alpha=0.5)
        means = [factor * fmean(row[key] for row in rows if row["epoch"] == epoch) for epoch in epochs]
        if means:
            axes.plot(epochs, means, look, color=colour, markersize=3, linewidth=1.2, label=label)
    _epochs(axes)
    legend: dict[str, Any] = above("", 2)
    axes.legend(**legend)


def _epochs(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
