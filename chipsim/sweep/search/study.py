"""A study of optuna that proposes points, is told their scores, and writes down both for optuna's own tools.

A point that fails is told as one that misses its limits by more than any other: the method stays away from there, and goes on.
A pruned point is told with what the cheap look said. Proposals that had been made before are told as failed, which optuna overlooks.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

from chipsim.errors import InputError
from chipsim.sweep.description import Sweep
from chipsim.sweep.measures import Column
from chipsim.sweep.search.choices import Choices
from chipsim.sweep.space import Point

if TYPE_CHECKING:
    from chipsim.sweep.search.sampled import Sampled
    from chipsim.sweep.search.score import Score

HOPELESS = 1e18  # excess of a point without values


@final
class Study:
    """A search by one of optuna's samplers."""

    def __init__(self, sweep: Sweep, method: Sampled) -> None:
        try:
            from chipsim.sweep.search.journal import fresh_study
            from chipsim.sweep.search.restless import Restless
        except ImportError:
            raise InputError(f'search: {method.type_name} needs optuna: pip install "chipsim[sweep]"') from None
        self.choices, self.genes = Choices(sweep), method.genes
        self.worst: list[float] = []
        goals = [Column(item.measure, item.at).name for item in sweep.objectives]
        self.small = [bool(item.minimise) for item in sweep.objectives]
        with _quiet():
            self.sampler = Restless(method.sampler(), method.seed)
            self.study, self.logs = fresh_study(self.sampler, goals, self.small)

    def ask(self, anew: bool) -> tuple[Any, Point] | None:
        """The next proposal and its point."""
        self.sampler.anew = anew
        with _quiet():
            trial = self.study.ask()
            return trial, self.choices.drawn(trial, self.genes)

    def put_aside(self, proposal: Any) -> None:
        """Leave a proposal without an answer."""
        with _quiet():
            self.study.tell(proposal, state=_failed())

    def tell(self, proposal: Any, score: Score) -> None:
        """Tell what was found."""
        with _quiet():
            proposal.set_user_attr("points", list(score.numbers))
            proposal.set_user_attr("status", score.status)
            for number, excess in enumerate(score.excesses):
                proposal.set_constraint(f"limit {number}", excess)
            if score.values is None:
                proposal.set_constraint("no answer", HOPELESS)
            self.study.tell(proposal, list(self._values(score)))

    def _values(self, score: Score) -> tuple[float, ...]:
        if score.values is None:
            return tuple(self.worst or [0.0] * len(self.small))
        if not self.worst:
            self.worst = list(score.values)
        self.worst = [max(w, v) if small else min(w, v) for w, v, small in zip(self.worst, score.values, self.small, strict=True)]
        return score.values

    def journal(self) -> str:
        """All that was proposed and told, as optuna's JournalFileBackend reads it."""
        return "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in self.logs)


def _failed() -> Any:
    import optuna

    return optuna.trial.TrialState.FAIL


@contextmanager
def _quiet() -> Iterator[None]:
    """Without optuna's messages and its warnings of experimental parts."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
