"""Devices whose steps follow a table over their range:

    f_up = up T_up(u),    f_down = down T_down(u),    u = (v - low) / (high - low) in [0, 1]

with the entries of each table at equal distances of u, from the lower to the upper bound of the cell, and straight lines between them.
Symbols, shapes and noise: response.py. Reference: M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
"""

from __future__ import annotations

from typing import Self, final

from chipsim.kernels.pulsed_update import PIECEWISE, Law
from chipsim.responses.response import Response
from chipsim.spec import check, key


@final
class PiecewiseStep(Response, type="piecewise_step"):
    """Steps measured at several weights."""

    cites = ("rasch2021",)

    up: tuple[float, ...] = key("up step in units of `step`, from the lower to the upper bound", default=(1.0, 1.0), min_length=2)
    down: tuple[float, ...] = key("down step in units of `step`, from the lower to the upper bound", default=(1.0, 1.0), min_length=2)

    @check
    def _steps_are_steps(self) -> Self:
        for name, table in (("up", self.up), ("down", self.down)):
            if min(table) < 0 or max(table) == 0:
                raise ValueError(f"{name}: steps of {min(table):g} to {max(table):g}; expected 0 or more, and one above 0")
        return self

    @property
    def law(self) -> Law:
        relative, fixed = self._noise()
        mirrored = tuple(reversed(self.down))
        return Law(PIECEWISE, self.up, mirrored, relative, fixed, write_noise=self.write_noise * self.step)
