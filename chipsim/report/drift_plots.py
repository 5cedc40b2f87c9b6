"""Pictures of a drift study: accuracy over time, yield over time, loss against the interval of upkeep; one column wide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import above, save_figure, time_axis
from chipsim.report.judged import Judged
from chipsim.report.palette import CATEGORIES
from chipsim.report.wording import duration
from chipsim.result import Row
from chipsim.studies.drift import DriftStudy
from chipsim.studies.drift_moments import COMPENSATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = dict(zip(COMPENSATIONS, (CATEGORIES[7], CATEGORIES[0], CATEGORIES[1], CATEGORIES[2]), strict=True))
_MARKERS = dict(zip(COMPENSATIONS, "vos^", strict=True))
_NEVER = 3.0  # times the longest interval: where `never` is drawn


def write_plots(study: DriftStudy, folder: Path, kind: str = "png") -> list[Path]:
    """Write every picture that has something to show as `<name>.<kind>` (png, svg, pdf) into an existing folder."""
    plots: dict[str, Callable[[DriftStudy, Path], Path]] = {}
    if any(row["time"] > 0 for row in study.accuracy):
        plots["accuracy"] = plot_accuracy
        if study.chips > 1:
            plots["yield"] = plot_yield
    if any(row["every"] for row in study.upkeep):
        plots["upkeep"] = plot_upkeep
    return [plot(study, folder / f"{name}.{kind}") for name, plot in plots.items()]


def plot_accuracy(study: DriftStudy, path: Path) -> Path:
    """Mean accuracy over time for each compensation: bars of one standard deviation, bands of 95 % confidence of the mean."""
    judged, scale = _judged(study)

    def draw(axes: Axes) -> None:
        for kind, rows in _curves(study):
            times, means = _beside(kind, rows, "time"), [scale * row["mean"] for row in rows]
            if all(row["low"] is not None for row in rows):
                low, high = ([scale * row[end] for row in rows] for end in ("low", "high"))
                axes.fill_between(times, low, high, color=_COLOURS[kind], alpha=0.15, linewidth=0)
            spreads = [scale * row["spread"] for row in rows]
            axes.errorbar(times, means, spreads, **_look(kind), elinewidth=0.8, capsize=1.5, label=kind)
        axes.axhline(scale * study.reference, color=CATEGORIES[3], linestyle="--", linewidth=1, label="float")
        _level_axis(axes, study)
        axes.set_ylabel(judged.axis)
        many = study.chips * study.repeats > 1
        axes.legend(**above("bars: standard deviation; bands: 95 % of the mean" if many else "compensation", 3))
        time_axis(axes, _times(study))

    return save_figure(draw, path, 2.7)


def plot_yield(study: DriftStudy, path: Path) -> Path:
    """Share of good chips over time for each compensation."""

    def draw(axes: Axes) -> None:
        for kind, rows in _curves(study):
            axes.plot(_beside(kind, rows, "time"), [100 * row["yield"] for row in rows], **_look(kind), label=kind)
        axes.set_ylim(-4, 104)
        judged, scale = _judged(study)
        limit, side = f"{scale * study.within:g}{' %' if judged.percent else ''}", "below" if judged.higher else "above"
        axes.set_ylabel(f"good chips (%): at most {limit}\n{side} the float network")
        axes.legend(**above(f"{study.chips} chips", 4))
        time_axis(axes, _times(study))

    return save_figure(draw, path, 2.5)


def plot_upkeep(study: DriftStudy, path: Path) -> Path:
    """Largest loss since programming against the interval, a panel for each upkeep."""
    actions = list(dict.fromkeys(row["action"] for row in sorted(study.upkeep, key=lambda row: str(row["action"])) if row["every"]))
    judged, scale = _judged(study)
    losses = [scale * row["loss"] for row in study.upkeep if row["action"] in actions]
    limit = scale * study.within

    def draw(axes: Axes) -> None:
        figure: Any = axes.figure
        axes.remove()
        panels = figure.subplots(1, len(actions), sharey=True, squeeze=False)[0]
        for panel, action in zip(panels, actions, strict=True):
            _losses(panel, [row for row in study.upkeep if row["action"] == action], study.compensations, scale)
            panel.axhline(limit, color=CATEGORIES[3], linestyle=":", linewidth=1.2)
            panel.set_title({"calibrate": "calibrating", "program": "programming again"}[action], fontsize=7)
        _loss_axis(panels[0], losses, limit)
        panels[0].set_ylabel(f"largest loss{' (points)' if judged.percent else ''}")
        figure.supxlabel("interval", fontsize=8)
        handles, names = max((panel.get_legend_handles_labels() for panel in panels), key=lambda both: len(both[1]))
        place = {"loc": "outside upper center", "bbox_to_anchor": None}
        figure.legend(handles, names, **above(f"dotted: {limit:g}{' %' if judged.percent else ''}", 4) | place)

    return save_figure(draw, path, 2.7)


def _judged(study: DriftStudy) -> tuple[Judged, float]:
    judged = Judged.told(study.metric)
    return judged, judged.scale


def _losses(axes: Axes, rows: Sequence[Row], kinds: Sequence[str], scale: float) -> None:
    last = _NEVER * max(row["every"] for row in rows if row["every"])
    for kind in kinds:
        own = [row | {"place": row["every"] or last} for row in rows if row["compensation"] == kind]
        axes.plot(_beside(kind, own, "place"), [scale * row["loss"] for row in own], **_look(kind), label=kind)
    places = sorted({row["every"] or last for row in rows})
    time_axis(axes, places)
    marks = [mark for mark in axes.get_xticks() if mark < last]
    axes.set_xticks([*marks, last], [*map(duration, marks), "never"], rotation=45, ha="right", fontsize=7)
    axes.set_xlabel("")


def _look(kind: str) -> dict[str, Any]:
    """Colour, marker and line of a compensation."""
    return {"color": _COLOURS[kind], "marker": _MARKERS[kind], "linestyle": "-", "markersize": 3.5, "linewidth": 1.2}


def _beside(kind: str, rows: Sequence[Row], key: str) -> list[float]:
    """Places on a logarithmic axis, moved a little for each compensation so that equal ones are seen side by side."""
    places = [row[key] for row in rows]
    reach = max(places, default=1.0) / min(places, default=1.0)
    return [place * reach ** (0.01 * (COMPENSATIONS.index(kind) - 1.5)) for place in places]


def _curves(study: DriftStudy) -> list[tuple[str, list[Row]]]:
    """The rows of each compensation at times that a logarithm can show."""
    rows = [row for row in study.accuracy if row["time"] > 0]
    return [(kind, [row for row in rows if row["compensation"] == kind]) for kind in study.compensations]


def _times(study: DriftStudy) -> list[float]:
    return sorted({row["time"] for row in study.accuracy if row["time"] > 0})


def _level_axis(axes: Axes, study: DriftStudy) -> None:
    """Room for means and bars; a wide band of few chips may leave the picture."""
    judged, scale = _judged(study)
    levels = [scale * (row["mean"] + sign * row["spread"]) for row in study.accuracy for sign in (-1, 1)] + [scale * study.reference]
    air = 0.08 * (max(levels) - min(levels)) + (0.05 if judged.percent else 0.0005 * abs(max(levels)))
    low = -math.inf if judged.least is None else scale * judged.least
    high = math.inf if judged.most is None else scale * judged.most + 0.5
    axes.set_ylim(max(min(levels) - air, low), min(max(levels) + air, high))


def _loss_axis(axes: Axes, losses: Sequence[float], limit: float) -> None:
    """Losses up to the limit on a linear scale, larger ones on a logarithmic one."""
    from matplotlib.ticker import FuncFormatter

    highest = max(losses)
    if highest > 4 * limit > 0:
        axes.set_yscale("symlog", linthresh=limit, linscale=0.7, subs=(2, 5))
        axes.set_ylim(min(*losses, 0) - 0.2 * limit, highest * 1.5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{level:g}"))
