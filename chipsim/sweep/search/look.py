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
from chipsim.sweep.description import Limit, Objective
from chipsim.sweep.measures import Column
from chipsim.sweep.pareto import Floats
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search.score import Score, score_of
from chipsim.units import measured, show

if TYPE_CHECKING:
    from chipsim.sweep.plan import Plan
    from chipsim.sweep.search.method import Prune


@final
@dataclass(frozen=True)
class Look:
    """How a sweep looks cheaply, with what it seeks."""

    prune: Prune
    objectives: tuple[Objective, ...]
    limits: tuple[Limit, ...]
    times: tuple[Any, ...]  # of the look, as in a file
    samples: int | None  # of the look; None: all of the data set

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

    def most(self, item: Objective | Limit, answers: Sequence[Answered]) -> float | None:
        """What a measure is, or the most that an accuracy may still become, over the repeats of a point; None where it is not known."""
        column = Column(item.measure, item.at)
        if item.measure == "accuracy":
            known = [time for time in self.seconds if item.at is None or time <= item.at]
            if not known:
                return None
            column = Column("accuracy", known[0] if item.at is None else max(known))
        values = [answer.values.get(column.name) for answer in answers]
        numbers = [value for value in values if value is not None]
        if len(numbers) < len(values):
            return None
        number = math.fsum(numbers) / len(numbers)
        return self.bound(number) if item.measure == "accuracy" else number

    def bound(self, share: float) -> float:
        """The most that an accuracy may be in full."""
        if self.prune.samples is not None:
            share = upper(share, self.prune.samples, self.prune.confidence)
        return min(1.0, share + self.prune.margin)

    def hopeless(self, answers: Sequence[Answered], front: Floats) -> str:
        """Why a point need not be run in full; empty where it may be good. `front`: points x objectives, all to be small."""
        for limit in self.limits:
            found = self.most(limit, answers)
            if found is not None and (why := _missed(limit, found)):
                return why
        values = [self.most(item, answers) for item in self.objectives]
        if None in values or not len(front) or any(item.minimise == "accuracy" for item in self.objectives):
            return ""
        best = np.array([v if item.minimise else -v for v, item in zip(values, self.objectives, strict=True) if v is not None])
        if np.any(np.all(front <= best, axis=1) & np.any(front < best, axis=1)):
            told = [f"{item.measure} {_shown(item, v)}" for v, item in zip(values, self.objectives, strict=True) if v is not None]
            return f"another point is better even than what this one may become: {', '.join(told)}"
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
        items: list[Objective | Limit] = [*self.objectives, *self.limits]
        names = [Column(item.measure, item.at).name for item in items if item.measure == "accuracy"]
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
    return Look(prune, plan.sweep.objectives, plan.sweep.limits, tuple(times), prune.samples or samples)


def upper(share: float, count: int, confidence: float) -> float:
    """The upper end of Wilson's one-sided interval of a share of `count` samples."""
    z = NormalDist().inv_cdf(confidence)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (share + z * z / (2 * count) + spread) / (1 + z * z / count)


def _missed(limit: Limit, found: float) -> str:
    for name, sign in (("at_most", 1.0), ("at_least", -1.0)):
        bound = getattr(limit, name)
        accuracy_at_most = limit.measure == "accuracy" and name == "at_most"  # `found` is the most, not the least
        if bound is not None and not accuracy_at_most and sign * (found - measured(bound)[0]) > 0:
            return f"{limit.measure} {_shown(limit, found)} is {'above' if sign > 0 else 'below'} the limit of {bound}, even at its best"
    return ""


def _shown(item: Objective | Limit, value: float) -> str:
    unit = Column(item.measure, item.at).unit
    return show(value, unit) if unit else f"{value:.4g}"
