"""Charge-trap flash (SONOS, 40 nm, read in the subthreshold regime): programming, five days of drift, read noise.

    drift, spread   b_t = P_t(I) / V,    s_t = A_t (1 - exp(-(I + P_t(I)) / B_t)) / V,    I = T V
    read noise      sigma = k_r 12.58037 nA (1 - exp(-g(t) V / 215.36557 nA)) / V

b_t, s_t in the law of `perturbed.py`; T target, g conductance (S); I target current (A); V = `read_voltage`, the drain-source
voltage that turns currents into conductances (V); P_t polynomial of degree 10 in I, different for each day, zero at programming;
A_t, B_t (A) from a table; k_r scale. Between days the coefficients, A and B are interpolated linearly in t. The drift depends
on the state: weak currents grow, strong ones fall by 1 to 3 %.

References: V. Agrawal et al., IEDM 2022, paper 21.7, DOI 10.1109/IEDM45625.2022.10019564, Fig. 10a (spread), 10b (mean shift),
11b (read noise), 128,000 devices; fits as published with CrossSim (the
polynomials of its first releases run away beyond 1.5 uA; these are the later ones).
Valid for currents up to 3.2 uA when programmed and up to 1.8 uA at later times, until 5 days (all enforced).
Not modelled: temperature, the transistor's other bias points (one drain-source voltage, one gate voltage), read disturb.
"""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np

from chipsim.devices.device import DAY, Age, Floats, Programmed, Times
from chipsim.devices.elementwise import in_pieces, nothing_like, positive
from chipsim.devices.perturbed import Perturbed
from chipsim.devices.phase_change import polynomial
from chipsim.spec import check, key
from chipsim.units import Conductance, Voltage, show

NANOAMPERE = 1e-9
LARGEST, LARGEST_DRIFTING = 3.2e-6, 1.8e-6  # currents (A)
LAST_DAY = 5
# A_t and B_t in nA on days 0 to 5
SPREAD = (
    (19.88665, 176.3115),
    (25.59102, 186.85544),
    (28.72753, 193.56834),
    (31.04318, 198.90332),
    (33.76214, 204.77023),
    (34.57909, 207.34309),
)
# coefficients of P_t in nA, for I in nA, from the constant, on days 0 to 5
SHIFT = (
    (0.0,) * 11,
    (1.72684e-01, 5.72552e-02, -6.85715e-04, 3.50271e-06, -9.37682e-09, 1.40575e-11,
     -1.19803e-14, 5.41293e-18, -8.85448e-22, -1.66869e-25, 5.95180e-29),
    (2.50712e-01, 6.62195e-02, -6.83218e-04, 2.99442e-06, -6.78255e-09, 7.70482e-12,
     -3.04983e-15, -2.15919e-18, 2.94617e-21, -1.23359e-24, 1.85329e-28),
    (-1.75300e-02, 9.76883e-02, -9.63791e-04, 4.55551e-06, -1.22391e-08, 1.93786e-11,
     -1.85899e-14, 1.07659e-17, -3.58211e-21, 5.96785e-25, -3.30410e-29),
    (4.03338e-02, 1.03111e-01, -1.04740e-03, 4.83961e-06, -1.28132e-08, 1.99484e-11,
     -1.85139e-14, 1.00008e-17, -2.84944e-21, 3.01008e-25, 1.18747e-29),
    (3.19927e-01, 1.06596e-01, -1.04054e-03, 4.50290e-06, -1.10352e-08, 1.56477e-11,
     -1.27592e-14, 5.45513e-18, -7.26841e-22, -2.43893e-25, 7.14608e-29),
)  # fmt: skip
NOISE, NOISE_CURRENT = 12.58037, 215.36557  # nA
SOURCE = "Agrawal et al., IEDM 2022, doi:10.1109/IEDM45625.2022.10019564"


@final
class SONOS(Perturbed, type="flash-sonos"):
    """One charge-trap flash transistor (SONOS, 40 nm), for five days."""

    cites = ("agrawal2022", "crosssim")

    g_max: Conductance = key("largest conductance that is programmed", default=16e-6, gt=0, source=SOURCE)
    read_voltage: Voltage = key(
        "drain-source voltage of a reading, by which currents are divided",
        default=0.1,
        gt=0,
        source="1600 nA are given as 16 uS with CrossSim's fit to Agrawal et al. 2022",
    )
    read_scale: float = key("factor on the read noise (1 = as fitted, 0 = off)", default=1.0, ge=0)

    @check
    def _current_is_characterised(self) -> Self:
        if self.g_max * self.read_voltage > LARGEST * (1 + 1e-9):
            raise ValueError(
                f"g_max {show(self.g_max, 'S')} at {show(self.read_voltage, 'V')} is a current of "
                f"{show(self.g_max * self.read_voltage, 'A')}, above {show(LARGEST, 'A')}, where the fit ends; lower g_max"
            )
        return self

    @property
    def covered(self) -> Times:
        if self.g_max * self.read_voltage > LARGEST_DRIFTING * (1 + 1e-9):
            largest = show(LARGEST_DRIFTING / self.read_voltage, "S")
            return Times(last=0.0, way_out=f"drift was fitted up to {show(LARGEST_DRIFTING, 'A')}; lower g_max to {largest}")
        return Times(last=LAST_DAY * DAY, way_out="nothing was measured later; ask for an earlier time")

    def measured_shift(self, target: Floats, time: Age) -> Floats:
        return self._siemens(self._shift(self._nanoamperes(target), time))

    def measured_sigma(self, target: Floats, time: Age) -> Floats:
        largest, scale = at_day(SPREAD, time)
        current = self._nanoamperes(target)
        return self._siemens(saturating(largest, scale, current + self._shift(current, time)))

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        return in_pieces(self.read_noise, self.mean_at(programmed, time))

    def read_noise(self, conductance: Floats) -> Floats:
        if self.read_scale == 0:
            return nothing_like(conductance)
        return np.float32(self.read_scale) * self._siemens(saturating(NOISE, NOISE_CURRENT, self._nanoamperes(conductance)))

    def _shift(self, current: Floats, time: Age) -> Floats:
        """What `time` adds to the mean current, both in nA."""
        microamperes = tuple(c * 1e3**power for power, c in enumerate(at_day(SHIFT, time)))  # keeps float32 in range
        return polynomial(microamperes, current * np.float32(1e-3))

    def _nanoamperes(self, conductance: Floats) -> Floats:
        return conductance * np.float32(self.read_voltage / NANOAMPERE)

    def _siemens(self, nanoamperes: Floats) -> Floats:
        return nanoamperes * np.float32(NANOAMPERE / self.read_voltage)


def at_day(table: tuple[tuple[float, ...], ...], time: Age) -> list[Any]:
    """The columns of a table with one row for each day, interpolated linearly to `time` (s), one or one of each device."""
    days = np.arange(len(table))
    return [np.interp(np.divide(time, DAY), days, column) for column in np.array(table).T]


def saturating(largest: Any, scale: Any, current: Floats) -> Floats:
    """largest (1 - exp(-current / scale)) for currents from zero, in the unit of the arguments."""
    rest: Floats = np.exp(positive(current) * np.float32(-1 / scale))  # ten times faster than expm1
    return np.float32(largest) * (np.float32(1) - rest)
