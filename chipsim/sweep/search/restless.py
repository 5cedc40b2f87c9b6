"""A sampler that moves on: where its method keeps proposing what is known, it draws at random until something new is found.

Importing this file needs optuna.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from optuna.samplers import BaseSampler, RandomSampler


@final
class Restless(BaseSampler):
    """Another sampler, whose choices are replaced by draws while `anew` is set; it goes on to count the points as its own."""

    def __init__(self, inner: BaseSampler, seed: int) -> None:
        self.inner, self.draws, self.anew = inner, RandomSampler(seed=seed), False

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """The axes that the method chooses together."""
        return self.inner.infer_relative_search_space(study, trial)

    def sample_relative(self, study: Any, trial: Any, search_space: dict[str, Any]) -> dict[str, Any]:
        """Their values."""
        found = self.inner.sample_relative(study, trial, search_space)  # a genetic method notes the generation here
        return {} if self.anew else found

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        """The value of an axis by itself."""
        chooser = self.draws if self.anew else self.inner
        return chooser.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Any, trial: Any) -> None:
        """Before a proposal."""
        self.inner.before_trial(study, trial)

    def after_trial(self, study: Any, trial: Any, state: Any, values: Sequence[float] | None) -> None:
        """After an answer."""
        self.inner.after_trial(study, trial, state, values)
