"""Measured readings from CSV files: one reading a line, with units in the header.

    target (uS),time (s),conductance (uS),device
    5,20,5.13,d1
    5,1000,4.41,d1

`target` and `conductance` are compulsory and share one unit; `time` counts from the end of programming; `device` names who was
read (any text). What cannot be used is refused with its line: empty or non-numeric cells, units in cells, negative values,
times before programming, a device that is read twice at one time or misses readings that the others have.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.units import DIMENSIONS, Dimension, parse

Numbers = NDArray[np.float64]
FEWEST = 3  # devices of a level, and readings of a device, below which a spread means nothing
_COLUMNS: dict[str, Dimension | None] = {
    "target": DIMENSIONS["conductance"],
    "time": DIMENSIONS["time"],
    "conductance": DIMENSIONS["conductance"],
    "device": None,
}
_HEADER = re.compile(r"^\s*(?P<name>[^()]*?)\s*(\(\s*(?P<unit>[^()]*?)\s*\))?\s*$")


class Readings(NamedTuple):
    """Readings in SI, one element each: target and conductance (S), time (s) or None, number and names of the devices, file."""

    target: Numbers
    conductance: Numbers
    time: Numbers | None
    device: NDArray[np.int64]
    names: tuple[str, ...]
    file: str

    def by_device(self) -> Iterator[NDArray[np.int64]]:
        """Positions of each device's readings, in the order of their times where there are any."""
        order = np.argsort(self.device, kind="stable") if self.time is None else np.lexsort((self.time, self.device))
        yield from np.split(order, np.flatnonzero(np.diff(self.device[order])) + 1)

    def problem(self, message: str) -> InputError:
        """An error about this file."""
        return InputError(Problem(message, file=self.file))


def read_readings(path: str | Path, timed: bool = False) -> Readings:
    """The readings of a CSV file; `timed`: time and device are compulsory. InputError names file, line and column."""
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(Problem(f"cannot be read as a CSV file ({reason})", file=str(path))) from None
    if len(rows) < 2:
        raise InputError(Problem("holds no readings; expected a header line and one reading a line", file=str(path)))
    columns = _columns(rows[0][1], str(path), timed)
    cells = {name: [_cell(row, number, place, name, factor, str(path)) for number, row in rows[1:]]
             for name, (place, factor) in columns.items() if factor}  # fmt: skip
    numbers = {name: np.array(values) for name, values in cells.items()}
    device, names = _devices(rows[1:], columns, str(path))
    readings = Readings(numbers["target"], numbers["conductance"], numbers.get("time"), device, names, str(path))
    _check(readings)
    return readings


def _columns(header: list[str], file: str, timed: bool) -> dict[str, tuple[int, float]]:
    """Place and factor to SI of every column (factor 0 for the names of devices)."""
    found: dict[str, tuple[int, float]] = {}
    units: dict[str, str] = {}
    for place, text in enumerate(header):
        match = _HEADER.match(text)
        name, unit = (match["name"].lower(), match["unit"] or "") if match else (text, "")
        if name not in _COLUMNS:
            known = ", ".join(_COLUMNS)
            raise InputError(Problem(f"unknown column '{text.strip()}'; expected {known}, units in parentheses", "", file, 1))
        if name in found:
            raise InputError(Problem(f"column '{name}' stands twice in the header", "", file, 1))
        dimension = _COLUMNS[name]
        found[name] = place, 0.0 if dimension is None else _factor(name, unit, dimension, file)
        units[name] = unit
    needed = ["target", "conductance", *(["time", "device"] if timed else [])]
    missing = [name for name in needed if name not in found]
    if missing:
        raise InputError(Problem(f"column '{missing[0]}' is missing; the header is '{','.join(header)}'", "", file, 1))
    if units["target"] != units["conductance"]:
        message = f"mixed units: target in {units['target']}, conductance in {units['conductance']}; write both in one unit"
        raise InputError(Problem(message, "", file, 1))
    return found


def _factor(name: str, unit: str, dimension: Dimension, file: str) -> float:
    if not unit:
        example = dimension.example.split()[1]
        raise InputError(Problem(f"column '{name}' has no unit; write it in the header, as '{name} ({example})'", "", file, 1))
    try:
        return parse(f"1 {unit}", dimension)
    except ValueError as error:
        raise InputError(Problem(f"column '{name} ({unit})': {error}", "", file, 1)) from None


def _cell(row: list[str], line: int, place: int, name: str, factor: float, file: str) -> float:
    text = row[place].strip() if place < len(row) else ""
    if not text:
        raise InputError(Problem(f"{name} is empty; measure it again or leave the device out", "", file, line))
    try:
        value = float(text)
    except ValueError:
        raise InputError(Problem(f"{name} '{text}' is not a number; units belong in the header only", "", file, line)) from None
    if not math.isfinite(value):
        raise InputError(Problem(f"{name} is {text}; measure it again or leave the device out", "", file, line))
    if value < 0:
        before = "is before programming; count times from its end, 0"
        reason = before if name == "time" else "is negative; correct the offset of the measurement"
        raise InputError(Problem(f"{name} {text} {reason}", "", file, line))
    return value * factor


def _devices(
    rows: list[tuple[int, list[str]]], columns: dict[str, tuple[int, float]], file: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number of the device of each reading, and their names; every reading is a device of its own where none is named."""
    if "device" not in columns:
        return np.arange(len(rows)), tuple(f"on line {line}" for line, _ in rows)
    place = columns["device"][0]
    numbers: dict[str, int] = {}
    found = []
    for line, row in rows:
        name = row[place].strip() if place < len(row) else ""
        if not name:
            raise InputError(Problem("device is empty; name the device that was read", "", file, line))
        found.append(numbers.setdefault(name, len(numbers)))
    return np.array(found), tuple(f"'{name}'" for name in numbers)


def _check(readings: Readings) -> None:
    """Each device has one target and its readings differ in time."""
    for of_device in readings.by_device():
        name = readings.names[readings.device[of_device[0]]]
        if np.ptp(readings.target[of_device]) > 0:
            raise readings.problem(f"device {name} has more than one target; give each programming its own name")
        if readings.time is not None and (np.diff(readings.time[of_device]) == 0).any():
            raise readings.problem(f"device {name} is read twice at one time; keep one of the readings")


def check_gaps(readings: Readings) -> None:
    """InputError unless all devices have the same number of readings, at least three."""
    counts = np.bincount(readings.device)
    usual = int(np.bincount(counts).argmax())
    odd = np.flatnonzero(counts != usual)
    if odd.size:
        name = readings.names[odd[0]]
        raise readings.problem(
            f"device {name} has {counts[odd[0]]} reading(s) where the others have {usual} ({odd.size} of {counts.size} devices "
            "have gaps); fill the gaps or leave these devices out"
        )
    if usual < FEWEST:
        raise readings.problem(f"{usual} reading(s) of each device are too few; expected {FEWEST} or more; read each device more often")


def levels_of(targets: Numbers, what: str) -> tuple[Numbers, list[NDArray[np.int64]]]:
    """The different targets, ascending, and who has each; InputError (starting with `what`) when they are too few."""
    levels, which = np.unique(targets, return_inverse=True)
    members = [np.flatnonzero(which == number) for number in range(len(levels))]
    if len(levels) < 2:
        raise InputError(f"{what}: devices of one target only are too few; expected two targets or more; program some to another")
    smallest = min(members, key=len)
    if len(smallest) < FEWEST:
        raise InputError(
            f"{what}: {len(smallest)} device(s) with a target of {targets[smallest[0]] * 1e6:.4g} uS are too few; "
            f"expected {FEWEST} or more; measure more devices or leave this target out"
        )
    return levels, members
