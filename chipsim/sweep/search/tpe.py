"""TPE: densities of good and of other points so far; the next point is where their ratio is largest.

Bergstra et al. 2011 (Advances in Neural Information Processing Systems 24); for several objectives Ozaki et al. 2022,
doi:10.1613/jair.1.13188. Points that miss limits count as bad. Points of a batch are kept apart by taking those still open as bad ones.
"""

from __future__ import annotations

from typing import Any, final

from chipsim.spec import key
from chipsim.sweep.search.sampled import Sampled


@final
class TPE(Sampled, type="tpe"):
    """A search that learns from every batch; good with one hundred points or fewer."""

    batch: int = key("points that are proposed at once; not fewer than there are workers", default=8, ge=1, le=10_000)
    startup: int = key("points drawn at random before it begins to learn", default=10, ge=1)

    @property
    def size(self) -> int:
        return self.batch

    def sampler(self) -> Any:
        import optuna

        return optuna.samplers.TPESampler(n_startup_trials=self.startup, seed=self.seed, constant_liar=True)
