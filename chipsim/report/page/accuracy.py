"""Accuracy against time after programming: means, a band of one standard deviation, programmings, the float network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chipsim.report.accuracy_chart import Frame
from chipsim.report.breakdown import drift
from chipsim.report.page.chart import Chart, Layout, Trace, axis, lines, tipped
from chipsim.report.palette import CATEGORIES
from chipsim.report.wording import duration
from chipsim.result import Result

_NEAR = 0.07  # of the axis: times closer than that share a label
_DOTS = 2000


def accuracy_chart(result: Result, low: float, high: float) -> Chart | None:
    """Accuracy (%), or what else the run was judged by, on an axis from `low` to `high`; None where the run has none."""
    if not result.accuracy:
        return None
    frame, rows = Frame.of(result), sorted(result.accuracy, key=lambda row: row["time"])
    times = [max(row["time"], frame.earliest) for row in rows]
    judged, scale = frame.judged, frame.judged.scale
    means, spreads = [scale * row["mean"] for row in rows], [scale * row["spread"] for row in rows]
    data = [_band(times, means, spreads), *_repeats(result, frame), _means(result, times, means, frame)]
    data += _float(result, times, frame)
    left, right = math.log10(frame.earliest) - 0.15, math.log10(frame.latest) + 0.15
    across: Layout = {"type": "log", "range": [left, right], **_ticks([row["time"] for row in rows], times, right - left)}
    up: Layout = {"range": [scale * low, scale * high]}
    layout = {"xaxis": axis("time after programming (logarithmic)", across), "yaxis": axis(judged.axis, up)}
    note = "Line: mean over programmings. Band: one standard deviation. Dots: programmings. Dashes: the float network."
    return Chart("accuracy", f"{judged.heading} over time", note, data, layout, 340)


def reach(results: Sequence[Result]) -> tuple[float, float]:
    """Lowest and highest accuracy of the axes of all runs that have any."""
    frames = [Frame.of(result) for result in results if result.accuracy]
    return min((frame.low for frame in frames), default=0.0), max((frame.high for frame in frames), default=1.0)


def _band(times: list[float], means: list[float], spreads: list[float]) -> Trace:
    upper = [mean + spread for mean, spread in zip(means, spreads, strict=True)]
    lower = [mean - spread for mean, spread in zip(means, spreads, strict=True)]
    base: Trace = {"type": "scatter", "x": times + times[::-1], "y": upper + lower[::-1], "fill": "toself", "mode": "none"}
    return base | {"fillcolor": "rgba(86,180,233,0.35)", "hoverinfo": "skip", "name": "standard deviation"}


def _repeats(result: Result, frame: Frame) -> list[Trace]:
    dots = [(max(row["time"], frame.earliest), frame.judged.scale * value) for row in result.accuracy for value in row["values"]][:_DOTS]
    if len(dots) <= len(result.accuracy):
        return []
    look = {"color": "#555555", "size": 5, "opacity": 0.5}
    base: Trace = {"type": "scatter", "mode": "markers", "x": [x for x, _ in dots], "y": [y for _, y in dots], "marker": look}
    return [base | {"hoverinfo": "skip", "name": "programmings"}]


def _means(result: Result, times: list[float], means: list[float], frame: Frame) -> Trace:
    words = {row.time: row for row in drift(result)}
    tips = []
    for row in sorted(result.accuracy, key=lambda row: row["time"]):
        said = words[duration(row["time"])]
        limits = [f"95 % of the mean: {said.limits}{' %' if frame.judged.percent else ''}"] if said.limits != "-" else []
        tips.append(lines([f"after {said.time}", said.accuracy, f"loss {said.loss}", *limits]))
    look = {"marker": {"size": 9, "color": CATEGORIES[0]}, "line": {"color": CATEGORIES[0], "width": 2}, "name": "mean"}
    return {"type": "scatter", "mode": "lines+markers", "x": times, "y": means} | tipped(tips) | look


def _float(result: Result, times: list[float], frame: Frame) -> list[Trace]:
    level = result.metrics.get("float_accuracy")
    if level is None:
        return []
    ends, tip = [times[0] / 1.4, times[-1] * 1.4], lines(["float network", frame.judged.value(level)])
    look = {"line": {"color": CATEGORIES[3], "width": 2, "dash": "dash"}, "name": "float network"}
    return [{"type": "scatter", "mode": "lines", "x": ends, "y": [frame.judged.scale * level] * 2} | tipped(tip) | look]


def _ticks(times: list[float], places: list[float], decades: float) -> Layout:
    """The times as labels, those that would touch the next left out."""
    kept = [len(times) - 1]
    for index in range(len(times) - 2, -1, -1):
        if math.log10(places[kept[-1]] / places[index]) / decades >= _NEAR:
            kept.append(index)
    return {"tickvals": [places[index] for index in kept], "ticktext": [duration(times[index]) for index in kept]}
