"""Phase-change memory as programmed for the ResNet experiments of Joshi et al.: iteratively, on the 90 nm array.

    sigma_p = k_p (0.28638599 uS + 0.07585724 g - 0.00178767 g**2 / uS)

sigma_p standard deviation of the programming error (S); g target conductance (S); k_p scale. Drift and 1/f noise follow the laws
of `phase_change.py` with the moments of type `pcm` at x = g / 25 uS: the paper measured the same array, but the coefficients of
its drift and noise are not in the sources at hand, so those of Nandakumar et al. are used. t0 = 27.36 s, the time of the
first reading after programming.

References: V. Joshi et al., Nature Communications 11, 2473, 2020, DOI 10.1038/s41467-020-16108-9, Fig. 3b (eleven levels, a
quadratic fit as published with CrossSim); S. R. Nandakumar et al., ICECS 2019, DOI 10.1109/ICECS46596.2019.8964852 (the rest).
Valid for g up to 25 uS (enforced). A smaller g_max uses the lower part of the fit; nothing is rescaled, unlike in type `pcm`.
Not modelled: the 0.9 % of devices that did not converge; see also `phase_change.py`.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Floats
from chipsim.devices.pcm import PCM, of_joshi
from chipsim.devices.phase_change import PhaseChange, polynomial
from chipsim.devices.published import PublishedPoint
from chipsim.spec import check, key
from chipsim.units import Conductance, Time

LARGEST = 25e-6
PROGRAMMING = (0.28638599, 0.07585724, -0.00178767)  # in uS, for g in uS
FAMILY = PCM()  # drift and 1/f noise of the same array


@final
class PCMJoshi(PhaseChange, type="pcm-joshi"):
    """One phase-change device of the 90 nm array, written by iterative program-and-verify."""

    cites = ("joshi2020", "crosssim", "nandakumar2019")

    g_max: Conductance = key(
        "largest conductance that is programmed",
        default=LARGEST,
        gt=0,
        source="Joshi et al. 2020, doi:10.1038/s41467-020-16108-9",
    )
    drift_start: Time = key(
        "time of the first reading, t0", default=27.36, gt=0, source="Joshi et al. 2020, as stated with CrossSim's fit"
    )

    @check
    def _range_is_characterised(self) -> Self:
        self._confine(0.0, LARGEST, "the range of the fit")
        return self

    @property
    def first_reading(self) -> float:
        return self.drift_start

    @property
    def reading(self) -> float:
        return FAMILY.reading

    @property
    def published(self) -> tuple[PublishedPoint, ...]:
        return of_joshi(self, "calibrated")

    def programming_sigma(self, target: ArrayLike) -> Floats:
        siemens = np.asarray(target, np.float32)
        return np.float32(1e-6 * self.program_scale) * polynomial(PROGRAMMING, siemens * np.float32(1e6))

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * FAMILY.exponent_mean(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * FAMILY.exponent_sigma(target)

    def relative_noise(self, state: Floats) -> Floats:
        return FAMILY.relative_noise(state * np.float32(self.g_max / LARGEST))
