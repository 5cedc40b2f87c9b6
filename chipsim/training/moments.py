"""Moments of an epoch whose mini-batches are looked at closely, and what they say of the whole epoch.

Of B mini-batches, m runs of k consecutive ones are looked at, evenly spread: run i = 0 .. m - 1 begins at floor((i + 1/2) B / m - k/2).
Each gives some figures (time, energies ... of a mini-batch). For the epoch:

    mean over the moments          standard error = s / sqrt(m),  s the standard deviation between moments (m > 1)

The moments are no random draw; for a figure that drifts steadily through the epoch the standard error is too large rather than too
small. The last mini-batch of an epoch, which may be smaller, is never looked at unless there is no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.training.work import StepWork

Figures = NDArray[np.float64]


class Moments(NamedTuple):
    """How many moments of an epoch are looked at, how many mini-batches each, and who says what they were."""

    count: int
    batches: int
    play: Callable[[Sequence[StepWork]], Figures]  # always as many figures, all finite

    def begins(self, samples: int, batch: int) -> list[tuple[int, int]]:
        """Of an epoch of so many samples: numbers of the first mini-batch of each moment, and of that after its last."""
        whole = max(samples // batch, 1)
        length = min(self.batches, whole)
        count = min(self.count, whole // length)
        firsts = [math.floor((number + 0.5) * whole / count - length / 2) for number in range(count)]
        return [(max(first, 0), max(first, 0) + length) for first in firsts]


class Moment(NamedTuple):
    """What one moment was; figures as `Moments.play` gave them."""

    epoch: int  # counted from 1
    sample: int  # of the epoch, the first one
    figures: Figures


def mean(moments: Sequence[Moment]) -> tuple[Figures, Figures | None]:
    """Means of the figures and their standard errors (None for one moment)."""
    figures = np.array([moment.figures for moment in moments])
    count = len(figures)
    return figures.mean(axis=0), figures.std(axis=0, ddof=1) / math.sqrt(count) if count > 1 else None
