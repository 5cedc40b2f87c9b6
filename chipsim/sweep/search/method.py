"""How the points of a sweep are chosen: `search:` in its file.

    search: {type: nsga2, trials: 200, population: 20, seed: 0}

Points are proposed in batches of a fixed size. A batch is answered as a whole before the method hears of it, in the order of the
points' numbers, so that the same seed gives the same points with any number of workers.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, final

from chipsim.spec import Family, Spec, check, key
from chipsim.units import Time

if TYPE_CHECKING:  # a sweep's description holds one of these methods
    from chipsim.sweep.description import Sweep
    from chipsim.sweep.search.score import Score
    from chipsim.sweep.space import Point


@final
class Prune(Spec):
    """A cheap look at each point first; one that is hopeless by then is not run in full."""

    samples: int | None = key("samples of the data set for the cheap look, fewer than in full", default=None, ge=1)
    time: Time | None = key("accuracies only up to this time after programming, which is one of those of the experiment", default=None)
    margin: float = key("how far an accuracy must be out of reach, beyond chance", default=0.01, ge=0, le=1)
    confidence: float = key("of the bound on an accuracy that is known from few samples", default=0.99, gt=0.5, lt=1)

    @check
    def _is_cheaper(self) -> Self:
        if self.samples is None and self.time is None:
            raise ValueError("samples: a cheap look needs 'samples' or 'time'")
        return self


class Proposer(Protocol):
    """Who proposes points, and is told what was found there."""

    def ask(self, anew: bool) -> tuple[Any, Point] | None:
        """A proposal and its point, with `anew` drawn at random; None when there is nothing left."""

    def put_aside(self, proposal: Any) -> None:
        """The proposal had been made before and is not answered again."""

    def tell(self, proposal: Any, score: Score) -> None:
        """What was found."""

    def journal(self) -> str:
        """All proposals and answers as a file for optuna's tools; empty where there is none."""


class Search(Family):
    """Root of the ways to choose points."""

    default_type: ClassVar[str] = "grid"
    genes: ClassVar[bool] = False
    """Whether the method is given a value of every axis, also of one whose condition does not hold."""

    trials: int | None = key("different points to try, failed and pruned ones included", default=None, ge=1, le=1_000_000)
    seed: int = key("seed of the proposals", default=0, ge=0)
    prune: Prune | None = key("look cheaply first, and leave out what is hopeless by then", default=None)

    @property
    @abstractmethod
    def size(self) -> int:
        """Points of a batch."""

    @abstractmethod
    def proposer(self, sweep: Sweep) -> Proposer:
        """A fresh one that begins from the seed; InputError where a library is missing."""

    @property
    def whole(self) -> bool:
        """Whether simply all points are run, in the order of the file."""
        return False
