"""How a vector is brought to the range of the DAC: x / alpha must lie within [-1, 1].

    absolute_maximum   alpha = max |x| of each vector (1 for a zero vector), not above `limit`
    fixed              alpha = `range`, or the layer's own range where its workload brings one (a learned range)
    none               alpha = 1

The result of the product is multiplied with alpha again, in digital. Arrays (vectors, rows).
References: T. Gokmen, M. Onen and W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI 10.3389/fnins.2017.00538 (noise
management); M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (learned ranges).
Not modelled: the energy and time of finding a maximum.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.spec import Family, key

Floats = NDArray[np.float32]


class InputScaling(Family):
    """Root of the ways to find alpha."""

    @abstractmethod
    def factors(self, inputs: Floats, learned: float | None = None) -> Floats:
        """alpha of every vector of `inputs` (vectors, rows) as float32 (vectors,); `learned` is the layer's own range."""


@final
class AbsoluteMaximum(InputScaling, type="absolute_maximum"):
    """Each vector fills the range of the DAC."""

    limit: float | None = key("largest alpha; larger inputs are clipped. Without it nothing is clipped", default=None, gt=0)

    def factors(self, inputs: Floats, learned: float | None = None) -> Floats:
        largest: Floats = np.abs(inputs).max(axis=1, initial=0).astype(np.float32)
        found: Floats = np.where(largest > 0, largest, np.float32(1))
        return found if self.limit is None else np.minimum(found, np.float32(self.limit))


@final
class Fixed(InputScaling, type="fixed"):
    """One range for all vectors of a layer."""

    range: float = key("alpha of layers that bring no range of their own", default=1.0, gt=0)

    def factors(self, inputs: Floats, learned: float | None = None) -> Floats:
        alpha = self.range if learned is None else learned
        if not alpha > 0:
            raise InputError(f"Fixed.factors: a learned input range of {alpha}; expected a positive number; check the workload")
        return np.full(len(inputs), alpha, np.float32)


@final
class Unscaled(InputScaling, type="none"):
    """Inputs are taken as they are and clipped at 1."""

    def factors(self, inputs: Floats, learned: float | None = None) -> Floats:
        return np.ones(len(inputs), np.float32)
