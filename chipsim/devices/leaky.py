"""Devices that are set in steps and leak exponentially to a resting conductance.

    programming   g_p  = max(T + k_p d sqrt(1 / 12 + c**2) xi, 0),    d = (g_max - g_min) / steps
    leak          g(t) = g_rest + (g_p - g_rest) exp(-r t),            r = k_d |1 + s xi'| / lifetime
    read noise    sigma(t) = k_r q g(t)
    pulse         g'   = g + u + sqrt(d**2 / 12 + c**2 d |u|) xi''

g conductance (S); T target (S); t time since the device was written (s); d conductance of one step in a linear, symmetric device
(S); c spread of a step, s spread of the leak rate between devices, q noise of a reading, all relative; u change that a pulse is
meant to make (S); xi, xi', xi'' standard normals of their own for every device; k_p, k_d, k_r scales (1 as described, 0 off).
Arrays of any shape. The rate r (1/s) stands where other devices have their drift exponent; a pulse leaves each device its own.

The programming error is that of a loop that stops at the pulse nearest to the target: a uniform rest of one step, and the
spread of the last pulse. It is our estimate from step and spread; their sum is taken as normal. What counts as one pulse here is
the train of the nearest whole number of steps to u: its error has the same rest, and the spread of |u| / d steps that err
independently. `pulse` may give another rest (its `floor`) and another c (its `spread`); its duration and energy are the train's.
Not modelled: asymmetry between up and down (it costs pulses, not precision), temperature, dielectric absorption.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed
from chipsim.devices.elementwise import nothing_like, positive, zeros_like
from chipsim.devices.moments import Moments, decay, product, rectified
from chipsim.kernels.philox import normal
from chipsim.spec import check, key
from chipsim.streams import Stream


class Leaky(Device):
    """Root of devices with linear, symmetric pulses and an exponential leak."""

    program_scale: float = key("factor on the programming error (1 = as described, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on the leak rate (1 = as described, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as described, 0 = off)", default=1.0, ge=0)
    read_noise: float = key("relative standard deviation of a reading; no source at hand gives one, 0: none", default=0.0, ge=0)

    @check
    def _pulse_follows(self) -> Self:
        step, spread = self.step
        self._complete_pulse(spread=spread, floor=math.sqrt(1 / 12) * step / (self.g_max - self.g_min))
        return self

    @property
    @abstractmethod
    def step(self) -> tuple[float, float]:
        """Conductance of one pulse (S) and its relative standard deviation."""

    @property
    @abstractmethod
    def leak(self) -> tuple[float, float, float]:
        """Resting conductance (S), mean leak rate (1/s) and its relative standard deviation between devices."""

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = conductance = self._targets(target)
        if self.program_scale > 0:
            conductance = positive(goal + self.programming_sigma(goal) * normal(goal.shape, stream.child("programming").key))
        _, rate, spread = self.leak
        if rate * self.drift_scale == 0:
            return Programmed(conductance, nothing_like(goal))
        own = np.abs(1 + np.float32(spread) * normal(goal.shape, stream.child("drift").key))
        return Programmed(conductance, np.float32(self.drift_scale * rate) * own)

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        decay = np.exp(-programmed.exponent * np.float32(self._ages(programmed, time)))
        rest = np.float32(self.leak[0])
        mean: Floats = np.where(decay == 1, programmed.conductance, rest + (programmed.conductance - rest) * decay)
        return mean

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        return np.float32(self.read_scale * self.read_noise) * self.mean_at(programmed, time)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        age, goal = float(self._age(time)), self._targets(target)
        rest, rate, spread = self.leak
        rate = self.drift_scale * rate
        written, variance = rectified(goal, self.programming_sigma(goal))
        away, variance = product((written - rest, variance), decay(rate, rate * spread, age))
        mean = rest + away
        return Moments(mean, np.sqrt(variance), self.read_scale * self.read_noise * np.sqrt(mean * mean + variance))

    def programming_sigma(self, target: ArrayLike) -> Floats:
        pulse, spread = self.step
        sigma = np.float32(self.program_scale * pulse * math.sqrt(1 / 12 + spread**2))
        return zeros_like(target) + sigma

    def pulse_sigma(self, change: ArrayLike) -> Floats:
        step, _ = self.step
        rest, steps = self.pulse.floor * (self.g_max - self.g_min), np.abs(np.asarray(change, np.float32)) / np.float32(step)
        return np.float32(step) * np.sqrt(np.float32((rest / step) ** 2) + np.float32(self.pulse.spread**2) * steps)

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        return Programmed(conductance, programmed.exponent)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        _, rate, _ = self.leak
        return zeros_like(target) + np.float32(self.drift_scale * rate)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        _, rate, spread = self.leak
        return zeros_like(target) + np.float32(self.drift_scale * rate * spread)
