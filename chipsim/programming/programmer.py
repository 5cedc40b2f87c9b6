"""The root of the programming algorithms: a matrix of weights in, a programmed crossbar out."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.crossbar import Crossbar
from chipsim.spec import Family


class Programmer(Family):
    """Root of the programming algorithms."""

    @abstractmethod
    def program(self, crossbar: Crossbar, weights: NDArray[np.float32]) -> None:
        """Write `weights` (rows, columns), in units of the layer, into the crossbar."""
