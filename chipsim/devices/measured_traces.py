"""A measured device without any fit: every simulated device repeats the history of one that was measured.

    g(t) = max(T + k_p (h(0) - T_h) + k_d (h(t) - h(0)), 0)

g conductance (S); T target (S); t time since the device was written (s); h(t) measured trace (S), linear in ln t between its
readings, h(0) its first reading; T_h target of the trace (S); k_p, k_d scales of the programming error and of what follows (1 as
measured, 0 off). Arrays of any shape; target and number of the trace are the memory of a device.

Each device draws one trace and keeps it for all times. A target between two measured ones takes its trace from either, with
probabilities that fall linearly with the distance, and its deviation is carried over: mean and mean square of the error
are then linear between measured targets and exact on them.
A pulse draws a new trace at the conductance it leaves, and the device goes on from there with that trace's deviation: T is then
what makes g(0) that conductance. t is the time since the device was written, where `early` is known; a device that is younger
than the first reading of every trace counts as just written, one older than a trace keeps its last reading.
Valid for targets within the measured ones, at 0 and for times within every trace (enforced).
Not modelled: read noise, which the traces contain as it was measured; temperature, which is that of the measurement.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.devices.device import Age, Device, Floats, Programmed, Times
from chipsim.devices.elementwise import nothing_like, positive, zeros_like
from chipsim.devices.moments import Moments
from chipsim.devices.readings import Numbers
from chipsim.devices.traces import Traces, load_traces
from chipsim.errors import InputError
from chipsim.kernels.philox import uniform
from chipsim.spec import FilePath, check, key
from chipsim.streams import Stream
from chipsim.units import Conductance


@final
class MeasuredTraces(Device, type="measured-traces"):
    """A measured device whose histories are repeated, without any fit."""

    temperature_is_known = True

    file: FilePath = key("the traces, .csv or .npz, relative to the file this is written in", min_length=1)
    g_max: Conductance = key("largest conductance that is programmed; not given: the largest measured target", default=1.0, gt=0)
    g_min: Conductance = key(
        "smallest conductance that is programmed; not given: the smallest measured target", default=0.0, ge=0
    )
    program_scale: float = key("factor on the programming error (1 = as measured, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on what follows programming (1 = as measured, 0 = off)", default=1.0, ge=0)

    @check
    def _range_is_measured(self) -> Self:
        try:
            levels = self.traces.levels
        except InputError as error:
            raise ValueError(str(error)) from None
        self._confine(float(levels[0]), float(levels[-1]), "the measured targets")
        return self

    @property
    def traces(self) -> Traces:
        """The traces in the file, read once for each state of the file."""
        path = Path(self.file)
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        return _loaded(str(path), stamp)

    @property
    def covered(self) -> Times:
        traces = self.traces
        return Times(first=traces.first, last=traces.last, way_out="ask for a time within every trace")

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = self._targets(target)
        number = self._drawn(goal, stream)
        return Programmed(self._state(goal, number, 0.0), nothing_like(goal), (goal, number))

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        goal, number = programmed.memory
        return self._state(goal, number, self._ages(programmed, time))

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        self._age(time)
        return nothing_like(programmed.conductance)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        below, share = self._place(np.asarray(target, np.float32))
        traces = self.traces
        error = traces.conductance[:, 0] - traces.target
        first, second = (self._between(np.add.reduceat(power, traces.starts[:-1]), below, share) for power in (error, error**2))
        return np.asarray(self.program_scale * np.sqrt(np.maximum(second - first**2, 0)), np.float32)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return zeros_like(target)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        age, goal = float(self._age(time)), self._targets(target)
        error = self._error + (self.drift_scale * (self.traces.at(age) - self.traces.conductance[:, 0]) if age > 0 else 0)
        levels, which = np.unique(goal, return_inverse=True)
        found = np.array([self._mixed(float(level), error) for level in levels]).reshape(-1, 2)[which.reshape(goal.shape)]
        return Moments(found[..., 0], found[..., 1], np.zeros(goal.shape))

    def _mixed(self, goal: float, error: Numbers) -> tuple[float, float]:
        """Mean and standard deviation (S) of devices at `goal` that repeat the traces of the targets next to it."""
        below, share = self._place(np.array([goal], np.float32))
        starts = self.traces.starts[below[0] : below[0] + 3]
        weight = np.repeat([(1 - share[0]) / (starts[1] - starts[0]), share[0] / (starts[2] - starts[1])], np.diff(starts))
        values = np.maximum(goal + error[starts[0] : starts[2]], 0)
        mean = float(weight @ values)
        return mean, math.sqrt(float(weight @ (values - mean) ** 2))

    def _left_at(self, conductance: Floats, programmed: Programmed, stream: Stream) -> Programmed:
        number = self._drawn(conductance, stream)
        goal = conductance - self._error.astype(np.float32)[number]
        return Programmed(self._state(goal, number, 0.0), nothing_like(goal), (goal, number))

    def _drawn(self, goal: Floats, stream: Stream) -> NDArray[np.int32]:
        """A trace of either measured target next to each goal."""
        below, share = self._place(goal)
        key, starts = stream.child("trace").key, self.traces.starts
        level = below + (uniform(goal.shape, key) < share)
        number = starts[level] + (uniform(goal.shape, key, c1=1) * (starts[level + 1] - starts[level])).astype(np.int64)
        return np.asarray(number, np.int32)

    def _place(self, goal: Floats) -> tuple[NDArray[np.int64], Numbers]:
        """Number of the measured target below each goal, and how far towards the next one the goal lies (0 to 1)."""
        levels = self.traces.levels
        below = np.clip(np.searchsorted(levels, goal, side="right") - 1, 0, len(levels) - 2)
        return below, np.clip((goal - levels[below]) / (levels[below + 1] - levels[below]), 0, 1)

    def _between(self, sums: Numbers, below: NDArray[np.int64], share: Numbers) -> Numbers:
        """Means of a quantity summed over the traces of each level, linear between levels."""
        means = sums / np.diff(self.traces.starts)
        return np.asarray((1 - share) * means[below] + share * means[below + 1])

    @property
    def _error(self) -> Numbers:
        """Programming error (S) of each trace."""
        traces = self.traces
        return np.asarray(self.program_scale * (traces.conductance[:, 0] - traces.target))

    def _state(self, goal: Floats, number: NDArray[np.int32], ages: Age) -> Floats:
        error, traces = self._error, self.traces
        start = traces.conductance[:, 0]
        if isinstance(ages, float):
            if ages > 0:
                error = error + self.drift_scale * (traces.at(ages) - start)
            return positive(goal + error.astype(np.float32)[number])
        now = traces.at(np.maximum(ages, traces.first), number)
        change = np.where(ages < traces.first, 0, self.drift_scale * (now - start[number]))
        return positive(goal + (error[number] + change).astype(np.float32))


@lru_cache(maxsize=16)
def _loaded(path: str, stamp: int) -> Traces:
    return load_traces(path)
