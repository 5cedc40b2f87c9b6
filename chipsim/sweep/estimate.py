"""How long a sweep will take: from points that were answered before, else from a few that are answered for it and kept.

    seconds = full ceil(F / w) + (timed T + sums S) / w

`w` workers; of the points that are left, `F` are the first with their accuracies and run everything, `T` are the first with their timed
run, `S` need only sums (see facets). A worker remembers timed runs only while it lives, so of those that were begun one is run again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, final

from chipsim.errors import InputError, Problem
from chipsim.facets import FREE
from chipsim.record import Row
from chipsim.sweep.description import Axis
from chipsim.sweep.empty import empty_at_first
from chipsim.sweep.engines import Engine
from chipsim.sweep.evaluate import working
from chipsim.sweep.folder import SweepFolder
from chipsim.sweep.plan import MANY, Plan
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.space import Point, points, values_of
from chipsim.sweep.table import SweepTable
from chipsim.units import measured

TRIED = 3  # points that are tried until one has an answer
QUICK = 5.0  # s: a first point that is faster says more of the loading of code than of the others, so another one is asked
LOOKED = 10_000  # points among which those that are tried are chosen
Kin = tuple[str, ...]


@final
@dataclass(frozen=True)
class Estimate:
    """What is known before a sweep goes on."""

    answered: int  # points that have an answer
    each: float | None  # s, one point that runs everything, on one worker; None where it is not known
    basis: str  # where that comes from
    seconds: float | None  # until the end
    notes: tuple[str, ...] = ()  # sentences about columns that are empty so far


@final
class Work(NamedTuple):
    """How many points run everything, how many the timed run, how many only the sums."""

    full: int
    timed: int
    sums: int


@final
class Costs(NamedTuple):
    """What one point of each takes (s), and what a worker takes to begin."""

    full: float
    timed: float
    sums: float
    start: float = 0.0

    def seconds(self, work: Work, workers: int) -> float:
        """Wall time of all of them."""
        if not sum(work):
            return 0.0
        return self.start + self.full * math.ceil(work.full / workers) + (self.timed * work.timed + self.sums * work.sums) / workers


def estimate(plan: Plan, folder: Path, engine: Engine, tell: Callable[[str], None] = lambda text: None) -> Estimate:
    """An estimate; where no point has an answer, a worker is given a few (not of trainings, which are long).

    InputError where these have no number for a measure that is asked for, and no other point can have one.
    """
    rows = answered_before(folder)
    if rows:
        basis = f"{len(rows)} points answered before" if len(rows) > 1 else "the point answered before"
        costs = costs_before([(_kin(plan, row), float(row["seconds"])) for row in rows])
        left = work_left(plan, [_kin(plan, row) for row in rows])
        return Estimate(len(rows), costs.full, basis, costs.seconds(left, engine.workers))
    if plan.training:
        return Estimate(0, None, "a training says how long it takes when it has begun", None)
    tell("answering a few points to see how long they take; they are kept")
    SweepFolder(folder).begin(plan)
    return _by_trying(plan, folder, engine)


def _by_trying(plan: Plan, folder: Path, engine: Engine) -> Estimate:
    found: dict[str, Answered] = {}
    tried: list[Task] = []
    with working(engine) as work:
        tasks = list(islice(plan.tasks(folder), LOOKED))
        for task in tasks[:TRIED]:
            work([task], _Note("first", found))
            if found:
                tried.append(task)
                break
        else:
            return Estimate(0, None, f"the first {min(TRIED, plan.count)} points failed", None)
        quick = _spent(found["first"]) < QUICK
        for kind, other in kinds(tried[0], tasks).items():
            if kind != "full" or quick:
                work([other], _Note(kind, found))
                tried += [other] if kind in found else []
    notes = empty_at_first(plan.described, [told.values for told in found.values()], found["first"].folder, folder)
    if notes and all(map(_in_numbers, plan.sweep.axes)):
        raise InputError(Problem(f"{note}; leave it out, or write values first at which there is such a number") for note in notes)
    costs = costs_tried({kind: _spent(told) for kind, told in found.items()})
    left = work_left(plan, [task.kin for task in tried])
    basis = "the point" if len(found) == 1 else f"{len(found)} points"
    basis += f" answered to see how long {'it takes' if len(found) == 1 else 'they take'}"
    return Estimate(len(found), costs.full, basis, costs.seconds(left, engine.workers), tuple(notes))


@final
@dataclass(frozen=True)
class _Note:
    """Takes an answer of one kind."""

    kind: str
    found: dict[str, Answered]

    def __call__(self, told: Answered) -> None:
        if told.status == "done":
            self.found[self.kind] = told


def kinds(first: Task, tasks: Iterable[Task]) -> dict[str, Task]:
    """The next point that needs only sums after the first, the next that needs the timed run, the next that needs everything."""
    found: dict[str, Task] = {}
    for task in tasks:
        if task.number != first.number:
            found.setdefault("full" if task.kin[:1] != first.kin[:1] else "timed" if task.kin != first.kin else "sums", task)
    return {kind: found[kind] for kind in ("sums", "timed", "full") if kind in found}  # while the worker remembers the first


def _spent(told: Answered) -> float:
    return max(told.spent, told.seconds)  # of one that was found, what it took then


def costs_tried(spent: dict[str, float]) -> Costs:
    """From the points that were tried; what is not known costs as much as the next dearer thing."""
    full = spent.get("full", spent["first"])
    timed = min(spent.get("timed", full), full)
    return Costs(full, timed, min(spent.get("sums", timed), timed), max(spent["first"] - full, 0.0))


def costs_before(answered: Sequence[tuple[Kin, float]]) -> Costs:
    """From points with their times: of those that share accuracies, the one that took longest ran everything, and so on."""
    full, timed, sums = [], [], []
    groups: dict[Kin, dict[Kin, list[float]]] = {}
    for kin, seconds in answered:
        groups.setdefault(kin[:1], {}).setdefault(kin, []).append(seconds)
    for group in groups.values():
        longest, *others = sorted((sorted(times, reverse=True) for times in group.values()), reverse=True)
        full.append(longest[0])
        timed += [times[0] for times in others]
        sums += [time for times in (longest, *others) for time in times[1:]]
    dear = fmean(full)
    less = fmean(timed) if timed else dear
    return Costs(dear, less, fmean(sums) if sums else less)


def work_left(plan: Plan, answered: Sequence[Kin]) -> Work:
    """What is left of a sweep after these points; of a search, at most."""
    if plan.sweep.search.trials is not None:
        return _at_most(plan, len(answered))
    some = islice(points(plan.sweep), MANY)
    counts: Counter[Kin] = Counter(plan.kin(point, repeat) for point in some for repeat in range(plan.sweep.repeats))
    share = plan.count / max(sum(counts.values()), 1)
    counts.subtract(answered)
    left = {kin: count for kin, count in counts.items() if count > 0}
    known = {kin[:1] for kin in answered}
    full = len({kin[:1] for kin in left} - known)
    timed = len(left) - full
    return Work(*(round(share * count) for count in (full, timed, sum(left.values()) - full - timed)))


def _at_most(plan: Plan, answered: int) -> Work:
    """Of a search: as if it drew every combination of values, and of times, as early as it can."""
    left = max(plan.count - answered, 0)
    sizes = [math.inf if _is_drawn(axis) else len(values_of(axis)) for axis in plan.sweep.axes]
    told = list(zip(sizes, plan.facets, strict=True))
    full = math.prod(size for size, facet in told if facet == "values") * plan.sweep.repeats
    both = math.prod(size for size, facet in told if facet not in FREE) * plan.sweep.repeats
    first, second = int(min(full, left)), int(min(both, left))
    return Work(first, second - first, left - second)


def _is_drawn(axis: Axis) -> bool:
    """Whether a search draws any number of a range."""
    return axis.values is None and axis.points is None and not axis.whole


def _in_numbers(axis: Axis) -> bool:
    """Whether an axis changes nothing but numbers, so that all points have the same parts."""
    values = values_of(axis)[:LOOKED]
    return all(_number(item) is not None for value in values for item in (value if axis.keys else [value]))


def _number(value: object) -> float | None:
    """A value as an SI number, None for texts, blocks and files."""
    with suppress(ValueError):
        return measured(value)[0] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
    return None


def _kin(plan: Plan, row: Row) -> Kin:
    return plan.kin(Point((), row), int(row["repeat"]))


def answered_before(folder: Path) -> list[Row]:
    """The rows of the table of a folder whose points have an answer there."""
    with suppress(InputError):
        rows = SweepTable.of_folder(folder).rows
        return [row for row in rows if row["status"] == "done" and (folder / "points" / str(row["folder"])).is_dir()]
    return []
