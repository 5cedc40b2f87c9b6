"""What travels between stages: one unit of a tensor, with its values and the times of its first and last vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@final
@dataclass(frozen=True)
class Token:
    """Unit `unit` of sample `sample`: values (vectors, channels), ready between `first` and `last` (ps)."""

    sample: int
    unit: int
    values: Floats
    first: int
    last: int

    def at(self, first: int, last: int) -> Token:
        """The same values at other times."""
        return Token(self.sample, self.unit, self.values, first, last)

    def of(self, channels: slice) -> Token:
        """The same unit with some of its channels."""
        return Token(self.sample, self.unit, self.values[:, channels], self.first, self.last)


def time_of(first: int, last: int, vector: int, vectors: int) -> int:
    """When vector number `vector` of a unit is there: evenly between the two time stamps, rounded up."""
    return last if vectors < 2 else first - (-(last - first) * vector // (vectors - 1))
