"""Devices whose steps are a power of what is left of their range:

    f_up = up ((high - v) / (high - low))**e_up,       e_up   = gamma |1 + spread xi + asymmetry + asymmetry_spread xi'|
    f_down = down ((v - low) / (high - low))**e_down,  e_down = gamma |1 + spread xi - asymmetry - asymmetry_spread xi'|

gamma = `power`, spread = `power_spread` and so on; xi is the same for up and down of a cell. Symbols, shapes and noise: response.py.
Reference: M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import POWER, Law, PulsedCells
from chipsim.responses.response import TOOLKIT, Draw, Response
from chipsim.spec import key


@final
class PowerStep(Response, type="power_step"):
    """Steps that are a power of what is left of the range of each device."""

    cites = ("rasch2021",)

    power: float = key("mean exponent", default=1.0, ge=0, source=TOOLKIT)
    power_spread: float = key("relative standard deviation of it between devices", default=0.1, ge=0, source=TOOLKIT)
    power_asymmetry: float = key("mean relative difference of the up exponent from it, opposite for down", default=0.0, source=TOOLKIT)
    power_asymmetry_spread: float = key("standard deviation of this difference between devices", default=0.0, ge=0, source=TOOLKIT)

    @property
    def law(self) -> Law:
        relative, fixed = self._noise()
        return Law(POWER, relative=relative, fixed=fixed, write_noise=self.write_noise * self.step)

    def _cells(self, draw: Draw) -> PulsedCells:
        common = 1 + np.float32(self.power_spread) * draw("power")
        apart = np.float32(self.power_asymmetry) + np.float32(self.power_asymmetry_spread) * draw("power asymmetry")
        up, down = (np.float32(self.power) * np.abs(common + side * apart) for side in (1, -1))
        return super()._cells(draw)._replace(up_shape=up, down_shape=down)
