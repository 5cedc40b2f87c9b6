"""Phase-change memory as fitted to one million doped-GST mushroom cells of a 90 nm array.

With x = g / g_max (x of the target, in Q of the programmed conductance):

    sigma_p = (g_max / g_ref) (a0 + a1 x + a2 x**2)          a in S
    mu = clip(m1 ln x + m0, mu_low, mu_high),                s = clip(s1 ln x + s0, s_low, s_high)
    Q  = min(q / x**p, Q_high)

used in the laws of `phase_change.py`, with t0 = 20 s and t_r = 250 ns.

References: S. R. Nandakumar et al., ICECS 2019, DOI 10.1109/ICECS46596.2019.8964852; V. Joshi et al., Nature Communications
11, 2473, 2020, DOI 10.1038/s41467-020-16108-9; coefficients as published by the authors in IBM's open analog hardware toolkit.
Valid for g_max up to 25 uS, the largest conductance of the fit (enforced); a smaller g_max scales sigma_p in proportion, as the
authors do. Fitted from 20 s to about a day after programming; longer times extrapolate the power law.
Not modelled: see `phase_change.py`; besides, reset, set and their energy.
"""

from __future__ import annotations

from typing import Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Floats
from chipsim.devices.elementwise import at_least
from chipsim.devices.phase_change import LEAST_STATE, PhaseChange, clipped_line, polynomial
from chipsim.devices.published import PublishedPoint
from chipsim.spec import check, key
from chipsim.units import Conductance, Time, show

FIT = "Nandakumar et al., ICECS 2019, doi:10.1109/ICECS46596.2019.8964852"


@final
class PCM(PhaseChange, type="pcm"):
    """One phase-change device of the 90 nm array."""

    cites = ("nandakumar2019",)

    g_max: Conductance = key("largest conductance that is programmed", default=25e-6, gt=0, source=FIT)
    fitted_at: Conductance = key(
        "largest conductance of the fit, to which `programming` belongs", default=25e-6, gt=0, source=FIT
    )
    programming: tuple[Conductance, ...] = key(
        "coefficients of the programming error in powers of x, from the constant",
        default=(0.26348e-6, 1.9650e-6, -1.1731e-6),
        min_length=1,
        source=FIT,
    )
    drift_start: Time = key("time of the first reading, t0", default=20.0, gt=0, source=FIT)
    mean_slope: float = key("mean exponent per ln x", default=-0.0155, source=FIT)
    mean_offset: float = key("mean exponent at x = 1 before clipping", default=0.0244, source=FIT)
    mean_low: float = key("smallest mean exponent", default=0.049, ge=0, source=FIT)
    mean_high: float = key("largest mean exponent", default=0.1, ge=0, source=FIT)
    spread_slope: float = key("standard deviation of the exponent per ln x", default=-0.0125, source=FIT)
    spread_offset: float = key("standard deviation of the exponent at x = 1 before clipping", default=-0.0059, source=FIT)
    spread_low: float = key("smallest standard deviation of the exponent", default=0.008, ge=0, source=FIT)
    spread_high: float = key("largest standard deviation of the exponent", default=0.045, ge=0, source=FIT)
    noise: float = key("relative 1/f noise q at x = 1", default=0.0088, ge=0, source=FIT)
    noise_power: float = key("how the relative noise falls with x, p", default=0.65, ge=0, source=FIT)
    noise_high: float = key("largest relative noise", default=0.2, ge=0, source=FIT)
    noise_reading: Time = key("duration of a reading in the noise fit, t_r", default=250e-9, gt=0, source=FIT)

    @check
    def _g_max_is_fitted(self) -> Self:
        if self.g_max > self.fitted_at * (1 + 1e-9):
            limit = show(self.fitted_at, "S")
            raise ValueError(f"g_max {show(self.g_max, 'S')} is above {limit}, where the fit ends; lower g_max")
        return self

    @check
    def _limits_are_ordered(self) -> Self:
        for name in ("mean", "spread"):
            low, high = getattr(self, f"{name}_low"), getattr(self, f"{name}_high")
            if low > high:
                raise ValueError(f"{name}_low {low:g} is above {name}_high {high:g}; exchange them")
        return self

    @check
    def _sigma_is_positive(self) -> Self:
        lowest = float(polynomial(self.programming, np.linspace(0, 1, 101, dtype=np.float32)).min())
        if lowest < 0:
            raise ValueError(f"programming: the polynomial falls to {show(lowest, 'S')} for x in 0 to 1; expected 0 or more")
        return self

    @property
    def first_reading(self) -> float:
        return self.drift_start

    @property
    def reading(self) -> float:
        return self.noise_reading

    @property
    def published(self) -> tuple[PublishedPoint, ...]:
        return of_joshi(self, "predicted")

    def programming_sigma(self, target: ArrayLike) -> Floats:
        state = np.asarray(target, np.float32) / np.float32(self.g_max)
        scale = self.program_scale * self.g_max / self.fitted_at
        return polynomial([scale * coefficient for coefficient in self.programming], state)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return self.exponent_moments(np.asarray(target, np.float32))[0]

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return self.exponent_moments(np.asarray(target, np.float32))[1]

    def exponent_moments(self, target: Floats) -> tuple[Floats, Floats]:
        x, scale = np.log(self._state(target)), self.drift_scale  # one logarithm for both
        mean = clipped_line(scale * self.mean_slope, scale * self.mean_offset, scale * self.mean_low, scale * self.mean_high, x)
        limits = scale * self.spread_low, scale * self.spread_high
        return mean, clipped_line(scale * self.spread_slope, scale * self.spread_offset, *limits, x)

    def relative_noise(self, state: Floats) -> Floats:
        fall: Floats = np.exp(np.float32(-self.noise_power) * np.log(at_least(LEAST_STATE, state)))  # faster than a power
        noise: Floats = np.clip(np.float32(self.noise) * fall, np.float32(0), np.float32(self.noise_high))
        return noise


def of_joshi(device: PhaseChange, relation: Literal["predicted", "calibrated"]) -> tuple[PublishedPoint, ...]:
    """What Joshi et al. 2020 say of eleven levels from 0 to 25 uS of the same array; nothing for another range or a scaled error."""
    if abs(device.g_max - 25e-6) > 1e-12 or device.program_scale != 1:
        return ()
    sigma = device.programming_sigma(np.linspace(0, device.g_max, 11, dtype=np.float32)).astype(float)
    source = "Joshi et al., Nature Communications 11, 2473, 2020, doi:10.1038/s41467-020-16108-9"
    return (
        PublishedPoint("programming error, median of 11 levels", 0.94e-6, 0.94e-6, float(np.median(sigma)), "S", relation, source),
        PublishedPoint("programming error, largest of 11 levels", 0.0, 1.2e-6, float(sigma.max()), "S", relation, source),
    )
