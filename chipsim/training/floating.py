"""Weights that learn in floating point: the twin that training on the chip is compared with.

    W <- W + rate x^T d        x (n, rows), d (n, columns), W (rows, columns), float32, the whole mini-batch in one product

The product is one BLAS call, so its last bits depend on the library and on the size of the mini-batch, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.trains import Matrix
from chipsim.training.rules.rule import Activity, Learner, State, copied, vectors


@final
class FloatingPoint(Learner):
    """A matrix of float32 numbers without devices: no pulses, no bounds."""

    def __init__(self, weights: Matrix) -> None:
        self._weights = np.array(weights, np.float32, order="C")

    @property
    def weights(self) -> Matrix:
        return self._weights

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, (self._weights.shape[0], self._weights.shape[1]))
        self._weights += x.T @ (np.float32(rate) * d)
        return Activity(operations=2 * len(x) * self._weights.size)

    def pause(self, number: int, batches: int = 1) -> None:
        """Nothing happens: numbers do not leak."""

    def state(self) -> State:
        return {"weights": self._weights.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        copied(state, {"weights": self._weights})
