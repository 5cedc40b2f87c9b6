"""Pulse traces: what many devices held after every pulse of a sequence of pulses up and down.

A CSV file has one reading a line, units in the header, `pulse` counting the pulses of each device from 0, the reading before the first:

    device,pulse,direction,conductance (uS)
    d1,0,,10.2
    d1,1,up,11.0

`direction` is that of the pulse before the reading: `up`, `down`, or `reset` for whatever is no pulse of training. In place of
`conductance` a column `weight`, in units of the full-scale weight, has no unit. An .npz file holds `conductance` [devices, readings] (S)
or `weight` [devices, readings] and `direction` [readings - 1] or [devices, readings - 1]: 1 up, -1 down, 0 reset, between two readings.
All devices have the same number of readings.
"""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.units import DIMENSIONS, parse

Numbers = NDArray[np.float64]
Directions = NDArray[np.int8]

FEWEST = 10  # pulses of a direction, and
FEWEST_DEVICES = 2  # devices below which neither a law nor a spread can be told
LARGEST = 1.0  # conductance (S) that betrays another unit
_NAMES = {"up": 1, "down": -1, "reset": 0}
_KINDS = ("conductance", "weight")
_COLUMNS = ("device", "pulse", "direction", *_KINDS)
_HEADER = re.compile(r"^\s*(?P<name>[^()]*?)\s*(\(\s*(?P<unit>[^()]*?)\s*\))?\s*$")


class PulseTraces(NamedTuple):
    """held [n, m]: readings, in S or in weights; direction [n, m - 1] of the pulse after each reading: 1, -1, 0 none."""

    held: Numbers
    direction: Directions
    siemens: bool
    file: str

    @property
    def change(self) -> Numbers:
        """By how much each pulse changed the reading, [n, m - 1]."""
        return np.diff(self.held, axis=1)


def load_pulse_traces(path: str | Path) -> PulseTraces:
    """The traces of a .csv or .npz file; InputError says what is wrong with it."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".csv", ".npz"):
        raise InputError(Problem(f"pulse traces are read from .csv or .npz files, not from '{suffix}'", file=str(path)))
    traces = _from_csv(str(path)) if suffix == ".csv" else _from_npz(str(path))
    _check(traces)
    return traces


def _check(traces: PulseTraces) -> None:
    """Finite, in siemens where they are conductances, with enough devices and pulses."""
    held, file = traces.held, traces.file
    gaps = np.argwhere(~np.isfinite(held))
    if gaps.size:
        raise InputError(Problem(
            f"reading {gaps[0, 1]} of device {gaps[0, 0]}, both counted from 0, is not finite ({len(gaps)} of {held.size}); "
            "measure again or leave the device out", file=file,
        ))  # fmt: skip
    if traces.siemens and (held.min() < 0 or held.max() > LARGEST):
        worst = held.min() if held.min() < 0 else held.max()
        raise InputError(Problem(f"a conductance of {worst:g} S; expected 0 to {LARGEST:g} S; correct the offset or the unit", file=file))
    if len(held) < FEWEST_DEVICES:
        raise InputError(Problem(f"{len(held)} device(s); expected {FEWEST_DEVICES} or more, to know how devices differ", file=file))
    for sign, name in ((1, "up"), (-1, "down")):
        counts = (traces.direction == sign).sum(axis=1)
        if counts.max() > 0 or sign == 1:  # devices that only go up have no pulses down
            fewest = int(counts.argmin())
            if counts[fewest] < FEWEST:
                message = f"device {fewest}, counted from 0, has {counts[fewest]} pulse(s) {name}; expected {FEWEST} or more"
                raise InputError(Problem(f"{message}; a law cannot be told from fewer", file=file))


def _from_npz(path: str) -> PulseTraces:
    try:
        with np.load(path, allow_pickle=False) as archive:
            found: dict[str, Any] = {name: archive[name] for name in (*_KINDS, "direction") if name in archive.files}
            values = {name: np.asarray(array, np.float64) for name, array in found.items()}
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes NumPy, zipfile and zlib raise a dozen kinds
        raise InputError(Problem(f"cannot be read as an .npz file of number arrays ({error})", file=path)) from None
    kinds = [name for name in _KINDS if name in values]
    if len(kinds) != 1:
        raise InputError(Problem(f"holds {' and '.join(kinds) or 'neither conductance nor weight'}; expected one of the two", file=path))
    if "direction" not in values:
        raise InputError(Problem("array 'direction' is missing; expected 1 (up), -1 (down) or 0 (reset) for every pulse", file=path))
    held, direction = values[kinds[0]], values["direction"]
    if direction.ndim == 1 and held.ndim == 2:
        direction = np.broadcast_to(direction, (held.shape[0], direction.size))
    if held.ndim != 2 or direction.shape != (held.shape[0], held.shape[1] - 1):
        shapes = f"{kinds[0]} {values[kinds[0]].shape}, direction {values['direction'].shape}"
        raise InputError(Problem(f"shapes do not fit: {shapes}; expected (n, m) and (m - 1,) or (n, m - 1)", file=path))
    if not np.isin(direction, (-1, 0, 1)).all():
        wrong = direction[~np.isin(direction, (-1, 0, 1))][0]
        raise InputError(Problem(f"holds {wrong:g}; expected 1 (up), -1 (down) or 0 (reset)", "direction", path))
    return PulseTraces(held, np.ascontiguousarray(direction, np.int8), kinds[0] == "conductance", path)


class _Reading(NamedTuple):
    line: int
    pulse: int
    direction: int
    held: float


def _from_csv(path: str) -> PulseTraces:
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(f"cannot be read as a CSV file ({getattr(error, 'strerror', None) or error})", file=path)) from None
    if len(rows) < 2:
        raise InputError(Problem("holds no readings; expected a header line and one reading a line", file=path))
    places, kind, factor = _columns(rows[0][1], path)
    devices: dict[str, list[_Reading]] = {}
    for line, row in rows[1:]:
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        if not cells["device"]:
            raise InputError(Problem("device is empty; name the device that was read", "", path, line))
        before = devices.setdefault(cells["device"], [])
        before.append(_reading(cells, kind, factor, path, line, first=not before))
        if before[-1].pulse != len(before) - 1:
            raise InputError(Problem(
                f"device '{cells['device']}': pulse {before[-1].pulse} where {len(before) - 1} was expected; pulses of a device are "
                "counted from 0 without a gap, in the order of the lines", "", path, line,
            ))  # fmt: skip
    return _stacked(devices, kind, path)


def _stacked(devices: dict[str, list[_Reading]], kind: str, path: str) -> PulseTraces:
    lengths = {name: len(readings) for name, readings in devices.items()}
    usual = max(lengths.values())
    short = [name for name, length in lengths.items() if length != usual]
    if short:
        message = f"device '{short[0]}' has {lengths[short[0]]} readings where another has {usual}; expected the same number for all"
        raise InputError(Problem(f"{message}; leave out what not every device has", "", path, devices[short[0]][-1].line))
    held = np.array([[reading.held for reading in readings] for readings in devices.values()])
    direction = np.array([[reading.direction for reading in readings[1:]] for readings in devices.values()], np.int8)
    return PulseTraces(held, direction, kind == "conductance", path)


def _columns(header: list[str], path: str) -> tuple[dict[str, int], str, float]:
    """Places of the columns, `conductance` or `weight`, and the factor of that column to SI."""
    places: dict[str, int] = {}
    units: dict[str, str] = {}
    for place, text in enumerate(header):
        match = _HEADER.match(text)
        name, unit = (match["name"].lower(), match["unit"] or "") if match else (text, "")
        if name not in _COLUMNS:
            raise InputError(Problem(f"unknown column '{text.strip()}'; expected {', '.join(_COLUMNS)}", "", path, 1))
        if name in places:
            raise InputError(Problem(f"column '{name}' stands twice in the header", "", path, 1))
        places[name], units[name] = place, unit
    kinds = [name for name in _KINDS if name in places]
    missing = [name for name in _COLUMNS[:3] if name not in places]
    if missing or len(kinds) != 1:
        what = f"column '{missing[0]}' is missing" if missing else f"{len(kinds)} columns of conductance and weight; expected one"
        raise InputError(Problem(f"{what}; the header is '{','.join(header)}'", "", path, 1))
    return places, kinds[0], _factor(kinds[0], units[kinds[0]], path)


def _factor(kind: str, unit: str, path: str) -> float:
    if kind == "weight":
        if unit:
            raise InputError(Problem(f"column 'weight ({unit})': weights have no unit; 1 is the full-scale weight", "", path, 1))
        return 1.0
    if not unit:
        raise InputError(Problem("column 'conductance' has no unit; write it in the header, as 'conductance (uS)'", "", path, 1))
    try:
        return parse(f"1 {unit}", DIMENSIONS["conductance"])
    except ValueError as error:
        raise InputError(Problem(f"column 'conductance ({unit})': {error}", "", path, 1)) from None


def _reading(cells: dict[str, str], kind: str, factor: float, path: str, line: int, first: bool) -> _Reading:
    numbers = {}
    for name in ("pulse", kind):
        if not cells[name]:
            raise InputError(Problem(f"{name} is empty; measure again or leave the device out", "", path, line))
        try:
            numbers[name] = float(cells[name])
        except ValueError:
            raise InputError(Problem(f"{name} '{cells[name]}' is not a number; units belong in the header", "", path, line)) from None
        if not math.isfinite(numbers[name]):
            raise InputError(Problem(f"{name} is {cells[name]}; measure again or leave the device out", "", path, line))
    if numbers["pulse"] != int(numbers["pulse"]):
        raise InputError(Problem(f"pulse {cells['pulse']} is not a whole number", "", path, line))
    direction = cells["direction"].lower()
    if direction not in _NAMES and not (first and not direction):
        raise InputError(Problem(f"direction '{direction}'; expected up, down or reset", "", path, line))
    return _Reading(line, int(numbers["pulse"]), _NAMES.get(direction, 0), numbers[kind] * factor)
