"""Running a sweep: every point that has no answer yet goes to a worker, the table grows, and may be read while it does."""

from __future__ import annotations

import time as wall_clock
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

from chipsim.errors import CheckError
from chipsim.record import Row
from chipsim.sweep.engines import Engine
from chipsim.sweep.evaluate import evaluate, working
from chipsim.sweep.folder import SweepFolder
from chipsim.sweep.pareto import judged
from chipsim.sweep.plan import Plan
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search.loop import Loop
from chipsim.sweep.table import SweepTable
from chipsim.version import VERSION

__all__ = ["Tally", "Watch", "evaluate", "run_sweep", "table_of", "take"]

Watch = Callable[[Answered, int, int], None]  # an answer, how many there are, of how many


@final
@dataclass
class Tally:
    """What was done in this call: rows are counted, times and memory are those of cheap looks, too."""

    begun: float = field(default_factory=wall_clock.monotonic)
    over: int = 0  # rows with whatever outcome
    answered: int = 0  # rows
    found: int = 0  # of them, those that had been answered before
    failed: int = 0  # rows
    busy: float = 0.0  # s, all workers
    own: float = 0.0  # s, of them, those of the answers alone
    memory: int = 0  # bytes, of the largest worker

    def count(self, answer: Answered) -> None:
        """Count the answer of a row."""
        self.over += 1
        self.answered += answer.status == "done"
        self.found += answer.found and answer.status == "done"
        self.failed += answer.status == "failed"

    def note(self, answer: Answered) -> None:
        """Note what an answer took, of a row or of a look."""
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
    drive = Drive(plan, SweepFolder(plan.folder(into)), engine, watch)
    drive.folder.begin(plan)
    drive.folder.adopt(drive.rows)
    try:
        with drive.kept():
            engine.greet(drive.folder.path)
            drive.run(retry)
    finally:
        drive.folder.drop_empty_log()
    table = drive.table()
    drive.folder.write(table)
    return table, drive.folder.path


@final
@dataclass
class Drive:
    """A sweep while it runs."""

    plan: Plan
    folder: SweepFolder
    engine: Engine
    watch: Watch
    rows: list[Row] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    facts: dict[str, Any] = field(default_factory=dict)  # of a search

    def __post_init__(self) -> None:
        if self.plan.sweep.search.whole:
            self.rows = list(self.plan.rows())  # a search adds them as it proposes them

    def run(self, retry: bool) -> None:
        """Have every point answered, or search."""
        base = replace(self.plan.base(self.folder.path), retry=retry)
        with working(self.engine) as work:

            def counted(tasks: Iterable[Task], taken: Callable[[Answered], None]) -> None:
                work(tasks, lambda found: self._note(found, taken))

            if self.plan.sweep.search.whole:
                counted((replace(task, base=base) for task in self.plan.tasks(self.folder.path)), self._answered)
            else:
                self.facts = Loop(self.plan, base, self.rows, counted, self._answered, self.folder.keep).run()

    def _note(self, found: Answered, taken: Callable[[Answered], None]) -> None:
        self.tally.note(found)
        taken(found)

    def _answered(self, found: Answered) -> None:
        """Put an answer into its row, tell it, and write the table when it is time."""
        take(self.rows[found.number], found)
        self.tally.count(found)
        self.watch(found, self.tally.over, self.plan.count)
        if self.folder.due:
            self._write()

    def _write(self) -> None:
        """Write the table as far as it is, unless the folder has one of somebody else that knows more."""
        begun = wall_clock.monotonic()
        self.folder.adopt(self.rows)
        if self._done >= self.folder.others:
            self.folder.write(self.table(), begun)

    @property
    def _done(self) -> int:
        return sum(row["status"] == "done" for row in self.rows)

    def table(self) -> SweepTable:
        """The table as far as it is."""
        return table_of(self.plan, self.rows, self.engine.facts() | self.tally.plain() | self.facts | {"version": VERSION})

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Write the table also where a sweep is stopped, and say how to go on."""
        try:
            yield
        except (CheckError, KeyboardInterrupt) as error:
            with suppress(CheckError):
                self._write()
            self.folder.check()
            more = self.folder.runs - self._done  # cheap looks, and answers that had not come back
            runs = f", and finds {more} more run{'s' if more != 1 else ''} of points that were not over" if more > 0 else ""
            kept = f"{self._done} of {self.plan.count} points are kept in {self.folder.path}; the same command goes on from there{runs}"
            raise StoppedError(kept) if isinstance(error, KeyboardInterrupt) else CheckError(f"{error}; {kept}") from None


class StoppedError(KeyboardInterrupt):
    """A sweep was interrupted; says what is kept."""


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
