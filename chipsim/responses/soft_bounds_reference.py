"""Devices with soft bounds that are read against a reference device beside them:

    w = v - reference,    reference = (v* if `subtract_symmetry_point`, else 0) + reference_mean + reference_spread xi

v follows soft_bounds.py; v* = (up - down) / (up / high + down / |low|) is its symmetry point, so that w = 0 is where alternating pulses
lead, up to the error of the reference. Symbols, shapes and noise: linear_law.py, response.py.

References: N. Gong, M. Rasch et al., IEDM 2022, DOI 10.1109/IEDM45625.2022.10019569 (model and values for two arrays, library entries
`reram-om` and `reram-hfo2`); M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
Not modelled: a reference device that drifts or is noisy when read.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import Matrix, PulsedCells
from chipsim.responses.linear_law import Linear, balance
from chipsim.responses.response import TOOLKIT, Draw
from chipsim.responses.soft_bounds import at_own_bounds
from chipsim.spec import key


@final
class SoftBoundsReference(Linear, type="soft_bounds_reference"):
    """Steps that vanish at the bounds of each device, whose weight is the difference to a reference."""

    cites = ("gong2022", "rasch2021")

    subtract_symmetry_point: bool = key(
        "whether the reference was set to the symmetry point of the device", default=False, source=TOOLKIT
    )
    reference_mean: float = key("mean error of the reference", default=0.0, source=TOOLKIT)
    reference_spread: float = key("standard deviation of it between devices", default=0.05, ge=0, source=TOOLKIT)

    @property
    def largest_loss(self) -> float:
        return 1.0

    def _losses(self, cells: PulsedCells, draw: Draw) -> tuple[Matrix, Matrix]:
        return at_own_bounds(cells)

    def _cells(self, draw: Draw) -> PulsedCells:
        cells = super()._cells(draw)
        error = np.float32(self.reference_mean) + np.float32(self.reference_spread) * draw("reference")
        return cells._replace(reference=balance(cells) + error if self.subtract_symmetry_point else error)
