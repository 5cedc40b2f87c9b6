"""Moments of an epoch whose mini-batches are looked at closely, and what they say of the whole epoch.

Of B mini-batches, m runs of k consecutive ones are looked at, evenly spread: run i = 0 .. m - 1 begins at floor((i + 1/2) B / m - k/2).
Each gives some figures (time, energies ... of a mini-batch). For the epoch:

    mean over the moments          standard error = s / sqrt(m),  s the standard deviation between moments (m > 1)

A figure that a moment does not give counts as 0 there. The moments are no random draw; for a figure that drifts steadily through the
epoch the standard error is too large rather than too small. The last mini-batch of an epoch, which may be smaller, is never looked at
unless there is no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from chipsim.training.work import StepWork

Figures = dict[str, float]


class Moments(NamedTuple):
    """How many moments of an epoch are looked at, how many mini-batches each, and who says what they were."""

    number: int
    batches: int
    play: Callable[[Sequence[StepWork]], Figures]

    def begins(self, samples: int, batch: int) -> list[tuple[int, int]]:
        """Of an epoch of so many samples: numbers of the first mini-batch of each moment, and of that after its last."""
        whole = max(samples // batch, 1)
        length = min(self.batches, whole)
        most = min(self.number, whole // length)
        firsts = [math.floor((number + 0.5) * whole / most - length / 2) for number in range(most)]
        return [(max(first, 0), max(first, 0) + length) for first in firsts]


class Moment(NamedTuple):
    """What one moment was; figures as `Moments.play` gave them."""

    epoch: int  # counted from 1
    sample: int  # of the epoch, the first one
    figures: Figures


class Mean(NamedTuple):
    """Mean of a figure over some moments, and the standard error of it (None for one moment)."""

    value: float
    error: float | None


def means(moments: Sequence[Moment]) -> dict[str, Mean]:
    """The mean of every figure."""
    names = dict.fromkeys(name for moment in moments for name in moment.figures)
    return {name: mean([moment.figures.get(name, 0.0) for moment in moments]) for name in names}


def mean(values: Sequence[float]) -> Mean:
    """The mean of numbers of moments, at least one."""
    return Mean(fmean(values), stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None)
