"""One array of a layer that learns: a block of its matrix under a rule, read forward, backward and for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.training.layers.passing import Pass, Words
from chipsim.training.layers.watch import Place
from chipsim.training.reads import Port
from chipsim.training.rules.rule import Activity, Learner

Floats = NDArray[np.float32]
Span = tuple[int, int]


class Cut(NamedTuple):
    """The part of a matrix that one array holds: half-open ranges of its rows and columns."""

    rows: Span
    columns: Span


class Ports(NamedTuple):
    """How an array is read in the three passes; each has noise of its own."""

    forward: Port
    evaluation: Port
    backward: Port


@final
class Block:
    """A learner with its ports; weights in full-scale weights, results in those of the layer."""

    def __init__(self, place: Place, cut: Cut, learner: Learner, ports: Ports, scale: float) -> None:
        self.place, self.cut, self.learner, self.ports, self.scale = place, cut, learner, ports, scale
        self._turned: Floats | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.cut.rows[1] - self.cut.rows[0], self.cut.columns[1] - self.cut.columns[0]

    def forward(self, x: Floats, at: Pass, words: Words) -> Floats:
        """Vectors x (n, rows of the whole matrix) -> (n, columns of the block)."""
        port = self.ports.forward if at.moment is None else self.ports.evaluation
        x = x[:, self.cut.rows[0] : self.cut.rows[1]]
        result = port.product(x, self.learner.weights, self.scale, *words, watched=at.watch is not None)
        if at.watch is not None:
            at.watch.product(self.place, False, result)
        return result.y

    def backward(self, d: Floats, at: Pass, words: Words) -> Floats:
        """Errors d (n, columns of the whole matrix) -> (n, rows of the block)."""
        if self._turned is None:
            self._turned = np.ascontiguousarray(self.learner.weights.T)
        d = d[:, self.cut.columns[0] : self.cut.columns[1]]
        result = self.ports.backward.product(d, self._turned, self.scale, *words, watched=at.watch is not None)
        if at.watch is not None:
            at.watch.product(self.place, True, result)
        return result.y

    def learn(self, x: Floats, d: Floats, rate: float, at: Pass) -> Activity:
        """Move the weights along the vectors x, d of the whole matrix, (samples * vectors, rows and columns)."""
        self._turned = None
        x, d = x[:, self.cut.rows[0] : self.cut.rows[1]], d[:, self.cut.columns[0] : self.cut.columns[1]]
        done = self._updated(x, d, rate / self.scale, at)
        self.learner.pause(at.first)
        return done

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what the learner's `state` gave."""
        self._turned = None
        self.learner.restore(state)

    def _updated(self, x: Floats, d: Floats, rate: float, at: Pass) -> Activity:
        each = len(x) // at.count
        if at.watch is None:
            return self.learner.update(x, d, rate, at.first * each)
        spans = [slice(i * each, (i + 1) * each) for i in range(at.count)]
        activities = [self.learner.update(x[span], d[span], rate, at.first * each + span.start) for span in spans]
        at.watch.update(self.place, activities)
        return reduce(Activity.merged, activities[1:], activities[0])
