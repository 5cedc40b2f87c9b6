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

from chipsim.devices.elementwise import at_least, in_pieces, positive
from chipsim.devices.moments import Moments
from chipsim.devices.published import PublishedPoint
from chipsim.devices.pulse import Pulse
from chipsim.errors import InputError
from chipsim.kernels.philox import normal
from chipsim.spec import Family, check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, Temperature, show

Floats = NDArray[np.float32]
Age = float | Floats  # time since a device was written (s): one for all, or one of each
ROUNDING = 1e-6  # a target may leave the range by this share of g_max: float32 arithmetic cannot do better
DAY = 86400.0
DRAWS = 4096  # devices of which moments are taken where there is no closed form


class Programmed(NamedTuple):
    """What programming left in an array, one element per device, in the shape of the target.

    `conductance` (S, float32); `exponent` of the drift law (float32; zero where nothing drifts by a law, in 1/s where the law is
    exponential); `memory`: further arrays that a model keeps of each device, such as its target or the number of its trace;
    `early`: how long before the end of programming each device was written for the last time (s, float32, 0 or more; None: 0 for
    all), so that its age at `time` after the end of programming is `time` + `early`.
    """

    conductance: Floats
    exponent: Floats
    memory: tuple[NDArray[Any], ...] = ()
    early: Floats | None = None

    def rewritten(self, where: ArrayLike, other: Programmed) -> Programmed:
        """This array with the devices at `where` (booleans, same shape) replaced by those of `other`, all they remember too."""
        memory = tuple(np.where(where, new, old) for new, old in zip(other.memory, self.memory, strict=True))
        conductance = np.where(where, other.conductance, self.conductance)
        early = None
        if self.early is not None or other.early is not None:
            new, old = (np.float32(0) if it.early is None else it.early for it in (other, self))
            early = np.where(where, new, old)
        return Programmed(conductance, np.where(where, other.exponent, self.exponent), memory, early)


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
    pulse: Pulse = key("what one programming pulse does; `program_scale` leaves it alone", default=Pulse())

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

    @property
    def published(self) -> tuple[PublishedPoint, ...]:
        """Published figures that the model can be held against, besides the fit itself; none, unless a member has some."""
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

    def pulsed(self, programmed: Programmed, change: ArrayLike, stream: Stream) -> Programmed:
        """The array after one pulse on each device meant to change its conductance by `change` (S, broadcast to the array).

            g' = clip(g + change + s(change) xi, 0, max(g_max, g)),    s = `pulse_sigma`

        g is the conductance at the end of programming, `mean_at(programmed, 0)`. A pulse lifts no device above g_max, but one
        that a programming error has put there is not cut. A pulsed device starts anew: it drifts from g' with an exponent drawn
        at g', and its `early` is 0. Where `change` is 0 there is no pulse and the device stays as it is, bit for bit. xi comes
        from the stream `pulse`, the exponent from `drift`; element i uses number i. InputError when a change is not finite.
        """
        before = self.mean_at(programmed, 0.0)
        wanted, xi = self._change(change, before.shape), normal(before.shape, stream.child("pulse").key)
        after = in_pieces(self._moved, before, wanted, xi, out=xi)
        return programmed.rewritten(wanted != 0, self._left_at(after, programmed, stream))

    def pulse_sigma(self, change: ArrayLike) -> Floats:
        """Standard deviation (S) of what one pulse meant to change a conductance by `change` (S) does, before anything is cut."""
        return self.pulse.sigma(np.asarray(change, np.float32), self.g_max - self.g_min)

    def _moved(self, before: Floats, wanted: Floats, xi: Floats) -> Floats:
        """Conductance (S) after pulses, from a standard normal of each."""
        highest = at_least(np.float32(self.g_max), before)
        return np.clip(before + wanted + self.pulse_sigma(wanted) * xi, np.float32(0), highest)

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        """Devices that a pulse has just left at `conductance` (S); before it they were as `programmed` says."""
        scatter = self.exponent_sigma(conductance) * normal(conductance.shape, stream.child("drift").key)
        return Programmed(conductance, self.exponent_mean(conductance) + scatter)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        """Mean, spread and read noise of devices written once to `target` (S, any shape) and read at `time`.

        From DRAWS devices for each distinct target, always the same numbers: an answer is the same in every process, belongs to its
        target alone, and varies smoothly with it; its standard error is sigma / 64 in the mean and about 1 % in sigma. Members
        with a closed form use that. InputError when a target is outside the range or `time` is not covered.
        """
        goal = self._targets(target)
        self._age(time)
        levels, which = np.unique(goal, return_inverse=True)
        found = np.array([self._sampled(level, time) for level in levels]).reshape(-1, 3)
        return Moments(*(found[which.reshape(goal.shape), column] for column in range(3)))

    def _sampled(self, target: np.float32, time: float) -> tuple[float, float, float]:
        programmed = self.program(np.full(DRAWS, target), Stream().child("moments"))
        mean = self.mean_at(programmed, time).astype(np.float64)
        noise = self.read_sigma_at(programmed, time).astype(np.float64)
        return float(mean.mean()), float(mean.std()), math.sqrt(float((noise * noise).mean()))

    def read_at(self, programmed: Programmed, time: float, stream: Stream) -> Floats:
        """One reading (S): the mean plus normal read noise from the stream `read`, never below zero."""
        mean, sigma = self.mean_at(programmed, time), self.read_sigma_at(programmed, time)
        return positive(mean + sigma * normal(mean.shape, stream.child("read").key))

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

    def _complete_pulse(self, **values: float) -> None:
        """Keys of `pulse` where they are not given: what stands for a pulse of this device."""
        pulse = self.pulse.model_copy()
        for name, value in values.items():
            if name not in pulse.model_fields_set:
                object.__setattr__(pulse, name, value)  # a frozen Spec is still being made here
        object.__setattr__(self, "pulse", pulse)

    def _targets(self, target: ArrayLike) -> Floats:
        """The targets as float32 within [g_min, g_max]; InputError names the worst that is outside."""
        values, slack = np.asarray(target, np.float32), ROUNDING * self.g_max
        if values.size and not (values.min() >= self.g_min - slack and values.max() <= self.g_max + slack):  # catches NaN too
            excess = np.maximum(self.g_min - values, values - self.g_max)
            wrong = ~(excess <= slack)
            worst = float(values.flat[int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))])
            raise InputError(
                f"{type(self).__name__}.program: target {show(worst, 'S')} ({int(wrong.sum())} of {values.size} are outside); "
                f"expected {show(self.g_min, 'S')} to {show(self.g_max, 'S')}; scale the weights or "
                + ("lower g_min" if worst < self.g_min else "raise g_max")
            )
        return np.clip(values, np.float32(self.g_min), np.float32(self.g_max), order="C")

    def _change(self, change: ArrayLike, shape: tuple[int, ...]) -> Floats:
        """The wanted changes (S) as float32 in the shape of the array; InputError when they do not fit or are not finite."""
        wanted = np.asarray(change, np.float32)
        try:
            wanted = np.broadcast_to(wanted, shape)
        except ValueError:
            raise InputError(
                f"{type(self).__name__}.pulsed: changes of shape {wanted.shape} for devices of shape {shape}; expected one "
                "change for each device, or a shape that can be broadcast to theirs"
            ) from None
        if wanted.size and not np.isfinite(wanted.min() + wanted.max()):
            wrong = ~np.isfinite(wanted)
            raise InputError(
                f"{type(self).__name__}.pulsed: a change of {float(wanted[wrong][0])} S ({int(wrong.sum())} of {wanted.size} are "
                "not finite); expected siemens, 0 for no pulse; check what the changes were computed from"
            )
        return wanted

    def _ages(self, programmed: Programmed, time: float) -> Age:
        """Age of the devices (s) at `time` after the end of programming: one number, or an array where `early` is known."""
        age = float(self._age(time))
        return age if programmed.early is None else programmed.early + np.float32(age)

    def _age(self, time: float) -> float:
        """`time` when it is a time after programming that the model covers; InputError otherwise."""
        if not 0 <= time < math.inf:
            raise InputError(
                f"{type(self).__name__}: a read time of {time} s; expected seconds since the end of programming, 0 or more; "
                "ask for 0, the programmed state, or for a later time"
            )
        if not self.covered.cover(time):
            raise InputError(
                f"{type(self).__name__}: a read time of {span(time)} is not covered; expected {self.covered}; "
                f"{self.covered.way_out}"
            )
        return time


def span(time: float) -> str:
    """A time for messages: '2 d' where it is whole days, else seconds with a prefix."""
    return f"{time / DAY:g} d" if time >= DAY and time % DAY == 0 else show(time, "s")
