"""Ranges: between what and what a number of a description lies, written next to where it comes from.

    energy: 0.29 pJ
    source: {energy: assumed}
    ranges: {energy: [0.1 pJ, 0.5 pJ]}

A range has the unit of its key and holds the key's value. It belongs to the number beside it: who gives another number, in a file that
extends this one, by `--set` or with `having`, takes the range away, unless a new one is given with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chipsim.errors import did_you_mean
from chipsim.units import Dimension, parse, show

Ends = tuple[float, float]
_WANTED = "expected two numbers, [low, high]"


def in_numbers(ranges: object, dimensions: Mapping[str, Dimension | None], from_file: bool) -> dict[str, Ends]:
    """Ranges as written, in SI; `dimensions` are those of all keys of the block. ValueError says which range is wrong."""
    if not isinstance(ranges, Mapping):
        raise ValueError(f"ranges: got {ranges!r:.60}; expected a block of keys, each with [low, high]")
    return {str(name): _ends(str(name), ends, dimensions, from_file) for name, ends in ranges.items()}


def _ends(name: str, ends: object, dimensions: Mapping[str, Dimension | None], from_file: bool) -> Ends:
    if name not in dimensions:
        raise ValueError(f"ranges.{name}: the block has no such key ({did_you_mean(name, dimensions)})")
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        raise ValueError(f"ranges.{name}: got {ends!r:.60}; {_WANTED}")
    low, high = (_number(name, end, dimensions[name], from_file) for end in ends)
    return low, high


def _number(name: str, end: object, dimension: Dimension | None, from_file: bool) -> float:
    if isinstance(end, str) and dimension is not None:
        try:
            return parse(end, dimension)
        except ValueError as error:
            raise ValueError(f"ranges.{name}: {error}") from None
    if isinstance(end, bool) or not isinstance(end, (int, float)):
        raise ValueError(f"ranges.{name}: {end!r:.60} is no number; {dimension.expected if dimension else _WANTED}")
    if dimension is not None and from_file and end != 0:
        raise ValueError(f"ranges.{name}: {end} has no unit, expected {dimension.expected}")
    return end


def problem_of(ranges: Mapping[str, Ends], values: Mapping[str, Any], dimensions: Mapping[str, Dimension | None]) -> str:
    """What is wrong with ranges beside the numbers they are about; empty where nothing is."""
    for name, (low, high) in ranges.items():
        value, dimension = values[name], dimensions[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"ranges.{name}: '{name}' is {'not given' if value is None else 'no single number'}, so it has no range; leave it out"
        if not low <= value <= high:
            shown = [show(number, dimension.symbol) if dimension else f"{number:g}" for number in (value, low, high)]
            return f"ranges.{name}: {shown[0]} does not lie between {shown[1]} and {shown[2]}; expected low <= value <= high"
    return ""


def kept(ranges: Mapping[str, Any] | None, changed: Iterable[str]) -> dict[str, Any] | None:
    """The ranges of the numbers that were not changed, None where none is left."""
    gone = set(changed)
    return {name: ends for name, ends in (ranges or {}).items() if name not in gone} or None
