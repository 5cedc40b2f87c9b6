"""A memory device as pure physics: what a target conductance becomes, and how it changes after programming.

A device keeps no state and no clock: arrays in, arrays out, of any shape, one element per device. Conductances are in
siemens, times in seconds after the end of programming; results are float32.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import normal
from chipsim.spec import Family, check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, show

Floats = NDArray[np.float32]
ROUNDING = 1e-6  # a target may leave the range by this share of g_max: float32 arithmetic cannot do better


class Programmed(NamedTuple):
    """What programming left in an array: conductance (S) and drift exponent of every device, float32, shape of the target."""

    conductance: Floats
    exponent: Floats


class Device(Family):
    """Root of the memory devices."""

    g_max: Conductance = key("largest conductance that is programmed; stands for a weight of 1", default=25e-6, gt=0)
    g_min: Conductance = key("smallest conductance that is programmed; stands for a weight of 0", default=0.0, ge=0)

    @check
    def _range_is_ordered(self) -> Self:
        if self.g_min >= self.g_max:
            raise ValueError(f"g_min {show(self.g_min, 'S')} is not below g_max {show(self.g_max, 'S')}; lower g_min")
        return self

    @abstractmethod
    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        """Conductances and drift exponents after programming to `target` (S, any shape, g_min to g_max).

        The programming error comes from the stream `programming`, the exponent from the stream `drift`; element i of the
        flattened array uses number i. InputError when a target is outside the range.
        """

    @abstractmethod
    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        """Conductance without read noise (S) at `time` after the end of programming; InputError when `time` < 0."""

    @abstractmethod
    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        """Standard deviation of the read noise accumulated up to `time` (S); InputError when `time` < 0."""

    @abstractmethod
    def programming_sigma(self, target: ArrayLike) -> Floats:
        """Standard deviation of the programming error (S) at `target`, before conductances below zero are cut off."""

    @abstractmethod
    def exponent_mean(self, target: ArrayLike) -> Floats:
        """Mean of the drift exponent at `target`, before its sign is dropped."""

    @abstractmethod
    def exponent_sigma(self, target: ArrayLike) -> Floats:
        """Standard deviation of the drift exponent at `target`, before its sign is dropped."""

    def read_at(self, programmed: Programmed, time: float, stream: Stream) -> Floats:
        """One reading (S): the mean plus normal read noise from the stream `read`, never below zero."""
        mean, sigma = self.mean_at(programmed, time), self.read_sigma_at(programmed, time)
        return np.maximum(mean + sigma * normal(mean.shape, stream.child("read").key), np.float32(0))

    def _targets(self, target: ArrayLike) -> Floats:
        """The targets as float32 within [g_min, g_max]; InputError names the worst that is outside."""
        values = np.asarray(target, np.float32)
        slack = ROUNDING * self.g_max
        excess = np.maximum(self.g_min - values, values - self.g_max)
        wrong = ~(excess <= slack)  # catches NaN too
        if wrong.any():
            worst = float(values.flat[int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))])
            raise InputError(
                f"{type(self).__name__}.program: target {show(worst, 'S')} ({int(wrong.sum())} of {values.size} are outside); "
                f"expected {show(self.g_min, 'S')} to {show(self.g_max, 'S')}; scale the weights or raise g_max"
            )
        return np.clip(values, np.float32(self.g_min), np.float32(self.g_max))

    def _age(self, time: float) -> float:
        """`time` when it is a time after programming; InputError otherwise."""
        if not 0 <= time < math.inf:
            raise InputError(
                f"{type(self).__name__}: a read time of {time} s; expected seconds since the end of programming, 0 or more"
            )
        return time


def zeros_like(values: ArrayLike) -> Floats:
    """Float32 zeros in the shape of `values`."""
    return np.zeros(np.shape(values), np.float32)
