"""The laws that fits of phase-change memory share: what differs between fits is only how the moments depend on the state.

    programming   g_p  = max(g_target + k_p sigma_p(g_target) xi, 0)
    drift         g(t) = g_p ((t + t0) / t0)**-nu,      nu = k_d |mu(g_target) + s(g_target) xi'|
    1/f noise     sigma(t) = k_r g(t) Q(g_p) sqrt(ln((t + t0 + t_r) / (2 t_r)))

g conductance (S); t time since the device was written (s); t0 time of the first reading of the fit (s); t_r duration of a reading
(s); sigma_p standard deviation of programming (S); mu, s mean and standard deviation of the exponent before its sign is dropped;
Q relative noise; xi, xi' standard normals of their own for every device; k_p, k_d, k_r scales (1 as fitted, 0 off). Arrays of
any shape. After a pulse g_target stands for the conductance that it leaves.

Reference: S. R. Nandakumar et al., "Phase-change memory models for deep learning training and inference", ICECS 2019,
DOI 10.1109/ICECS46596.2019.8964852.
Not modelled: temperature, devices that drift apart from their fit after weeks, stuck devices, correlation between devices.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Age, Device, Floats, Programmed
from chipsim.devices.elementwise import at_least, in_pieces, nothing_like, positive, zeros_like
from chipsim.devices.moments import Moments, Numbers, decay, expectation, product, rectified
from chipsim.kernels.philox import normal
from chipsim.spec import check, key
from chipsim.streams import Stream
from chipsim.units import show

LEAST_STATE = np.float32(1e-7)  # logarithms of the state stop here; every fit is flat long before


class PhaseChange(Device):
    """Programming error, drift and accumulated 1/f noise with moments that a fit gives as functions of the state."""

    program_scale: float = key("factor on the programming error (1 = as fitted, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on the drift exponent (1 = as fitted, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as fitted, 0 = off)", default=1.0, ge=0)

    @check
    def _readings_are_short(self) -> Self:
        if self.first_reading < self.reading:
            raise ValueError(
                f"the first reading, {show(self.first_reading, 's')} after programming, is earlier than the end of one reading "
                f"of {show(self.reading, 's')}; raise drift_start"
            )
        return self

    @property
    @abstractmethod
    def first_reading(self) -> float:
        """t0 of the drift law (s)."""

    @property
    @abstractmethod
    def reading(self) -> float:
        """t_r of the 1/f noise (s)."""

    @abstractmethod
    def relative_noise(self, state: Floats) -> Floats:
        """Q of the 1/f noise at conductance / g_max after programming."""

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = conductance = self._targets(target)
        if self.program_scale > 0:
            xi = normal(goal.shape, stream.child("programming").key)
            conductance = in_pieces(self._written, goal, xi, out=xi)
        if self.drift_scale == 0:
            return Programmed(conductance, nothing_like(goal))
        return Programmed(conductance, self._exponents(goal, stream))

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        return Programmed(conductance, self._exponents(conductance, stream))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        if self._age(time) == 0 and programmed.early is None:
            return programmed.conductance.copy()
        return in_pieces(self._mean, programmed.conductance, programmed.exponent, self._ages(programmed, time))

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        ages = self._ages(programmed, time)
        if self.read_scale == 0:
            return zeros_like(programmed.conductance)
        return in_pieces(self._noise, programmed.conductance, programmed.exponent, ages)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        age, goal = self._age(time), self._targets(target)
        sigma, exponent = self.programming_sigma(goal), self.exponent_moments(goal)
        passed = math.log1p(age / self.first_reading)
        mean, variance = product(rectified(goal, sigma), decay(*exponent, passed))
        square, (left, _) = expectation(self._square_of_noise, goal, sigma), decay(*exponent, 2 * passed)
        read = np.sqrt(square * left) * (self.read_scale * self.accumulation(float(age)))
        return Moments(mean, np.sqrt(variance), np.asarray(read, np.float64))

    def _square_of_noise(self, conductance: Numbers) -> Numbers:
        """(g_p Q)**2 (S**2), which drift, the growth of the 1/f noise and its scale multiply."""
        state = at_least(LEAST_STATE, (conductance / self.g_max).astype(np.float32))
        return (conductance * self.relative_noise(state)) ** 2

    def _written(self, goal: Floats, xi: Floats) -> Floats:
        """Conductance (S) after programming, from a standard normal of each device."""
        return positive(goal + self.programming_sigma(goal) * xi)

    def _exponents(self, goal: Floats, stream: Stream) -> Floats:
        """Drift exponents drawn for devices at `goal` (S)."""
        xi = normal(goal.shape, stream.child("drift").key)
        return in_pieces(self._exponent, goal, xi, out=xi)

    def _exponent(self, goal: Floats, xi: Floats) -> Floats:
        """Drift exponent, from a standard normal of each device."""
        mean, sigma = self.exponent_moments(goal)
        return np.abs(mean + sigma * xi)

    def exponent_moments(self, target: Floats) -> tuple[Floats, Floats]:
        """`exponent_mean` and `exponent_sigma`; a member that can save work overrides it."""
        return self.exponent_mean(target), self.exponent_sigma(target)

    def _mean(self, conductance: Floats, exponent: Floats, age: Age) -> Floats:
        """g(t) (S) from g_p and nu."""
        return conductance * power_law(exponent, age, self.first_reading)

    def _noise(self, conductance: Floats, exponent: Floats, age: Age) -> Floats:
        """Standard deviation of the 1/f noise (S) from g_p and nu."""
        state = at_least(LEAST_STATE, conductance / np.float32(self.g_max))
        noise = self._mean(conductance, exponent, age) * self.relative_noise(state)
        return noise * np.float32(self.read_scale * self.accumulation(age))

    def accumulation(self, age: Age) -> Age:
        """Growth of the 1/f noise `age` seconds after programming, sqrt(ln((age + t0 + t_r) / (2 t_r)))."""
        elapsed, twice = self.first_reading + self.reading, 2 * self.reading
        if isinstance(age, float):
            return math.sqrt(math.log((age + elapsed) / twice))
        growth: Floats = np.sqrt(np.log((age + np.float32(elapsed)) * np.float32(1 / twice)))
        return growth

    def _state(self, target: ArrayLike) -> Floats:
        """Target / g_max, kept away from zero."""
        state: Floats = at_least(LEAST_STATE, np.asarray(target, np.float32) / np.float32(self.g_max))
        return state


def power_law(exponent: Floats, age: Age, start: float) -> Floats:
    """((age + start) / start)**-exponent in float32, for one age (s) or one of each device; exactly 1 at an age of 0."""
    passed = np.float32(-math.log1p(age / start)) if isinstance(age, float) else -np.log1p(age * np.float32(1 / start))
    decay: Floats = np.exp(exponent * passed)
    return decay


def polynomial(coefficients: Sequence[Any], x: Floats) -> Floats:
    """c0 + c1 x + c2 x**2 + ... in float32; each coefficient one number, or an array in the shape of x."""
    if len(coefficients) == 1:
        return np.full_like(x, coefficients[0])
    total = np.float32(coefficients[-1]) * x
    for coefficient in reversed(coefficients[1:-1]):
        total = (total + np.float32(coefficient)) * x
    return total + np.float32(coefficients[0])


def clipped_line(slope: float, offset: float, least: float, most: float, x: Floats) -> Floats:
    """slope x + offset, held between `least` and `most`, in float32."""
    line: Floats = np.float32(slope) * x + np.float32(offset)
    return np.clip(line, np.float32(least), np.float32(most))
