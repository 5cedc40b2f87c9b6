"""What tells the best points from the others, axis by axis, as optuna estimates it (PED-ANOVA)."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, final

QUANTILE = 0.25  # of the points are the best


@final
@dataclass(frozen=True)
class Told:
    """A point and what was found there."""

    axes: dict[str, Any]  # without the axes that do not exist there
    value: float


def shares_of(told: Sequence[Told], axes: Sequence[str], logs: Collection[str], maximise: bool) -> dict[str, float]:
    """Share of each axis in what makes a point one of the best quarter; they add up to 1. ImportError without optuna."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    spaces = {axis: _space([point.axes[axis] for point in told if axis in point.axes], axis in logs) for axis in axes}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of experimental parts
        study = optuna.create_study(direction="maximize" if maximise else "minimize")
        study.add_trials(
            [
                optuna.create_trial(
                    value=point.value,
                    params={axis: _known(value) for axis, value in point.axes.items()},
                    distributions={axis: spaces[axis] for axis in point.axes},
                )
                for point in told
            ]
        )
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=QUANTILE)
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {axis: float(found[axis]) for axis in axes if axis in found}


def _space(values: Sequence[Any], log: bool) -> Any:
    import optuna

    if all(_is_number(value) for value in values):
        low, high = float(min(values)), float(max(values))
        return optuna.distributions.FloatDistribution(low, high, log=log and low > 0)
    return optuna.distributions.CategoricalDistribution(list(dict.fromkeys(map(_known, values))))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _known(value: Any) -> Any:
    return value if _is_number(value) else str(value)
