"""A hardware-aware training as pictures, one column wide: the curve of what it learned, and the chip over time before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.aware.result import AwareResult, stages
from chipsim.errors import InputError
from chipsim.report.figure import above, save_figure, time_axis
from chipsim.report.palette import CATEGORIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AFTER, FLOAT = CATEGORIES[0], "#777777"
LOOKS = {
    "before": (CATEGORIES[3], "s--", "before training"), "calibrated": (CATEGORIES[2], "^:", "ranges only"),
    "after": (AFTER, "o-", "after training"),
}  # fmt: skip
FIRST = 1.0  # s: where a time of 0 s is drawn


def pictures(result: AwareResult, folder: Path) -> list[Path]:
    """Every picture as PNG and SVG into a folder, made if missing; InputError where it cannot be written, or matplotlib is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw = {"learning-curve": plot_epochs, "before-after": plot_times}
        return [plot(result, folder / f"{name}.{kind}") for kind in ("png", "svg") for name, plot in draw.items()]
    except OSError as error:
        raise InputError(f"{folder}: the pictures cannot be written here ({error.strerror})") from None


def plot_epochs(result: AwareResult, path: Path) -> Path:
    """The metric of the held-out data with the chip in the way, after every epoch; the bars are the spread between chips."""
    factor = _factor(result)

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        numbers = [row["epoch"] for row in result.epochs]
        values = [factor * row["validation"] for row in result.epochs]
        spreads = [factor * row["spread"] for row in result.epochs]
        style: dict[str, Any] = {"color": AFTER, "markersize": 3, "linewidth": 1.2, "capsize": 2}
        _drawn(axes, numbers, values, spreads, fmt="o-", label="held out, on the chip", **style)
        best = next(row for row in result.epochs if row["best"])
        axes.plot([best["epoch"]], [factor * best["validation"]], "o", color=AFTER, markersize=7, fillstyle="none", label="kept")
        axes.axhline(factor * result.metrics["float_before"], color=FLOAT, linewidth=0.8, label="float before, test data")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(lambda epoch, place: "before" if epoch == 0 else f"{epoch:g}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(_label(result))
        axes.legend(**above("", 2))

    return save_figure(draw, path, 2.5)


def plot_times(result: AwareResult, path: Path) -> Path:
    """The metric of the simulated chip over time, with the weights before and after; grey: the float network before."""
    factor = _factor(result)
    times = [row["time"] for row in result.accuracy]
    places = [time or FIRST for time in times]

    def draw(axes: Axes) -> None:
        for name in stages(result.accuracy):
            colour, look, words = LOOKS[name]
            values, spreads = ([factor * row[key] for row in result.accuracy] for key in (name, f"{name}_spread"))
            style: dict[str, Any] = {"color": colour, "markersize": 3, "linewidth": 1.2, "capsize": 2}
            _drawn(axes, places, values, spreads, fmt=look, label=words, **style)
        axes.axhline(factor * result.metrics["float_before"], color=FLOAT, linewidth=0.8, label="float")
        if len(set(places)) > 1:
            time_axis(axes, places, times)
        axes.set_ylabel(_label(result))
        axes.legend(**above("", 2))

    return save_figure(draw, path, 2.5)


def _drawn(axes: Axes, places: list[Any], values: list[float], spreads: list[float], **style: Any) -> None:
    """Points with the bars of their spread; without bars, in the legend too, where there is none to show."""
    axes.errorbar(places, values, spreads if any(spreads) else None, **style)


def _factor(result: AwareResult) -> float:
    return 100.0 if result.metric["percent"] else 1.0


def _label(result: AwareResult) -> str:
    better = "" if result.metric["higher"] else ", lower is better"
    return f"{result.metric['called']}{better}{' (%)' if result.metric['percent'] else ''}"
