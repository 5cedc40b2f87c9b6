"""Accuracy against time: logarithmic, inside its frame, float line and spread band drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from chipsim.report.accuracy_chart import Frame, accuracy_over_time
from chipsim.result import Result


def parts(drawing: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(drawing).iter(tag))


def test_equal_ratios_of_time_are_equally_far_apart(result: Result) -> None:
    frame = Frame.of(result)
    assert frame.x(100.0) - frame.x(10.0) == pytest.approx(frame.x(1e7) - frame.x(1e6))
    assert frame.x(0.0) == frame.x(frame.earliest)


def test_marks_are_words_and_axes_have_units(result: Result) -> None:
    words = [part.text for part in parts(accuracy_over_time(result), "text")]
    assert {"1 s", "1 min", "1 h", "1 d", "1 month", "1 y"} <= set(words)
    assert {"accuracy (%)", "time after programming (logarithmic)", "float 98.93 %", "97.20 %"} <= set(words)


def test_band_line_and_repeats(result: Result) -> None:
    drawing = accuracy_over_time(result)
    assert len(parts(drawing, "polygon")[0].attrib["points"].split()) == 10
    assert len(parts(drawing, "polyline")[0].attrib["points"].split()) == 5
    circles = parts(drawing, "circle")
    assert len(circles) == 5 * (5 + 1)
    assert next(c.attrib["data-tip"] for c in circles if "data-tip" in c.attrib) == (
        "1 s: 98.71 +- 0.09 %, loss 0.22 points, 95 % of the mean: 98.60 - 98.82 %"
    )


def test_limits_of_the_mean_are_bars_where_they_are_known(result: Result, changed: Callable[..., Result]) -> None:
    def bars(run: Result) -> list[ElementTree.Element]:
        return [part for part in parts(accuracy_over_time(run), "line") if part.attrib.get("stroke-width", "").startswith("1.2")]

    frame, first = Frame.of(result), result.accuracy[0]
    assert len(bars(result)) == 3 * 5
    upright = bars(result)[0].attrib
    assert float(upright["y1"]) == pytest.approx(frame.y(first["low"]), abs=0.01)
    assert float(upright["y2"]) == pytest.approx(frame.y(first["high"]), abs=0.01)
    assert not bars(changed(accuracy=[row | {"low": None, "high": None} for row in result.accuracy]))


def test_everything_lies_inside_the_drawing(result: Result) -> None:
    for circle in parts(accuracy_over_time(result), "circle"):
        assert 64 <= float(circle.attrib["cx"]) <= 530
        assert 14 <= float(circle.attrib["cy"]) <= 250


@pytest.mark.parametrize("times", [[1.0], [0.0, 1.0], [0.0], [25.0, 30.0]])
def test_few_times_can_be_drawn(changed: Callable[..., Result], times: list[float]) -> None:
    rows = [{"time": time, "mean": 0.9, "spread": 0.0, "values": [0.9]} for time in times]
    drawing = accuracy_over_time(changed(accuracy=rows))
    assert all(math.isfinite(float(c.attrib["cx"])) for c in parts(drawing, "circle"))


def test_without_a_float_network_there_is_no_line(result: Result, changed: Callable[..., Result]) -> None:
    metrics = {name: value for name, value in result.metrics.items() if name != "float_accuracy"}
    assert "stroke-dasharray" in accuracy_over_time(result)
    assert "stroke-dasharray" not in accuracy_over_time(changed(metrics=metrics))


@pytest.mark.parametrize("mean", [0.9893, 0.9895, 0.9891, 0.95])
def test_labels_do_not_touch(changed: Callable[..., Result], mean: float) -> None:
    row = {"time": 1.0, "mean": mean, "spread": 0.0, "values": [mean]}
    labels = [part for part in parts(accuracy_over_time(changed(accuracy=[row])), "text") if part.text and part.text.endswith(" %")]
    first, second = (float(label.attrib["y"]) for label in labels)
    assert abs(first - second) >= 12.99


def test_no_axis_goes_far_beyond_all_and_nothing(changed: Callable[..., Result], result: Result) -> None:
    first = result.accuracy[0] | {"mean": 0.99, "spread": 0.2, "low": None, "high": None, "values": [1.0]}
    frame = Frame.of(changed(accuracy=[first]))
    assert 1 < frame.high < 1.02
    assert frame.y(1.3) == frame.y(frame.high)
