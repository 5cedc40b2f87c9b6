"""One point in a worker: the experiment changed, asked, answered, kept in its run folder, and put into a row of plain values.

Whatever is wrong with a point (a value that is refused, a mapping that does not fit, a fault in a plugin) is part of its answer: the
others go on. What is wrong with the place (a full disk, another chipsim at work) ends the sweep: `Answered.stops`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time as wall_clock
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, final

from chipsim import runs
from chipsim.compose import load_plugin, replaced
from chipsim.errors import ChipsimError
from chipsim.mapping.ways_out import FitError
from chipsim.sweep import worker
from chipsim.sweep.asked import StorageError, asked
from chipsim.sweep.failures import Failure, found_failure, keep_failure, lift_failure
from chipsim.sweep.files import without_folders
from chipsim.sweep.measures import Column
from chipsim.sweep.stamp import stamp
from chipsim.tree import Node, plain_node

Status = Literal["done", "failed", "pruned"]
LOG = "workers.log"  # in the folder of the sweep


def _plugins() -> tuple[str, ...]:
    return tuple(str(module.__file__) for name, module in list(sys.modules.items()) if name.startswith("chipsim_plugin_"))


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # removed; absolute paths are still good
        return ""


@final
@dataclass(frozen=True)
class Base:
    """What is the same for all points: the experiment with all its files read in, the columns, where run folders go."""

    node: Node
    columns: tuple[Column, ...]
    into: Path  # folder of the run folders, in that of the sweep
    retry: bool = False  # ask again what failed for good
    here: str = field(default_factory=_here)  # where paths begin that are not absolute
    plugins: tuple[str, ...] = field(default_factory=_plugins)  # files that are loaded
    stamp: str = field(default_factory=stamp)  # whose answers are wanted

    def __post_init__(self) -> None:
        object.__setattr__(self, "into", Path(self.here, self.into))

    @property
    def log(self) -> Path:
        """Where processes of this machine write what they print."""
        return self.into.parent / LOG

    @cached_property
    def digest(self) -> str:
        """Hash of the experiment."""
        text = json.dumps(without_folders(self.node), sort_keys=True, default=str)
        return hashlib.sha256(f"{text} {self.stamp}".encode()).hexdigest()


@final
@dataclass(frozen=True)
class Task:
    """One point to be answered."""

    number: int
    base: Base
    changes: tuple[tuple[str, Any], ...]
    repeat: int = 0
    kin: tuple[str, ...] = ()  # what it shares with others: those with an equal first word accuracies, with equal words timed runs

    def node(self) -> Node:
        """The experiment with its changes; InputError where there is no block for one."""
        node = self.base.node
        for path, value in self.changes:
            node = replaced(node, path, value if isinstance(value, Node) else plain_node(value, "", node.folder))
        if self.repeat:
            seed = node.value.get("seed") if isinstance(node.value, dict) else None
            first = seed.value if seed is not None and isinstance(seed.value, int) else 0
            node = replaced(node, "seed", plain_node(first + self.repeat, "", node.folder))
        return node

    @property
    def mark(self) -> str:
        """Hash of what is asked: the experiment, its changes, the repeat."""
        changes = [(path, without_folders(value) if isinstance(value, Node) else value) for path, value in self.changes]
        text = json.dumps([self.base.digest, changes, self.repeat], default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


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
    seconds: float = 0.0  # wall time of the answer when it was found
    found: bool = False  # it had been answered before
    memory: int = 0  # what the worker takes now (bytes)
    spent: float = 0.0  # wall time of the worker for this point
    full: bool = False  # the worker takes more memory than it may, and wants to be replaced
    stops: bool = False  # no point can be answered here: nothing is wrong with this one


def answer(task: Task) -> Answered:
    """The answer of a point, found in its folder or simulated and kept there; never raises for what is wrong with the point."""
    start = wall_clock.perf_counter()
    worker.busy_with(task.number)
    worker.write_to(task.base.log)
    try:
        found = _answered(task, start)
    except KeyboardInterrupt:
        worker.leave()
        raise
    finally:
        worker.flush()
        worker.busy_with(None)
    return found


def _answered(task: Task, start: float) -> Answered:
    try:
        _prepare(task.base)
        earlier = None if task.base.retry else found_failure(task.base.into, task.mark)
        if earlier is not None:
            return _failed(task, earlier, found=True)
        try:
            return _done(task, start)
        except MemoryError:
            worker.forget()  # and once more, with all the memory there is
            return _done(task, start)
    except (StopError, StorageError) as error:
        return Answered(task.number, "failed", str(error), False, stops=True, memory=worker.memory())
    except ChipsimError as error:
        failure = Failure(error.said if isinstance(error, FitError) else str(error), True)
    except MemoryError:
        failure = Failure("needs more memory than a worker may take; fewer workers, or more with --memory", False)
    except RecursionError:
        failure = Failure("is nested too deeply", False)
    except BaseException as error:  # a plugin may raise what ends a process, too
        worker.leave()
        failure = Failure(_unexpected(error), False)
    return _failed(task, failure, found=False, start=start)


class StopError(ChipsimError):
    """This worker cannot answer points of this sweep."""


def _prepare(base: Base) -> None:
    """See that this process can answer points of this sweep, and load the plugins."""
    if base.stamp != stamp():
        raise StopError(f"the worker on {platform.node()} runs chipsim {stamp()}, but this is {base.stamp}; install the same on both")
    if not base.into.is_dir():
        raise StopError(f"{base.into}: the folder of the sweep is not there for a worker; workers need the same file system")
    for file in base.plugins:
        load_plugin(file, Path())
    if base.here and base.here != _here():  # a plugin went elsewhere, or a worker of a cluster began there
        with suppress(OSError):
            os.chdir(base.here)


def _done(task: Task, start: float) -> Answered:
    question = asked(task.node())
    digest = question.experiment.digest
    folder = runs.folder_of(question.experiment.name, digest, task.base.into)
    found = question.find(folder) or question.adopt(folder)
    if not found:
        question.answer(folder, worker.known(task.base.into.parent / "known"))
    values = question.values(task.base.columns)
    lift_failure(task.base.into, task.mark)
    memory, full = worker.memory(), worker.is_full()
    spent = wall_clock.perf_counter() - start
    return Answered(
        task.number, "done", "", True, digest, folder.name, values, question.seconds, found, memory, spent, full
    )  # fmt: skip


def _failed(task: Task, failure: Failure, found: bool, start: float = 0.0) -> Answered:
    seconds = failure.seconds if found else wall_clock.perf_counter() - start
    failure = failure._replace(seconds=round(seconds, 3))
    try:
        if not found:
            keep_failure(task.base.into, task.mark, failure)
    except OSError as error:
        return Answered(task.number, "failed", f"{task.base.into}: cannot be written ({error.strerror})", False, stops=True)
    memory, full = worker.memory(), worker.is_full()
    spent = 0.0 if found else seconds
    told: dict[str, Any] = {"found": found, "memory": memory, "spent": spent, "full": full}
    return Answered(task.number, "failed", failure.message, failure.lasting, seconds=failure.seconds, **told)


def killed(task: Task) -> Answered:
    """The answer of a point whose worker was killed every time."""
    message = "its worker was killed whenever it ran (out of memory, or code that ends the process)"
    return _failed(task, Failure(message, False), found=False, start=wall_clock.perf_counter())


def _unexpected(error: BaseException) -> str:
    """One sentence about an error that nobody expected, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}{place}" if text else f"{type(error).__name__}{place}"
