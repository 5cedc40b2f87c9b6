"""The points of a sweep for its page: their state, their names, which keep the limits; energy and area of those on the front."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chipsim.errors import InputError
from chipsim.report.page.details import details
from chipsim.report.page.stacked import side_by_side
from chipsim.report.sweep_columns import keeps
from chipsim.report.wording import plain
from chipsim.result import Result, Row
from chipsim.sweep.table import SweepTable

Columns = Sequence[dict[str, Any]]
SECONDS = 3.0  # for latency against injection, of the first point
FRONT = 12  # most points of the front with charts of their own


def sweep_data(table: SweepTable, columns: Columns) -> dict[str, Any]:
    """The table as columns (those of `columns_of`), with what is known of every row."""
    messages = list(dict.fromkeys(plain(row["message"]) for row in table.rows if row["message"]))
    place = {message: index for index, message in enumerate(messages)}
    held = {column["name"] for column in columns}
    front, knee = set(table.front), set(table.knee)
    states = list(dict.fromkeys(["done", *(plain(row["status"]) for row in table.rows)]))
    return {
        "columns": columns,
        "states": states,
        "objectives": [name for name in objectives_of(table) if name in held],
        "limits": [str(row["column"]) for row in table.limits if row["column"] in held],
        "point": [row["point"] for row in table.rows],
        "repeat": [row.get("repeat", 0) for row in table.rows],
        "state": [states.index(plain(row["status"])) for row in table.rows],
        "message": [place[plain(row["message"])] if row["message"] else -1 for row in table.rows],
        "messages": messages,
        "folder": [plain(row.get("folder") or "") for row in table.rows],
        "feasible": [int(keeps(table, row)) for row in table.rows],
        "front": [int(row["point"] in front) for row in table.rows],
        "knee": [int(row["point"] in knee) for row in table.rows],
    }


def objectives_of(table: SweepTable) -> list[str]:
    """The measures that are sought, in the order of the sweep file."""
    named = [str(row["column"]) for row in table.objectives]
    return named or [str(column["name"]) for column in table.columns if column.get("better")]


def shown_rows(table: SweepTable) -> list[int]:
    """Places of the rows that get charts: the knee, then the front from end to end; without a front the best by the first objective."""
    done = [index for index, row in enumerate(table.rows) if row["status"] == "done" and row.get("folder")]
    knee, front = set(table.knee), set(table.front)
    first = [index for index in done if table.rows[index]["point"] in knee]
    rest = [index for index in done if table.rows[index]["point"] in front - knee]
    goal = next((table.column(name) for name in objectives_of(table)), None)
    if goal is not None:
        down = goal["better"] == "minimise"
        rest.sort(key=lambda index: (table.rows[index].get(goal["name"]) or 0.0) * (1 if down else -1))
    room = FRONT - len(first)
    if len(rest) > room:  # evenly along the front, both ends included
        rest = [rest[round(step * (len(rest) - 1) / (room - 1))] for step in range(room)]
    return [*first, *rest] or _best(table, done, goal)


def _best(table: SweepTable, done: list[int], goal: Row | None) -> list[int]:
    if goal is None or not done:
        return done[:1]
    sign = 1 if goal["better"] == "minimise" else -1
    known = [index for index in done if table.rows[index].get(goal["name"]) is not None]
    return [min(known or done, key=lambda index: sign * (table.rows[index].get(goal["name"]) or 0.0))]


def front_data(table: SweepTable, folder: Path) -> dict[str, Any]:
    """Charts of the points of the front, from their run folders; what could not be read is left out."""
    found: list[tuple[int, Result]] = []
    for index in shown_rows(table):
        try:
            found.append((index, Result.load(folder / "points" / table.rows[index]["folder"])))
        except InputError:
            continue  # a run folder that was removed: the row of the table is still there
    if not found:
        return {"details": [], "stacks": [], "rows": []}
    results, names = [result for _, result in found], [name_of(table, index) for index, _ in found]
    stacks = side_by_side(list(zip(names, results, strict=True)), "the points of the front")
    charts = [chart.plain() for chart in stacks]
    return {"details": details(results, names, 1, SECONDS), "stacks": charts, "rows": [index for index, _ in found]}


def name_of(table: SweepTable, index: int) -> str:
    """What a point is called."""
    row = table.rows[index]
    return f"point {row['point']}" + (" (knee)" if row["point"] in table.knee else "")
