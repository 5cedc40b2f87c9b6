"""Devices known by their mean and spread around the target at a few times, and by nothing else.

    g(t) = max(T + k_d b_t + k_p s xi, 0),    s = s_0 + k_d (s_t - s_0)

g conductance (S); T target (S); t time since the end of programming (s); b_t, s_t mean and standard deviation (S) of g - T that a
source gives, as functions of T, for devices read at t, b_0 = 0; xi one standard normal for each device; k_p, k_d scales of the
error and of what time adds to mean and error (1 as measured, 0 off). Arrays of any shape; T and xi are the memory of a device.

Sources of this kind give histograms at each time, not histories: nothing says how the devices of one histogram moved to the
next. xi is therefore drawn once for each device and kept, so that every device has one history, the order in which times are
asked for changes nothing, and mean and standard deviation at each time are the published ones. The other extreme, a new xi for
every time, would let the error average out over time, which no source shows.
Not modelled: read noise, unless a member adds it; temperature; correlation between devices.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed, nothing_like, positive, zeros_like
from chipsim.kernels.philox import normal
from chipsim.spec import key
from chipsim.streams import Stream


class Perturbed(Device):
    """Root of devices with a measured mean and spread around the target at each time."""

    program_scale: float = key("factor on the error around the mean (1 = as measured, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on what time adds to mean and error (1 = as measured, 0 = off)", default=1.0, ge=0)

    @abstractmethod
    def measured_sigma(self, target: Floats, time: float) -> Floats:
        """Standard deviation (S) at `time` (covered) of devices programmed to `target`."""

    def measured_shift(self, target: Floats, time: float) -> Floats:
        """Mean (S) at `time` > 0 (covered) of the difference to `target`; zero, unless a member says otherwise."""
        return nothing_like(target)

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = self._targets(target)
        scatter = normal(goal.shape, stream.child("programming").key) if self.program_scale > 0 else nothing_like(goal)
        return Programmed(self._state(goal, scatter, 0.0), nothing_like(goal), (goal, scatter))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        goal, scatter = programmed.memory
        return self._state(goal, scatter, self._age(time))

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return nothing_like(programmed.conductance)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        sigma: Floats = np.float32(self.program_scale) * self.measured_sigma(np.asarray(target, np.float32), 0.0)
        return sigma

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def _state(self, goal: Floats, scatter: Floats, time: float) -> Floats:
        mean = goal
        if time > 0 and self.drift_scale > 0:
            mean = mean + np.float32(self.drift_scale) * self.measured_shift(goal, time)
        if self.program_scale > 0:
            mean = mean + np.float32(self.program_scale) * self._sigma(goal, time) * scatter
        return positive(mean)

    def _sigma(self, goal: Floats, time: float) -> Floats:
        """Standard deviation at `time`, with what time adds scaled."""
        if time == 0 or self.drift_scale == 0:
            return self.measured_sigma(goal, 0.0)
        now = self.measured_sigma(goal, time)
        if self.drift_scale == 1:
            return now
        before = self.measured_sigma(goal, 0.0)
        return before + np.float32(self.drift_scale) * (now - before)
