"""The progress of a sweep: points done, rate, time left, failures, the best so far; a line now and then where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from chipsim.report.sweep import cell_of
from chipsim.report.sweep_plan import long
from chipsim.sweep.plan import Plan
from chipsim.sweep.point import Answered
from chipsim.terminal import interrupted

EVERY = 10.0  # seconds between two plain lines
OFTEN = 0.1  # seconds between two looks of the bar


@final
class SweepBar:
    """Watches a sweep."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress
        self._task = progress.add_task("starting", total=max(plan.count, 1))
        self._columns = {row["name"]: row for row in plan.column_rows()}
        self._begun = self._shown = time.monotonic()
        self._fresh = self._failed = 0
        self._best: tuple[float, int] | None = None

    def __call__(self, found: Answered, done: int, of: int) -> None:
        """Take note of an answer: `done` points of `of` have one."""
        if interrupted.is_set():
            raise KeyboardInterrupt
        self._fresh += not found.found
        self._failed += found.status == "failed"
        self._compare(found)
        now = time.monotonic()
        if now - self._shown < (EVERY if self._progress.disable else OFTEN) and done < of:
            return
        self._shown = now
        if self._progress.disable:
            print(self.words(done, of), file=sys.stderr, flush=True)
        else:
            self._progress.update(self._task, description=self.words(done, of), completed=done, total=max(of, 1))

    def words(self, done: int, of: int) -> str:
        """What is shown beside the bar."""
        parts = [f"{done:,} of {of:,} {'points' if self._plan.sweep.repeats == 1 else 'runs'}"]
        seconds = time.monotonic() - self._begun
        if self._fresh and seconds > 0:
            rate = self._fresh / seconds
            parts.append(f"{rate:.2g}/s" if rate >= 1 else f"{60 * rate:.2g}/min")
            parts += [f"{long((of - done) / rate)} left"] if done < of else []
        parts += [f"{self._failed:,} failed"] if self._failed else []
        if self._best is not None:
            name = self._plan.objective_rows()[0]["column"]
            parts.append(f"best {name} {cell_of(self._columns[name], self._best[0])} (point {self._best[1]})")
        return ", ".join(parts)

    def _compare(self, found: Answered) -> None:
        """Keep the best of the first objective among points that keep the limits."""
        sought = self._plan.objective_rows()
        value = found.values.get(sought[0]["column"]) if sought and found.status == "done" else None
        limits = self._plan.limit_rows()
        if value is None or not all(_keeps(found.values.get(row["column"]), row["at_most"], row["at_least"]) for row in limits):
            return
        sign = 1 if sought[0]["better"] == "minimise" else -1
        if self._best is None or sign * value < sign * self._best[0]:
            self._best = value, found.number


def _keeps(value: float | None, most: float | None, least: float | None) -> bool:
    return value is not None and (most is None or value <= most) and (least is None or value >= least)


@contextmanager
def sweep_bar(plan: Plan) -> Iterator[SweepBar]:
    """A bar on the terminal's error stream; plain lines where there is no terminal."""
    stream = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=20))
    with Progress(*columns, console=stream, transient=True, disable=not stream.is_terminal) as progress:
        yield SweepBar(plan, progress)
