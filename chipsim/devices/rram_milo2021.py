"""Resistive memory (HfO2, 4 kbit array) programmed by incremental gate voltage with verify, from 50 to 225 uS.

    programming   b_0 = 0,    s_0 = 4.782321 uS - 0.009107 T,    in the law of `perturbed.py`
    current       I = g V + N2 V**2 + N3 V**3,    N2 = sum a_i L**i,  N3 = sum b_i L**i,  L = log10(g / S)

T target, g conductance (S); V voltage (V); I current (A). g is the slope of I(V) at V = 0.

Reference: V. Milo et al., IEEE International Reliability Physics Symposium 2021, DOI 10.1109/IRPS46558.2021.9405119, Fig. 4
(algorithm IGVVA-100; linear fit) and Fig. 1 (I-V curves); coefficients as published with CrossSim.
Valid for 50 to 225 uS and, for the current, up to 0.5 V of either sign (both enforced). The I-V curves were measured at 62.5,
76.2, 93.9 and 110 uS; above, the fit runs to a straight line at 225 uS, which is its authors' assumption. The coefficients are
printed with four or five digits and nearly cancel: N2 and N3 are known to about 20 % near 50 uS.
Not modelled: what happens after programming. Times later than 0 are refused unless `retention: constant` assumes that nothing
does; read noise; temperature.
"""

from __future__ import annotations

from typing import Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Age, Floats, Times
from chipsim.devices.perturbed import Perturbed
from chipsim.errors import InputError
from chipsim.spec import check, key
from chipsim.units import Conductance, show

SMALLEST, LARGEST = 50e-6, 225e-6
LARGEST_VOLTAGE = 0.5
QUADRATIC = (7.063e-3, 5.711e-3, 1.541e-3, 1.388e-4)  # a_0 to a_3, A / V^2
CUBIC = (1.2968e-3, 6.7919e-4, 8.8710e-5)  # b_0 to b_2, A / V^3
SOURCE = "Milo et al. 2021, doi:10.1109/IRPS46558.2021.9405119"


@final
class RRAMMilo2021(Perturbed, type="rram-milo2021"):
    """One HfO2 transistor-resistor cell right after programming, with its I-V curve."""

    cites = ("milo2021", "crosssim")

    g_max: Conductance = key("largest conductance that is programmed", default=LARGEST, gt=0, source=SOURCE)
    g_min: Conductance = key("smallest conductance that is programmed; stands for a weight of 0", default=SMALLEST, source=SOURCE)
    retention: Literal["unknown", "constant"] = key(
        "after programming: unknown (later times are refused) or assumed constant", default="unknown"
    )

    @check
    def _range_is_characterised(self) -> Self:
        self._confine(SMALLEST, LARGEST, "the range of the fit")
        return self

    @property
    def covered(self) -> Times:
        if self.retention == "constant":
            return Times()
        return Times(last=0.0, way_out="no retention is published; retention: constant assumes that nothing changes")

    def measured_sigma(self, target: Floats, time: Age) -> Floats:
        return np.float32(4.782321e-6) - np.float32(0.009107) * target

    def current(self, conductance: ArrayLike, voltage: ArrayLike) -> Floats:
        """Current (A); conductances outside the range of the fit take its ends' curvature. InputError beyond 0.5 V."""
        slope, volts = np.asarray(conductance, np.float64), np.asarray(voltage, np.float64)
        if not (np.abs(volts) <= LARGEST_VOLTAGE).all():
            raise InputError(
                f"RRAMMilo2021.current: a voltage of {show(float(np.abs(volts).max()), 'V')}; the curves were measured up to "
                f"{show(LARGEST_VOLTAGE, 'V')} of either sign; read at a lower voltage"
            )
        logarithm = np.log10(np.clip(slope, SMALLEST, LARGEST))
        quadratic, cubic = (np.polynomial.polynomial.polyval(logarithm, np.array(c)) for c in (QUADRATIC, CUBIC))
        return np.asarray(slope * volts + quadratic * volts**2 + cubic * volts**3, np.float32)
