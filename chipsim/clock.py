"""Simulated time: SimPy's environment with an integer clock in picoseconds and a canonical order of simultaneous events.

SimPy orders simultaneous events by (time, priority, insertion). Here the priority of a call is its `key`, made from who
acts (flow, packet), so the insertion order decides nothing that two components could compete for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, final

import simpy

_FIRST_KEY = 2  # SimPy itself uses priorities 0 (urgent) and 1 (processes, events)

Label = tuple[Hashable, ...]


@final
class Call(simpy.Event):
    """One action at one moment; `label` says what is pending, for deadlock messages and for recognising a repeated state."""

    def __init__(self, clock: Clock, action: Callable[[], None], label: Label) -> None:
        super().__init__(clock)
        self.label = label
        self._ok, self._value = True, None
        self.callbacks = [lambda _: action()]


@final
class Clock(simpy.Environment):
    """The clock of one run; `now` is an int of picoseconds."""

    def call(self, delay: int, key: int, action: Callable[[], None], label: Label = ()) -> None:
        """Run `action` after `delay` ps; simultaneous calls run in the order of `key`, not of insertion."""
        if delay < 0:
            raise ValueError(f"Clock.call: a delay of {delay} ps lies in the past")
        self.schedule(Call(self, action, label), priority=_FIRST_KEY + key, delay=delay)  # type: ignore[arg-type]

    def pending(self) -> Iterator[tuple[int, Label]]:
        """What is still to come, as (time from now, label); processes that merely wait have an empty label."""
        queue: Any = self._queue
        for time, _, _, event in queue:
            yield int(time) - int(self.now), event.label if isinstance(event, Call) else ()

    @property
    def idle(self) -> bool:
        """Whether nothing is scheduled any more."""
        return not self._queue
