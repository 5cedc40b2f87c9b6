"""Measured traces: how the conductance of each of many devices went on after programming.

A CSV file holds them as readings (`readings.py`). An .npz file holds three arrays in SI units without names for them: `target`
[devices] (S), `time` [times] or [devices, times] (s), `conductance` [devices, times] (S).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.readings import FEWEST, Numbers, check_gaps, levels_of, read_readings
from chipsim.errors import InputError, Problem

LARGEST = 1.0  # conductance (S) that betrays another unit
_ARRAYS = ("target", "time", "conductance")


class Traces(NamedTuple):
    """Traces sorted by target: target [n] (S), time [n, m] (s, ascending), conductance [n, m] (S); levels, where each begins."""

    target: Numbers
    time: Numbers
    conductance: Numbers
    levels: Numbers
    starts: NDArray[np.int64]  # one more than levels: the traces of level k are starts[k] to starts[k + 1] - 1

    @property
    def first(self) -> float:
        """The earliest positive time (s) that lies within every trace."""
        return float(np.where(self.time[:, 0] > 0, self.time[:, 0], self.time[:, 1]).max())

    @property
    def last(self) -> float:
        """The latest time (s) that lies within every trace."""
        return float(self.time[:, -1].min())

    def at(self, time: Any, number: Any = None) -> Numbers:
        """Conductance (S) of every trace at `time` from `first` on, linear in ln(time) between readings, then the last one.

        With arrays `time` and `number` of one shape: that of trace `number` at `time`, element by element.
        """
        which = np.arange(len(self.target)) if number is None else number
        passed = np.zeros(np.shape(which), np.intp)
        for reading in self.time.T:
            passed += reading[which] <= time
        after = np.clip(passed, 1, self.time.shape[1] - 1)
        t0, t1 = self.time[which, after - 1], self.time[which, after]
        g0, g1 = self.conductance[which, after - 1], self.conductance[which, after]
        share = np.log(time / t0) / np.log(t1 / t0)
        values: Numbers = g0 + np.clip(share, 0, 1) * (g1 - g0)
        return values


def load_traces(path: str | Path) -> Traces:
    """The traces of a .csv or .npz file; InputError says what is wrong with it."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".csv", ".npz"):
        raise InputError(Problem(f"traces are read from .csv or .npz files, not from '{suffix}'", file=str(path)))
    target, time, conductance = _from_csv(path) if suffix == ".csv" else _from_npz(path)
    levels, members = levels_of(target, str(path))
    order = np.concatenate(members)
    starts = np.concatenate([[0], np.cumsum([len(group) for group in members])])
    traces = Traces(target[order], time[order], conductance[order], levels, starts)
    if traces.first >= traces.last:
        message = f"no time lies within every trace (one begins at {traces.first:g} s, one ends at {traces.last:g} s)"
        raise InputError(Problem(message, file=str(path)))
    return traces


def _from_csv(path: str | Path) -> tuple[Numbers, Numbers, Numbers]:
    readings = read_readings(path, timed=True)
    check_gaps(readings)
    assert readings.time is not None
    rows = np.array(list(readings.by_device()))
    return readings.target[rows[:, 0]], readings.time[rows], readings.conductance[rows]


def _from_npz(path: str | Path) -> tuple[Numbers, Numbers, Numbers]:
    arrays = _arrays(path)
    target, time, conductance = (arrays[name] for name in _ARRAYS)
    time = np.broadcast_to(time, conductance.shape) if time.ndim == 1 and time.shape == conductance.shape[-1:] else time
    fits = conductance.ndim == 2 and target.shape == conductance.shape[:1] and time.shape == conductance.shape
    if not fits or conductance.shape[1] < FEWEST:
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in _ARRAYS)
        wanted = f"target (n,), time (m,) or (n, m), conductance (n, m), m of {FEWEST} or more"
        raise InputError(Problem(f"shapes do not fit: {shapes}; expected {wanted}", file=str(path)))
    for name, array in zip(_ARRAYS, (target, time, conductance), strict=True):
        gaps = np.argwhere(~np.isfinite(array))
        if gaps.size:
            first = f"the first in device {gaps[0, 0]}, counted from 0"
            message = f"holds gaps: {len(gaps)} of {array.size} values are not finite, {first}; fill them or leave those devices out"
            raise InputError(Problem(message, name, str(path)))
        if (array < 0).any():
            way_out = "count times from the end of programming" if name == "time" else "correct the offset of the measurement"
            reason = "times before programming" if name == "time" else "negative values"
            raise InputError(Problem(f"holds {reason}, such as {array.min():g}; expected 0 or more; {way_out}", name, str(path)))
        if name != "time" and array.max() > LARGEST:
            message = f"holds {array.max():g} S; expected {LARGEST:g} S at most, as no memory device conducts more"
            raise InputError(Problem(f"{message}; give siemens (1e-6 for 1 uS) in both arrays", name, str(path)))
    if not (np.diff(time, axis=1) > 0).all():
        raise InputError(Problem("does not ascend within every trace", "time", str(path)))
    return target, np.ascontiguousarray(time), conductance


def _arrays(path: str | Path) -> dict[str, Numbers]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            found: dict[str, Any] = {name: archive[name] for name in _ARRAYS if name in archive.files}
            missing = [name for name in _ARRAYS if name not in found]
            values = {name: np.asarray(array, np.float64) for name, array in found.items()}
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes NumPy, zipfile and zlib raise a dozen kinds
        raise InputError(Problem(f"cannot be read as an .npz file of number arrays ({error})", file=str(path))) from None
    if missing:
        raise InputError(Problem(f"array '{missing[0]}' is missing; expected {', '.join(_ARRAYS)}", file=str(path)))
    return values
