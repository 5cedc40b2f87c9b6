"""What a training took on the chip, for its TrainingResult: means over all moments that were played, and how they compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, final

from chipsim.assumptions import assumed_numbers
from chipsim.comparators.comparator import comparators
from chipsim.demand import PUBLISHED, area_rows, energy_rows, layer_rows, ratio_rows
from chipsim.insitu.clock import TrainingClock
from chipsim.insitu.experiment import Trained, TrainingExperiment
from chipsim.insitu.metrics import COUNTING
from chipsim.result import Row
from chipsim.training.moments import Moment


@final
@dataclass(frozen=True)
class Costs:
    """Tables as in TrainingResult; `wear` by layer. All empty without a clock."""

    stages: list[Row] = field(default_factory=list)
    energy: list[Row] = field(default_factory=list)
    wear: list[Row] = field(default_factory=list)
    by_energy: list[Row] = field(default_factory=list)
    by_area: list[Row] = field(default_factory=list)
    comparators: list[Row] = field(default_factory=list)
    elsewhere: list[Row] = field(default_factory=list)
    assumed: list[Row] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    timing: dict[str, Any] = field(default_factory=dict)


def costs_of(experiment: TrainingExperiment, trained: Sequence[Trained], seeds: Sequence[Row]) -> Costs:
    """Of trainings that are over, on a clock; CheckError where learning takes no energy or the chip no area."""
    clock, question = experiment.clock, experiment.question
    assert clock is not None
    moments = [moment for one in trained for moment in one.training.moments]
    metrics = clock.metrics(moments)
    energy, operations, time = clock.energy_rows(moments), metrics["ops_per_example"], metrics["time_per_example"]
    others = comparators() if question.comparators is None else list(question.comparators)
    matrices = [one.shape for one in trained[0].training.networks[0].matrices]
    return Costs(
        stages=clock.stage_rows(moments),
        energy=energy,
        wear=clock.wear_rows(moments),
        by_energy=energy_rows(PUBLISHED, _by_part(energy), operations),
        by_area=area_rows(PUBLISHED, {row["part"]: row["area"] for row in clock.area}, operations, time),
        comparators=ratio_rows(metrics["sustained_ops_per_watt"], metrics["sustained_ops_per_area"], others),
        elsewhere=layer_rows(dict.fromkeys(matrices), (question.schedule.batch,), others),
        assumed=assumed_numbers(question.architecture, energy, clock.area, rule=experiment.rule),
        metrics=metrics | _totals(seeds) | _prepared(trained),
        timing=_timing(experiment, clock, moments, seeds),
    )


def _by_part(energy: Sequence[Row]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in energy:
        sums[row["part"]] = sums.get(row["part"], 0.0) + row["energy"]
    return sums


def _totals(seeds: Sequence[Row]) -> dict[str, float]:
    """Time and energy of a whole training, means over the seeds, with the standard error of the sampling where it is known."""
    found: dict[str, float] = {}
    for name in ("time", "energy"):
        found[f"training_{name}"] = fmean(row[name] for row in seeds)
        errors = [row[f"{name}_error"] for row in seeds]
        if all(error is not None for error in errors):
            found[f"training_{name}_error"] = math.hypot(*errors) / len(errors)
    return found


def _prepared(trained: Sequence[Trained]) -> dict[str, float]:
    """Pulses that the rule gave before it began, such as a calibration; nothing where there were none."""
    pulses = fmean(sum(block.learner.prepared.pulses for block in one.training.networks[0].blocks) for one in trained)
    return {"prepared_pulses": pulses} if pulses else {}


def _timing(experiment: TrainingExperiment, clock: TrainingClock, moments: Sequence[Moment], seeds: Sequence[Row]) -> dict[str, Any]:
    """How time and energy were found."""
    asked, epochs = experiment.question.timing, sum(row["epochs"] for row in seeds)
    calm = [moment for moment in moments if not moment.seldom] or moments
    errors = {name: _largest(seeds, name) for name in ("time", "energy")}
    return {
        "moments": len(moments),
        "seldom": sum(moment.seldom for moment in moments),
        "period": clock.moments.period,
        "each": len(calm) / epochs,
        "batches": asked.batches,
        "samples": clock.samples,
        "of": clock.batches,
        "fill": max(moment.figures["fill"] for moment in moments),
        "busiest": fmean(moment.figures["busiest/all"] / moment.figures["time"] for moment in calm),
        "error": {name: error for name, error in errors.items() if error is not None},
        "counting": COUNTING,
    }


def _largest(seeds: Sequence[Row], name: str) -> float | None:
    """Largest standard error of a training's sum, as a share of it."""
    errors = [row[f"{name}_error"] / row[name] for row in seeds if row[f"{name}_error"] is not None and row[name]]
    return max(errors, default=None)
