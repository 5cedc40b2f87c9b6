"""Methods that optuna plays: they differ in their sampler."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

from chipsim.spec import check
from chipsim.sweep.search.method import Proposer, Search

if TYPE_CHECKING:
    from chipsim.sweep.description import Sweep


class Sampled(Search):
    """Root of the methods that optuna plays."""

    @check
    def _knows_its_end(self) -> Self:
        if self.trials is None:
            raise ValueError(f"trials: a search needs a number of points to try, such as {{type: {self.type_name}, trials: 100}}")
        return self

    @abstractmethod
    def sampler(self) -> Any:
        """The sampler of optuna, seeded."""

    def proposer(self, sweep: Sweep) -> Proposer:
        from chipsim.sweep.search.study import Study  # here, as it knows the description of a sweep, which holds this method

        return Study(sweep, self)
