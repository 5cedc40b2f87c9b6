"""Having points answered by workers that may be killed.

A pool of processes breaks as a whole when one of them is killed. The points that were run then are not known to be innocent: each gets a
worker of its own, one after the other where the engine has none to spare. Who kills its worker there, `DEATHS` times in all, has failed;
all others are asked again as if nothing had happened.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

from chipsim.errors import CheckError
from chipsim.sweep.bundle import Bundle, answers, bundles
from chipsim.sweep.engines import Engine, GivenUpError
from chipsim.sweep.point import Answered, Task, killed

AHEAD = 2  # bundles of points that wait for each worker
DEATHS = 2  # of the worker of one point
IDLE_DEATHS = 5  # workers that die before they have begun anything, one after the other
PATIENCE = 10.0  # seconds for an executor to say that it is broken
LOOK = 0.5  # seconds between two looks at the keyboard

Take = Callable[[Answered], None]


def evaluate(engine: Engine, tasks: Iterable[Task], answered: Take) -> None:
    """Have every task answered, a bounded number at a time; `answered` is called in the order of completion.

    CheckError where no point can be answered any more: the disk is full, the scheduler is lost.
    """
    evaluation = Evaluation(engine, bundles(tasks), answered)
    try:
        evaluation.run()
    finally:
        evaluation.end()


@contextmanager
def working(engine: Engine) -> Iterator[Callable[[Iterable[Task], Take], None]]:
    """Evaluations one after the other by the same workers, which keep what they know."""
    evaluation = Evaluation(engine, iter(()), lambda found: None)

    def work(tasks: Iterable[Task], answered: Take) -> None:
        evaluation.source, evaluation.answered = bundles(tasks), answered
        evaluation.deaths.clear()
        evaluation.run()

    try:
        yield work
    finally:
        evaluation.end()


@final
@dataclass
class Evaluation:
    """Tasks on their way; `again`: those whose workers were lost, `suspects`: those that may have killed them."""

    engine: Engine
    source: Iterator[Bundle]
    answered: Take
    again: deque[Bundle] = field(default_factory=deque)
    suspects: deque[Task] = field(default_factory=deque)
    deaths: Counter[int] = field(default_factory=Counter)
    running: dict[Future[list[Answered]], Bundle] = field(default_factory=dict)
    alone: dict[Future[list[Answered]], tuple[Task, Executor]] = field(default_factory=dict)
    executor: Executor | None = None
    renewing: bool = False
    idle_deaths: int = 0

    def run(self) -> None:
        """Until nothing is left."""
        while True:
            self._submit()
            if not self.running and not self.alone:
                return
            over = wait([*self.running, *self.alone], timeout=LOOK, return_when=FIRST_COMPLETED).done
            if not over:
                self.engine.check()
            for future in [future for future in over if future in self.alone]:
                self._take_alone(future)
            if any(_error(future) is not None for future in over if future in self.running):
                self._broken()
            for future in [future for future in over if future in self.running]:
                self._take_all(future.result(), self.running.pop(future))
            if self.renewing and not self.running:
                self._renew()

    def end(self) -> None:
        """Give up what runs."""
        for _, executor in self.alone.values():
            self.engine.drop(executor)
        self._renew()
        self.alone.clear()
        self.running.clear()

    # --- giving work -----------------------------------------------------------------------------------------------

    def _submit(self) -> None:
        most = self.engine.workers * (1 + AHEAD)
        while len(self.running) < most and not self.renewing and (bundle := self._next()) is not None:
            if self.executor is None:
                self.executor = self.engine.executor()
            try:
                self.running[self.executor.submit(answers, bundle)] = bundle
            except BrokenExecutor:
                self.again.appendleft(bundle)
                self._broken()
        room = self.engine.workers if self.engine.isolates else int(not self.running)
        while self.suspects and len(self.alone) < room:
            task, executor = self.suspects.popleft(), self.engine.alone()
            self.alone[executor.submit(answers, (task,))] = task, executor

    def _next(self) -> Bundle | None:
        if not self.engine.isolates and self.alone:
            return None
        return self.again.popleft() if self.again else next(self.source, None)

    # --- taking answers --------------------------------------------------------------------------------------------

    def _take_all(self, found: list[Answered], bundle: Bundle) -> None:
        if left := bundle[len(found) :]:
            self.again.appendleft(left)
        for answered in found:
            self._take(answered)

    def _take(self, found: Answered) -> None:
        if found.stops:
            raise CheckError(found.message)
        self.idle_deaths = 0
        self.renewing |= found.full
        self.answered(found)

    def _take_alone(self, future: Future[list[Answered]]) -> None:
        task, executor = self.alone.pop(future)
        error = _error(future)
        self.engine.drop(executor)
        if error is None:
            self._take(future.result()[0])
            return
        self._check_engine(error)
        self.engine.suspects()
        self._died(task)

    def _broken(self) -> None:
        """A worker was killed: find out whose."""
        wait(self.running, timeout=PATIENCE if self.engine.isolates else 0)
        errors = {future: error for future in self.running if future.done() and (error := _error(future)) is not None}
        for error in errors.values():
            self._check_engine(error)
        if self.engine.isolates:  # the executor is lost as a whole
            self._renew()
            suspects = self.engine.suspects()
            errors |= {future: _error(future) for future in self.running if _error(future) is not None}  # type: ignore[misc]
        else:
            suspects = {task.number for future in errors for task in self.running[future]}
        lost = [task for future in errors for task in self.running.pop(future)]
        guilty = [task for task in lost if task.number in suspects]
        self.again.extend(bundles(task for task in lost if task.number not in suspects))
        for task in guilty:
            self.suspects.append(task) if len(guilty) > 1 else self._died(task)
        self.idle_deaths += not guilty
        if self.idle_deaths >= IDLE_DEATHS:
            raise CheckError(f"{self.idle_deaths} times in a row a worker was killed before it had begun a point; is the memory full?")

    def _died(self, task: Task) -> None:
        self.deaths[task.number] += 1
        if self.deaths[task.number] < DEATHS:
            self.suspects.append(task)
            return
        self._take(killed(task))

    def _check_engine(self, error: BaseException) -> None:
        if why := self.engine.lost(error):
            raise CheckError(why)

    def _renew(self) -> None:
        if self.executor is not None:
            executor, self.executor = self.executor, None
            self.engine.drop(executor)
        self.renewing = False


def _error(future: Future[list[Answered]]) -> BaseException | None:
    """Why a future has no answer: its worker was killed, or it was given up."""
    if not future.done():
        return None
    return GivenUpError() if future.cancelled() else future.exception()
