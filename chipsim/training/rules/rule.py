"""How the weights of an array learn on the chip: a rule describes it, a learner is one array (and its companions) under a rule.

    W <- W + rate * sum over the vectors of x d^T        is what every rule aims at, vector after vector

x are the inputs of a vector (on the rows) and d is minus the gradient of its outputs (on the columns), so the loss falls. Weights are
arrays (rows, columns) float32 in units of the full-scale weight; x (n, rows) and d (n, columns) are float32.

Everything random is a pure function of the streams and of the running number of a vector; everything that a learner remembers is in
its `state`. Hence a run does not depend on how its vectors are split into calls, and goes on bit for bit from a stored state (into a
learner begun with the same rule, shape and streams: those give the devices, which are not stored).

Not modelled: pairs of one-sided devices, whose refresh is no pulse of an update (`responses.OneSidedPair`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from operator import add
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.kernels.trains import Matrix
from chipsim.responses import Response
from chipsim.spec import Family, key
from chipsim.streams import Stream

State = dict[str, NDArray[Any]]
Words = NDArray[np.uint32]
NUMBER = 32  # bits of a number in digital memory
WORD = 1 << 32  # running numbers are two words of the generator's counter


class Activity(NamedTuple):
    """What an update took; those of two updates are `merged`."""

    pulses: int = 0  # given to devices, all arrays together
    slots: int = 0  # time slots of pulse trains, one after the other
    clipped: int = 0  # lines that would have needed a probability above 1
    lines: int = 0  # lines with a value other than 0, of the trains of all vectors
    reads: int = 0  # rows or columns read
    operations: int = 0  # digital additions, multiplications and comparisons on numbers of the update
    drives: int = 0  # pulses driven on lines, each through all the cells of its line: rows and columns, all trains together

    @property
    def clipped_share(self) -> float:
        """Share of the lines whose train was saturated, which makes the update too small."""
        return self.clipped / self.lines if self.lines else 0.0

    def merged(self, other: Activity) -> Activity:
        """Both together."""
        return Activity(*map(add, self, other))


class Footprint(NamedTuple):
    """What a weight needs on the chip under a rule."""

    arrays: int  # devices of a weight, in an array each; a reference that belongs to a device is not counted
    digital_bits: float = 0.0  # bits of digital memory beside it


class Learner(ABC):
    """The state of one array and its companions under a rule."""

    @property
    def prepared(self) -> Activity:
        """What beginning took, such as a calibration; resets and the writing of the first weights are not counted."""
        return Activity()

    @property
    @abstractmethod
    def weights(self) -> Matrix:
        """(rows, columns) float32, what forward and backward passes see, in units of the full-scale weight; not to be written to."""

    @abstractmethod
    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        """Learn from vectors x (n, rows), d (n, columns), one after the other; `first` is the running number of the first of them.

        Raises InputError when shapes or numbers make no sense.
        """

    @abstractmethod
    def pause(self, number: int, batches: int = 1) -> None:
        """Leak and diffusion of all devices in the time of `batches` mini-batches; `number` is that of this pause."""

    @abstractmethod
    def state(self) -> State:
        """Copies of everything the learner remembers, by name."""

    @abstractmethod
    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` gave; InputError when it is not that of such a learner."""


class Rule(Family):
    """Root of the rules."""

    response: Response | None = key("how the devices of an array answer to pulses; default: as those of the chip", default=None)

    @property
    def devices(self) -> Response:
        """`response`; InputError where there is none."""
        if self.response is None:
            raise InputError(
                "Rule.response: is missing; expected the answer of the devices to pulses, here or under `learning` of the chip's tile; "
                "try {component: reram-om}"
            )
        return self.response

    @property
    @abstractmethod
    def footprint(self) -> Footprint:
        """What each weight needs."""

    def for_vectors(self, each: int) -> Self:
        """The rule for an array that learns from `each` vectors of a sample, where the user's keys count samples and learners vectors.

        A convolution has a vector for each output position, a recurrent layer one or two for each step. By default nothing is counted.
        """
        return self

    @property
    def interval(self) -> int:
        """Samples from one step that is taken seldom, such as a transfer, to the next; 1 where every sample is alike."""
        return 1

    @abstractmethod
    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        """A new array of `shape`, its devices from the stream of the chip, everything else from `stream`.

        weights (rows, columns): to start from, within the bounds of each device; None: as after a reset.
        """


def vectors(x: Matrix, d: Matrix, rate: float, first: int, shape: tuple[int, int]) -> tuple[Matrix, Matrix]:
    """x and d as the kernels want them; InputError when something does not fit an array of `shape`."""
    if x.ndim != 2 or d.ndim != 2 or len(x) != len(d) or (x.shape[1], d.shape[1]) != shape:
        raise InputError(f"Learner.update: x of shape {x.shape} and d {d.shape} for an array {shape}; expected (n, rows), (n, columns)")
    if not (np.isfinite(x).all() and np.isfinite(d).all()):
        raise InputError("Learner.update: x or d holds a value that is not finite; look for an overflow, or lower the learning rate")
    if not 0 <= rate < np.inf or first < 0:
        raise InputError(f"Learner.update: a rate of {rate} and first vector {first}; expected 0 or more for both")
    return np.ascontiguousarray(x, np.float32), np.ascontiguousarray(d, np.float32)


def copied(state: Mapping[str, NDArray[Any]], into: Mapping[str, NDArray[Any]]) -> None:
    """Put stored arrays into those of a learner; InputError when names, shapes or types differ."""
    if state.keys() != into.keys():
        raise InputError(f"Learner.restore: a state of {sorted(state)}; expected {sorted(into)}, from a learner of the same rule")
    for name, array in into.items():
        if state[name].shape != array.shape or state[name].dtype != array.dtype:
            raise InputError(f"Learner.restore: {name} is {state[name].dtype} {state[name].shape}; expected {array.dtype} {array.shape}")
    for name, array in into.items():
        array[...] = state[name]


def numbers_of(first: int, count: int) -> tuple[Words, Words]:
    """The identity of vectors number `first`, `first` + 1, ...: lower and upper words of their numbers."""
    numbers = np.arange(first, first + count, dtype=np.uint64)
    return (numbers % WORD).astype(np.uint32), (numbers // WORD).astype(np.uint32)
