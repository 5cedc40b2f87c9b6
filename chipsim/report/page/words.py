"""The words of a sweep's page: headline numbers, what was swept, objectives and limits, failures by message."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chipsim.report.page.points import Columns, objectives_of
from chipsim.report.sweep_columns import better, called_of
from chipsim.report.sweep_failures import failures_of
from chipsim.report.wording import duration, number, plain
from chipsim.result import Row
from chipsim.sweep.table import SweepTable
from chipsim.units import show

_MESSAGES = 30  # kinds of failures listed
_POINTS = 12  # numbers of points listed with a message
_VALUES = 8  # values of an axis listed


def numbers_of(table: SweepTable, columns: Columns) -> list[tuple[str, str, str]]:
    """Headline numbers: name, value, what was counted."""
    states = Counter(row["status"] for row in table.rows)
    found = [("points", f"{len(table.rows):,}", ", ".join(f"{count:,} {state}" for state, count in states.items()))]
    if states["failed"]:
        found.append(("failed", f"{states['failed']:,}", "see the messages below the table"))
    if table.front:
        found.append(("on the front", f"{len(table.front):,}", "no other point is better in all objectives"))
    held = {column["name"]: column for column in columns}
    found += [_best(table, held[name]) for name in objectives_of(table) if name in held]
    seconds = sum(row.get("seconds") or 0.0 for row in table.rows)
    if seconds:
        workers = table.facts.get("workers")
        found.append(("simulated for", duration(seconds), f"sum over all points{f'; {workers} workers' if workers else ''}"))
    return found


def _best(table: SweepTable, column: dict[str, Any]) -> tuple[str, str, str]:
    """The best value of an objective, and that of the knee."""
    known = [(value, row) for value, row in zip(column["values"], table.rows, strict=True) if value is not None]
    pick = min if column["better"] == "minimise" else max
    value, row = pick(known, key=lambda item: item[0])
    knee = [other for other, found in known if found["point"] in table.knee]
    more = f"; knee {words(knee[0], column['unit'])}" if knee else ""
    return f"best {column['label']}", words(value, column["unit"]), f"point {row['point']}{more}"


def words(value: float, unit: str) -> str:
    """A number of a column with its unit."""
    return f"{number(value, 4)} {unit}".rstrip()


def swept(columns: Columns) -> list[tuple[str, str, str]]:
    """Every axis: its name, its values, its keys."""
    return [(column["label"], _values(column), column["meaning"]) for column in columns if column["role"] == "axis"]


def _values(column: dict[str, Any]) -> str:
    found = list(dict.fromkeys(value for value in column["values"] if value is not None))
    if column["text"]:
        return ", ".join(found[:_VALUES]) + (f" ... ({len(found)} values)" if len(found) > _VALUES else "")
    found.sort()
    if len(found) <= _VALUES:
        return f"{', '.join(f'{value:g}' for value in found)} {column['unit']}".rstrip()
    return f"{words(found[0], column['unit'])} to {words(found[-1], column['unit'])} ({len(found):,} values)"


def goals(table: SweepTable, columns: Columns) -> list[str]:
    """Objectives and limits, each a sentence."""
    found = {column["name"]: column for column in columns}
    said = [f"{better(table, name)} {plain(called_of(name))}" for name in objectives_of(table)]
    return [*said, *(_limit(row, found.get(str(row["column"]))) for row in table.limits)]


def _limit(row: Row, column: dict[str, Any] | None) -> str:
    bounds = []
    for key, sign in (("at_most", "at most"), ("at_least", "at least")):
        value = row.get(key)
        if value is not None:
            told = words(value * column["factor"], column["unit"]) if column and not column["text"] else show(value, "")
            bounds.append(f"{sign} {told}")
    return f"{plain(row['column']).replace('_', ' ')} {' and '.join(bounds)}"


def failures(table: SweepTable) -> list[tuple[str, int, str]]:
    """Messages of failed points, the most frequent first: message, how many, which points."""
    return [(plain(message), len(points), _listed(points)) for message, points in failures_of(table.rows)[:_MESSAGES]]


def _listed(points: list[int]) -> str:
    return ", ".join([*map(str, points[:_POINTS]), *(["..."] if len(points) > _POINTS else [])])
