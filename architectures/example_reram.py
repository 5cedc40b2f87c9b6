"""A resistive memory (ReRAM) as an example of a device that lives outside the package. Its numbers are made up.

    programming   g_p = g exp(k_p s xi)              log-normal: the error grows with the conductance, the median is the target
    retention     g(t) = g_p (1 + t / t0)**-nu,      nu = k_d |m + d xi'|
    read noise    sigma_r(t) = k_r q g(t)

g target conductance (S); t time since programming (s); s, t0, m, d, q keys of the device; xi, xi' standard normals of their own
for every device; k_p, k_d, k_r scales (1 as described, 0 off). Arrays of any shape, one element for each device.

Reference: none; a model of a real device names paper, figure and the range that was measured, and refuses what lies outside.
Not modelled: random telegraph noise, temperature, stuck devices, the time and energy of programming.
"""

from __future__ import annotations

import math
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed
from chipsim.kernels.philox import normal
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.units import Conductance, Time


@final
class ExampleReRAM(Device, type="example-reram"):
    """A ReRAM with log-normal programming error, power-law retention and relative read noise, all made up."""

    g_max: Conductance = key("largest conductance that is programmed", default=50e-6, gt=0, source="assumed")
    spread: float = key("standard deviation of ln(conductance) after programming, s", default=0.1, ge=0, source="assumed")
    retention_start: Time = key("time after which retention loss shows, t0", default=60.0, gt=0, source="assumed")
    exponent: float = key("mean retention exponent, m", default=0.01, ge=0, source="assumed")
    exponent_spread: float = key("standard deviation of the exponent, d", default=0.01, ge=0, source="assumed")
    noise: float = key("relative read noise, q", default=0.01, ge=0, source="assumed")
    program_scale: float = key("factor on the programming error (1 = as described, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on the retention exponent (1 = as described, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as described, 0 = off)", default=1.0, ge=0)

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = self._targets(target)  # float32, refused where outside g_min to g_max
        error = np.float32(self.program_scale * self.spread) * normal(goal.shape, stream.child("programming").key)
        scatter = self.exponent_sigma(goal) * normal(goal.shape, stream.child("drift").key)
        return Programmed(goal * np.exp(error), np.abs(self.exponent_mean(goal) + scatter))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        growth = np.float32(math.log1p(self._age(time) / self.retention_start))  # _age refuses what is no time
        mean: Floats = programmed.conductance * np.exp(-growth * programmed.exponent)
        return mean

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        return np.float32(self.read_scale * self.noise) * self.mean_at(programmed, time)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        variance = (self.program_scale * self.spread) ** 2
        return np.asarray(target, np.float32) * np.float32(math.sqrt(math.exp(variance) * math.expm1(variance)))

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return np.full(np.shape(target), self.drift_scale * self.exponent, np.float32)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return np.full(np.shape(target), self.drift_scale * self.exponent_spread, np.float32)
