"""Resistive memory (130 nm HfOx) of the NeuRRAM chip: spread around the target 1 s, 1 day and 2 days after write-verify.

    b_t = 0,    s_t = (g_max / 40 uS) (c0 + c1 x + c2 x**2 + c3 x**3 + c4 x**4),    x = T / g_max

in the law of `perturbed.py`, T target (S); c0 to c4 in uS from one row of the table for each time. The spread is that around the
target, programming included; the row of 1 s stands for all times up to 1 s, because nothing was measured earlier.

Reference: W. Wan et al., Nature 608, 504, 2022, DOI 10.1038/s41586-022-04992-8, Extended Data Fig. 3d; coefficients as fitted in
IBM's open analog hardware toolkit for g_max = 40 uS.
Valid for g_max up to 40 uS (enforced), at 1 s, 1 d and 2 d; times between are refused, or with `between: interpolate` taken
linearly in ln t; later times are refused. A smaller g_max scales s_t in proportion.
Not modelled: read noise (no separate data), temperature, the cells that fail to converge.
"""

from __future__ import annotations

from typing import Literal, Self, final

import numpy as np

from chipsim.devices.device import DAY, Age, Floats, Times
from chipsim.devices.perturbed import Perturbed
from chipsim.devices.phase_change import polynomial
from chipsim.spec import check, key
from chipsim.units import Conductance

FITTED_AT = 40e-6
SPREAD = {
    1.0: (0.348e-6, 16.030e-6, -43.853e-6, 45.393e-6, -16.815e-6),
    DAY: (0.701e-6, 22.086e-6, -50.773e-6, 47.095e-6, -16.458e-6),
    2 * DAY: (0.782e-6, 20.274e-6, -43.507e-6, 37.062e-6, -11.934e-6),
}


@final
class RRAMWan2022(Perturbed, type="rram-wan2022"):
    """One resistive cell of the NeuRRAM chip after write-verify, for two days."""

    cites = ("wan2022", "rasch2021")

    g_max: Conductance = key(
        "largest conductance that is programmed",
        default=FITTED_AT,
        gt=0,
        source="Wan et al. 2022, doi:10.1038/s41586-022-04992-8",
    )
    between: Literal["refuse", "interpolate"] = key(
        "times that were not measured, up to 2 days: refuse them, or interpolate the spread linearly in ln t", default="refuse"
    )

    @check
    def _range_is_characterised(self) -> Self:
        self._confine(0.0, FITTED_AT, "the range of the fit")
        return self

    @property
    def covered(self) -> Times:
        if self.between == "interpolate":
            return Times(last=2 * DAY, way_out="nothing was measured later; ask for an earlier time")
        return Times(only=tuple(SPREAD), way_out="ask for one of these, or set between: interpolate for times up to 2 d")

    def measured_sigma(self, target: Floats, time: Age) -> Floats:
        at = np.log(np.maximum(time, 1.0))
        columns = zip(*SPREAD.values(), strict=True)
        coefficients = tuple(np.interp(at, np.log(list(SPREAD)), column) for column in columns)
        return np.float32(self.g_max / FITTED_AT) * polynomial(coefficients, target / np.float32(self.g_max))
