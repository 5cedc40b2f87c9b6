"""Which points of a sweep nothing beats: the Pareto front, its knee, and how much of the objectives' space it covers.

A point stands on the front when it keeps every limit and no other such point is at least as good in every objective and better in one.
Objectives are compared to ten significant digits: what differs after them is the order of a sum, not the chip.

The knee is the point of the front farthest from the hyperplane through its ends, on the side of the ideal; objectives are scaled to
0 (the best on the front) to 1 (the worst on it), an end is the best point of one objective (Das 1999, doi:10.1007/BF01195985):

    d(x) = (1 - n . x) / |n|,    n . e = 1 for every end e

Where the ends span no such plane, n is a vector of ones. A front of fewer than three points, or one that nowhere comes closer to the
ideal than its ends, has no knee.

The hypervolume is what the front dominates, up to a reference point (in the units of the objectives, multiplied); the reference lies a
tenth of the range beyond the worst value of any point that keeps the limits, and stands in the table (`objectives`). `share` is the
hypervolume divided by the box between the reference and the best value of every objective, so from 0 to 1. Both are counted over the
points in the order of their numbers, so that a grid, a search and draws at random can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.record import Row
from chipsim.sweep.importance import importances
from chipsim.sweep.table import SweepTable

Floats = NDArray[np.float64]

DIGITS = 10  # of an objective, in which two points may differ
BEYOND = 0.1  # of the range of an objective: how far the reference lies beyond its worst value
OVER = ("done", "failed", "pruned")  # what has been evaluated


@final
@dataclass(frozen=True)
class Judged:
    """One point with all its repeats."""

    numbers: tuple[int, ...]
    over: bool  # it has been evaluated, with whatever outcome
    sought: tuple[float, ...] | None  # objectives, all to be small; None where it has none or misses a limit


def judged(table: SweepTable) -> SweepTable:
    """The table with its front, knee, hypervolume and importance; without objectives, as it is."""
    if not table.objectives:
        return table
    points = judgements(table)
    good = [point for point in points if point.sought is not None]
    table = importances(table)
    if not good:
        return replace(table, front=[], knee=[], hypervolume=[])
    values = np.array([point.sought for point in good], float)
    front = np.flatnonzero(nondominated(values))
    found = knee(values[front])
    reference = reference_of(values)
    grown, missing = growth(points, reference, values.min(axis=0))
    return replace(
        table,
        front=[number for index in front for number in good[index].numbers],
        knee=[] if found is None else list(good[front[found]].numbers),
        hypervolume=grown,
        objectives=[row | {"reference": _as_told(row, number)} for row, number in zip(table.objectives, reference, strict=True)],
        facts=table.facts | ({"hypervolume": missing} if missing else {}),
    )


def judgements(table: SweepTable) -> list[Judged]:
    """The points of a table in the order of their numbers; rows with the same values of all axes are repeats of one point."""
    axes = table.names("axis")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in table.rows:
        groups.setdefault(tuple(row.get(name) for name in axes), []).append(row)
    return [
        Judged(
            tuple(row["point"] for row in rows),
            all(row["status"] in OVER for row in rows),
            sought(rows, table.objectives, table.limits),
        )
        for rows in groups.values()
    ]


def sought(rows: Sequence[Row], objectives: Sequence[Row], limits: Sequence[Row]) -> tuple[float, ...] | None:
    """The objectives of one point, means of its repeats, rounded, signed so that all are to be small; None: no candidate."""
    done = [row for row in rows if row["status"] == "done"]
    if not done or any(row["status"] in ("failed", "pruned") for row in rows):
        return None
    if any(excess is None or excess > 0 for excess in excesses(done, limits)):
        return None
    values = [mean(done, row["column"]) for row in objectives]
    signed = [None if v is None else _sign(row) * rounded(v) for v, row in zip(values, objectives, strict=True)]
    return None if None in signed else tuple(v for v in signed if v is not None)


def rounded(value: float) -> float:
    """A number to as many digits as points are told apart by."""
    return float(f"{value:.{DIGITS}g}")


def excesses(rows: Sequence[Row], limits: Sequence[Row]) -> list[float | None]:
    """By how much each limit is exceeded, as a share of it (0 or less: it is kept); None where its measure has no value."""
    found: list[float | None] = []
    for limit in limits:
        value = mean(rows, limit["column"])
        for name, sign in (("at_most", 1.0), ("at_least", -1.0)):
            bound = limit.get(name)
            if bound is not None:
                found.append(None if value is None else sign * (value - bound) / (abs(bound) or 1.0))
    return found


def mean(rows: Sequence[Row], column: str) -> float | None:
    """The mean of a column over the repeats of a point; None where one of them has no value."""
    values = [row.get(column) for row in rows]
    numbers = [float(value) for value in values if value is not None]
    return math.fsum(numbers) / len(numbers) if numbers and len(numbers) == len(values) else None


def nondominated(values: Floats) -> NDArray[np.bool_]:
    """Which rows (points x objectives, all to be small) no other row dominates; equal rows stand together."""
    order = np.lexsort(values.T[::-1])  # who dominates a row comes before it
    keep = np.zeros(len(values), np.bool_)
    front = np.empty_like(values)
    size = 0
    for index in order:
        point = values[index]
        before = front[:size]
        if not np.any(np.all(before <= point, axis=1) & np.any(before < point, axis=1)):
            front[size], keep[index] = point, True
            size += 1
    return keep


def knee(front: Floats) -> int | None:
    """The row of a front (points x objectives, all to be small) that is its knee, or None."""
    low, high = front.min(axis=0), front.max(axis=0)
    moves = high > low
    if len(np.unique(front, axis=0)) < 3 or moves.sum() < 2:
        return None
    scaled = (front - low)[:, moves] / (high - low)[moves]
    ends = scaled[[np.lexsort([*np.delete(scaled, axis, 1).T, scaled[:, axis]])[0] for axis in range(scaled.shape[1])]]
    normal = _normal(ends)
    distances = (1.0 - scaled @ normal) / np.linalg.norm(normal)
    best = int(distances.argmax())
    return best if distances[best] > 1e-12 else None


def _normal(ends: Floats) -> Floats:
    ones = np.ones(len(ends))
    if np.linalg.matrix_rank(ends) < len(ends):
        return ones
    normal = np.asarray(np.linalg.solve(ends, ones), np.float64)
    return normal if np.all(normal > 0) else ones


def reference_of(values: Floats) -> Floats:
    """The reference point of a hypervolume: a tenth of the range beyond the worst value of each objective (all to be small)."""
    worst, spread = values.max(axis=0), np.ptp(values, axis=0)
    one = np.where(np.abs(worst) > 0, np.abs(worst), 1.0)
    return np.asarray(worst + BEYOND * np.where(spread > 0, spread, one), np.float64)


def hypervolume(values: Floats, reference: Floats) -> float:
    """What points (points x objectives, all to be small) dominate up to a reference; several objectives: ImportError without moocore."""
    inside = values[np.all(values < reference, axis=1)]
    if not len(inside):
        return 0.0
    box = reference - inside.min(axis=0)
    return covered(inside, reference, box) * float(np.prod(box))


def covered(values: Floats, reference: Floats, box: Floats) -> float:
    """The hypervolume as a share of a box below the reference."""
    scaled = 1.0 - (reference - values) / box
    if scaled.shape[1] == 1:
        return float(1.0 - scaled.min())
    import moocore

    return float(moocore.hypervolume(scaled, ref=np.ones(scaled.shape[1])))


def growth(points: Sequence[Judged], reference: Floats, ideal: Floats) -> tuple[list[Row], str]:
    """Hypervolume against evaluations, where it grows and at the last one; and in a sentence why there is none."""
    front = np.empty((0, len(reference)))
    rows: list[Row] = []
    count, share, box = 0, 0.0, reference - ideal
    for point in points:
        count += point.over
        value = None if point.sought is None or not point.over else np.array(point.sought)
        if value is None or np.any(np.all(front <= value, axis=1)):
            continue
        front = np.vstack([front[~np.all(value <= front, axis=1)], value])
        try:
            share = covered(front, reference, box)
        except ImportError:
            return [], 'the hypervolume needs moocore: pip install "chipsim[sweep]"'
        rows.append(_grown(count, share, box))
    if rows and rows[-1]["evaluations"] < count:
        rows.append(_grown(count, share, box))
    return rows, ""


def _grown(evaluations: int, share: float, box: Floats) -> Row:
    return {"evaluations": evaluations, "value": share * float(np.prod(box)), "share": share}


def _sign(objective: Row) -> float:
    return -1.0 if objective["better"] == "maximise" else 1.0


def _as_told(objective: Row, number: float) -> float:
    return float(_sign(objective) * number)
