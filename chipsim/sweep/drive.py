"""Running a sweep: every point that has no answer yet goes to a worker, the table grows, and may be read while it does."""

from __future__ import annotations

import os
import time as wall_clock
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import Any

from chipsim.record import Row
from chipsim.sweep.plan import Plan
from chipsim.sweep.point import Answered, Task, answer
from chipsim.sweep.table import SweepTable

AHEAD = 4  # tasks that wait for each worker
EVERY = 2.0  # seconds between two writings of the table

Watch = Callable[[Answered, int, int], None]  # an answer, how many there are, of how many


def run_sweep(plan: Plan, into: Path, executor: Executor, workers: int, watch: Watch = lambda *_: None) -> tuple[SweepTable, Path]:
    """Run a sweep; the table and its folder."""
    folder = plan.folder(into)
    (folder / "points").mkdir(parents=True, exist_ok=True)
    rows = list(plan.rows())
    begun = written = wall_clock.monotonic()

    def answered(found: Answered) -> None:
        nonlocal written
        take(rows[found.number], found)
        watch(found, sum(row["status"] != "waiting" for row in rows), len(rows))
        if wall_clock.monotonic() - written > EVERY:
            write_table(table_of(plan, rows, {}), folder)
            written = wall_clock.monotonic()

    evaluate(executor, workers, plan.tasks(folder), answered)
    table = table_of(plan, rows, {"workers": workers, "seconds": wall_clock.monotonic() - begun})
    write_table(table, folder)
    return table, folder


def evaluate(executor: Executor, workers: int, tasks: Iterable[Task], answered: Callable[[Answered], None]) -> None:
    """Have every task answered by the executor, a bounded number at a time."""
    running: set[Future[Answered]] = set()
    for task in tasks:
        running.add(executor.submit(answer, task))
        while len(running) >= AHEAD * workers:
            running = _some(running, answered)
    while running:
        running = _some(running, answered)


def _some(running: set[Future[Answered]], answered: Callable[[Answered], None]) -> set[Future[Answered]]:
    over, left = wait(running, return_when=FIRST_COMPLETED)
    for future in over:
        answered(future.result())
    return left


def take(row: Row, found: Answered) -> None:
    """Put an answer into its row."""
    row |= {"status": found.status, "message": found.message, "digest": found.digest, "folder": found.folder, "seconds": found.seconds}
    row |= found.values


def table_of(plan: Plan, rows: list[Row], facts: dict[str, Any]) -> SweepTable:
    """The table of a sweep as far as it is."""
    return SweepTable(plan.name, plan.digest, plan.sweep.plain(), plan.column_rows(), rows, facts=facts)


def write_table(table: SweepTable, folder: Path) -> None:
    """Write sweep.json, so that a reader finds either the table before or this one."""
    draft = folder / f".sweep-{os.getpid()}.json"
    draft.write_text(table.to_json(), encoding="utf-8")
    draft.replace(folder / "sweep.json")
