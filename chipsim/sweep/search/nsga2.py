"""NSGA-II: generations of points, of which the best by front and spread become parents (Deb et al. 2002, doi:10.1109/4235.996017).

Points that miss limits stand behind all that keep them, in the order of what they miss (constrained domination). Parents are crossed
axis by axis; on average one axis of a child is drawn anew.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, final

from chipsim.spec import check, key
from chipsim.sweep.search.sampled import Sampled


@final
class NSGA2(Sampled, type="nsga2"):
    """A genetic search for the whole front; wants hundreds of points."""

    genes: ClassVar[bool] = True  # children inherit values of axes that do not exist for a parent

    population: int = key("points of a generation", default=20, ge=2, le=10_000)

    @check
    def _has_a_generation(self) -> Self:
        if self.trials is not None and self.trials < self.population:
            raise ValueError(f"population: {self.population} points are more than the {self.trials} trials; expected several generations")
        return self

    @property
    def size(self) -> int:
        return self.population

    def sampler(self) -> Any:
        import optuna

        return optuna.samplers.NSGAIISampler(population_size=self.population, seed=self.seed)
