"""Who runs the points: an engine gives executors of the standard library's kind, and says who was at work when one broke.

Here: processes of this machine, which need nothing to be installed. A cluster: `chipsim.sweep.cluster`.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import MutableSequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from multiprocessing import Pipe, active_children, get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self, final

from chipsim.errors import InputError
from chipsim.sweep.worker import PATIENCE, Desk, ctrl_c_later, sit_down, total_memory

SHARE = 0.8  # of the machine's memory, for all workers together


class GivenUpError(Exception):
    """Somebody else than we has given up a future."""


class Engine(ABC):
    """Workers, wherever they are.

    isolates   whether a point can be given a worker of its own, so that nobody else is to blame when that is killed
    """

    name: str
    isolates: bool = False

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many points can be run at the same time."""

    @abstractmethod
    def executor(self) -> Executor:
        """A fresh executor with all workers."""

    @abstractmethod
    def alone(self) -> Executor:
        """A fresh executor with one worker; of an engine that does not isolate, one for points that run one at a time."""

    @abstractmethod
    def drop(self, executor: Executor) -> None:
        """End an executor at once: what runs is given up."""

    def suspects(self) -> set[int]:
        """Numbers of the points that were run by workers that were killed, after an executor broke; each is asked for once."""
        return set()

    def greet(self, folder: Path) -> None:  # noqa: B027 (nothing to do is a good answer)
        """See that the workers can work in a folder; InputError where they cannot."""

    def check(self) -> None:  # noqa: B027
        """Called every now and then while points are run; CheckError where nobody is left to run them."""

    @abstractmethod
    def lost(self, error: BaseException) -> str:
        """Why no point can be answered any more, empty where an error of a future says nothing like that."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What stands in the table about the engine, as plain values."""

    @abstractmethod
    def close(self) -> None:
        """End everything that this engine has begun."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def told(error: BaseException) -> str:
    """An error in one line, its kind too, as its text may be empty."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@final
class Crew:
    """The processes of one executor: their lifeline, and the places where they write down what they do."""

    def __init__(self, workers: int, memory: int) -> None:
        method = "fork" if "fork" in get_all_start_methods() else "spawn"
        context = get_context(method)
        lifeline, self.end = Pipe(duplex=False)
        self.lifeline: Connection = lifeline
        self.places: MutableSequence[int] = context.RawArray("q", workers)
        self.processes: MutableSequence[int] = context.RawArray("q", workers)
        desk = Desk(lifeline, self.end if method == "fork" else None, self.places, self.processes, memory)
        taken, lock = context.RawArray("q", 1), context.Lock()
        self.executor = ProcessPoolExecutor(workers, mp_context=context, initializer=sit_down, initargs=(desk, taken, lock))
        with ctrl_c_later():
            self.executor.submit(int)  # begins the processes

    def dismiss(self) -> None:
        """End all processes: they are asked to, and killed where they do not listen."""
        self.end.close()
        ending = Thread(target=self.executor.shutdown, kwargs={"wait": True, "cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(2 * PATIENCE)
        if ending.is_alive():
            for process in active_children():
                if process.pid in self.processes[:]:
                    process.kill()
            ending.join()
        self.lifeline.close()


@final
class Local(Engine):
    """Processes of this machine, forked where the system can, so that all share the compiled kernels that the parent has loaded."""

    name = "local"
    isolates = True

    def __init__(self, workers: int | None = None, memory: int | None = None) -> None:
        """`memory`: bytes that one worker may take; by default its part of 80 % of the machine's. InputError for less than one worker."""
        self._workers = cores() if workers is None else workers
        if self._workers < 1:
            raise InputError(f"--workers {workers}: expected at least 1")
        self.memory = int(SHARE * total_memory() / self._workers) if memory is None else memory
        self._crews: dict[Executor, Crew] = {}
        self._suspects: set[int] = set()

    @property
    def workers(self) -> int:
        return self._workers

    def executor(self) -> Executor:
        return self._crew(self._workers)

    def alone(self) -> Executor:
        return self._crew(1)

    def _crew(self, workers: int) -> Executor:
        crew = Crew(workers, self.memory)
        self._crews[crew.executor] = crew
        return crew.executor

    def drop(self, executor: Executor) -> None:
        crew = self._crews.pop(executor)
        crew.dismiss()
        self._suspects |= {place - 1 for place in crew.places if place}

    def suspects(self) -> set[int]:
        found, self._suspects = self._suspects, set()
        return found

    def lost(self, error: BaseException) -> str:
        return "" if isinstance(error, (BrokenExecutor, GivenUpError)) else f"a point cannot be given to a worker: {told(error)}"

    def facts(self) -> dict[str, Any]:
        return {"engine": self.name, "workers": self.workers, "memory_bound": self.memory}

    def close(self) -> None:
        for executor in list(self._crews):
            self.drop(executor)
