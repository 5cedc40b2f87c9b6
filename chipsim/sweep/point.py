"""One point in a worker: the experiment changed, asked, answered, kept in its run folder, and put into a row of plain values.

Whatever is wrong with a point (a value that is refused, a mapping that does not fit) is part of its answer: the others go on.
"""

from __future__ import annotations

import resource
import time as wall_clock
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

from chipsim import runs
from chipsim.compose import replaced
from chipsim.errors import ChipsimError
from chipsim.experiment import Experiment, experiment_of
from chipsim.result import Result
from chipsim.sweep.measures import Column, values_of
from chipsim.tree import Node, plain_node

Status = Literal["done", "failed"]


@final
@dataclass(frozen=True)
class Base:
    """What is the same for all points: the experiment with all its files read in, the columns, where run folders go."""

    node: Node
    columns: tuple[Column, ...]
    into: Path  # folder of the run folders


@final
@dataclass(frozen=True)
class Task:
    """One point to be answered."""

    number: int
    base: Base
    changes: tuple[tuple[str, Any], ...]
    repeat: int = 0

    def node(self) -> Node:
        """The experiment with its changes; InputError where there is no block for one."""
        node = self.base.node
        for path, value in self.changes:
            node = replaced(node, path, plain_node(value, f"point {self.number}: {path}", node.folder))
        if self.repeat:
            seed = node.value.get("seed") if isinstance(node.value, dict) else None
            first = seed.value if seed is not None and isinstance(seed.value, int) else 0
            node = replaced(node, "seed", plain_node(first + self.repeat, f"point {self.number}: repeats", node.folder))
        return node


@final
@dataclass(frozen=True)
class Answered:
    """The answer of a point, as plain values."""

    number: int
    status: Status
    message: str = ""  # why it failed
    lasting: bool = True  # a failure that comes again: wrong input, not a lost worker
    digest: str = ""
    folder: str = ""  # of the run, in the folder of run folders
    values: dict[str, float | None] = field(default_factory=dict)  # by column, SI
    seconds: float = 0.0
    found: bool = False  # it had been answered before
    memory: int = 0  # largest size of the process so far (bytes)


def answer(task: Task) -> Answered:
    """The answer of a point, found in its run folder or simulated and written there; never raises for what is wrong with the point."""
    start = wall_clock.perf_counter()
    digest = ""
    try:
        experiment = experiment_of(task.node())
        digest = experiment.digest
        folder = runs.folder_of(experiment.name, digest, task.base.into)
        result, found = _result(experiment, folder)
        values = values_of(result, task.base.columns)
    except ChipsimError as error:
        return Answered(task.number, "failed", str(error), digest=digest, seconds=wall_clock.perf_counter() - start, memory=_memory())
    seconds = sum(result.provenance["wall"].values()) if found else wall_clock.perf_counter() - start
    return Answered(task.number, "done", "", True, digest, folder.name, values, seconds, found, _memory())


def _result(experiment: Experiment, folder: Path) -> tuple[Result, bool]:
    result = runs.find(folder)
    if result is not None:
        return result, True
    result = experiment.run()
    runs.write(result, folder.parent)
    return result, False


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
