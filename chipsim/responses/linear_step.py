"""Devices whose steps become smaller towards a bound, by a part:

    kappa_up = |gamma_up + gamma_up_spread xi| / w_max,    kappa_down = |gamma_down + gamma_down_spread xi| / |w_min|

gamma is the share of a step that is lost on the way from weight 0 to the mean bound (or to the bound of the cell itself, `own_bounds`).
Symbols, shapes and noise: linear_law.py, response.py. Reference: M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import Matrix, PulsedCells
from chipsim.responses.linear_law import Linear
from chipsim.responses.response import TOOLKIT, Draw
from chipsim.spec import key

_LEAST = np.float32(1e-6)  # a bound of 0 gives no slope a meaning


@final
class LinearStep(Linear, type="linear_step"):
    """Steps that fall linearly with the weight, up to hard bounds."""

    cites = ("rasch2021",)

    gamma_up: float = key("share of an up step that is lost at the upper bound", default=0.0, source=TOOLKIT)
    gamma_up_spread: float = key("standard deviation of it between devices", default=0.05, ge=0, source=TOOLKIT)
    gamma_down: float = key("share of a down step that is lost at the lower bound", default=0.0, source=TOOLKIT)
    gamma_down_spread: float = key("standard deviation of it between devices", default=0.05, ge=0, source=TOOLKIT)
    own_bounds: bool = key("whether the bound is that of the cell, not the mean one", default=False, source=TOOLKIT)

    @property
    def largest_loss(self) -> float:
        return min(1.0, max(abs(self.gamma_up), abs(self.gamma_down)))

    def _losses(self, cells: PulsedCells, draw: Draw) -> tuple[Matrix, Matrix]:
        up = np.abs(np.float32(self.gamma_up) + np.float32(self.gamma_up_spread) * draw("gamma up"))
        down = np.abs(np.float32(self.gamma_down) + np.float32(self.gamma_down_spread) * draw("gamma down"))
        if self.own_bounds:
            return up / np.maximum(cells.high, _LEAST), down / np.maximum(-cells.low, _LEAST)
        return up / max(np.float32(self.w_max), _LEAST), down / max(np.float32(-self.w_min), _LEAST)
