"""Two arrays, a fast one that takes the gradient and a slow one that holds the weights; lines are read from one and added to the other.

    A <- A + (rate of A) x d^T by pulses, every vector;           every `transfer_every` samples: one line of A is read, C takes it up

    line of transfer t = 0, 1, 2, ...:     t mod n        n = rows (each row a one-hot input, all outputs read) or columns of the array

A sample is V vectors: 1 for a fully connected layer, one for each position of a convolution or step of a recurrent layer. After vector
number v (counted from 0) transfer t = (v + 1) / (V transfer_every) - 1 is due where that is whole. Where up and down steps of
A are unequal, its pulses also draw it to its symmetry point: the fast array forgets. The point should lie where it reads 0, which is
what reference devices beside it are set to (reference.py).

Reference: T. Gokmen, W. Haensch, Frontiers in Neuroscience 14, 103, 2020, DOI 10.3389/fnins.2020.00103.
Not modelled: more than two arrays in a row, several lines a transfer, converters of the read (their error is in `read_noise`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.responses import Response
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.driving import DrivenRule
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.reference import Calibration, Reference, referenced
from chipsim.training.rules.rule import Activity, Footprint, Learner, State, copied, vectors


class TransferRule(DrivenRule):
    """Root of the rules with a fast array."""

    fast: Response | None = key("devices of the fast array; default: those of `response`", default=None)
    transfer_every: int = key("samples between two reads of the fast array", default=1, ge=1, source=TOOLKIT)
    transfer_by: Literal["row", "column"] = key("which lines of the fast array are read", default="row", source=TOOLKIT)
    read_noise: float = key(
        "standard deviation of a read of the fast array, in units of the full-scale weight", default=0.1, ge=0, source=TOOLKIT
    )
    longest: int = key("most time slots of a train", default=31, ge=1, le=LONGEST, source=TOOLKIT)
    calibration: Calibration | None = key(
        "search for the symmetry points of the fast array before training, for reference devices; default: none", default=None
    )
    reference_error: float = key(
        "standard deviation, between devices, of the error of what the fast array is read against, in units of the full-scale weight",
        default=0.0,
        ge=0,
        source="assumed: errors of the library's devices are in their own reference_spread",
    )

    @property
    def footprint(self) -> Footprint:
        return Footprint(2 if self.calibration is None else 3)

    @property
    def interval(self) -> int:
        return self.transfer_every

    def for_vectors(self, each: int) -> Self:
        return self.having(transfer_every=self.transfer_every * each)

    def arrays(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Arrays:
        """The fast array, as after a reset or a calibration, and the slow one, which starts from `weights`."""
        fast = PulsedArray(self.fast or self.devices, shape, None, stream.child("fast"), chip.child("fast"))
        slow = PulsedArray(self.devices, shape, weights, stream.child("slow"), chip.child("slow"))
        error = self.reference_error
        return Arrays(fast, slow, referenced(fast, self.transfer_by, self.calibration, self.read_noise, error, chip.child("reference")))


class Arrays(NamedTuple):
    """The two arrays of a learner, and what the fast one is read against."""

    fast: PulsedArray
    slow: PulsedArray
    reference: Reference


class TransferLearner(Learner):
    """Root of the learners with a fast array: who is read when."""

    def __init__(self, rule: TransferRule, arrays: Arrays) -> None:
        self.fast, self.slow, self.reference = arrays
        self._every, self._axis, self._noise, self._trains = rule.transfer_every, rule.transfer_by, rule.read_noise, rule.trains
        rows, columns = self.slow.shape
        self.lines, self.width = (rows, columns) if rule.transfer_by == "row" else (columns, rows)

    @property
    def weights(self) -> Matrix:
        return self.slow.weights

    @property
    def prepared(self) -> Activity:
        return self.reference.prepared

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.slow.shape)
        done, start = Activity(), 0
        while start < len(x):
            stop = min(len(x), start + self._every - (first + start) % self._every)
            done = done.merged(self._collect(x[start:stop], d[start:stop], rate, first + start))
            if (first + stop) % self._every == 0 and rate > 0:
                done = done.merged(self._transfer((first + stop) // self._every - 1, rate))
            start = stop
        return done

    @abstractmethod
    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        """The fast array takes up vectors between two transfers."""

    @abstractmethod
    def _transfer(self, number: int, rate: float) -> Activity:
        """Transfer `number`, of line `number` mod `lines`."""

    def _read(self, number: int) -> Matrix:
        """What the line of transfer `number` shows, (width,)."""
        line = number % self.lines
        return self.fast.read(self._axis, line, self._noise, number) - self.reference.line(self._axis, line)

    def pause(self, number: int, batches: int = 1) -> None:
        self.fast.pause(number, batches)
        self.slow.pause(number, batches)

    def state(self) -> State:
        return {name: array.copy() for name, array in self._memory().items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        copied(state, self._memory())

    def _memory(self) -> dict[str, NDArray[Any]]:
        """Every array that is remembered, by name."""
        halves = ("fast", self.fast), ("slow", self.slow)
        return {f"{name} {part}": array for name, half in halves for part, array in half.arrays().items()}

    def _signed(self, x: Matrix, d: Matrix, signs: Matrix, across: Matrix | None = None) -> tuple[Matrix, Matrix]:
        """x and d with a sign for each line that is read, and for each line across."""
        row, column = (signs, across) if self._axis == "row" else (across, signs)
        return x if row is None else x * row, d if column is None else d * column

    def _one_hot(self, line: int) -> Matrix:
        one = np.zeros((1, self.lines), np.float32)
        one[0, line] = 1
        return one
