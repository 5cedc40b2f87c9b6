"""At which value of a number a network falls to a level: bisection with common random numbers, and an interval for the answer.

f(v) is A* at the value v, estimated with standard error s(v); values run from harmless to harmful. Every value is judged with the same
random numbers, so f falls nearly without noise of its own; what stays is how well these samples and programmings stand for all others.
Three ends are looked for by bisection among the values, and what was judged once is not judged again:

    value    f(v) = level, interpolated in the logarithm of v between two neighbours; of whole numbers the last that still keeps it
    low      the last value before f(v) - Z s(v) is below the level           high     the first with f(v) + Z s(v) below it

The interval from low to high is that of the test which does not reject f(v) = level, inverted; with Z = 1.96 it holds the value in
about 95 % of all choices of samples and chips, for each term by itself. It ends on the values that were tried, so it is too wide rather
than too narrow. Where f is not monotone (converters whose range is too small, then too large) bisection finds one crossing, not all.

    verdicts    found, already (below the level without the term), never (kept up to the last value)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, final

from chipsim.studies.sensitivity_judge import Estimate

Z = 1.96
FOUND, ALREADY, NEVER = "found", "already", "never"


@final
class Threshold(NamedTuple):
    """Where a network falls; None: not within the values."""

    verdict: str
    value: float | None
    low: float | None
    high: float | None
    tried: int  # values that were judged


def threshold(
    values: Sequence[float], judge: Callable[[float], Estimate], zero: Estimate, level: float, whole: bool = False
) -> Threshold:
    """Where A* falls to `level` along `values`, from harmless to harmful; `zero`: A* without the term. `whole`: no value between two."""
    if zero.mean < level:
        return Threshold(ALREADY, None, None, None, 0)
    if not values:
        return Threshold(NEVER, None, None, None, 0)
    known: dict[int, Estimate] = {}

    def at(place: int) -> Estimate:
        if place < 0:
            return zero
        if place not in known:
            known[place] = judge(values[place])
        return known[place]

    def last(shift: float) -> int:
        """The last value at which A* and `shift` errors more are not below the level; -1: none is."""
        good, bad = -1, len(values)
        while bad - good > 1:
            place = len(values) - 1 if bad == len(values) else (good + bad) // 2
            found = at(place)
            good, bad = (place, bad) if found.mean + shift * found.error >= level else (good, place)
        return good

    middle, early, late = last(0.0), last(-Z), last(Z)
    low = values[early] if early >= 0 else None
    high = values[late + 1] if late + 1 < len(values) else None
    if middle == len(values) - 1:
        return Threshold(NEVER, None, values[early] if early >= 0 else None, None, len(known))
    if middle < 0:  # between nothing and the mildest of the values
        return Threshold(FOUND, values[0], None, high, len(known))
    value = values[middle] if whole else _between(values, middle, at, level)
    return Threshold(FOUND, value, low, high, len(known))


def _between(values: Sequence[float], place: int, at: Callable[[int], Estimate], level: float) -> float:
    """The value at which the line through two neighbours, in the logarithm of the values, is at the level."""
    before, after = at(place).mean, at(place + 1).mean
    share = (before - level) / (before - after)
    return math.exp(math.log(values[place]) + share * math.log(values[place + 1] / values[place]))
