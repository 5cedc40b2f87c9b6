"""How long a sweep will take: from points that were answered before, else from one or two that are answered for it and kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import final

from chipsim.errors import InputError
from chipsim.sweep.engines import Engine
from chipsim.sweep.evaluate import working
from chipsim.sweep.folder import SweepFolder
from chipsim.sweep.plan import Plan
from chipsim.sweep.space import values_of
from chipsim.sweep.table import SweepTable

TRIED = 3  # points that are tried until one has an answer
QUICK = 5.0  # s: a first point that is faster says more of the loading of code than of the others, so a second one is asked
CHEAP = ("report", "prices")  # a change of these runs nothing again


@final
@dataclass(frozen=True)
class Estimate:
    """What is known before a sweep goes on."""

    answered: int  # points that have an answer, or have failed for good
    each: float | None  # s, one point on one worker; None where it is not known
    basis: str  # where that comes from
    seconds: float | None  # until the end


def estimate(plan: Plan, folder: Path, engine: Engine, tell: Callable[[str], None] = lambda text: None) -> Estimate:
    """An estimate; where no point has an answer, a worker is given the first ones (not of trainings, which are long)."""
    workers = engine.workers
    seconds = answered_before(folder)
    if seconds:
        basis = f"{len(seconds)} points answered before" if len(seconds) > 1 else "the point answered before"
        return _estimate(plan, len(seconds), fmean(seconds), basis, workers, plan.count - len(seconds))
    if plan.training:
        return Estimate(0, None, "a training says how long it takes when it has begun", None)
    tell("answering a point to see how long it takes; it is kept")
    SweepFolder(folder).begin(plan)
    found: list[float] = []
    with working(engine) as work:
        for task in islice(plan.tasks(folder), TRIED):
            work([task], lambda told: found.extend([told.seconds] if told.status == "done" else []))
            if found and (len(found) > 1 or found[0] > QUICK):
                break
    if not found:
        return Estimate(0, None, f"the first {min(TRIED, plan.count)} points failed", None)
    basis = "the first point" if len(found) == 1 else "the second point"
    return _estimate(plan, 0, found[-1], basis, workers, min(in_full(plan), plan.count))


def _estimate(plan: Plan, answered: int, each: float, basis: str, workers: int, left: int) -> Estimate:
    return Estimate(answered, each, basis, each * left / max(min(workers, plan.count), 1))


def in_full(plan: Plan) -> int:
    """How many points differ in more than prices, so that something is simulated for them."""
    sizes = [len(values_of(axis)) for axis, facet in zip(plan.sweep.axes, plan.facets, strict=True) if facet not in CHEAP]
    return math.prod(sizes) * plan.sweep.repeats


def answered_before(folder: Path) -> list[float]:
    """Wall times (s) of the points in the table of a folder that have an answer there."""
    with suppress(InputError):
        rows = SweepTable.of_folder(folder).rows
        return [float(row["seconds"]) for row in rows if row["status"] == "done" and (folder / "points" / str(row["folder"])).is_dir()]
    return []
