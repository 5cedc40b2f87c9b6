"""Accuracy against time after programming as SVG: mean with its limits, band of one standard deviation, programmings, float network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from markupsafe import Markup

from chipsim.report.breakdown import drift
from chipsim.report.charts import WIDTH
from chipsim.report.judged import ACCURACY, Judged
from chipsim.report.palette import CATEGORIES
from chipsim.report.svg import drawing, element, line, text, ticks
from chipsim.report.wording import duration
from chipsim.result import Result

_LEFT, _TOP, _BASE, _RIGHT = 64.0, 14.0, 250.0, 110.0
_LINE = 13.0  # height of a line of text
_MARKS = (1.0, 60.0, 3600.0, 86400.0, 30 * 86400.0, 365 * 86400.0, 3650 * 86400.0)


@final
@dataclass(frozen=True)
class Frame:
    """The axes: from accuracy and time (s) to pixels; times that a logarithm cannot show lie at `earliest`."""

    earliest: float
    latest: float
    low: float
    high: float
    judged: Judged = ACCURACY

    @classmethod
    def of(cls, result: Result) -> Frame:
        """Axes that hold everything that is drawn, with some air, half a point high at least, and nothing beyond what the metric can be,
        such as 0 and 100 %."""
        times = [row["time"] for row in result.accuracy if row["time"] > 0] or [1.0]
        levels = [level for row in result.accuracy for level in (row["mean"] - row["spread"], row["mean"] + row["spread"])]
        levels += [value for row in result.accuracy for value in row["values"]]
        levels += [row[end] for row in result.accuracy for end in ("low", "high") if row.get(end) is not None]
        levels += [result.metrics["float_accuracy"]] if "float_accuracy" in result.metrics else []
        judged = Judged.of(result)
        low, high = judged.inside(min(levels)), judged.inside(max(levels))
        air = max(0.08 * (high - low), 0.005 * (1.0 if judged.percent else abs(high) or 1.0) - (high - low) / 2)
        edge = 0.04 * (high - low + 2 * air)  # so that marks at the ends of what can be are not cut
        bottom = low - air if judged.least is None else max(low - air, judged.least - edge)
        top = high + air if judged.most is None else min(high + air, judged.most + edge)
        return cls(min(times), max(times), bottom, top, judged)

    @property
    def reach(self) -> float:
        """Width of the plot in pixels."""
        return WIDTH - _LEFT - _RIGHT

    def x(self, time: float) -> float:
        """Place of a time (s)."""
        decades = math.log10(self.latest / self.earliest) + 0.3
        return _LEFT + (math.log10(max(time, self.earliest) / self.earliest) + 0.15) / decades * self.reach

    def y(self, level: float) -> float:
        """Place of an accuracy."""
        return _BASE - (min(max(level, self.low), self.high) - self.low) / (self.high - self.low) * (_BASE - _TOP)


def accuracy_over_time(result: Result) -> Markup:
    """The chart of a run that has accuracies."""
    frame = Frame.of(result)
    parts = [*_axes(frame), *_reference(frame, result), *_curve(frame, result), *_limits(frame, result), *_points(frame, result)]
    return drawing(WIDTH, _BASE + 44, f"{frame.judged.called} against time after programming", parts)


def _axes(frame: Frame) -> list[Markup]:
    right = _LEFT + frame.reach
    parts = []
    scale = frame.judged.scale
    for mark in ticks(scale * frame.low, scale * frame.high, 5):
        y = frame.y(mark / scale)
        parts += [line(_LEFT, y, right, y, "grid"), text(_LEFT - 8, y + 4, f"{mark:g}", "tick", "end")]
    marks = [time for time in _MARKS if 0.7 * frame.earliest <= time <= 1.4 * frame.latest]
    for time in marks or [frame.earliest]:
        x = frame.x(time)
        parts += [line(x, _TOP, x, _BASE, "grid"), text(x, _BASE + 16, duration(time), "tick", "middle")]
    parts.append(text(_LEFT + frame.reach / 2, _BASE + 36, "time after programming (logarithmic)", "axis", "middle"))
    return [*parts, text(0, 10, frame.judged.axis, "axis")]


def _reference(frame: Frame, result: Result) -> list[Markup]:
    reference = result.metrics.get("float_accuracy")
    if reference is None:
        return []
    y, right = frame.y(reference), _LEFT + frame.reach
    dashes: dict[str, object] = {"x1": _LEFT, "y1": y, "x2": right, "y2": y, "stroke": CATEGORIES[3], "stroke-width": 1.5}
    label = text(right + 6, y + 4, f"float {frame.judged.value(reference)}", "tick")
    return [element("line", dashes | {"stroke-dasharray": "6 4"}), label]


def _curve(frame: Frame, result: Result) -> list[Markup]:
    """The band and the line of the means."""
    rows = sorted(result.accuracy, key=lambda row: row["time"])
    upper = [(frame.x(row["time"]), frame.y(row["mean"] + row["spread"])) for row in rows]
    lower = [(frame.x(row["time"]), frame.y(row["mean"] - row["spread"])) for row in reversed(rows)]
    middle = [(frame.x(row["time"]), frame.y(row["mean"])) for row in rows]
    band: dict[str, object] = {"points": _points_text(upper + lower), "fill": CATEGORIES[4], "fill-opacity": "0.35"}
    curve: dict[str, object] = {"points": _points_text(middle), "fill": "none", "stroke": CATEGORIES[0], "stroke-width": 2}
    end = text(middle[-1][0] + 10, _clear(middle[-1][1], frame, result) + 4, frame.judged.value(rows[-1]["mean"]), "tick")
    return [element("polygon", band), element("polyline", curve), end]


def _clear(y: float, frame: Frame, result: Result) -> float:
    """`y` moved so that a line of text there does not touch the label of the float network."""
    label = frame.y(result.metrics["float_accuracy"]) if "float_accuracy" in result.metrics else math.inf
    return y if abs(y - label) >= _LINE else label + math.copysign(_LINE, y - label)


def _limits(frame: Frame, result: Result) -> list[Markup]:
    """A bar with caps from limit to limit of each mean that has them."""
    parts = []
    for row in result.accuracy:
        if row.get("low") is not None:
            x, low, high = frame.x(row["time"]), frame.y(row["low"]), frame.y(row["high"])
            for x0, y0, x1, y1 in ((x, low, x, high), (x - 4, low, x + 4, low), (x - 4, high, x + 4, high)):
                ends: dict[str, object] = {"x1": x0, "y1": y0, "x2": x1, "y2": y1}
                parts.append(element("line", ends | {"stroke": CATEGORIES[0], "stroke-width": 1.2}))
    return parts


def _points(frame: Frame, result: Result) -> list[Markup]:
    """Every repeat as a small dot, the means with their numbers under the pointer."""
    parts = []
    for row, words in zip(result.accuracy, drift(result), strict=True):
        x = frame.x(row["time"])
        parts += [
            element("circle", {"cx": x, "cy": frame.y(value), "r": 2, "fill": "#555555", "fill-opacity": "0.5"})
            for value in row["values"]
        ]
        limits = f", 95 % of the mean: {words.limits}{' %' if frame.judged.percent else ''}" if words.limits != "-" else ""
        tip = f"{words.time}: {words.accuracy}, loss {words.loss}{limits}"
        parts.append(element("circle", {"cx": x, "cy": frame.y(row["mean"]), "r": 4.5, "fill": CATEGORIES[0], "data-tip": tip}))
    return parts


def _points_text(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
