"""Runs side by side."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.compare import common_times, compare
from chipsim.report.side_by_side import differences
from chipsim.result import Result


def printed(results: list[Result], width: int = 100) -> str:
    stream = io.StringIO()
    compare(results, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


@pytest.fixture
def other(result: Result, changed: Callable[..., Result]) -> Result:
    metrics = result.metrics | {"latency": 2 * result.metrics["latency"], "energy": 0.7 * result.metrics["energy"]}
    experiment = result.experiment | {"seed": 8, "extra": {"bits": 4}}
    return changed(metrics=metrics, experiment=experiment, accuracy=result.accuracy[1:3])


def test_headline_with_ratios(result: Result, other: Result) -> None:
    lines = printed([result, other]).splitlines()
    latency = next(index for index, line in enumerate(lines) if line.strip().startswith("latency"))
    assert lines[latency].split() == ["latency", "29.4", "us", "58.8", "us"]
    assert lines[latency + 1].split() == ["x2"]
    assert next(line for line in lines if line.strip().startswith("interval")).split() == ["interval", "18.9", "us", "18.9", "us"]
    assert "x0.7" in printed([result, other])


def test_accuracy_at_common_times_only(result: Result, other: Result) -> None:
    assert common_times([result, other]) == [3600.0, 86400.0]
    assert "1 month" not in printed([result, other])


def test_no_common_time_is_said(result: Result, changed: Callable[..., Result]) -> None:
    assert "A, B have no common time after programming." in printed([result, changed(accuracy=[])])


def test_what_differs(result: Result, other: Result) -> None:
    assert differences([result.experiment, other.experiment]) == {"seed": [7, 8], "extra.bits": [None, 4]}
    assert "extra.bits" in printed([result, other])
    assert "Nothing: the experiments of A, B are equal." in printed([result, result])


@pytest.mark.parametrize("count", [2, 3, 7])
def test_many_runs_take_turns_and_lines_stay_short(result: Result, count: int) -> None:
    text = printed([result] * count, 80)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    assert text.count("0.00623 TOP/s/mm2") >= count
    assert text.isascii()


def test_one_run_cannot_be_compared(result: Result) -> None:
    with pytest.raises(InputError, match="compare: 1 runs given, expected 2 to 26"):
        printed([result])
