"""Runs side by side: headline numbers with their ratio to the first run, accuracy at common times, what was asked differently."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from chipsim.report.breakdown import shape_only
from chipsim.report.console import heading, say, table
from chipsim.report.headline import headline, title
from chipsim.report.judged import Judged
from chipsim.report.side_by_side import differences, groups, lettered, print_differences
from chipsim.report.wording import duration, ratio
from chipsim.result import Result, Row

_FIRST, _COLUMN = 22, 19  # room for the names and for one run, in columns of the console

Runs = dict[str, Result]  # by letter, the first run first


def compare(results: Sequence[Result], console: Console) -> None:
    """Print `results` (2 to 26) side by side, as many at a time as the console has room for; InputError for fewer or more."""
    runs = lettered(results, "runs")
    heading(console, "Runs")
    rows = ((letter, title(run), run.name, run.digest) for letter, run in runs.items())
    table(console, ("", "run", "experiment", "digest"), rows)
    heading(console, "Headline, with the ratio to A where it is not 1")
    for group in groups(runs, console, _FIRST, _COLUMN):
        _headline(group, console)
    heading(console, f"{_judged(list(runs.values()))} at common times")
    for group in groups(runs, console, _FIRST, _COLUMN):
        _accuracy(group, console)
    heading(console, "What was asked differently")
    for group in groups(runs, console, _FIRST, _COLUMN):
        print_differences(group, differences([run.experiment for run in group.values()]), console)


def _headline(runs: Runs, console: Console) -> None:
    figures = [{figure.metric: figure for figure in headline(run)} for run in runs.values()]
    names = {figure.metric: figure.name for run in figures for figure in run.values() if figure.metric != "accuracy"}
    rows: list[list[str | Text]] = []
    for metric, name in names.items():
        first, *_ = values = [run.metrics.get(metric) for run in runs.values()]
        shown = [run[metric].value if metric in run else "-" for run in figures]
        ratios = [f"\n{ratio(value, first)}" if value != first and value and first else "" for value in values]
        rows.append([name, *(Text(value + times) for value, times in zip(shown, ratios, strict=True))])
    table(console, ("", *runs), rows, " " + "r" * len(runs))


def _accuracy(runs: Runs, console: Console) -> None:
    times = common_times(list(runs.values()))
    if not times:
        without = [letter for letter, run in runs.items() if shape_only(run)]
        drawn = f" Shape only, no accuracy: {', '.join(without)}." if without else ""
        say(console, f"{', '.join(runs)} have no common time after programming.{drawn}")
        return
    rows = [[duration(time), *(_value(run, time) for run in runs.values())] for time in times]
    references = [run.metrics.get("float_accuracy") for run in runs.values()]
    measured = [Judged.of(run) for run in runs.values()]
    rows.append(
        ["float network", *("-" if value is None else judged.value(value) for judged, value in zip(measured, references, strict=True))]
    )
    if len({judged.name for judged in measured}) > 1:
        rows.append(["metric", *(judged.called for judged in measured)])
    table(console, ("after programming", *runs), rows, "r" * (len(runs) + 1))


def _value(run: Result, time: float) -> str:
    row = _at(run, time)
    return Judged.of(run).mean(row["mean"], row["spread"], len(row["values"])) if row else "-"


def _judged(results: Sequence[Result]) -> str:
    """What all runs were judged by."""
    names = {judged.name: judged.heading for run in results if run.accuracy for judged in (Judged.of(run),)}
    return next(iter(names.values()), "Accuracy") if len(names) < 2 else "Metrics"


def _at(run: Result, time: float) -> Row | None:
    return next((row for row in run.accuracy if math.isclose(row["time"], time, rel_tol=1e-9)), None)


def common_times(results: Sequence[Result]) -> list[float]:
    """Times after programming (s) at which every run has an accuracy, in rising order."""
    return sorted(row["time"] for row in results[0].accuracy if all(_at(run, row["time"]) for run in results))
