"""Chips that learn and records of mini-batches for tests, from the tiny chip of builders.py."""

from collections import Counter
from typing import Any

import numpy as np
from builders import Block, chip, merged

from chipsim.architecture import Architecture
from chipsim.learning import Lessons
from chipsim.lesson import Costs, Lesson, Places, Task, laid_out, lesson_of
from chipsim.reading import from_plain
from chipsim.training.rules.rule import Activity, Footprint
from chipsim.training.work import ArrayWork, StepWork
from chipsim.workload.description import WorkloadSpec

LEARNING: Block = {
    "slot": "5 ns",
    "pulse_energy": "1 fJ",
    "drive_energy": "10 fJ",
    "activations": {"type": "sram", "capacity": "1 Mb", "read_energy": "1 fJ/b", "write_energy": "2 fJ/b", "area": "100 um2"},
}
PLAIN = Footprint(1)
ONE = Activity(pulses=40, slots=31, clipped=0, lines=7, reads=0, operations=0, drives=100)
SMALL = {"rows": 8, "columns": 8}


def learner(learning: Block | None = None, **changes: Any) -> Architecture:
    """The tiny chip with a block `learning`."""
    return chip(**merged({"tile": {"learning": merged(LEARNING, learning or {})}}, changes))


def described(shape: list[int], *layers: Block) -> WorkloadSpec:
    """A network without weights and data."""
    return from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": shape}, "layers": list(layers)})


def placed(spec: WorkloadSpec, architecture: Architecture) -> Places:
    """Where its layers lie."""
    return Places(architecture, spec, laid_out(spec, architecture))


def work_of(places: Places, samples: int, done: Activity = ONE, first: int = 0, retries: int = 0) -> StepWork:
    """A mini-batch in which every product drives 2 cells' worth forward and 1 backward, and every update is `done`."""
    arrays = []
    for name, blocks in places.blocks.items():
        forward, back = places.products(name), len(places.products_back(name))
        for block in blocks:
            tried = np.full((samples, forward), retries, np.int64), np.full((samples, forward), 2.0)
            turned = np.full((samples, back), retries, np.int64), np.full((samples, back), 1.0)
            arrays.append(ArrayWork(name, block.row_block, block.column_block, block.shape, *tried, *turned, (done,) * samples))
    return StepWork(first, samples, tuple(arrays))


def works_of(places: Places, samples: int, batches: int, done: Activity = ONE) -> list[StepWork]:
    """Equal mini-batches one after the other."""
    return [work_of(places, samples, done, batch * samples) for batch in range(batches)]


def lessons(spec: WorkloadSpec, architecture: Architecture, footprint: Footprint = PLAIN) -> Lessons:
    """Ready to be played."""
    return Lessons(architecture, spec, laid_out(spec, architecture), footprint)


def costs(architecture: Architecture, footprint: Footprint = PLAIN) -> Costs:
    """What its circuits take."""
    return Costs(architecture, footprint)


# --- lessons as graphs ------------------------------------------------------------------------------------------------


def made(spec: WorkloadSpec, samples: int = 1, done: Activity = ONE) -> Lesson:
    """One mini-batch on a chip with arrays of 8 x 8."""
    architecture = learner(array=SMALL, mesh=(6, 4))
    places = placed(spec, architecture)
    return lesson_of(places, costs(architecture), [work_of(places, samples, done)])


def counted(of: Lesson) -> Counter[tuple[str, str]]:
    """How many tasks there are of each kind and layer."""
    return Counter((task.name.split()[0], task.layer) for task in of.tasks)


def sources(of: Lesson, target: Task) -> list[Task]:
    """The tasks that a task waits for."""
    return [task for task in of.tasks for other, _ in task.followers if other is target]


def sent(task: Task) -> set[tuple[str, int]]:
    """What a task sends to other nodes: kind of the task there, and bits."""
    return {(target.name.split()[0], bits) for target, bits in task.followers if bits}


def one(of: Lesson, kind: str, layer: str, *numbers: int) -> Task:
    """The first task of that kind, layer and numbers."""
    return next(t for t in of.tasks if t.name.startswith(f"{kind} {'-'.join(map(str, numbers))} of layer '{layer}'"))
