"""A resistive memory (ReRAM) as an example of a device that lives outside the package.

    programming   g_p = max(g + k_p sigma(g) xi, 0),   sigma(g) = 1.053 + 0.2374 g - 0.01167 g**2 + 0.0001536 g**3
    retention     g(t) = g_p (1 + t / t0)**-nu,        nu = k_d |m + s xi'|
    read noise    sigma_r(t) = k_r q g(t)

g conductance, in sigma(g) in uS; t time since programming (s); t0, m, s, q keys of the device; xi, xi' standard normals of their
own for every device; k_p, k_d, k_r scales (1 as described, 0 off). Arrays of any shape.

Reference for sigma: W. Wan et al., Nature 608, 504, 2022, DOI 10.1038/s41586-022-04992-8, extended data figure 3, one second after
programming, with the cubic fit of CrossSim (Sandia National Laboratories). Valid up to 39.26 uS (enforced).
Retention and read noise are made up: they show the form, and their numbers are marked as assumed.
Not modelled: random telegraph noise, temperature, stuck devices, the energy of programming.
"""

from __future__ import annotations

import math
from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed
from chipsim.kernels.philox import normal
from chipsim.spec import check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, Time, show

WAN = "Wan et al., Nature 608, 504, 2022, doi:10.1038/s41586-022-04992-8, fit of CrossSim"
LARGEST = 39.26e-6  # end of the fit (S)


@final
class ExampleReRAM(Device, type="example-reram"):
    """A ReRAM with published programming error, and retention and read noise that are made up."""

    g_max: Conductance = key("largest conductance that is programmed", default=30e-6, gt=0, source=WAN)
    retention_start: Time = key("time after which retention loss shows, t0", default=60.0, gt=0, source="assumed")
    retention_mean: float = key("mean retention exponent, m", default=0.005, ge=0, source="assumed")
    retention_spread: float = key("standard deviation of the exponent, s", default=0.005, ge=0, source="assumed")
    noise: float = key("relative read noise, q", default=0.01, ge=0, source="assumed")
    program_scale: float = key("factor on the programming error (1 = as described, 0 = off)", default=1.0, ge=0)
    retention_scale: float = key("factor on the retention exponent (1 = as described, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as described, 0 = off)", default=1.0, ge=0)

    @check
    def _inside_the_fit(self) -> Self:
        if self.g_max > LARGEST:
            raise ValueError(f"g_max {show(self.g_max, 'S')} is above {show(LARGEST, 'S', 4)}, the end of the fit; lower g_max")
        return self

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = self._targets(target)  # float32, refused where outside g_min to g_max
        error = self.programming_sigma(goal) * normal(goal.shape, stream.child("programming").key)
        spread = self.exponent_sigma(goal) * normal(goal.shape, stream.child("drift").key)
        return Programmed(np.maximum(goal + error, np.float32(0)), np.abs(self.exponent_mean(goal) + spread))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        growth = np.float32(math.log1p(self._age(time) / self.retention_start))
        return np.asarray(programmed.conductance * np.exp(-growth * programmed.exponent), np.float32)

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        return np.float32(self.read_scale * self.noise) * self.mean_at(programmed, time)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        g = np.asarray(target, np.float32) * np.float32(1e6)
        fit = np.float32(1.053) + g * (np.float32(0.2374) + g * (np.float32(-0.01167) + g * np.float32(0.0001536)))
        return np.asarray(np.float32(self.program_scale * 1e-6) * fit, np.float32)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return np.full(np.shape(target), self.retention_scale * self.retention_mean, np.float32)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return np.full(np.shape(target), self.retention_scale * self.retention_spread, np.float32)
