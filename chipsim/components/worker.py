"""A circuit at work on the tasks of a lesson: first come, first served, those that come together in the order of their ranks.

The circuit is chosen work for only after everything else of a moment has happened, so that what it takes does not depend on the order in
which simultaneous things happen to be noted.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from heapq import heappop, heappush
from typing import Any, final

import simpy

from chipsim.clock import Clock
from chipsim.lesson.task import Stage, Task
from chipsim.recorder import Recorder

_LAST = 1 << 100  # after all messages of a moment


@final
class Worker:
    """The process of one circuit; `done(task)` is called when a result is there."""

    def __init__(self, clock: Clock, number: int, recorders: Mapping[Stage, Recorder], done: Callable[[Task], None]) -> None:
        self.clock, self.number, self.recorders, self.done = clock, number, recorders, done
        self.queue: list[tuple[int, int, Task]] = []  # ready since, rank
        self._idle, self._called = True, False
        self._turn = clock.event()
        clock.process(self.life())

    def put(self, task: Task) -> None:
        """A task that is ready."""
        heappush(self.queue, (int(self.clock.now), task.rank, task))
        self._call()

    def life(self) -> Generator[simpy.Event, Any, None]:
        """One task after the other."""
        while True:
            yield self._turn
            self._idle = False
            _, _, task = heappop(self.queue)
            start = int(self.clock.now)
            if task.busy:
                yield self.clock.timeout(task.busy)
            self._record(task, start)
            self._turn, self._idle = self.clock.event(), True
            self._call()
            if task.latency > task.busy:
                self.clock.call(task.latency - task.busy, task.rank, lambda task=task: self.done(task))  # type: ignore[misc]
            else:
                self.done(task)

    def _call(self) -> None:
        if self.queue and self._idle and not self._called:
            self._called = True
            self.clock.call(0, _LAST + self.number, self._go)

    def _go(self) -> None:
        self._called = False
        self._turn.succeed()

    def _record(self, task: Task, start: int) -> None:
        recorder = self.recorders[task.stage]
        for part, energy in task.energy:
            recorder.charge(part, task.layer, task.node, energy)
        recorder.work(task.track, task.layer, start, start + task.busy, task.busy, task.sample)
