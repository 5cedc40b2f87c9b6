"""Devices as they were measured: the steps of every simulated device follow the jump tables of one device of the data.

    pulse    v <- clip(v +- (T(u) + k S(u) xi), low, high),    u = (v - low) / (high - low),    k = noise / measured noise

T, S mean and standard deviation of the change by one pulse against the state, up and down each their own (step_tables.py); low, high
range of that device; xi standard normal, new for each pulse. `devices: each` draws a device of the data for every cell from the chip's
stream, which keeps the correlations of step, asymmetry, range and shape as they were. `devices: mean` gives all the mean table and
draws step, asymmetry and bounds as every response does (response.py), with the measured spreads as defaults. Devices that do not respond
keep their share (`stuck`) and the weights they stand at. What is read about what is held (`write_noise`) is the noise of the readings.

Conductances become weights by w = (g - zero) / unit. A file with pulses up only makes a device for a one-sided pair.
Keys of `response.py` that are not given are filled in from the file. With `devices: each` those of step and range cannot be changed.
Symbols, shapes, leak, reset: response.py. Format of the file: pulse_traces.py. Jump tables: G. Burr et al., IEEE Transactions on Electron
Devices 62, 3498, 2015, DOI 10.1109/TED.2015.2439635. Valid within the measured ranges, for pulses as they were measured.
Not modelled: what a table of states cannot hold, such as a memory of earlier pulses; leak during the measurement.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from chipsim.errors import InputError
from chipsim.kernels.pulsed_update import TABLES, Law, Matrix, PulsedCells
from chipsim.responses.pulse_steps import Steps, steps_of
from chipsim.responses.pulse_traces import Numbers, load_pulse_traces
from chipsim.responses.response import Draw, Response
from chipsim.responses.step_tables import Tables, tables_of
from chipsim.spec import FilePath, check, key
from chipsim.units import Conductance

_KEPT = ("step", "step_spread", "asymmetry", "asymmetry_spread", "w_max", "w_max_spread", "w_min", "w_min_spread")
_CLOSE = 1e-6
_LEAST = 1e-3  # of the mean step: a table is divided by no less


class _Measured(NamedTuple):
    """What a file holds: steps, tables of each device, and the numbers of all devices that fill in the keys."""

    steps: Steps
    up: Numbers  # mean step of each device over its range
    down: Numbers
    tables: Tables
    curves: tuple[Matrix, Matrix]  # as the kernel wants them: those of the devices, then the mean one
    keys: dict[str, float]


@final
class MeasuredSteps(Response, type="measured_steps"):
    """Steps from the measured pulse traces of many devices (jump tables)."""

    cites = ("burr2015",)

    file: FilePath = key("pulse traces, .csv or .npz, relative to the file this is written in", min_length=1)
    devices: Literal["each", "mean"] = key(
        "each: every cell is a device of the file; mean: the mean table, scaled from cell to cell", default="each"
    )
    points: int = key("points of a table, from one end of the range of a device to the other", default=12, ge=2, le=200, source="assumed")
    zero: Conductance | None = key("conductance of weight 0; default: middle of the mean range (its lower end without pulses down)",
                                   default=None, ge=0)  # fmt: skip
    unit: Conductance | None = key("conductance of a full-scale weight; default: half the mean range (all of it without pulses down)",
                                   default=None, gt=0)  # fmt: skip
    stuck_below: float = key(
        "share of the usual travel below which a device of the file is stuck", default=0.05, ge=0, lt=1, source="assumed"
    )

    @check
    def _filled_in(self) -> Self:
        if self.step_log_normal or self.additive:
            raise ValueError("step_log_normal and additive have no meaning here: spread and noise are those of the file; leave them out")
        try:
            found = self._measured.keys
        except InputError as error:
            raise ValueError(str(error)) from None
        for name, value in found.items():
            if name not in self.model_fields_set:
                object.__setattr__(self, name, value)  # a frozen Spec is still being made here
            elif self.devices == "each" and name in _KEPT and abs(getattr(self, name) - value) > _CLOSE * max(abs(value), _CLOSE):
                raise ValueError(f"{name} {getattr(self, name):g} is not that of the file ({value:g}); use devices: mean to change it")
        if found["noise"] == 0 and self.noise > 0:
            raise ValueError(f"noise {self.noise:g}, but steps in the file do not scatter; leave it out")
        if self.w_max - self.w_min < self.step:
            raise ValueError(f"range {self.w_min:g} to {self.w_max:g} is less than one step of {self.step:g}")
        return self

    @property
    def law(self) -> Law:
        measured = self._measured
        scale = self.noise / measured.keys["noise"] if self.noise > 0 else 0.0
        return Law(TABLES, *measured.curves, relative=scale, write_noise=self.write_noise * self.step)

    @property
    def steps(self) -> Steps:
        """The measured steps, in weights."""
        return self._measured.steps

    @property
    def tables(self) -> Tables:
        """The tables of each device that responds, in weights."""
        return self._measured.tables

    @property
    def spreads(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation over the devices of the file: of their mean steps and the ends of their ranges."""
        measured = self._measured
        of = {"step up": measured.up, "step down": measured.down, "upper bound": self.steps.high, "lower bound": self.steps.low}
        return {name: (float(values.mean()), float(values.std())) for name, values in of.items()}

    def average(self) -> tuple[PulsedCells, Matrix]:
        return self._of_mean(lambda name: np.zeros((1, 1), np.float32)), np.full((1, 1), self.reset, np.float32)

    def _cells(self, draw: Draw) -> PulsedCells:
        if self.devices == "mean":
            return self._of_mean(draw)
        measured = self._measured
        count = measured.up.size
        number = np.minimum((ndtr(draw("device").astype(np.float64)) * count).astype(np.int64), count - 1)
        tables = number.astype(np.float32)
        steps = measured.steps
        own = [values.astype(np.float32)[number] for values in (measured.up, measured.down, steps.low, steps.high)]
        return PulsedCells(own[0], own[1], own[2], own[3], tables, tables)

    def _of_mean(self, draw: Draw) -> PulsedCells:
        cells = super()._cells(draw)
        tables = np.full(cells.up.shape, self._measured.up.size, np.float32)
        return cells._replace(up_shape=tables, down_shape=tables)

    def _with_stuck(self, cells: PulsedCells, stuck: NDArray[np.bool_], place: Matrix) -> PulsedCells:
        held = super()._with_stuck(cells, stuck, place)
        weights = self.steps.stuck.astype(np.float32)
        if weights.size == 0:
            return held
        own = weights[np.minimum((place * weights.size).astype(np.int64), weights.size - 1)]
        return held._replace(low=np.where(stuck, own, held.low), high=np.where(stuck, own, held.high))

    @property
    def _measured(self) -> _Measured:
        path = Path(self.file)
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        return _loaded(str(path), stamp, self.points, self.stuck_below, self.zero, self.unit)


@lru_cache(maxsize=16)
def _loaded(path: str, stamp: int, points: int, stuck_below: float, zero: float | None, unit: float | None) -> _Measured:
    steps = steps_of(load_pulse_traces(path), stuck_below, zero, unit)
    w_max, w_min = float(steps.high.mean()), float(steps.low.mean())
    if abs(w_min) < _CLOSE * (w_max - w_min):  # the lower end is where weights are counted from
        w_min = 0.0
    if not w_min <= 0 <= w_max:
        raise InputError(f"{path}: weights from {w_min:g} to {w_max:g} on average; expected 0 between; shift them, or set zero")
    tables = tables_of(steps, points)
    mean, both = tables.mean, bool(steps.falls.any())
    up, down, up_spread, down_spread = (_at_zero(table, steps) for table in tables)
    step = float((up.mean() + down.mean()) / 2 if both else up.mean())
    spread = float(np.sqrt(((up_spread**2).mean() + (down_spread**2).mean()) / 2 if both else (up_spread**2).mean()))
    place = -w_min / (w_max - w_min) * (points - 1)
    middle = float(np.mean([np.interp(place, np.arange(points), table[0]) for table in ((mean.up, mean.down) if both else (mean.up,))]))
    if min(step, middle) <= 0:
        raise InputError(f"{path}: devices do not respond at weight 0 (mean step {step:g}); measure them there, or set zero")
    sizes = [np.maximum(table.mean(axis=1), _LEAST * step) for table in (tables.up, tables.down)]
    curves = (
        _curve(tables.up, tables.up_spread, sizes[0], mean.up, mean.up_spread, middle),
        _curve(tables.down[:, ::-1], tables.down_spread[:, ::-1], sizes[1], mean.down[:, ::-1], mean.down_spread[:, ::-1], middle),
    )
    keys = {"step": step, "w_max": w_max, "w_min": w_min, "noise": spread / step, "write_noise": steps.read_noise / step}
    keys |= _spreads(steps, up, down if both else up) | {"asymmetry": 0.0, "stuck": steps.stuck_share}
    return _Measured(steps, sizes[0], sizes[1], tables, curves, keys | _rest(steps))


def _at_zero(table: Numbers, steps: Steps) -> Numbers:
    """Entry of each device's table at weight 0, or at the end of its range that is nearest to it."""
    points = table.shape[1]
    place = np.clip(-steps.low / np.maximum(steps.high - steps.low, 1e-30), 0, 1) * (points - 1)
    left = np.minimum(place.astype(np.int64), points - 2)
    row = np.arange(len(table))
    entries: Numbers = table[row, left] + (place - left) * (table[row, left + 1] - table[row, left])
    return entries


def _curve(mean: Numbers, spread: Numbers, size: Numbers, average: Numbers, average_spread: Numbers, middle: float) -> Matrix:
    """Tables in units of the step of a cell; the mean one so that its steps at weight 0 are 1 on average."""
    own = np.stack([mean, spread], axis=1) / size[:, None, None]
    last = np.stack([average, average_spread], axis=1) / middle
    numbers = np.concatenate([own, last]).ravel()
    return np.concatenate([[mean.shape[1]], numbers]).astype(np.float32)


def _spreads(steps: Steps, up: Numbers, down: Numbers) -> dict[str, float]:
    """How the devices differ at weight 0 and in their ranges, as relative standard deviations."""
    ends = {"w_max_spread": steps.high, "w_min_spread": steps.low}
    width = float((steps.high - steps.low).mean())
    found = {name: float(end.std() / abs(end.mean())) if abs(end.mean()) > _CLOSE * width else 0.0 for name, end in ends.items()}
    gain, apart = (up / up.mean() + down / down.mean()) / 2, (up / up.mean() - down / down.mean()) / 2
    return found | {"step_spread": float(gain.std()), "asymmetry_spread": float(apart.std())}


def _rest(steps: Steps) -> dict[str, float]:
    """Weight after a reset and its spread, where the file says so."""
    if steps.rest.size < 2:
        return {}
    return {"reset": float(steps.rest.mean()), "reset_spread": 0.0, "reset_noise": float(steps.rest.std())}
