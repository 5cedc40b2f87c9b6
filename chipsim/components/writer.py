"""A tile that is being written: its weights arrive from the host, it waits for its turn, and goes through the steps.

    host --(interface, network)--> weights of a block --> turn among `tiles_at_once` --> step, step, ... --> written

A tile with several blocks writes them one after the other, as their weights arrive.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, final

import simpy

from chipsim.clock import Clock
from chipsim.errors import CheckError, InputError
from chipsim.mapping.mapping import Placement
from chipsim.programming.programmer import Point, Step, Steps
from chipsim.recorder import Recorder
from chipsim.units import picoseconds

MOST_STEPS = 1_000_000  # of one block: 16,384 rows in 61 goes; who takes more never ends


@final
class Writer:
    """The process that writes one block; `turn` limits how many tiles write at once, `array` is the tile's own array."""

    def __init__(
        self,
        clock: Clock,
        number: int,
        block: Placement,
        steps: Steps,
        recorder: Recorder,
        array: simpy.PriorityResource,
        turn: simpy.PriorityResource,
    ) -> None:
        self.clock, self.number, self.block, self.steps, self.recorder = clock, number, block, steps, recorder
        self.array, self.turn = array, turn
        self.arrived = clock.event()
        self.taken = Step(0.0)
        self.points: list[Point] = []
        self.finished = -1  # ps
        clock.process(self.life())

    def start(self) -> None:
        """The weights have arrived."""
        self.arrived.succeed()

    def life(self) -> Generator[simpy.Event, Any, None]:
        """Wait for the weights, for the array and for a turn; then take step after step."""
        yield self.arrived
        with self.array.request(priority=self.number) as own:
            yield own
            with self.turn.request(priority=self.number) as turn:
                yield turn
                yield from self._write()

    def _write(self) -> Generator[simpy.Event, Any, None]:
        start = int(self.clock.now)
        exact = 0.0  # the durations add up before they are rounded to the step of the clock
        for _ in range(MOST_STEPS):
            try:
                step = next(self.steps)
            except StopIteration as end:
                self.points = end.value
                break
            self.taken = self.taken.then(step)
            exact += self._checked(step).duration
            yield self.clock.timeout(start + self._ticks(exact) - int(self.clock.now))
        else:
            raise CheckError(f"programming of {self.block.name}: {MOST_STEPS:,} steps and no end; the algorithm must end its steps")
        self.finished = int(self.clock.now)
        self.recorder.work(self.block.name, self.block.layer, start, self.finished, self.finished - start, 0)

    def _checked(self, step: Step) -> Step:
        """The step, when it takes a time; else a fault of the algorithm stops the run."""
        if not 0 <= step.duration < float("inf"):
            raise CheckError(f"programming of {self.block.name}: a step of {step.duration} s; expected 0 or more, and an end")
        return step

    def _ticks(self, time: float) -> int:
        try:
            return picoseconds(time)
        except ValueError as error:
            raise InputError(f"programming of {self.block.name}: {error}; check the duration of a pulse and of a read") from None
