"""A measured yield map: which devices of an array are stuck, and at what conductance, from a CSV or an .npz file.

    row,column,device,state          device: a plane of the cell (plus0, minus0, cell, reference), a side of it (plus, minus),
    0,17,plus0,low                   or nothing: all devices of the cell
    3,2,,high                        state: low (g_min), high (g_max) or a conductance with its unit
    5,1,minus,12 uS                  rows and columns count from 0, columns in weights; a reference column is column 0

An .npz file holds one array for each plane, named like it, (rows, columns) in siemens, NaN where a device works: what
`Crossbar.stuck` gives, so that `numpy.savez(file, **crossbar.stuck)` is a map.
Refused with the file and line (or array and place): unknown columns, devices and states, places outside the array, a device that
stands twice, conductances below zero.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.units import DIMENSIONS, parse

Floats = NDArray[np.float32]
REFERENCE = "reference"  # the plane of a column that all others refer to; it belongs to no cell
LOW, HIGH = -1.0, -2.0  # in place of a conductance: those of the device's range
_COLUMNS = ("row", "column", "device", "state")


class Entry(NamedTuple):
    """One stuck device, or all of a cell or a side: where it stands in the file, and what it is stuck at (S, LOW or HIGH)."""

    line: int  # 0 in an .npz file
    row: int
    column: int
    device: str
    state: float


class FaultMap(NamedTuple):
    """The entries of a file."""

    file: str
    entries: tuple[Entry, ...]

    def check(self, rows: int, columns: int, names: Sequence[str]) -> None:
        """InputError where an entry is outside an array of `rows` x `columns` weights, or its device none of the planes `names`."""
        taken: dict[tuple[int, int, str], Entry] = {}
        for entry in self.entries:
            if not (entry.row < rows and entry.column < (1 if entry.device == REFERENCE else columns)):
                raise self._problem(entry, f"is outside the array, which has {rows} rows and {columns} columns of weights")
            found = [name for name in names if _means(entry.device, name)]
            if not found:
                raise self._problem(entry, f"names no device of the cell ({did_you_mean(entry.device, names)})")
            for name in found:
                known = taken.setdefault((entry.row, entry.column, name), entry)
                if known is not entry:
                    before = f", first in line {known.line}" if known.line else ""
                    raise self._problem(entry, f"'{name}' stands twice{before}; leave one of them out")

    def lay(self, values: Floats, name: str, low: float, high: float) -> None:
        """Write the conductances (S) of the stuck devices of plane `name` into `values` (rows, columns); what lies beyond is left out."""
        for entry in self.entries:
            if _means(entry.device, name) and entry.row < values.shape[0] and entry.column < values.shape[1]:
                values[entry.row, entry.column] = {LOW: low, HIGH: high}.get(entry.state, entry.state)

    def _problem(self, entry: Entry, message: str) -> InputError:
        place = f"device '{entry.device}' at row {entry.row}, column {entry.column}"
        return InputError(Problem(f"{place} {message}", file=self.file, line=entry.line))


def load_fault_map(path: str | Path) -> FaultMap:
    """The map in a .csv or .npz file, read once for each state of the file; InputError says what is wrong with it, and where."""
    file = Path(path)
    if file.suffix.lower() not in (".csv", ".npz"):
        raise InputError(Problem(f"a fault map is read from a .csv or .npz file, not from '{file.suffix}'", file=str(path)))
    return _loaded(str(path), file.stat().st_mtime_ns if file.is_file() else 0)


@lru_cache(maxsize=16)
def _loaded(path: str, stamp: int) -> FaultMap:
    return FaultMap(path, tuple(_from_csv(path) if path.lower().endswith(".csv") else _from_npz(path)))


def _means(device: str, name: str) -> bool:
    return device == name or (name != REFERENCE and device in ("", re.sub(r"\d+$", "", name)))


def _from_csv(path: str) -> list[Entry]:
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            lines = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(Problem(f"cannot be read as a CSV file ({reason})", file=path)) from None
    if not lines:
        raise InputError(Problem("is empty; expected the header row,column,device,state", file=path))
    place = _places(lines[0][1], path, lines[0][0])
    return [_entry(row, place, path, number) for number, row in lines[1:]]


def _places(header: list[str], path: str, line: int) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    for name in names:
        if name not in _COLUMNS or names.count(name) > 1:
            raise InputError(Problem(f"column '{name}' in the header; expected row, column, device, state, each once", "", path, line))
    for name in ("row", "column", "state"):
        if name not in names:
            raise InputError(Problem(f"column '{name}' is missing; the header is '{','.join(header)}'", "", path, line))
    return {name: index for index, name in enumerate(names)}


def _entry(cells: list[str], place: dict[str, int], path: str, line: int) -> Entry:
    text = {name: cells[index].strip() if index < len(cells) else "" for name, index in place.items()}
    for name in ("row", "column"):
        if not text[name].isdecimal():
            raise InputError(Problem(f"{name} '{text[name]}' is not a whole number from 0 on", "", path, line))
    return Entry(line, int(text["row"]), int(text["column"]), text.get("device", ""), _state(text["state"], path, line))


def _state(text: str, path: str, line: int) -> float:
    if text.lower() in ("low", "high"):
        return LOW if text.lower() == "low" else HIGH
    try:
        value = parse(text, DIMENSIONS["conductance"])
    except ValueError as error:
        raise InputError(Problem(f"state {error}; or low, or high", "", path, line)) from None
    if value < 0:
        raise InputError(Problem(f"state '{text}' is below zero", "", path, line))
    return value


def _from_npz(path: str) -> list[Entry]:
    try:
        with np.load(path, allow_pickle=False) as file:
            planes = {name: np.asarray(file[name], np.float64) for name in file.files}
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(Problem(f"cannot be read as an .npz file of number arrays ({error})", file=path)) from None
    entries = []
    for name, values in planes.items():
        if values.ndim != 2:
            raise InputError(Problem(f"array '{name}' has shape {values.shape}, expected (rows, columns) in siemens", file=path))
        wrong = np.argwhere((values < 0) | np.isinf(values))
        if len(wrong):
            row, column = map(int, wrong[0])
            message = f"array '{name}' holds {values[row, column]} S at row {row}, column {column}"
            raise InputError(Problem(f"{message}; expected 0 or more, NaN where it works", file=path))
        stuck = np.argwhere(~np.isnan(values))
        entries += [Entry(0, int(row), int(column), name, float(values[row, column])) for row, column in stuck]
    return entries
