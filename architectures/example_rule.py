"""A rule of learning as an example of one that lives outside the package: lines are driven by the sign of their value alone.

    W <- W + rate X D sign(x) sign(d)^T        on rows with |x| > threshold X and columns with |d| > threshold D

X = max |x|, D = max |d| of the vector; the other rows and columns get no pulse. Drivers need no pulse trains of many levels, and most of
the arithmetic is two comparisons a line; but every weight on a driven row and column moves by as much as the one that matters most.

Reference: the idea is the Manhattan rule, E. Zamanidoost et al., IEEE WISP 2015; the threshold is ours.
Not modelled: see pulsed_array.py.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.one_array import OneArray
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.rule import Activity, Footprint, Learner, Rule, vectors


@final
class Manhattan(Rule, type="manhattan"):
    """Signs of the gradient go to the weights."""

    threshold: float = key("share of the largest value below which a line is left out", default=0.3, ge=0, lt=1, source="assumed")
    longest: int = key("most time slots of a train", default=31, ge=1, le=LONGEST, source="assumed: as for SGD")

    @property
    def footprint(self) -> Footprint:
        return Footprint(1)  # one device for each weight, nothing in digital

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return ManhattanLearner(self, PulsedArray(self.devices, shape, weights, stream, chip))


@final
class ManhattanLearner(OneArray):
    """One array; its state is its weights."""

    def __init__(self, rule: Manhattan, array: PulsedArray) -> None:
        super().__init__(array)
        self.rule = rule

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.array.shape)  # refuses what makes no sense
        took = self.array.descend(self._levelled(x), self._levelled(d), rate, first, self.rule.longest)
        return took.merged(Activity(operations=2 * (x.size + d.size)))

    def _levelled(self, values: Matrix) -> Matrix:
        """The largest magnitude of each vector on all lines above the threshold, with their signs."""
        tops = np.abs(values).max(axis=1, keepdims=True, initial=0)
        driven = np.abs(values) > self.rule.threshold * tops
        return np.ascontiguousarray(np.where(driven, np.sign(values) * tops, 0), np.float32)
