"""The record of an epoch: one row of plain numbers, and what is added up on the way to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class EpochRow(NamedTuple):
    """What one epoch was; `float_` is the twin's, NaN without one."""

    epoch: int  # counted from 1
    rate: float
    loss: float
    train_accuracy: float
    test_accuracy: float
    float_loss: float
    float_train_accuracy: float
    float_test_accuracy: float
    pulses: int
    pulses_per_device: float  # one device counted for each weight
    clipped_share: float  # of the lines driven, those whose pulse train was saturated
    reads: int  # lines of arrays that the rule read
    operations: int  # digital ones on numbers of the update
    seconds: float  # wall time, chip and twin, evaluation included


class Sums(NamedTuple):
    """What an epoch has added up so far, for one network."""

    loss: float = 0.0
    correct: int = 0

    def plus(self, losses: NDArray[np.float64], correct: int) -> Sums:
        return Sums(self.loss + float(losses.sum()), self.correct + correct)


_COUNTS = ("epoch", "pulses", "reads", "operations")


def row_of(numbers: NDArray[np.float64]) -> EpochRow:
    """A row from its numbers as stored; counts are whole numbers below 2**53."""
    values = dict(zip(EpochRow._fields, (float(number) for number in numbers), strict=True))
    return EpochRow(**{name: int(value) if name in _COUNTS else value for name, value in values.items()})  # type: ignore[arg-type]
