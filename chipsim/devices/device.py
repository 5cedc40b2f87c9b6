"""A memory device as pure physics: what a target conductance becomes, and how it changes after programming.

A device keeps no state and no clock: arrays in, arrays out, of any shape, one element per device. Conductances are in
siemens, times in seconds after the end of programming; results are float32.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import normal
from chipsim.spec import Family, check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, Temperature, show

Floats = NDArray[np.float32]
ROUNDING = 1e-6  # a target may leave the range by this share of g_max: float32 arithmetic cannot do better
DAY = 86400.0


class Programmed(NamedTuple):
    """What programming left in an array, one element per device, in the shape of the target.

    `conductance` (S, float32); `exponent` of the drift law (float32; zero where nothing drifts by a law, in 1/s where the law is
    exponential); `memory`: further arrays that a model keeps of each device, such as its target or the number of its trace.
    """

    conductance: Floats
    exponent: Floats
    memory: tuple[NDArray[Any], ...] = ()

    def rewritten(self, where: ArrayLike, other: Programmed) -> Programmed:
        """This array with the devices at `where` (booleans, same shape) replaced by those of `other`, all they remember too."""
        memory = tuple(np.where(where, new, old) for new, old in zip(other.memory, self.memory, strict=True))
        conductance = np.where(where, other.conductance, self.conductance)
        return Programmed(conductance, np.where(where, other.exponent, self.exponent), memory)


class Times(NamedTuple):
    """The times after programming (s) that a model covers, besides 0, the programmed state.

    From `first` to `last`, or the times in `only` and no others; `way_out` says what to try when another is asked for.
    """

    first: float = 0.0
    last: float = math.inf
    only: tuple[float, ...] = ()
    way_out: str = "ask for a time that was measured"

    def cover(self, time: float) -> bool:
        """Whether the model says something about `time`."""
        return time == 0 or (time in self.only if self.only else self.first <= time <= self.last)

    def __str__(self) -> str:
        if self.only:
            return "0 s, " + ", ".join(map(span, self.only[:-1])) + f" or {span(self.only[-1])}"
        if self.last == 0:
            return "0 s, the moment of programming"
        start = "0 s" if self.first == 0 else f"0 s or {span(self.first)}"
        return f"{start} and later" if self.last == math.inf else f"{start} to {span(self.last)}"


class Device(Family):
    """Root of the memory devices."""

    temperature_is_known: ClassVar[bool] = False  # whether a source gives what the temperature does to this device

    g_max: Conductance = key("largest conductance that is programmed; stands for a weight of 1", default=25e-6, gt=0)
    g_min: Conductance = key("smallest conductance that is programmed; stands for a weight of 0", default=0.0, ge=0)
    temperature: Temperature | None = key(
        "temperature of the devices; refused where no source says what it does to them", default=None, gt=0
    )

    @check
    def _range_is_ordered(self) -> Self:
        if self.g_min >= self.g_max:
            raise ValueError(f"g_min {show(self.g_min, 'S')} is not below g_max {show(self.g_max, 'S')}; lower g_min")
        return self

    @check
    def _temperature_does_something(self) -> Self:
        if self.temperature is not None and not self.temperature_is_known:
            raise ValueError(
                f"temperature {show(self.temperature, 'K')}: no source of type '{self.type_name}' gives what the temperature "
                "does to drift and read noise; leave the key out, or describe devices measured at it (type 'measured')"
            )
        return self

    @property
    def covered(self) -> Times:
        """The times that `mean_at` and `read_sigma_at` answer for; every time, unless a member says otherwise."""
        return Times()

    @property
    def states(self) -> tuple[float, ...]:
        """The only conductances (S) that can be stored, ascending; empty where every value of the range can be."""
        return ()

    @abstractmethod
    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        """Conductances and drift exponents after programming to `target` (S, any shape, g_min to g_max).

        The programming error comes from the stream `programming`, the exponent from the stream `drift`; element i of the
        flattened array uses number i. InputError when a target is outside the range.
        """

    @abstractmethod
    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        """Conductance without read noise (S) at `time` after the end of programming; InputError when `time` is not covered."""

    @abstractmethod
    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        """Standard deviation of the read noise accumulated up to `time` (S); InputError when `time` is not covered."""

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

    def current(self, conductance: ArrayLike, voltage: ArrayLike) -> Floats:
        """Current (A) through devices of `conductance` (S) at `voltage` (V, broadcast): ohmic, unless a member says otherwise."""
        product: Floats = np.asarray(conductance, np.float32) * np.asarray(voltage, np.float32)
        return product

    def _confine(self, lowest: float, highest: float, what: str) -> None:
        """Ends of the range where g_min or g_max is not given; ValueError when they leave `lowest` to `highest` (S), `what`."""
        for name, end in (("g_min", lowest), ("g_max", highest)):
            if name not in self.model_fields_set:
                object.__setattr__(self, name, end)  # a frozen Spec is still being made here
        if self.g_min < lowest * (1 - 1e-9) or self.g_max > highest * (1 + 1e-9) or self.g_min >= self.g_max:
            raise ValueError(
                f"g_min {show(self.g_min, 'S')} to g_max {show(self.g_max, 'S')} is not within {show(lowest, 'S')} to "
                f"{show(highest, 'S')}, {what}; change g_min or g_max"
            )

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
        """`time` when it is a time after programming that the model covers; InputError otherwise."""
        if not 0 <= time < math.inf:
            raise InputError(
                f"{type(self).__name__}: a read time of {time} s; expected seconds since the end of programming, 0 or more"
            )
        if not self.covered.cover(time):
            raise InputError(
                f"{type(self).__name__}: a read time of {span(time)} is not covered; expected {self.covered}; "
                f"{self.covered.way_out}"
            )
        return time


def zeros_like(values: ArrayLike) -> Floats:
    """Float32 zeros in the shape of `values`."""
    return np.zeros(np.shape(values), np.float32)


def nothing_like(values: ArrayLike) -> Floats:
    """Float32 zeros in the shape of `values` that take no memory and cannot be written to."""
    return np.broadcast_to(np.float32(0), np.shape(values))


def positive(values: Floats) -> Floats:
    """`values` with what is below zero cut off: no device conducts backwards."""
    return np.maximum(values, np.float32(0))


def span(time: float) -> str:
    """A time for messages: '2 d' where it is whole days, else seconds with a prefix."""
    return f"{time / DAY:g} d" if time >= DAY and time % DAY == 0 else show(time, "s")
