"""Devices known by their mean and spread around the target at a few times, and by nothing else.

    g(t) = max(T + o + k_d b_t + k_p s xi, 0),    s = s_0 + k_d (s_t - s_0)

g conductance (S); T target (S); o offset (S), 0 for devices written at once; t time since the device was written (s), except in
members that know single times only: for them it counts from the end of programming, and `early` is left aside; b_t, s_t mean and
standard deviation (S) of g - T that a source gives, as functions of T, for devices read at t, b_0 = 0; xi one standard normal for
each device; k_p, k_d scales of the error and of what time adds to mean and error (1 as measured, 0 off). Arrays of any shape; T,
xi and o are the memory of a device.

Sources of this kind give histograms at each time, not histories: nothing says how the devices of one histogram moved to the
next. xi is therefore drawn once for each device and kept, so that every device has one history, the order in which times are
asked for changes nothing, and mean and standard deviation at each time are the published ones. The other extreme, a new xi for
every time, would let the error average out over time, which no source shows.
A pulse leaves a device at a conductance g' that is known. From there it goes on as the law's devices do: with T = g', a new xi and
o = -k_p s_0 xi, so that its change in time is k_d (b_t + k_p (s_t - s_0) xi).
Not modelled: read noise, unless a member adds it; temperature; correlation between devices.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Age, Device, Floats, Programmed
from chipsim.devices.elementwise import in_pieces, nothing_like, positive, zeros_like
from chipsim.devices.moments import Moments, Numbers, expectation, rectified
from chipsim.kernels.philox import normal
from chipsim.spec import key
from chipsim.streams import Stream


class Perturbed(Device):
    """Root of devices with a measured mean and spread around the target at each time."""

    program_scale: float = key("factor on the error around the mean (1 = as measured, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on what time adds to mean and error (1 = as measured, 0 = off)", default=1.0, ge=0)

    @abstractmethod
    def measured_sigma(self, target: Floats, time: Age) -> Floats:
        """Standard deviation (S) at `time` (s, covered; one for all devices or one for each) of devices written to `target`."""

    def measured_shift(self, target: Floats, time: Age) -> Floats:
        """Mean (S) at `time` (likewise) of the difference to `target`; 0 at 0, and always unless a member says otherwise."""
        return nothing_like(target)

    def read_noise(self, conductance: Floats) -> Floats:
        """Standard deviation (S) of a reading of devices at `conductance`; zero, unless a member has read noise."""
        return nothing_like(conductance)

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = self._targets(target)
        scatter = normal(goal.shape, stream.child("programming").key) if self.program_scale > 0 else nothing_like(goal)
        offset = nothing_like(goal)
        return Programmed(self._state(goal, scatter, offset, 0.0), nothing_like(goal), (goal, scatter, offset))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        age = float(self._age(time)) if self.covered.only else self._ages(programmed, time)
        goal, scatter, offset = programmed.memory
        return self._state(goal, scatter, offset, age)

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return nothing_like(programmed.conductance)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        goal, age = self._targets(target), float(self._age(time))
        middle, sigma = self._middle(goal, age), np.float32(self.program_scale) * self._sigma(goal, age)
        mean, variance = rectified(middle, sigma)
        return Moments(mean, np.sqrt(variance), np.sqrt(expectation(self._square_of_noise, middle, sigma)))

    def _square_of_noise(self, conductance: Numbers) -> Numbers:
        return self.read_noise(conductance.astype(np.float32)).astype(np.float64) ** 2

    def programming_sigma(self, target: ArrayLike) -> Floats:
        sigma: Floats = np.float32(self.program_scale) * self.measured_sigma(np.asarray(target, np.float32), 0.0)
        return sigma

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        scatter = normal(conductance.shape, stream.child("drift").key) if self.program_scale > 0 else nothing_like(conductance)
        offset = in_pieces(lambda goal, xi: -self.programming_sigma(goal) * xi, conductance, scatter)
        state = self._state(conductance, scatter, offset, 0.0)
        return Programmed(state, nothing_like(state), (conductance, scatter, offset))

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def _state(self, goal: Floats, scatter: Floats, offset: Floats, time: Age) -> Floats:
        return in_pieces(self._law, goal, scatter, offset, time)

    def _law(self, goal: Floats, scatter: Floats, offset: Floats, time: Age) -> Floats:
        mean = self._middle(goal, time) + offset
        if self.program_scale > 0:
            mean = mean + np.float32(self.program_scale) * self._sigma(goal, time) * scatter
        return positive(mean)

    def _middle(self, goal: Floats, time: Age) -> Floats:
        """Mean at `time` before what is below zero is cut off."""
        if not np.any(time) or self.drift_scale == 0:
            return goal
        return goal + np.float32(self.drift_scale) * self.measured_shift(goal, time)

    def _sigma(self, goal: Floats, time: Age) -> Floats:
        """Standard deviation at `time`, with what time adds scaled."""
        if not np.any(time) or self.drift_scale == 0:
            return self.measured_sigma(goal, 0.0)
        now = self.measured_sigma(goal, time)
        if self.drift_scale == 1:
            return now
        before = self.measured_sigma(goal, 0.0)
        return before + np.float32(self.drift_scale) * (now - before)
