"""A stage at work in simulated time: waits for its inputs, works, hands on the result.

Two processes make a station: the worker below and the sender of its Outbox. What a unit of work computes, how long it takes
and what it costs is the business of the subclasses (array, neuron, vector unit, source, sink).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Hashable
from typing import Any, NamedTuple, final

import simpy

from chipsim.clock import Clock
from chipsim.components.bus import BusLine
from chipsim.components.inbox import Inbox
from chipsim.components.outbox import DEPTH, Outbox
from chipsim.components.token import Floats, Token
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.recorder import Recorder


class Work(NamedTuple):
    """One unit of work: values (vectors, channels), time from start to each result (ps), time until the next may start (ps).

    It starts `wait` ps from now, when something that it shares with others is free.
    """

    values: Floats
    latency: int
    intervals: list[int]  # one for each vector
    wait: int = 0


@final
class Port:
    """What stages of one tile share: only one may use the array at a time. First come, first served, ties by stage number."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.free_at = 0
        self.waiting: list[tuple[int, int, simpy.Event]] = []  # since when, stage, what happens when it may start

    def request(self, stage: int) -> simpy.Event:
        """An event that happens when the stage may start."""
        granted = self.clock.event()
        self.waiting.append((int(self.clock.now), stage, granted))
        self._later(max(0, self.free_at - int(self.clock.now)))
        return granted

    def hold(self, until: int) -> None:
        """Occupy the port from now on; who waits is served afterwards."""
        self.free_at = until
        if self.waiting:
            self._later(until - int(self.clock.now))

    def turn(self, stage: int) -> int:
        """The place of a stage in the queue, 0 when it does not wait."""
        order = [number for _, number, _ in sorted(self.waiting, key=_order)]
        return 1 + order.index(stage) if stage in order else 0

    def _later(self, delay: int) -> None:
        self.clock.call(delay, min(stage for _, stage, _ in self.waiting), self._grant, ("port",))

    def _grant(self) -> None:
        if self.waiting and self.free_at <= self.clock.now:
            self.waiting.sort(key=_order)
            self.free_at = int(self.clock.now) + 1  # until the stage says for how long it holds the port
            self.waiting.pop(0)[2].succeed()


def _order(entry: tuple[int, int, simpy.Event]) -> tuple[int, int]:
    return entry[0], entry[1]


class Station(ABC):
    """Root of the stations."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, port: Port | None = None) -> None:
        self.clock, self.stage, self.recorder, self.port = clock, stage, recorder, port
        self.bus: BusLine | None = None
        self.ledger = recorder.ledger(stage.layer, stage.node)
        self.outbox = Outbox(clock, stage, fabric, self.took)
        self.outbox.wake_worker = self.wake
        self.inboxes: list[Inbox] = []
        self.sample, self.unit = 0, -1
        self.phase = "start"
        self.until = 0
        self._wake_up = clock.event()
        self.process = clock.process(self.life())

    @abstractmethod
    def work(self, sample: int, unit: int) -> Work:
        """Compute one unit from the inboxes and note in the ledger what was done."""

    def took(self, token: Token, bits: int) -> None:  # noqa: B027  # most stations pay nothing here
        """Note that a finished unit was taken out of the output buffer (nothing by default)."""

    def wake(self) -> None:
        """Something changed that this station may wait for."""
        if not self._wake_up.triggered:
            self._wake_up.succeed()

    def more(self) -> bool:
        """Whether there may be another sample; without one nothing reaches most stations."""
        return True

    def life(self) -> Generator[simpy.Event, Any, None]:
        """The worker process: every own unit of every sample, in order."""
        while self.more():
            for position, unit in enumerate(self.stage.own_units(self.sample)):
                self.unit = unit
                yield from self._do(self.sample, unit)
                for inbox in self.inboxes:
                    inbox.forget(self.sample, self.stage.kept(self.sample, inbox.number, position + 1))
            self.sample += 1
        self.phase = "done"

    def _do(self, sample: int, unit: int) -> Generator[simpy.Event, Any, None]:
        self.phase = "input"
        while (ready := self._ready(sample, unit)) is None:
            yield self._sleep()
        self.phase = "output"
        while self.outbox.full:
            yield self._sleep()
        self.phase, self.until = "wait", max(self._earliest(ready), self.until)
        if self.until > self.clock.now:
            yield self.clock.timeout(self.until - int(self.clock.now))
        if self.port is not None:
            self.phase = "port"
            yield self.port.request(self.stage.number)
        if self.bus is not None:
            yield self.bus.turn(self.stage.number)
        self._start(sample, unit, ready[1])

    def _start(self, sample: int, unit: int, last_ready: int) -> None:
        work = self.work(sample, unit)
        start, busy = int(self.clock.now) + work.wait, sum(work.intervals)
        end = max(start + busy, last_ready + work.intervals[-1])
        self.until = end
        if self.port is not None:
            self.port.hold(end)
        extra = work.latency - work.intervals[0]
        self.outbox.depth = DEPTH + -(-max(0, extra) // max(1, busy))
        self.outbox.put(Token(sample, unit, work.values, start + work.latency, max(end + extra, start + work.latency)))
        self.recorder.work(self.stage.name, self.stage.layer, start, end, busy, sample)

    def _ready(self, sample: int, unit: int) -> tuple[int, int] | None:
        first = last = int(self.clock.now)
        for inbox in self.inboxes:
            times = inbox.ready(sample, unit)
            if times is None:
                return None
            first, last = max(first, times[0]), max(last, times[1])
        return first, last

    def _earliest(self, ready: tuple[int, int]) -> int:
        """When a unit may be started whose first and last vector can be worked on from `ready` on."""
        return ready[0]

    def _sleep(self) -> simpy.Event:
        self._wake_up = self.clock.event()
        return self._wake_up

    def state(self, completed: int) -> Hashable:
        """Everything that decides what this station does next, relative to now and to the samples completed."""
        now = int(self.clock.now)
        inboxes = tuple(inbox.state(now, completed) for inbox in self.inboxes)
        port = (max(self.port.free_at - now, 0), self.port.turn(self.stage.number)) if self.port else ()
        bus = self.bus.state() if self.bus else ()
        own = (self.sample - completed, self.unit, self.phase, max(self.until - now, 0), port, bus)
        return own, inboxes, self.outbox.state(now, completed)

    def waits_for(self) -> tuple[str, list[int]]:
        """What this station waits for, in words, and the stages that could end the wait (for deadlock messages)."""
        waits = [self._missing(inbox) for inbox in self.inboxes if self.phase == "input" and self.lacks(inbox)]
        if self.outbox.blocked is not None:
            reader = self.outbox.blocked.target
            waits.insert(0, (f"room in the input buffer of {reader.name}", [reader.number]))
        return " and ".join(text for text, _ in waits), [number for _, numbers in waits for number in numbers]

    def lacks(self, inbox: Inbox) -> bool:
        """Whether units that the next piece of work needs have not arrived in this inbox."""
        return inbox.ready(self.sample, self.unit) is None

    def _missing(self, inbox: Inbox) -> tuple[str, list[int]]:
        window = self.stage.window(inbox.number, self.unit)
        units = f"unit {window.low}" if window.low == window.high else f"units {window.low} to {window.high}"
        return f"{units} of {inbox.feed.tensor.name}, sample {self.sample}", [flow.source for flow in inbox.feeding]
