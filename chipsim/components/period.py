"""Recognising that a chip repeats itself, and what it moves from one repetition to the next.

The state of a chip is all that decides what happens next, relative to now and to the samples completed. Time is an integer
and buffers are finite, so a state that was there before proves that everything since then will happen again, for ever.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import final

from chipsim.fabric.traffic import Traffic

FIRST = 64  # completions whose states are all kept


@final
@dataclass
class Period:
    """A proven repetition: the chip's state after `after` + `samples` samples equals that after `after`; it took `time` ps.

    `traffic` is what the network carried for one sample meanwhile.
    """

    after: int
    samples: int
    time: int
    traffic: Traffic
    skipped: int = 0  # whole periods left out of the simulation


@final
class Repetition:
    """The states in which a chip was when samples were completed.

    Those of the first completions are all kept, after them only the one at the last power of two: that finds every repetition
    in the end without keeping more (R. P. Brent, BIT 20, 176, 1980, doi:10.1007/BF01933190).
    """

    def __init__(self) -> None:
        self.states: dict[Hashable, tuple[int, int, Traffic]] = {}

    def found(self, state: Hashable, completed: int, now: int, traffic: Traffic) -> Period | None:
        """The period when the chip was in this state before; else the state is noted."""
        if state in self.states:
            after, then, before = self.states[state]
            samples = completed - after
            return Period(after, samples, now - then, traffic.since(before, samples))
        if completed > FIRST and completed & (completed - 1) == 0:
            self.states.clear()
        if completed <= FIRST or not self.states:
            self.states[state] = completed, now, traffic
        return None
