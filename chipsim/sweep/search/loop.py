"""A search from batch to batch: propose, look cheaply, run in full, tell.

Everything that decides happens here, in one process and in the order of the points' numbers; workers only answer. So the same seed gives
the same points with any number of workers, and a search that was stopped and is started again proposes the same points, finds their
answers in the run folders, and goes on where it had stopped.

A proposal that was made before is put aside and the method is asked again: it is neither a row nor one of the `trials`. After `KNOWN` of
them in a row points are drawn at random until one is new; after `PATIENCE` the search ends, as nothing new is to be had: a small space is
used up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np

from chipsim.record import Row
from chipsim.sweep.bundle import related
from chipsim.sweep.pareto import Floats, nondominated, sought
from chipsim.sweep.plan import Plan
from chipsim.sweep.point import Answered, Base, Task
from chipsim.sweep.search.look import Look, look_of
from chipsim.sweep.search.method import Proposer
from chipsim.sweep.search.score import Score, score_of
from chipsim.sweep.space import Point

KNOWN, PATIENCE = 4, 500  # known proposals in a row
JOURNAL = "optuna.journal"
GROWN = 1.2  # the journal is written when there is this much more to tell

Take = Callable[[Answered], None]
Work = Callable[[Iterable[Task], Take], None]  # have tasks answered


@final
@dataclass(frozen=True)
class Trial:
    """A new point with its rows."""

    proposal: Any
    point: Point
    tasks: tuple[Task, ...]  # one for each repeat


@final
@dataclass
class Loop:
    """A search of a plan; `rows` is the table, which grows by a batch at a time, `answered` puts an answer into its row."""

    plan: Plan
    base: Base
    rows: list[Row]
    work: Work
    answered: Take
    write: Callable[[str, str], None]  # name of a file in the folder of the sweep, its text
    known: set[str] = field(default_factory=set)
    proposals: int = 0
    looks: int = 0
    looked: dict[int, float] = field(default_factory=dict)  # wall time of the look of each row (s)

    def run(self) -> dict[str, Any]:
        """Search to the end; facts for the table."""
        proposer, look = self.plan.sweep.search.proposer(self.plan.sweep), look_of(self.plan)
        noted = 0
        while batch := self._batch(proposer):
            hopeless = self._looked(look, batch) if look else {}
            self._run_in_full([trial for number, trial in enumerate(batch) if number not in hopeless])
            for number, trial in enumerate(batch):
                proposer.tell(trial.proposal, hopeless.get(number) or self._score(trial))
            if self.proposals > GROWN * noted:
                noted = self.proposals
                self._note(proposer)
        self._note(proposer)
        return {"proposals": self.proposals, "looks": self.looks, "look_seconds": round(sum(self.looked.values()), 3)}

    def _note(self, proposer: Proposer) -> None:
        if text := proposer.journal():
            self.write(JOURNAL, text)

    # --- proposing -------------------------------------------------------------------------------------------------

    def _batch(self, proposer: Proposer) -> list[Trial]:
        method = self.plan.sweep.search
        left = method.size if method.trials is None else min(method.size, method.trials - len(self.known))
        batch: list[Trial] = []
        misses = 0
        while len(batch) < left and misses < PATIENCE and (asked := proposer.ask(anew=misses >= KNOWN)) is not None:
            self.proposals += 1
            proposal, point = asked
            if (mark := mark_of(point)) in self.known:
                proposer.put_aside(proposal)
                misses += 1
                continue
            self.known.add(mark)
            misses = 0
            batch.append(self._trial(proposal, point))
        return batch

    def _trial(self, proposal: Any, point: Point) -> Trial:
        first, repeats = len(self.rows), self.plan.sweep.repeats
        self.rows += [self.plan.row(first + repeat, repeat, point) for repeat in range(repeats)]
        kin = [self.plan.kin(point, repeat) for repeat in range(repeats)]
        tasks = (Task(first + repeat, self.base, point.changes, repeat, kin[repeat]) for repeat in range(repeats))
        return Trial(proposal, point, tuple(tasks))

    # --- answering -------------------------------------------------------------------------------------------------

    def _run_in_full(self, trials: Sequence[Trial]) -> None:
        self.work(related(task for trial in trials for task in trial.tasks), self._in_full)

    def _in_full(self, found: Answered) -> None:
        """Tell an answer, with the time of its look."""
        self.answered(replace(found, seconds=found.seconds + self.looked.get(found.number, 0.0)))

    def _looked(self, look: Look, batch: Sequence[Trial]) -> dict[int, Score]:
        """What is told of the points that need not be run in full, by their place in the batch; their rows are filled."""
        answers: dict[int, Answered] = {}

        def seen(found: Answered) -> None:
            answers[found.number] = found
            self.looked[found.number] = found.seconds

        self.work(related(look.task(task) for trial in batch for task in trial.tasks), seen)
        self.looks += sum(len(trial.tasks) for trial in batch)
        front = self._front()
        hopeless: dict[int, Score] = {}
        for number, trial in enumerate(batch):
            found = [answers[task.number] for task in trial.tasks]
            if all(item.status == "done" for item in found) and (why := look.hopeless(found, front)):
                for item in found:
                    self.answered(look.pruned(item, why))
                hopeless[number] = look.score(found, self.plan.objective_rows(), self.plan.limit_rows())
        return hopeless

    def _score(self, trial: Trial) -> Score:
        rows = [self.rows[task.number] for task in trial.tasks]
        return score_of(rows, self.plan.objective_rows(), self.plan.limit_rows())

    def _front(self) -> Floats:
        """The objectives on the front so far, all to be small."""
        repeats, objectives, limits = self.plan.sweep.repeats, self.plan.objective_rows(), self.plan.limit_rows()
        points = [self.rows[first : first + repeats] for first in range(0, len(self.rows), repeats)]
        good = [values for rows in points if (values := sought(rows, objectives, limits)) is not None]
        if not good:
            return np.empty((0, len(objectives)))
        found = np.array(good, float)
        return found[nondominated(found)]


def mark_of(point: Point) -> str:
    """What tells a point from others."""
    return repr(sorted(point.shown.items()))
