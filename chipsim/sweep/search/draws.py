"""Points drawn at random, each axis by itself: what any search has to beat."""

from __future__ import annotations

from typing import Any, final

from chipsim.spec import key
from chipsim.sweep.search.sampled import Sampled


@final
class Random(Sampled, type="random"):
    """Draws at random."""

    batch: int = key("points that are proposed at once", default=20, ge=1, le=10_000)

    @property
    def size(self) -> int:
        return self.batch

    def sampler(self) -> Any:
        import optuna

        return optuna.samplers.RandomSampler(seed=self.seed)
