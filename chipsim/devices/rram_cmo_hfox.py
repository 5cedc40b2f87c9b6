"""Filamentary CMO/HfOx resistive memory, from 9 to 88.2 uS: write-verify, relaxation after it, 1/f noise.

    programming   g_p  = T + k_p (c0 + c1 T) xi
    relaxation    g(t) = clip(g_p + k_d (-0.08900206 uS ln t + (0.41183342 + 0.04201137 ln t) uS xi'), 9 uS, 88.2 uS)
    1/f noise     sigma(t) = k_r 0.0277316483 uS log10(g(t) / uS) sqrt(ln((t + t_r) / (2 t_r)))

T target, g conductance (S); t time since the device was written (s); t_r = 1 us; c0, c1 = 0.00081107 uS, 0.00106879 for an
acceptance range of 0.2 % of the target, 0.0112185391 uS, 0.01129027418 for 2 %; xi, xi' standard normals of their own for every
device. xi' is drawn once and kept: the source fits mean and spread of the array at each time, and a device keeps its place in
the distribution. A pulse draws it anew.

References: D. F. Falcone et al., "All-in-one analog AI hardware: on-chip training and inference with conductive-metal-oxide/HfOx
ReRAM devices", 2025, arXiv 2502.04524; coefficients as published by the authors in IBM's open analog hardware toolkit. The
toolkit uses the 0.2 % row unless told otherwise; so does this type.
Valid for 9 to 88.2 uS (enforced, also for what relaxes beyond), at 0, the end of write-verify, and from 1 s on; times between
are refused, because the fit of the spread begins there; a device whose own age is less than 1 s counts as just written. The
relaxation does not depend on the target.
Not modelled: temperature; the short-term noise of a single product.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Age, Device, Floats, Programmed, Times
from chipsim.devices.elementwise import nothing_like, zeros_like
from chipsim.devices.moments import Moments, Numbers, clipped, expectation
from chipsim.kernels.philox import normal
from chipsim.spec import check, key
from chipsim.streams import Stream
from chipsim.units import Conductance

SMALLEST, LARGEST = 9e-6, 88.2e-6
PROGRAMMING = {0.002: (0.00081107e-6, 0.00106879), 0.02: (0.0112185391e-6, 0.01129027418)}
SHIFT = -0.08900206e-6  # of the mean per ln t (S)
SPREAD, SPREAD_GROWTH = 0.41183342e-6, 0.04201137e-6  # at 1 s and per ln t (S)
NOISE, READING = 0.0277316483e-6, 1e-6
SOURCE = "Falcone et al. 2025, arXiv:2502.04524"


@final
class CMOHfOx(Device, type="rram-cmo-hfox"):
    """One CMO/HfOx transistor-resistor cell, relaxing after write-verify."""

    cites = ("falcone2025", "rasch2021")

    g_max: Conductance = key("largest conductance that is programmed", default=LARGEST, gt=0, source=SOURCE)
    g_min: Conductance = key("smallest conductance that is programmed; stands for a weight of 0", default=SMALLEST, source=SOURCE)
    acceptance: float = key("acceptance range of the write-verify loop, as a share of the target: 0.002 or 0.02", default=0.002)
    program_scale: float = key("factor on the programming error (1 = as fitted, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on the relaxation, mean and spread (1 = as fitted, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as fitted, 0 = off)", default=1.0, ge=0)

    @check
    def _is_characterised(self) -> Self:
        self._confine(SMALLEST, LARGEST, "the range of the fit")
        if self.acceptance not in PROGRAMMING:
            raise ValueError(f"acceptance {self.acceptance} was not measured; expected 0.002 (0.2 %) or 0.02 (2 %)")
        return self

    @property
    def covered(self) -> Times:
        return Times(first=1.0, way_out="the relaxation was fitted from 1 s on")

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = conductance = self._targets(target)
        if self.program_scale > 0:
            conductance = goal + self.programming_sigma(goal) * normal(goal.shape, stream.child("programming").key)
        relaxing = self.drift_scale > 0
        scatter = normal(goal.shape, stream.child("drift").key) if relaxing else nothing_like(goal)
        return Programmed(conductance, nothing_like(goal), (scatter,))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        ages = self._ages(programmed, time)
        if np.all(np.less(ages, 1)) or self.drift_scale == 0:
            return programmed.conductance.copy()
        (scatter,) = programmed.memory
        shift, spread = self._relaxation(ages)
        relaxed = np.clip(programmed.conductance + shift + spread * scatter, np.float32(SMALLEST), np.float32(LARGEST))
        return relaxed if isinstance(ages, float) else np.where(ages < 1, programmed.conductance, relaxed)

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        mean = self.mean_at(programmed, time)
        ages = self._ages(programmed, time)
        if np.all(np.less(ages, 1)) or self.read_scale == 0:
            return zeros_like(mean)
        noise = self._growth(ages) * np.log10(mean * np.float32(1e6))
        return noise if isinstance(ages, float) else np.where(ages < 1, np.float32(0), noise)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        age, goal = float(self._age(time)), self._targets(target).astype(np.float64)
        sigma = self.programming_sigma(goal).astype(np.float64)
        mean, variance = goal, sigma * sigma
        if age > 0 and self.drift_scale > 0:
            shift, spread = self._relaxation(age)
            goal, sigma = goal + float(shift), np.hypot(sigma, float(spread))
            mean, variance = clipped(goal, sigma, SMALLEST, LARGEST)
        growth = float(self._growth(age)) if age > 0 else 0.0
        return Moments(mean, np.sqrt(variance), growth * np.sqrt(expectation(_square_of_logarithm, goal, sigma)))

    def _relaxation(self, ages: Age) -> tuple[Floats, Floats]:
        """Mean and standard deviation (S) of what relaxation adds to the conductance, at ages of 1 s and more."""
        passed = np.log(np.maximum(ages, 1), dtype=np.float32)
        spread = np.float32(self.drift_scale) * (np.float32(SPREAD) + np.float32(SPREAD_GROWTH) * passed)
        return np.float32(self.drift_scale * SHIFT) * passed, spread

    def _growth(self, ages: Age) -> Floats:
        """1/f noise (S) for each decade of conductance above 1 uS, at ages of 1 s and more."""
        decades: Floats = np.sqrt(np.log((np.maximum(ages, 1) + READING) / (2 * READING))).astype(np.float32)
        return np.float32(self.read_scale * NOISE) * decades

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        scatter = normal(conductance.shape, stream.child("drift").key) if self.drift_scale > 0 else nothing_like(conductance)
        return Programmed(conductance, nothing_like(conductance), (scatter,))

    def programming_sigma(self, target: ArrayLike) -> Floats:
        constant, slope = PROGRAMMING[self.acceptance]
        sigma: Floats = np.float32(constant) + np.float32(slope) * np.asarray(target, np.float32)
        return np.float32(self.program_scale) * sigma

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)


def _square_of_logarithm(conductance: Numbers) -> Numbers:
    """log10(g / uS)**2 within the range of the fit."""
    result: Numbers = np.log10(np.clip(conductance, SMALLEST, LARGEST) * 1e6) ** 2
    return result
