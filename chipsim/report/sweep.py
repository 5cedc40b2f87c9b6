"""The report of a sweep as text: what was swept, the best points, what each axis does, what failed, where everything lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, final

from rich.console import Console

from chipsim.record import Row
from chipsim.report.console import heading, item, say
from chipsim.report.console import table as print_table
from chipsim.report.sweep_failures import failures_of
from chipsim.report.sweep_plan import long, quantity, together
from chipsim.report.sweep_search import hypervolume_words, importance_words, look_words, miss_words
from chipsim.report.wording import cell, number, percent, plain, points, rate_per_area, rate_per_watt
from chipsim.sweep.empty import empty_columns
from chipsim.sweep.importance import is_grid
from chipsim.sweep.plan import counted
from chipsim.sweep.table import SweepTable
from chipsim.workload.metrics.named import metric_column, metric_measure

ROWS = 20  # of the table of points
FRONT = 12  # points of a front
BEST = 5  # points where one thing is sought
MEASURES = 4  # columns beside the axes where nothing is sought
MESSAGES = 8  # kinds of failures
SHARES = ("accuracy", "float_accuracy", "best", "gap", "cells_used", "clipped_share")
USUAL = ("accuracy", "energy", "latency", "area", "sustained_ops_per_watt", "training_energy", "training_time")


@final
@dataclass(frozen=True)
class Line:
    """One point with all its repeats: values of the axes, means of the measures, numbers of the rows."""

    axes: dict[str, Any]
    means: dict[str, float | None]
    numbers: tuple[int, ...]


def render(table: SweepTable, console: Console, folder: Path | None = None) -> None:
    """Print the report of a sweep."""
    _head(table, console)
    found = lines(table)
    if found:
        _best(table, found, console)
        _points(table, found, console)
        _axes(table, found, console)
    for sentence in empty_columns(table, folder):
        item(console, sentence)
    _failures(table, console)
    _facts(table, console, folder)


def lines(table: SweepTable) -> list[Line]:
    """The points that have an answer, repeats of one point together, in the order of their numbers."""
    axes, measures = table.names("axis"), table.names("measure")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in table.done:
        groups.setdefault(tuple(row.get(name) for name in axes), []).append(row)
    return [
        Line(dict(zip(axes, values, strict=True)), {name: _mean(rows, name) for name in measures}, tuple(row["point"] for row in rows))
        for values, rows in groups.items()
    ]


def _mean(rows: Sequence[Row], name: str) -> float | None:
    found = [float(row[name]) for row in rows if row.get(name) is not None]
    return fmean(found) if found else None


def cell_of(column: Row, value: Any) -> str:
    """A value in the words of its column: engineering prefixes, accuracies in percent."""
    if value is None or isinstance(value, (str, bool)):
        return cell(value)
    if is_share(column):
        return percent(value, 2)
    words = {"OP/s/W": rate_per_watt, "OP/s/m2": rate_per_area}.get(column["unit"])
    if words:
        return words(value)
    return quantity(value, column["unit"]) if column["unit"] else number(value, 4) if isinstance(value, float) else f"{value:,}"


def is_share(column: Row) -> bool:
    """Whether a column holds accuracies or other shares, which are told in percent."""
    if column["role"] != "measure" or column["unit"] or " / " in column["name"]:
        return False
    asked = metric_column(column["name"])
    return bool(column["name"].startswith(SHARES) or (asked and asked.percent))


def _head(table: SweepTable, console: Console) -> None:
    heading(console, f"Sweep {plain(table.name)}")
    counts = {status: sum(row["status"] == status for row in table.rows) for status in ("done", "failed", "pruned", "waiting")}
    told = [f"{counts['done']:,} answered"]
    told += [f"{count:,} {status}" for status, count in counts.items() if count and status != "done"]
    say(console, f"{counted(len(table.rows), repeats_of(table))}: {', '.join(told)}")
    rows = []
    for name in table.names("axis"):
        column = table.column(name)
        values = list(dict.fromkeys(row.get(name) for row in table.rows if row.get(name) is not None))
        rows.append((name, column["meaning"], _span(column, values)))
    console.print()
    print_table(console, ("axis", "key", "values"), rows)


def repeats_of(table: SweepTable) -> int:
    """How often each point is run."""
    return 1 + max((int(row["repeat"]) for row in table.rows), default=0)


def _span(column: Row, values: list[Any]) -> str:
    if len(values) <= 6:
        return together([cell_of(column, value) for value in values]) or "-"
    if all(isinstance(value, (int, float)) for value in values):
        return f"{cell_of(column, min(values))} ... {cell_of(column, max(values))} ({len(values)})"
    return f"{', '.join(cell_of(column, value) for value in values[:4])} ... ({len(values)})"


def _usual(measures: Sequence[str]) -> list[str]:
    """The most usual measures, whatever the network is judged by in the place of its accuracy."""
    metrics = [name for name in measures if (asked := metric_measure(name)) and asked.kind == "value" and name != "accuracy"]
    return [name for usual in USUAL for name in ((usual, *metrics) if usual == "accuracy" else (usual,))]


def _columns(table: SweepTable) -> list[str]:
    """The measures that the tables show: what is sought and limited, else the most usual ones."""
    sought = [row["column"] for row in (*table.objectives, *table.limits)]
    measures = table.names("measure")
    return list(dict.fromkeys(sought)) or [name for name in _usual(measures) if name in measures][:MEASURES]


def _print(table: SweepTable, found: Sequence[Line], console: Console, marks: dict[int, str] | None = None) -> None:
    axes, measures = table.names("axis"), _columns(table)
    rows = []
    for line in found:
        values = [cell_of(table.column(name), line.axes[name]) for name in axes]
        values += [cell_of(table.column(name), line.means[name]) for name in measures]
        mark = [] if marks is None else [next((marks[n] for n in line.numbers if n in marks), "")]
        rows.append((str(line.numbers[0]), *values, *mark))
    last = [] if marks is None else [""]
    print_table(console, ("point", *axes, *measures, *last), rows, "r" * (1 + len(axes) + len(measures)))


def _best(table: SweepTable, found: list[Line], console: Console) -> None:
    """The Pareto front with its knee, or the best few where one thing is sought; nothing where nothing is."""
    if not table.objectives:
        return
    good = [line for line in found if _keeps(table, line) and all(line.means[row["column"]] is not None for row in table.objectives)]
    if table.limits and not good:
        heading(console, "Best: none")
        say(console, "no point keeps the limits")
        say(console, miss_words(table, [(line.numbers[0], line.means) for line in found], cell_of))
        return
    if len(table.objectives) == 1:
        _best_few(table, good, console)
    else:
        _front(table, good, console)
    if table.limits:
        say(console, f"{len(good):,} of {len(found):,} points keep the limits")


def _best_few(table: SweepTable, good: list[Line], console: Console) -> None:
    sought = table.objectives[0]
    sign = 1 if sought["better"] == "minimise" else -1
    heading(console, f"Best: {sought['better']} {sought['column']}")
    if good:
        _print(table, sorted(good, key=lambda line: sign * (line.means[sought["column"]] or 0.0))[:BEST], console)


def _front(table: SweepTable, good: list[Line], console: Console) -> None:
    first = table.objectives[0]["column"]
    front = sorted((line for line in good if set(line.numbers) & set(table.front)), key=lambda line: line.means[first] or 0.0)
    knee = [line for line in front if set(line.numbers) & set(table.knee)]
    step = max(1, -(-len(front) // FRONT))
    shown = [line for place, line in enumerate(front) if place % step == 0 or line is front[-1] or line in knee]
    heading(console, "Best: the Pareto front")
    sought = ", ".join(row["column"] for row in table.objectives)
    told = f"{len(front):,} point{'s' if len(front) != 1 else ''} that nothing beats in all of {sought}"
    say(console, told + ("" if len(shown) == len(front) else f"; {len(shown)} of them:"))
    if shown:
        _print(table, shown, console, dict.fromkeys(table.knee, "knee"))
    if knee:
        say(console, "knee: farthest from the line between the ends of the front; more of one costs much of the other there", "dim")
    if words := hypervolume_words(table):
        say(console, words, "dim")


def _keeps(table: SweepTable, line: Line) -> bool:
    return all(
        (value := line.means[limit["column"]]) is not None
        and (limit["at_most"] is None or value <= limit["at_most"])
        and (limit["at_least"] is None or value >= limit["at_least"])
        for limit in table.limits
    )


def _points(table: SweepTable, found: list[Line], console: Console) -> None:
    heading(console, "Points")
    _print(table, found[:ROWS], console)
    if len(found) > ROWS:
        say(console, f"... and {len(found) - ROWS:,} more; table.csv has all")
    if any(len(line.numbers) > 1 for line in found):
        say(console, "means over the repeats; table.csv has each", "dim")


def _axes(table: SweepTable, found: list[Line], console: Console) -> None:
    """How much each measure that is shown changes along each axis: its mean over all points with one value."""
    several = [name for name in table.names("axis") if len({repr(line.axes[name]) for line in found}) > 1]
    whole = is_grid([line.axes for line in found], table.names("axis"))
    rows = [row for measure in _columns(table) for row in _effects(table, found, several, measure)] if whole else []
    if several:
        heading(console, "What each axis does")
    if rows:
        print_table(console, ("measure", "axis", "least", "at", "most", "at", "change"), rows, "  rrrrr")
        say(console, "means over all points that have one value of the axis", "dim")
    elif several and not whole:
        say(console, "means along an axis would mislead here: the points with an answer are no full grid", "dim")
    for sentence in importance_words(table) if several and table.objectives else ():
        say(console, sentence, "dim")


def _effects(table: SweepTable, found: list[Line], axes: Sequence[str], measure: str) -> list[tuple[str, ...]]:
    rows: list[tuple[float, tuple[str, ...]]] = []
    for name in axes:
        groups: dict[Any, list[float]] = {}
        for line in found:
            value = line.means[measure]
            if value is not None and line.axes[name] is not None:
                groups.setdefault(line.axes[name], []).append(value)
        means = sorted((fmean(values), place) for place, (_, values) in enumerate(groups.items()))
        if len(means) < 2:
            continue
        (least, low), (most, high) = means[0], means[-1]
        column, axis, at = table.column(measure), table.column(name), list(groups)
        same = most - least <= 1e-9 * abs(most)
        ends = ("-", "-") if same else (cell_of(axis, at[low]), cell_of(axis, at[high]))
        change = "none" if same else _change(column, least, most)
        row = (measure, name, cell_of(column, least), ends[0], cell_of(column, most), ends[1], change)
        rows.append((most - least, row))
    return [row for _, row in sorted(rows, key=lambda pair: -pair[0])]


def _change(column: Row, least: float, most: float) -> str:
    if is_share(column):
        return points(most - least)
    if least <= 0:
        return "-"
    return percent(most / least - 1) if most < 10 * least else f"x {number(most / least)}"


def _failures(table: SweepTable, console: Console) -> None:
    """Failures with the same message, or one that differs in a number, together, the most frequent first."""
    ordered = failures_of(table.rows)
    if not ordered:
        return
    one = "point" if repeats_of(table) == 1 else "run"
    total = sum(len(numbers) for _, numbers in ordered)
    heading(console, f"Failed: {total:,} {one}{'s' if total != 1 else ''}")
    for message, numbers in ordered[:MESSAGES]:
        first = f"{one} {numbers[0]}" if len(numbers) == 1 else f"{len(numbers):,} {one}s, such as {numbers[0]}"
        item(console, f"{first}: {message}")
    if len(ordered) > MESSAGES:
        say(console, f"... and {len(ordered) - MESSAGES:,} other messages; table.csv has all")


def _facts(table: SweepTable, console: Console, folder: Path | None) -> None:
    heading(console, "Sweep")
    facts = table.facts
    parts = [f"chipsim {facts['version']}"] if "version" in facts else []
    parts += [f"{facts['workers']} worker{'s' if facts['workers'] != 1 else ''}"] if "workers" in facts else []
    parts += [f"wall time {long(facts['seconds'])}"] if "seconds" in facts else []
    parts += [f"{facts['found']:,} had an answer when it began"] if facts.get("found") else []
    parts += [f"largest worker {facts['memory'] / 2**20:,.0f} MiB"] if facts.get("memory") else []
    if parts:
        say(console, ", ".join(parts))
    seconds = [row["seconds"] for row in table.done if row.get("seconds") is not None]
    if seconds:
        say(console, f"a point took {long(fmean(seconds))} ({long(min(seconds))} ... {long(max(seconds))})")
    if looks := look_words(table):
        say(console, looks)
    if folder is not None:
        say(console, "table.csv, table.parquet: all points in SI; units.json: what each column is; points/: a run folder of each point")
        console.print(f"  Folder: {plain(folder)}", markup=False, highlight=False, soft_wrap=True)
