"""The points of a sweep: every combination of the values of its axes, in the order of the file, the last axis fastest.

An axis with a condition (`when`) that does not hold at a point does not exist there: its key stays what it is, and the point is run once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from chipsim.compose import technology
from chipsim.sweep.axes import Wanted, alike, decides, steps_of
from chipsim.sweep.axes import names as named_axes
from chipsim.sweep.description import Axis, Sweep
from chipsim.tree import Node
from chipsim.units import measured

COUNTED = 1_000_000  # combinations of axes with conditions that are gone through to be counted


@final
@dataclass(frozen=True)
class Point:
    """One combination: what each key becomes, and what the axes are called and have in the table (None: the axis does not exist here)."""

    changes: tuple[tuple[str, Any], ...]  # dotted path; plain value as in a file, or the node of a block
    shown: dict[str, Any]  # by name of the axis: an SI number, or a text


def names(sweep: Sweep) -> list[str]:
    """Names of the axes."""
    return named_axes(sweep.axes)


def values_of(axis: Axis) -> Sequence[Any]:
    """The values of an axis as they would stand in a file."""
    if axis.values is not None:
        return axis.values
    assert axis.low is not None
    assert axis.high is not None
    if axis.points is None and isinstance(axis.low, int) and isinstance(axis.high, int):
        return range(axis.low, axis.high + 1)
    (low, symbol), (high, other), count = measured(axis.low), measured(axis.high), axis.points or 2
    shares = [k / (count - 1) for k in range(1, count - 1)]
    if axis.scale == "log":
        numbers = [low * math.exp(share * math.log(high / low)) for share in shares]
    else:
        numbers = [low + share * (high - low) for share in shares]
    if axis.whole:
        return list(dict.fromkeys(round(number) for number in (low, *numbers, high)))
    unit = symbol or other
    between = [f"{number:.9g} {unit}" if unit else float(f"{number:.9g}") for number in numbers]
    return [axis.low, *between, axis.high]


def shown(axis: Axis, number: int, value: Any) -> Any:
    """What stands for a value in tables: its label, an SI number, or a text."""
    if axis.labels is not None:
        return axis.labels[number]
    if axis.keys:
        value = value[0]
    if isinstance(value, str):
        try:
            return measured(value)[0]
        except ValueError:
            return value
    return value if isinstance(value, (int, float, bool)) else "none" if value is None else str(value)


def points(sweep: Sweep) -> Iterator[Point]:
    """Every point, each once."""
    called = names(sweep)
    values = [values_of(axis) for axis in sweep.axes]
    for picks in _combined(sweep.axes, values, 0, {}):
        yield point_of(sweep, called, values, picks)


def _combined(axes: Sequence[Axis], values: Sequence[Sequence[Any]], place: int, changes: Mapping[str, Any]) -> Iterator[list[int]]:
    """Numbers of the values of all axes from `place` on; 0 for an axis that does not exist."""
    if place == len(axes):
        yield []
        return
    axis = axes[place]
    there = exists(axis, changes)
    for pick in range(len(values[place]) if there else 1):
        more = {**changes, **changes_of(axis, values[place][pick])} if there else changes
        for rest in _combined(axes, values, place + 1, more):
            yield [pick, *rest]


def point_of(sweep: Sweep, called: Sequence[str], values: Sequence[Sequence[Any]], picks: Sequence[int]) -> Point:
    """The point at which every axis has the value of this number."""
    changes: dict[str, Any] = {}
    told: dict[str, Any] = dict.fromkeys(called)
    for axis, name, found, pick in zip(sweep.axes, called, values, picks, strict=True):
        if exists(axis, changes):
            changes |= changes_of(axis, found[pick])
            told[name] = shown(axis, pick, found[pick])
    return Point(tuple(changes.items()), told)


def changes_of(axis: Axis, value: Any) -> dict[str, Any]:
    """What a value of an axis changes, by dotted path."""
    return dict(zip(axis.paths, value if axis.keys else [value], strict=True))


def exists(axis: Axis, changes: Mapping[str, Any]) -> bool:
    """Whether the condition of an axis holds where the axes before it have made these changes."""
    return all(_holds(steps_of(path), wanted, changes) for path, wanted in axis.when.items())


def _holds(steps: tuple[str, ...], wanted: Any, changes: Mapping[str, Any]) -> bool:
    if not isinstance(wanted, Wanted):  # of a sweep that is not read from a file
        wanted = Wanted(wanted if isinstance(wanted, list) else [wanted], False)
    held: bool = wanted.otherwise
    for path, value in changes.items():
        own = steps_of(path)
        if steps[: len(own)] == own:
            held = any(alike(_inside(value, steps[len(own) :]), item) for item in wanted.values)
    return held


def _inside(value: Any, steps: Sequence[str]) -> Any:
    """What stands at a path within a value; None where nothing is said."""
    value = value.plain() if isinstance(value, Node) else value
    for step in steps:
        if isinstance(value, str) and step == "type":
            return value
        if not isinstance(value, dict):
            return None
        if step == "type" and step not in value and value.get("component") in technology():
            value = technology()[value["component"]]["values"].plain()
        value = value.get(step)
    return value


def most(sweep: Sweep) -> int:
    """As many points as there are if every axis always exists; nothing is built."""
    return math.prod(len(values_of(axis)) for axis in sweep.axes)


def count(sweep: Sweep) -> int:
    """How many points there are; where conditions are too many to go through, how many there are at the most."""
    deciding = {number for number, axis in enumerate(sweep.axes) if axis.when}
    for axis in sweep.axes:
        for path in axis.when:
            deciding |= {number for number, other in enumerate(sweep.axes) if decides(other, steps_of(path))}
    tied = [sweep.axes[number] for number in sorted(deciding)]
    sizes = [len(values_of(axis)) for axis in tied]
    if math.prod(sizes) > COUNTED:
        return most(sweep)
    values = [values_of(axis) for axis in tied]
    free = math.prod(len(values_of(axis)) for number, axis in enumerate(sweep.axes) if number not in deciding)
    return free * sum(1 for _ in _combined(tied, values, 0, {}))
