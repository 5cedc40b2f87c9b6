"""What rules with a single array have in common: what is seen, stored and forgotten is that array's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import Matrix
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.rule import Learner, State, copied


class OneArray(Learner):
    """Root of learners with one array of devices; `memory` names what is remembered, the array's own state and what is kept beside it."""

    def __init__(self, array: PulsedArray) -> None:
        self.array = array

    @property
    def weights(self) -> Matrix:
        return self.array.weights

    def memory(self) -> State:
        """The arrays themselves that make the state."""
        return self.array.arrays()

    def pause(self, number: int, batches: int = 1) -> None:
        self.array.pause(number, batches)

    def state(self) -> State:
        return {name: array.copy() for name, array in self.memory().items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        copied(state, self.memory())
