"""A measured device as tables: programming error, drift and read noise against the conductance it was programmed to.

    programming   g_p  = max(T + k_p (b(T) + s(T) xi), 0)
    drift         g(t) = g_p ((t + t0) / t0)**-nu,      nu = k_d (m(T) + w(T) xi')
    read noise    sigma(t) = k_r n(g_p) g(t) / g_p

g conductance (S); T target (S); t time since the device was written (s); b, s mean and standard deviation of the programming
error (S); m, w mean and standard deviation of the drift exponent; t0 time of the first reading (s); n standard deviation of a
reading just after programming (S), which keeps its share of the conductance as that drifts; xi, xi' standard normals of their
own for every device; k_p, k_d, k_r scales (1 as measured, 0 off). All tables stand against `conductances` and are interpolated
linearly. Exponents keep their sign: a measured device may rise. Arrays of any shape.

`tools/fit_device.py` makes such a block from readings; `measured-traces` repeats measured histories without any fit.
Valid for targets within the table (enforced) and times up to `drift_until` (enforced where given). n is looked up at g_p, which
the programming error may carry past the ends of the table; it then keeps the value of the end.
Not modelled: what the tables do not hold. Without a drift table later times than 0 are refused, unless `retention: constant`.
"""

from __future__ import annotations

import math
from typing import Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Device, Floats, Programmed, Times
from chipsim.devices.elementwise import nothing_like, positive, zeros_like
from chipsim.devices.moments import Moments, Numbers, expectation, power, product, rectified
from chipsim.devices.phase_change import power_law
from chipsim.kernels.philox import normal
from chipsim.spec import check, key
from chipsim.streams import Stream
from chipsim.units import Conductance, Time, show


@final
class Measured(Device, type="measured"):
    """A measured device as tables of moments."""

    temperature_is_known = True

    g_max: Conductance = key("largest conductance that is programmed; not given: the last of `conductances`", default=1.0, gt=0)
    g_min: Conductance = key("smallest conductance that is programmed; not given: the first of `conductances`", default=0.0, ge=0)
    conductances: tuple[Conductance, ...] = key("programmed conductances that were measured, ascending, two or more")
    programming: tuple[Conductance, ...] = key("standard deviation of the programming error at each of them")
    programming_shift: tuple[Conductance, ...] = key("mean of the programming error at each of them; empty: 0", default=())
    drift_mean: tuple[float, ...] = key("mean drift exponent at each of them; empty: not measured", default=())
    drift_spread: tuple[float, ...] = key("standard deviation of the exponent at each of them; empty: 0", default=())
    drift_start: Time | None = key("time of the first reading, t0; compulsory with `drift_mean`", default=None, gt=0)
    drift_until: Time | None = key("latest time measured; later ones are refused; not given: the law goes on", default=None, gt=0)
    read_noise: tuple[Conductance, ...] = key("standard deviation of a reading at each of them; empty: 0", default=())
    retention: Literal["unknown", "constant"] = key(
        "without `drift_mean`: unknown (later times are refused) or assumed constant", default="unknown"
    )
    program_scale: float = key("factor on the programming error (1 = as measured, 0 = off)", default=1.0, ge=0)
    drift_scale: float = key("factor on the drift exponent (1 = as measured, 0 = off)", default=1.0, ge=0)
    read_scale: float = key("factor on the read noise (1 = as measured, 0 = off)", default=1.0, ge=0)

    @check
    def _tables_fit(self) -> Self:
        count = len(self.conductances)
        if count < 2:
            raise ValueError(f"conductances holds {count} value(s); expected two or more; measure devices at both ends of the range")
        if not (np.diff(self.conductances) > 0).all() or self.conductances[0] < 0:
            raise ValueError("conductances do not ascend from 0 or more; sort the table and give each conductance once")
        for name in ("programming", "programming_shift", "drift_mean", "drift_spread", "read_noise"):
            table = getattr(self, name)
            if len(table) not in ({count} if name == "programming" else {0, count}):
                raise ValueError(f"{name} has {len(table)} values for {count} conductances; give one for each (there are gaps)")
            if name not in ("programming_shift", "drift_mean") and min(table, default=0) < 0:
                shown = f"{min(table):g}" if name == "drift_spread" else show(min(table), "S")
                raise ValueError(f"{name} holds {shown}; a standard deviation is not negative; expected 0 or more; correct the table")
        if self.drift_mean and self.drift_start is None:
            raise ValueError("drift_start is missing; exponents mean nothing without the time of the first reading")
        if self.drift_spread and not self.drift_mean:
            raise ValueError("drift_spread stands without drift_mean; give both or neither")
        return self

    @check
    def _range_is_measured(self) -> Self:
        self._confine(self.conductances[0], self.conductances[-1], "the measured range")
        return self

    @property
    def covered(self) -> Times:
        if not self.drift_mean and self.retention == "unknown":
            return Times(last=0.0, way_out="measure retention, or set retention: constant")
        return Times(last=self.drift_until or math.inf, way_out="nothing was measured later; ask for an earlier time")

    def program(self, target: ArrayLike, stream: Stream) -> Programmed:
        goal = conductance = self._targets(target)
        if self.program_scale > 0:
            error = self.programming_sigma(goal) * normal(goal.shape, stream.child("programming").key)
            conductance = positive(goal + np.float32(self.program_scale) * self._look_up(self.programming_shift, goal) + error)
        if not self.drift_mean or self.drift_scale == 0:
            return Programmed(conductance, nothing_like(goal))
        scatter = self.exponent_sigma(goal) * normal(goal.shape, stream.child("drift").key)
        return Programmed(conductance, self.exponent_mean(goal) + scatter)

    def mean_at(self, programmed: Programmed, time: float) -> Floats:
        return programmed.conductance * self._decay(programmed, time)

    def read_sigma_at(self, programmed: Programmed, time: float) -> Floats:
        noise = np.float32(self.read_scale) * self._look_up(self.read_noise, programmed.conductance)
        return noise * self._decay(programmed, time)

    def moments_at(self, target: ArrayLike, time: float) -> Moments:
        age, goal = self._age(time), self._targets(target)
        middle = goal + np.float32(self.program_scale) * self._look_up(self.programming_shift, goal)
        sigma = self.programming_sigma(goal)
        exponent = self.exponent_mean(goal), self.exponent_sigma(goal)
        passed = 0.0 if self.drift_start is None else math.log1p(age / self.drift_start)
        mean, variance = product(rectified(middle, sigma), power(*exponent, passed))
        square, (left, _) = expectation(self._square_of_noise, middle, sigma), power(*exponent, 2 * passed)
        return Moments(mean, np.sqrt(variance), self.read_scale * np.sqrt(square * left))

    def _square_of_noise(self, conductance: Numbers) -> Numbers:
        return self._look_up(self.read_noise, conductance).astype(np.float64) ** 2

    def programming_sigma(self, target: ArrayLike) -> Floats:
        return np.float32(self.program_scale) * self._look_up(self.programming, target)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * self._look_up(self.drift_mean, target)

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * self._look_up(self.drift_spread, target)

    def _decay(self, programmed: Programmed, time: float) -> Floats:
        """Share of the programmed conductance that is left at `time`."""
        ages = self._ages(programmed, time)
        return power_law(programmed.exponent, 0.0 if self.drift_start is None else ages, self.drift_start or 1.0)

    def _look_up(self, table: tuple[float, ...], conductance: ArrayLike) -> Floats:
        """A table at `conductance`, linear between its points, constant beyond its ends; zeros where it is empty."""
        if not table:
            return zeros_like(conductance)
        return np.asarray(np.interp(np.asarray(conductance, np.float64), self.conductances, table), np.float32)
