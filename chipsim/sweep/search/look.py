"""A cheap look at a point before it is run in full, and whether the point is hopeless by then.

The look asks the same question with fewer samples, or with the early times only. Energy, time and area are then what they are in full;
an accuracy is known within bounds. The most that it may still become is the upper end of Wilson's interval for a share p of n samples,

    (p + z^2 / 2n + z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),    z: quantile of the normal distribution at `confidence`,

plus `margin` (Wilson 1927, doi:10.1080/01621459.1927.10502953). At a time that the look leaves out it is taken to be no better than at
the last time of the look: devices drift away from what was written. A point is hopeless when with the most of each accuracy it

    misses a limit, or
    is dominated by a point that has been run in full and keeps the limits.

What can go wrong: the first samples of the data set are not like the rest (sorted by class), or accuracy grows with time (a programming
again, a calibration between the times). Then good points are lost; a larger `margin` or no pruning is the way out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, final

import numpy as np

from chipsim.errors import InputError
from chipsim.question import Question
from chipsim.record import Row
from chipsim.sweep.measures import Column
from chipsim.sweep.pareto import Floats, rounded
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search.score import Score, score_of
from chipsim.units import measured, show

if TYPE_CHECKING:
    from chipsim.sweep.plan import Plan
    from chipsim.sweep.search.method import Prune
    from chipsim.sweep.sought import Bound


@final
@dataclass(frozen=True)
class Look:
    """How a sweep looks cheaply, with what it seeks."""

    prune: Prune
    objectives: tuple[tuple[Column, bool], ...]  # with whether it is to be small
    bounds: tuple[Bound, ...]
    times: tuple[Any, ...]  # of the look, as in a file

    @property
    def seconds(self) -> tuple[float, ...]:
        """The times of the look."""
        return tuple(measured(time)[0] for time in self.times)

    def task(self, task: Task) -> Task:
        """The cheap question about a point."""
        changes: list[tuple[str, Any]] = [("times", list(self.times))]
        if self.prune.samples is not None:
            changes.append(("samples", self.prune.samples))
        columns = tuple(dict.fromkeys([*task.base.columns, *(Column("accuracy", time) for time in self.seconds)]))
        return replace(task, base=replace(task.base, columns=columns), changes=(*task.changes, *changes))

    def most(self, column: Column, answers: Sequence[Answered]) -> float | None:
        """What a measure is, or the most that an accuracy may still become, over the repeats of a point; None where it is not known."""
        share = column.measure == "accuracy"
        if share:
            known = [time for time in self.seconds if column.time is None or time <= column.time]
            if not known:
                return None
            column = Column("accuracy", known[0] if column.time is None else max(known))
        values = [answer.values.get(column.name) for answer in answers]
        numbers = [value for value in values if value is not None]
        if len(numbers) < len(values):
            return None
        number = math.fsum(numbers) / len(numbers)
        return self.bound(number) if share else number

    def bound(self, share: float) -> float:
        """The most that an accuracy may be in full."""
        if self.prune.samples is not None:
            share = upper(share, self.prune.samples, self.prune.confidence)
        return min(1.0, share + self.prune.margin)

    def hopeless(self, answers: Sequence[Answered], front: Floats) -> str:
        """Why a point need not be run in full; empty where it may be good. `front`: points x objectives, all to be small."""
        for bound in self.bounds:
            found = self.most(bound.column, answers)
            if found is not None and (why := _missed(bound, found)):
                return why
        values = [self.most(column, answers) for column, _ in self.objectives]
        if None in values or not len(front) or any(column.measure == "accuracy" and small for column, small in self.objectives):
            return ""
        told = [rounded(v) for v in values if v is not None]
        best = np.array([v if small else -v for v, (_, small) in zip(told, self.objectives, strict=True)])
        if np.any(np.all(front <= best, axis=1) & np.any(front < best, axis=1)):
            most = [f"{column.name} {_shown(column, v)}" for v, (column, _) in zip(told, self.objectives, strict=True)]
            return f"another point is better even than what this one may become: {', '.join(most)}"
        return ""

    def pruned(self, found: Answered, why: str) -> Answered:
        """The answer of a point that is not run in full: what does not depend on samples and times, and why."""
        values = {name: None if "accuracy" in name else value for name, value in found.values.items()}
        return replace(found, status="pruned", message=why, digest="", folder="", values=values)

    def score(self, answers: Sequence[Answered], objectives: Sequence[Row], limits: Sequence[Row]) -> Score:
        """What a search is told of a point that is not run in full: accuracies as the look has them."""
        rows: list[Row] = [{"point": item.number, "status": "done"} | item.values | self._stand_ins(item) for item in answers]
        return replace(score_of(rows, objectives, limits), status="pruned")

    def _stand_ins(self, found: Answered) -> dict[str, float | None]:
        """Accuracies at times that the look leaves out: those at its last time."""
        last = found.values.get(Column("accuracy", max(self.seconds)).name)
        columns = [*(column for column, _ in self.objectives), *(bound.column for bound in self.bounds)]
        names = [column.name for column in columns if column.measure == "accuracy"]
        return {name: last for name in names if found.values.get(name) is None}


def look_of(plan: Plan) -> Look | None:
    """How a sweep looks cheaply; None where it does not. InputError where a look makes no sense."""
    prune = plan.sweep.search.prune
    if prune is None:
        return None
    node = plan.node.value if isinstance(plan.node.value, dict) else {}
    if "rule" in node:
        raise InputError("search.prune: a training has no cheap look; leave 'prune' out")
    taken = [path for axis in plan.sweep.axes for path in axis.paths if path in ("samples", "times")]
    if taken:
        raise InputError(f"search.prune: '{taken[0]}' is an axis, but the cheap look changes it too; leave 'prune' out")
    samples = node["samples"].plain() if "samples" in node else None
    if prune.samples is not None and isinstance(samples, int) and prune.samples >= samples:
        raise InputError(f"search.prune.samples: {prune.samples} are not fewer than the {samples} samples of the experiment")
    times = node["times"].plain() if "times" in node else [f"{time:g} s" for time in Question.model_fields["times"].default]
    if prune.time is not None:
        kept = [time for time in times if measured(time)[0] <= prune.time]
        if not kept:
            raise InputError(f"search.prune.time: {show(prune.time, 's')} is before the first of the times, {times[0]}")
        times = kept
    objectives = tuple((Column(item.measure, item.at), bool(item.minimise)) for item in plan.sweep.objectives)
    return Look(prune, objectives, plan.bounds, tuple(times))


def upper(share: float, count: int, confidence: float) -> float:
    """The upper end of Wilson's one-sided interval of a share of `count` samples."""
    z = NormalDist().inv_cdf(confidence)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (share + z * z / (2 * count) + spread) / (1 + z * z / count)


def _missed(bound: Bound, found: float) -> str:
    for limit, sign, side in ((bound.at_most, 1.0, "above"), (bound.at_least, -1.0, "below")):
        unsure = bound.column.measure == "accuracy" and sign > 0  # `found` is the most, not the least
        if limit is not None and not unsure and sign * (found - limit) > 0:
            name = bound.column.name
            return f"{name} {_shown(bound.column, found)} is {side} the limit of {_shown(bound.column, limit)}, even at its best"
    return ""


def _shown(column: Column, value: float) -> str:
    return show(value, column.unit) if column.unit else f"{value:.4g}"
