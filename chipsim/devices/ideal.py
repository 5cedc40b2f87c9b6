"""A device that keeps exactly the conductance it was told to have.

    g(t) = g_target, for every t

Symbols: g conductance (S), t time since programming (s). Arrays of any shape. Any positive g_max is valid.
A pulse does exactly what it is meant to do within 0 and g_max, unless `pulse` says otherwise.
Not modelled: everything else; it is the reference that other devices are compared with.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed
from chipsim.devices.elementwise import zeros_like
from chipsim.devices.moments import Moments
from chipsim.spec import check
from chipsim.streams import Stream


@final
class Ideal(Device, type="ideal"):
    """No programming error, no drift, no noise."""

    @check
    def _pulse_is_exact(self) -> Self:
        self._complete_pulse(spread=0.0, floor=0.0)
        return self

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        conductance = self._targets(target)
        return Programmed(conductance, zeros_like(conductance))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return programmed.conductance.copy()

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return zeros_like(programmed.conductance)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        self._age(time)
        goal = self._targets(target).astype(np.float64)
        return Moments(goal, np.zeros_like(goal), np.zeros_like(goal))

    def programming_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)
