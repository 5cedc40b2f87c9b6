"""Devices whose steps vanish at their own bounds:

    kappa_up = 1 / high,    kappa_down = 1 / |low|    of the cell:    f_up = up (1 - v / high),   f_down = down (1 - v / low)

n pulses up from v lead on average to high - (high - v) (1 - up / high)**n: the bounds are approached, never reached, and `states` counts
steps of weight 0. Symbols, shapes and noise: linear_law.py, response.py. Reference: M. Rasch et al., AICAS 2021,
DOI 10.1109/AICAS51828.2021.9458494.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import Matrix, PulsedCells
from chipsim.responses.linear_law import Linear
from chipsim.responses.response import Draw

_LEAST = np.float32(1e-6)


def at_own_bounds(cells: PulsedCells) -> tuple[Matrix, Matrix]:
    """kappa of cells whose steps vanish at their bounds."""
    up: Matrix = np.reciprocal(np.maximum(cells.high, _LEAST))
    down: Matrix = np.reciprocal(np.maximum(-cells.low, _LEAST))
    return up, down


@final
class SoftBounds(Linear, type="soft_bounds"):
    """Steps that vanish at the bounds of each device."""

    cites = ("rasch2021",)

    @property
    def largest_loss(self) -> float:
        return 1.0

    def _losses(self, cells: PulsedCells, draw: Draw) -> tuple[Matrix, Matrix]:
        return at_own_bounds(cells)
