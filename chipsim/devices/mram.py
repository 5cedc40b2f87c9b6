"""Magnetic tunnel junctions as binary conductances: parallel (high) or antiparallel (low), written with a chance of failure.

    g = G exp(-s xi),    G = g_max (parallel) or g_min = g_max / (1 + TMR) (antiparallel); the wrong one with probability p

g conductance (S); TMR = (R_ap - R_p) / R_p resistance ratio; s relative spread of the resistance between devices, the same factor
in both states, because the barrier's thickness sets it; xi standard normal, p write error rate. Arrays of any shape. A junction
holds its state: no drift.

A target between the two states is refused: binarise or bit-slice the weights, or set `between_states: nearest` to round.
A crossbar adds the currents of a column, hence the conductances: with a differential pair, weights -1 and +1 are a parallel junction on
one side and an antiparallel one on the other, and the spread of the resistance enters as the spread of g above. The array of the
reference connects junctions in series and adds their resistances to save current (`sensing: resistance` of the array). For binary weights
both sums are straight lines in the number of matches, but the errors are not the same: the sum of resistances is ruled by the
antiparallel junctions, and what junctions have amiss in common shifts a whole column.

References: S. Jung et al., Nature 601, 211, 2022, DOI 10.1038/s41586-021-04196-6 (64x64 junctions, 28 nm, binary). Its
resistances, spread and error rate are not in the sources at hand: g_max, tmr, spread and write_error_rate are assumed.
Valid for every time from 0 on. Not modelled: retention loss, read disturb, read noise, bias dependence of the TMR, temperature.
"""

from __future__ import annotations

from typing import Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.devices.device import ROUNDING, Device, Floats, Programmed
from chipsim.devices.elementwise import nothing_like, zeros_like
from chipsim.devices.moments import Moments, Numbers, power, product
from chipsim.devices.pulse import Pulse
from chipsim.errors import InputError
from chipsim.kernels.philox import normal, uniform
from chipsim.spec import check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, show

Mask = NDArray[np.bool_]
FINER = 2.0**-24  # step of the generator's uniforms; a second one below it resolves small error rates


@final
class MRAM(Device, type="mram"):
    """One magnetic tunnel junction, a binary conductance."""

    cites = ("jung2022",)

    g_max: Conductance = key("conductance of the parallel state", default=100e-6, gt=0, source="assumed")
    g_min: Conductance = key("conductance of the antiparallel state; where not given, g_max / (1 + tmr)", default=0.0, ge=0)
    tmr: float = key("resistance ratio (R_ap - R_p) / R_p", default=1.5, gt=0, source="assumed")
    spread: float = key("relative standard deviation of a resistance between devices", default=0.05, ge=0, lt=1, source="assumed")
    write_error_rate: float = key("probability that a write leaves the other state", default=1e-6, ge=0, le=0.5, source="assumed")
    pulse: Pulse = key("duration and energy of a write; its outcome is one of the two states", default=Pulse())
    program_scale: float = key("factor on spread and write error rate (1 = as described, 0 = off)", default=1.0, ge=0)
    between_states: Literal["refuse", "nearest"] = key(
        "a target between the two states: refuse it, or write the nearer state", default="refuse"
    )

    @check
    def _low_state_follows(self) -> Self:
        low = self.g_max / (1 + self.tmr)
        if "g_min" not in self.model_fields_set:
            object.__setattr__(self, "g_min", low)  # a frozen Spec is still being made here
        if abs(self.g_min - low) > 1e-6 * low:
            raise ValueError(
                f"g_min {show(self.g_min, 'S')} contradicts g_max / (1 + tmr) = {show(low, 'S')}; leave g_min out or change tmr"
            )
        if self.write_error_rate * self.program_scale > 0.5:
            raise ValueError(f"program_scale {self.program_scale} lifts the write error rate above 0.5; lower it")
        return self

    @check
    def _pulses_are_writes(self) -> Self:
        self._complete_pulse(spread=0.0, floor=0.0)
        if self.pulse.spread > 0 or self.pulse.floor > 0:
            raise ValueError(
                f"pulse: spread {self.pulse.spread:g} and floor {self.pulse.floor:g}; expected 0 and 0, as a write ends in one of "
                "the two states; leave them out and set spread or write_error_rate of the junction"
            )
        return self

    @property
    def states(self) -> tuple[float, ...]:
        return (self.g_min, self.g_max)

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        high = self._is_parallel(self._targets(target))
        high = high ^ self._failing(high.shape, stream)
        conductance = self._state(high)
        if self.program_scale * self.spread > 0:
            scatter = normal(high.shape, stream.child("programming").key)
            conductance = conductance * np.exp(np.float32(-self.program_scale * self.spread) * scatter)
        return Programmed(conductance, nothing_like(conductance), (high,))

    def pulsed(self, programmed: Programmed, change: ArrayLike, stream: Stream) -> Programmed:
        """The array after one pulse on each junction: a change above 0 writes the parallel state, below 0 the other, 0 none.

        The size of the change means nothing, so a loop should leave junctions alone that are in their state but off by their own
        spread. A junction that is in the wanted state stays as it is, and so does one whose write fails. Failures come from the stream
        `write error`; element i uses number i. InputError when a change is not finite.
        """
        (high,) = programmed.memory
        wanted = self._change(change, high.shape)
        switching = np.where(wanted > 0, ~high, high & (wanted < 0)) & ~self._failing(high.shape, stream)
        other: Floats = programmed.conductance * (self._state(~high) / self._state(high))  # its barrier stays what it is
        return programmed.rewritten(switching, Programmed(other, programmed.exponent, (~high,)))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return programmed.conductance.copy()

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return nothing_like(programmed.conductance)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        """Of the whole error: the spread of either state and the jump of a failed write."""
        _, variance = self._written(np.asarray(target, np.float32))
        return np.asarray(np.sqrt(variance), np.float32)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        self._age(time)
        mean, variance = self._written(self._targets(target))
        return Moments(mean, np.sqrt(variance), np.zeros(mean.shape))

    def _written(self, goal: Floats) -> tuple[Numbers, Numbers]:
        """Mean (S) and variance (S^2) of junctions after a write."""
        high = self._is_parallel(goal)
        right, wrong = np.where(high, self.g_max, self.g_min), np.where(high, self.g_min, self.g_max)
        failing, width = self.write_error_rate * self.program_scale, self.program_scale * self.spread
        state = (1 - failing) * right + failing * wrong, failing * (1 - failing) * (right - wrong) ** 2
        return product(state, power(0.0, width, 1.0))

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def _failing(self, shape: tuple[int, ...], stream: Stream) -> Mask:
        """Which writes fail."""
        rate = self.write_error_rate * self.program_scale
        if rate == 0:
            return np.zeros(shape, np.bool_)
        key = stream.child("write error").key
        return np.asarray(uniform(shape, key) + FINER * uniform(shape, key, c1=1).astype(np.float64) < rate)

    def _state(self, high: Mask) -> Floats:
        """Conductance (S) of junctions without spread."""
        return np.where(high, np.float32(self.g_max), np.float32(self.g_min))

    def _is_parallel(self, goal: Floats) -> Mask:
        """Which targets mean the parallel state; InputError when one means neither."""
        away = np.minimum(np.abs(goal - np.float32(self.g_min)), np.abs(goal - np.float32(self.g_max)))
        between = away > ROUNDING * self.g_max
        if self.between_states == "refuse" and between.any():
            worst = float(goal.flat[int(np.argmax(away))])
            raise InputError(
                f"MRAM.program: target {show(worst, 'S')} ({int(between.sum())} of {goal.size} are between the states); "
                f"expected {show(self.g_min, 'S')} or {show(self.g_max, 'S')}; binarise or bit-slice the weights, or set "
                "between_states: nearest"
            )
        return np.asarray(goal > np.float32((self.g_min + self.g_max) / 2))
