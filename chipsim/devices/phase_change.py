"""The laws that fits of phase-change memory share: what differs between fits is only how the moments depend on the state.

    programming   g_p  = max(g_target + k_p sigma_p(g_target) xi, 0)
    drift         g(t) = g_p ((t + t0) / t0)**-nu,      nu = k_d |mu(g_target) + s(g_target) xi'|
    1/f noise     sigma(t) = k_r g(t) Q(g_p) sqrt(ln((t + t0 + t_r) / (2 t_r)))

g conductance (S); t time since the end of programming (s); t0 time of the first reading of the fit (s); t_r duration of a
reading (s); sigma_p standard deviation of programming (S); mu, s mean and standard deviation of the exponent before its sign
is dropped; Q relative noise; xi, xi' standard normals of their own for every device; k_p, k_d, k_r scales (1 as fitted,
0 off). Arrays of any shape.

Reference: S. R. Nandakumar et al., "Phase-change memory models for deep learning training and inference", ICECS 2019,
DOI 10.1109/ICECS46596.2019.8964852.
Not modelled: temperature, devices that drift apart from their fit after weeks, stuck devices, correlation between devices.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed, zeros_like
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
        goal = self._targets(target)
        conductance, exponent = goal, self.exponent_mean(goal)
        if self.program_scale > 0:
            error = self.programming_sigma(goal) * normal(goal.shape, stream.child("programming").key)
            conductance = np.maximum(goal + error, np.float32(0))
        if self.drift_scale > 0:
            exponent = np.abs(exponent + self.exponent_sigma(goal) * normal(goal.shape, stream.child("drift").key))
        return Programmed(conductance, exponent)

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        ratio = (self._age(time) + self.first_reading) / self.first_reading
        decay: Floats = np.exp(programmed.exponent * np.float32(-math.log(ratio)))
        mean: Floats = programmed.conductance * decay
        return mean

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        mean = self.mean_at(programmed, time)
        if self.read_scale == 0:
            return zeros_like(mean)
        state = np.maximum(programmed.conductance / np.float32(self.g_max), LEAST_STATE)
        noise: Floats = mean * self.relative_noise(state) * np.float32(self.read_scale * self.accumulation(time))
        return noise

    def accumulation(self, time: float) -> float:
        """Growth of the 1/f noise since programming, sqrt(ln((time + t0 + t_r) / (2 t_r)))."""
        elapsed = self._age(time) + self.first_reading
        return math.sqrt(math.log((elapsed + self.reading) / (2 * self.reading)))

    def _state(self, target: ArrayLike) -> Floats:
        """Target / g_max, kept away from zero."""
        state: Floats = np.maximum(np.asarray(target, np.float32) / np.float32(self.g_max), LEAST_STATE)
        return state


def polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """c0 + c1 x + c2 x**2 + ... in float32."""
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + np.float32(coefficient)
    return total


def clipped_logarithm(slope: float, offset: float, least: float, most: float, x: Floats) -> Floats:
    """slope ln(x) + offset, held between `least` and `most`, in float32."""
    line: Floats = np.float32(slope) * np.log(x) + np.float32(offset)
    return np.clip(line, np.float32(least), np.float32(most))
