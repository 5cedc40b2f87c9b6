"""The moments at which the study of drift (drift.py) reads chips: of its curves, and of the ends of its intervals of upkeep.

A moment is a chip as it stands: which programming its weights come from, how old that is, at which age drift was last measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chipsim.programming.maintenance import Maintenance

STATISTICS = "statistics"
COMPENSATIONS = ("none", "global", "column", STATISTICS)
Every = float | None  # s between two upkeeps; None: never


class Moment(NamedTuple):
    """What an accuracy is asked for: compensation, number of the programming, its age and the age of its calibration (s)."""

    compensation: str
    programming: int
    age: float
    calibrated: float


class Interval(NamedTuple):
    """One interval of an upkeep, and the moments that stand for it by time (s)."""

    action: str
    compensation: str
    every: Every
    moments: dict[float, Moment]


def _moment(kind: str, programming: int, age: float, calibrated: float) -> Moment:
    return Moment(kind, programming, age, age if kind == "none" else calibrated)  # without compensation nothing is calibrated


def fresh(kind: str) -> Moment:
    """A chip right after its first programming."""
    return _moment(kind, 0, 0.0, 0.0)


def curve_of(kind: str, maintenance: Maintenance, times: Sequence[float]) -> dict[float, Moment]:
    """The moments of one curve, by time."""
    ages = {time: maintenance.age(time) for time in times}
    return {time: _moment(kind, maintenance.programming(time), age, maintenance.calibrated(age)) for time, age in ages.items()}


def intervals_of(
    kinds: Sequence[str], times: Sequence[float], calibrate: Sequence[Every], program: Sequence[Every]
) -> Iterator[Interval]:
    """Every interval of every upkeep; one that is longer than the last of the times never comes to its end."""
    for kind in kinds:
        if kind != "none":
            for every in calibrate:
                ends = ends_of(every, times)
                moments = {time: _moment(kind, 0, time, max(count - 1, 0) * (every or 0.0)) for time, count in ends.items()}
                yield Interval("calibrate", kind, every, moments)
        for every in program:
            ends = ends_of(every, times)
            ages = {time: every if every and count else time for time, count in ends.items()}
            yield Interval("program", kind, every, {t: _moment(kind, max(n - 1, 0), ages[t], ages[t]) for t, n in ends.items()})


def ends_of(every: Every, times: Sequence[float]) -> dict[float, int]:
    """The ends of intervals nearest to the times, with the number of intervals that are over then; without any: the times, with 0."""
    whole = 0 if every is None else math.floor(times[-1] / every * (1 + 1e-12))
    if every is None or whole == 0:
        return dict.fromkeys(times, 0)
    counts = sorted({min(max(round(time / every), 1), whole) for time in times})
    return {count * every: count for count in counts}


def moments_of(curves: dict[str, dict[float, Moment]], intervals: Sequence[Interval]) -> list[Moment]:
    """Every moment once, in an order in which each programming and each calibration is needed once."""
    found = {moment for curve in curves.values() for moment in curve.values()}
    found |= {moment for interval in intervals for moment in interval.moments.values()}
    return sorted(found | {fresh(kind) for kind in curves}, key=lambda m: (m.programming, COMPENSATIONS.index(m.compensation), m[2:]))
