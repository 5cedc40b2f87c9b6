"""The points of a sweep: every combination of the values of its axes, in the order of the file, the last axis fastest."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from chipsim.sweep.description import Axis, Sweep
from chipsim.units import measured


@final
@dataclass(frozen=True)
class Point:
    """One combination: what each key becomes, and what the axes are called and have in the table (None: the axis does not exist here)."""

    changes: tuple[tuple[str, Any], ...]  # dotted path, plain value as in a file
    shown: dict[str, Any]  # by name of the axis: an SI number, or a text


def names(sweep: Sweep) -> list[str]:
    """Names of the axes: their own, or as many of the last words of their keys as tell them apart."""
    found = [axis.name or axis.paths[0] for axis in sweep.axes]
    for number, axis in enumerate(sweep.axes):
        if not axis.name:
            words = axis.paths[0].split(".")
            short = (".".join(words[-count:]) for count in range(1, len(words) + 1))
            others = [o for k, other in enumerate(sweep.axes) if k != number for o in (other.name or other.paths[0],)]
            found[number] = next((s for s in short if not any(o == s or o.endswith(f".{s}") for o in others)), axis.paths[0])
    return found


def values_of(axis: Axis) -> list[Any]:
    """The values of an axis as they would stand in a file."""
    if axis.values is not None:
        return list(axis.values)
    assert axis.low is not None
    assert axis.high is not None
    (low, symbol), (high, _) = measured(axis.low), measured(axis.high)
    count = axis.points or 1
    shares = [k / (count - 1) if count > 1 else 0.0 for k in range(count)]
    if axis.scale == "log":
        numbers = [low * math.exp(share * math.log(high / low)) for share in shares]
    else:
        numbers = [low + share * (high - low) for share in shares]
    if isinstance(axis.low, int) and isinstance(axis.high, int):
        return list(dict.fromkeys(round(number) for number in numbers))
    return [f"{number:.9g} {symbol}" if symbol else float(f"{number:.9g}") for number in numbers]


def shown(axis: Axis, number: int, value: Any) -> Any:
    """What stands for a value in tables: its label, an SI number, or a text."""
    if axis.labels is not None:
        return axis.labels[number]
    if axis.keys:
        return ", ".join(str(item) for item in value)
    if isinstance(value, str):
        try:
            return measured(value)[0]
        except ValueError:
            return value
    return value if isinstance(value, (int, float, bool)) or value is None else str(value)


def points(sweep: Sweep) -> Iterator[Point]:
    """Every point, each once."""
    called = names(sweep)
    values = [values_of(axis) for axis in sweep.axes]
    sizes = [len(found) for found in values]
    seen: set[tuple[tuple[str, str], ...]] = set()
    for index in range(math.prod(sizes)):
        rest, picks = index, []
        for size in reversed(sizes):
            rest, pick = divmod(rest, size)
            picks.append(pick)
        point = _point(sweep, called, values, picks[::-1])
        mark = tuple((path, repr(value)) for path, value in point.changes)
        if mark not in seen:
            seen.add(mark)
            yield point


def _point(sweep: Sweep, called: list[str], values: list[list[Any]], picks: list[int]) -> Point:
    changes: dict[str, Any] = {}
    told: dict[str, Any] = dict.fromkeys(called)
    for axis, name, found, pick in zip(sweep.axes, called, values, picks, strict=True):
        if not _exists(axis, changes):
            continue
        value = found[pick]
        changes |= dict(zip(axis.paths, value if axis.keys else [value], strict=True))
        told[name] = shown(axis, pick, value)
    return Point(tuple(changes.items()), told)


def _exists(axis: Axis, changes: dict[str, Any]) -> bool:
    """Whether the condition of an axis holds, as far as the axes before it say."""
    return all(changes.get(path) in (wanted if isinstance(wanted, list) else [wanted]) for path, wanted in axis.when.items())
