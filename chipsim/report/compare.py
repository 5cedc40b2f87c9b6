"""Runs side by side: headline numbers with their ratio to the first run, accuracy at common times, what was asked differently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from chipsim.errors import InputError
from chipsim.report.console import heading, say, table
from chipsim.report.headline import headline, title
from chipsim.report.wording import accuracy, cell, duration, percent, plain, ratio
from chipsim.result import Result, Row

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST, _COLUMN = 22, 19  # room for the names and for one run, in columns of the console

Runs = dict[str, Result]  # by letter, the first run first


def compare(results: Sequence[Result], console: Console) -> None:
    """Print `results` (2 to 26) side by side, as many at a time as the console has room for; InputError for fewer or more."""
    if not 2 <= len(results) <= len(_LETTERS):
        raise InputError(f"compare: {len(results)} runs given, expected 2 to {len(_LETTERS)}; name several run folders")
    runs = dict(zip(_LETTERS, results, strict=False))
    heading(console, "Runs")
    rows = ((letter, title(run), run.name, run.digest) for letter, run in runs.items())
    table(console, ("", "run", "experiment", "digest"), rows)
    heading(console, "Headline, with the ratio to A where it is not 1")
    for group in _groups(runs, console):
        _headline(group, console)
    heading(console, "Accuracy at common times")
    for group in _groups(runs, console):
        _accuracy(group, console)
    heading(console, "What was asked differently")
    for group in _groups(runs, console):
        _differences(group, console)


def _groups(runs: Runs, console: Console) -> Iterator[Runs]:
    """The first run with so many of the others as fit next to it, until all had their turn."""
    first, *others = runs
    room = max((console.width - _FIRST) // _COLUMN - 1, 1)
    for start in range(0, len(others), room):
        yield {letter: runs[letter] for letter in (first, *others[start : start + room])}


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
        say(console, f"{', '.join(runs)} have no common time after programming.")
        return
    rows = [[duration(time), *(_value(run, time) for run in runs.values())] for time in times]
    references = [run.metrics.get("float_accuracy") for run in runs.values()]
    rows.append(["float network", *("-" if value is None else percent(value, 2) for value in references)])
    table(console, ("after programming", *runs), rows, "r" * (len(runs) + 1))


def _value(run: Result, time: float) -> str:
    row = _at(run, time)
    return accuracy(row["mean"], row["spread"], len(row["values"])) if row else "-"


def _at(run: Result, time: float) -> Row | None:
    return next((row for row in run.accuracy if math.isclose(row["time"], time, rel_tol=1e-9)), None)


def common_times(results: Sequence[Result]) -> list[float]:
    """Times after programming (s) at which every run has an accuracy, in rising order."""
    return sorted(row["time"] for row in results[0].accuracy if all(_at(run, row["time"]) for run in results))


def differences(results: Sequence[Result]) -> dict[str, list[Any]]:
    """Keys of the experiments (`architecture.tile.array.adc.bits`) that differ, with each run's value; None where it has none."""
    flat = [flatten(run.experiment) for run in results]
    keys = dict.fromkeys(key for run in flat for key in run)
    values = {key: [run.get(key) for run in flat] for key in keys}
    return {key: found for key, found in values.items() if any(value != found[0] for value in found[1:])}


def flatten(block: Any, path: str = "") -> dict[str, Any]:
    """Nested blocks and lists as one dict of dotted keys; a list of plain values stays one value."""
    if isinstance(block, dict):
        inside = {f"{path}.{name}" if path else str(name): value for name, value in block.items()}
    elif isinstance(block, (list, tuple)) and any(isinstance(value, (dict, list, tuple)) for value in block):
        inside = {f"{path}[{index}]": value for index, value in enumerate(block)}
    else:
        return {path: block}
    return {key: leaf for name, value in inside.items() for key, leaf in flatten(value, name).items()}


def _differences(runs: Runs, console: Console) -> None:
    found = differences(list(runs.values()))
    if not found:
        say(console, f"Nothing: the experiments of {', '.join(runs)} are equal.")
        return
    rows = [[plain(key), *(cell(value) for value in values)] for key, values in found.items()]
    table(console, ("key", *runs), rows)
