"""What devices have in common whose steps fall linearly with the weight:

    f_up = up - q_up v,   f_down = down + q_down v,    q = step of the cell kappa,    granularity = step

    symmetry point    v* = (up - down) / (q_up + q_down)

kappa is what the members differ in. All pulses of a vector are done at once where a pulse hardly ever goes the wrong way, at the bounds
too: noise <= 1/3, and with additive noise noise <= (1 - gamma) / 3, gamma the largest share of a step that is lost at a bound.
A device whose whole range is less than half a step (q > 2) is thrown from bound to bound by any pulse; where pulses are done at once its
q is taken as 2, as their sum would otherwise grow without end before it is cut off. Symbols, shapes and noise: response.py.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from chipsim.kernels.pulsed_update import LINEAR, Law, Matrix, PulsedCells
from chipsim.responses.response import STEADY, Cells, Draw, Response

STEEPEST = 2.0  # slope up to which the sum of pulses that are done at once stays bounded


class Linear(Response):
    """Root of the devices with linear steps."""

    @property
    @abstractmethod
    def largest_loss(self) -> float:
        """Share of a step that is lost at the bound on average, the larger of up and down."""

    @abstractmethod
    def _losses(self, cells: PulsedCells, draw: Draw) -> tuple[Matrix, Matrix]:
        """kappa of every cell, up and down: share of a step that is lost for each unit of the weight."""

    @property
    def law(self) -> Law:
        relative, fixed = self._noise()
        grouped = self.noise <= STEADY * (1 - self.largest_loss if self.additive else 1)
        return Law(LINEAR, relative=relative, fixed=fixed, write_noise=self.write_noise * self.step, grouped=grouped)

    def symmetry_point(self, cells: Cells) -> Matrix:
        point = balance(cells.pulsed)
        reference = cells.pulsed.reference
        return self.confined(cells, point - reference if reference.size else point)

    def _cells(self, draw: Draw) -> PulsedCells:
        cells = super()._cells(draw)
        up, down = self._losses(cells, draw)
        most = np.float32(STEEPEST if self.law.grouped else np.inf)
        return cells._replace(up_shape=np.minimum(cells.up * up, most), down_shape=np.minimum(cells.down * down, most))


def balance(cells: PulsedCells) -> Matrix:
    """v* of every cell; 0 where up and down are equal everywhere, infinite where they are nowhere."""
    excess, slopes = cells.up - cells.down, cells.up_shape + cells.down_shape
    with np.errstate(divide="ignore", invalid="ignore"):
        point: Matrix = np.where(excess == 0, np.float32(0), excess / slopes)
    return point
