"""What a search may choose along each axis, and the point that its choices make.

    values, numbers that only rise or fall     their place in the list, so that neighbours are near each other
    other values                               one of them, without an order
    low and high with points                   the place among these points
    low and high                               any number between them; whole numbers where both ends are written so, or are bits
                                               (spread evenly, or evenly in their logarithm with `scale: log`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

from chipsim.sweep.description import Axis, Sweep
from chipsim.sweep.space import Point, changes_of, exists, names, point_of, shown, values_of
from chipsim.units import measured

DIGITS = 6  # of a number that is drawn: what two points differ in is then legible


@final
@dataclass(frozen=True)
class Span:
    """Any number between two ends (SI)."""

    low: float
    high: float
    symbol: str
    whole: bool
    log: bool

    def written(self, number: float) -> Any:
        """A drawn number as it would stand in a file."""
        number = min(max(float(f"{number:.{DIGITS}g}"), self.low), self.high)
        if self.whole:
            return f"{round(number)} {self.symbol}" if self.symbol else round(number)
        return f"{number:.12g} {self.symbol}" if self.symbol else number


@final
class Choices:
    """The axes of a sweep as a search sees them."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.names = names(sweep)
        self.spans = [span_of(axis) for axis in sweep.axes]
        self.lists: list[Sequence[Any]] = [[] if span else values_of(axis) for axis, span in zip(sweep.axes, self.spans, strict=True)]
        self.ordered = [is_ordered(axis, values) for axis, values in zip(sweep.axes, self.lists, strict=True)]

    def drawn(self, trial: Any, genes: bool) -> Point:
        """The point that a trial of optuna chooses; with `genes` it is also asked for axes that do not exist at its point."""
        changes: dict[str, Any] = {}
        lists: list[Sequence[Any]] = []
        picks: list[int] = []
        for number, axis in enumerate(self.sweep.axes):
            there = exists(axis, changes)
            found, pick = self._drawn(trial, number) if there or genes else ((None,), 0)
            lists.append(found)
            picks.append(pick)
            if there:
                changes |= changes_of(axis, found[pick])
        return point_of(self.sweep, self.names, lists, picks)

    def _drawn(self, trial: Any, number: int) -> tuple[Sequence[Any], int]:
        name, span, values = self.names[number], self.spans[number], self.lists[number]
        if span is None:
            if self.ordered[number]:
                return values, trial.suggest_int(name, 0, len(values) - 1)
            return values, trial.suggest_categorical(name, list(range(len(values))))
        if span.whole:
            return [span.written(trial.suggest_int(name, round(span.low), round(span.high), log=span.log))], 0
        return [span.written(trial.suggest_float(name, span.low, span.high, log=span.log))], 0


def span_of(axis: Axis) -> Span | None:
    """The ends of an axis that has no fixed values, None for others."""
    if axis.values is not None or axis.points is not None:
        return None
    low, high = (measured(end)[0] for end in (axis.low, axis.high) if end is not None)
    whole = axis.whole or (axis.unit == "b" and low.is_integer() and high.is_integer())
    return Span(low, high, axis.unit, whole, axis.scale == "log")


def is_ordered(axis: Axis, values: Sequence[Any]) -> bool:
    """Whether the values of an axis are numbers that only rise or only fall."""
    told = [shown(axis, number, value) for number, value in enumerate(values)]
    if any(not isinstance(value, (int, float)) or isinstance(value, bool) for value in told):
        return False
    steps = [after - before for before, after in pairwise(told)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)
