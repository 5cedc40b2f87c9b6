"""Running a sweep: every point that has no answer yet goes to a worker, the table grows, and may be read while it does."""

from __future__ import annotations

import time as wall_clock
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

from chipsim.errors import CheckError, ChipsimError
from chipsim.record import Row
from chipsim.sweep.engines import Engine
from chipsim.sweep.evaluate import evaluate, working
from chipsim.sweep.folder import SweepFolder
from chipsim.sweep.plan import Plan
from chipsim.sweep.pareto import judged
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search.loop import Loop
from chipsim.sweep.table import SweepTable
from chipsim.version import VERSION

__all__ = ["Tally", "Watch", "evaluate", "run_sweep", "table_of", "take"]

Watch = Callable[[Answered, int, int], None]  # an answer, how many there are, of how many


@final
@dataclass
class Tally:
    """What was done in this call."""

    begun: float = field(default_factory=wall_clock.monotonic)
    answered: int = 0
    found: int = 0  # of them, those that had been answered before
    failed: int = 0
    busy: float = 0.0  # s, all workers
    own: float = 0.0  # s, of them, those of the answers alone
    memory: int = 0  # bytes, of the largest worker

    def note(self, answer: Answered) -> None:
        """Count an answer."""
        self.answered += 1
        self.found += answer.found
        self.failed += answer.status == "failed"
        self.memory = max(self.memory, answer.memory)
        if not answer.found:
            self.busy += answer.spent
            self.own += answer.seconds

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        seconds = round(wall_clock.monotonic() - self.begun, 3)
        counts = {"answered": self.answered, "found": self.found, "failed": self.failed}
        return counts | {"seconds": seconds, "busy": round(self.busy, 3), "own": round(self.own, 3), "memory": self.memory}


def run_sweep(plan: Plan, into: Path, engine: Engine, watch: Watch = lambda *_: None, retry: bool = False) -> tuple[SweepTable, Path]:
    """Run a sweep; the table and its folder.

    What stops it (Ctrl-C, a full disk, a lost scheduler: KeyboardInterrupt, CheckError) leaves everything that was answered, and a
    table of it; the same call goes on from there. `retry`: ask again what failed for good.
    """
    folder, tally, whole = SweepFolder(plan.folder(into)), Tally(), plan.sweep.search.whole
    rows = list(plan.rows()) if whole else []  # a search adds them as it proposes them
    of, facts = len(rows) if whole else plan.count, dict[str, Any]()
    folder.begin(plan)
    folder.adopt(rows)

    def table() -> SweepTable:
        return table_of(plan, rows, engine.facts() | tally.plain() | facts | {"version": VERSION})

    def answered(found: Answered) -> None:
        tally.note(found)
        take(rows[found.number], found)
        watch(found, tally.answered, of)
        if folder.due:
            folder.adopt(rows)
            folder.write(table())

    with _kept(folder, rows, table):
        engine.greet(folder.path)
        if whole:
            evaluate(engine, _retried(plan.tasks(folder.path), retry), answered)
        else:
            base = replace(plan.base(folder.path), retry=retry)
            with working(engine) as work:
                facts |= Loop(plan, base, rows, work, answered, folder.keep).run()
    final_table = table()
    folder.write(final_table)
    return final_table, folder.path


def take(row: Row, found: Answered) -> None:
    """Put an answer into its row."""
    row |= {"status": found.status, "message": found.message, "digest": found.digest, "folder": found.folder, "seconds": found.seconds}
    row |= found.values


def table_of(plan: Plan, rows: list[Row], facts: dict[str, Any]) -> SweepTable:
    """The table of a sweep as far as it is."""
    table = SweepTable(
        plan.name, plan.digest, plan.described, plan.column_rows(), rows, plan.objective_rows(), plan.limit_rows(), facts=facts
    )
    return judged(table)


def _retried(tasks: Iterable[Task], retry: bool) -> Iterator[Task]:
    base = None
    for task in tasks:
        base = base or replace(task.base, retry=retry)
        yield replace(task, base=base)


@contextmanager
def _kept(folder: SweepFolder, rows: list[Row], table: Callable[[], SweepTable]) -> Iterator[None]:
    """Write the table also where a sweep is stopped, and say how to go on."""
    try:
        yield
    except (ChipsimError, KeyboardInterrupt) as error:
        with suppress(ChipsimError, OSError):
            folder.adopt(rows)
            folder.write(table())
        done = sum(row["status"] == "done" for row in rows)
        kept = f"{done} of {len(rows)} points are kept in {folder.path}; the same command goes on from there"
        if isinstance(error, KeyboardInterrupt):
            raise Stopped(kept) from None
        raise type(error)(f"{error}; {kept}") if isinstance(error, CheckError) else error from None


class Stopped(KeyboardInterrupt):
    """A sweep was interrupted; says what is kept."""
