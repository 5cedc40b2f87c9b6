"""Direct mapping: every weight becomes its target conductance, written once, with the device's own programming error.

The device model's programming error is the error that is left after the writing scheme of its source (for the PCM fits an
iterative program-and-verify), so this stands for a chip programmed cell by cell with that scheme. Not modelled: its time and
energy.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.crossbar import Crossbar
from chipsim.programming.programmer import Programmer


@final
class OneShot(Programmer, type="one_shot"):
    """Writes each target once."""

    def program(self, crossbar: Crossbar, weights: NDArray[np.float32]) -> None:
        """Write `weights` (rows, columns) into the crossbar."""
        crossbar.program(weights)
