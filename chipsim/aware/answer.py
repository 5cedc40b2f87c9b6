"""From a hardware-aware training that is over to its AwareResult: the found weights judged beside those it began with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose, sqrt
from statistics import fmean
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.assumptions import citations
from chipsim.aware.experiment import AwareExperiment
from chipsim.aware.judged import at, float_metric, having, readings_of, spread, trained, with_ranges
from chipsim.aware.loop import EpochRow, Progress
from chipsim.aware.result import AwareResult
from chipsim.circuits.array import Array
from chipsim.experiment import Experiment
from chipsim.population import Reading
from chipsim.provenance import provenance
from chipsim.record import Row
from chipsim.workload.given import redescribed
from chipsim.workload.graph import Workload
from chipsim.workload.layers import WeightedLayer
from chipsim.workload.metrics.normalised import normalised

SAME = 1e-5  # ranges that differ by less are the same; they are kept as logarithms, in float32
FALL = 0.05  # of normalised accuracy of the float network, that is worth a warning


@final
@dataclass(frozen=True)
class Found:
    """What a training has found: weights by name as they are stored, input ranges of layers, and its epochs."""

    arrays: Mapping[str, NDArray[Any]]
    ranges: Mapping[str, float]
    epochs: list[EpochRow]
    best: EpochRow
    calibrated: Mapping[str, float] = field(default_factory=dict)  # ranges of layers before a step was done, where data gave them


def answer(aware: AwareExperiment, found: Found, progress: Progress = lambda text, share: None) -> AwareResult:
    """The answer: all stages in the simulator, at all times, on the samples that the experiment judges by."""
    before, judged = aware.experiment, experiments(aware, found)
    readings = {}
    for number, (stage, one) in enumerate(judged.items()):
        readings[stage] = _judged(one, stage, number / len(judged), 1 / len(judged), progress)
    chance, after = _chance(before), judged["after"]
    metrics = _metrics(aware, found) | {"float_before": float_metric(before), "float_after": float_metric(after)}
    rows = _accuracy(before.question.times, readings, metrics["float_before"], chance)
    return AwareResult(
        name=aware.name,
        digest=aware.digest,
        experiment=aware.question.plain(),
        provenance=provenance(aware.question.seed, {"training": sum(row.seconds for row in found.epochs)}),
        metric=before.workload.metric.told(chance),
        epochs=[row._asdict() | {"best": row is found.best} for row in found.epochs],
        accuracy=rows,
        layers=_layers(before.workload, after.workload, found.calibrated if "calibrated" in judged else {}),
        metrics=metrics,
        warnings=list(_warnings(aware, found, metrics, chance, rows)),
        assumptions=list(_sentences(aware)),
        citations=citations(aware.question),
    )


def experiments(aware: AwareExperiment, found: Found) -> dict[str, Experiment]:
    """The experiment with the network of each stage; calibrated ranges alone where they differ from those that it came with."""
    before = aware.experiment
    judged = {"before": before}
    own: Array = before.question.architecture.tile.array
    layers: Mapping[str, Any] = before.workload.layers
    came = {name: layers[name].input_range or own.settings.input_range for name in found.calibrated}
    if any(not isclose(came[name], size, rel_tol=SAME) for name, size in found.calibrated.items()):
        spec = with_ranges(before.workload.spec, found.calibrated)
        judged["calibrated"] = having(before, redescribed(before.workload, spec))
    return judged | {"after": having(before, trained(before.workload, found.arrays, found.ranges))}


def _judged(experiment: Experiment, stage: str, begins: float, part: float, progress: Progress) -> list[Reading]:
    words = {"before": "weights before training", "calibrated": "calibrated ranges", "after": "weights after training"}[stage]
    return readings_of(experiment, lambda text, share: progress(f"{words}, {text}", begins + share * part))


def _chance(experiment: Experiment) -> float | None:
    """The metric of an answer that knows nothing, on the samples that the experiment judges by."""
    workload = experiment.workload
    return workload.metric.chance(workload.labels[: experiment.question.samples], workload.shapes[workload.output])


def _accuracy(
    times: tuple[float, ...], readings: Mapping[str, list[Reading]], reference: float, chance: float | None
) -> list[Row]:
    rows = []
    for time in times:
        row: Row = {"time": time}
        for name, found in readings.items():
            values = at(found, time)
            mean = fmean(values)
            kept = None if chance is None or reference == chance else normalised(mean, reference, chance)
            row |= {name: mean, f"{name}_spread": spread(values), f"{name}_values": values, f"{name}_normalised": kept}
        rows.append(row)
    return rows


def _metrics(aware: AwareExperiment, found: Found) -> dict[str, float]:
    question, learned = aware.experiment.question, [row for row in found.epochs if row.epoch]
    return {
        "epochs": len(learned),
        "best_epoch": found.best.epoch,
        "train_samples": len(aware.train.x),
        "held_out": len(aware.validation.x),
        "test_samples": question.samples or len(aware.workload.inputs),
        "chips": question.chips,
        "repeats": question.repeats,
        "seconds_per_epoch": fmean(row.seconds for row in learned) if learned else 0.0,
    }


def worse(aware: AwareExperiment, row: Row) -> bool:
    """Whether what was learned does worse at a time than the network before, by more than the spread of the programmings says."""
    higher, count = aware.workload.metric.higher, len(row["after_values"])
    fall = (row["before"] - row["after"]) * (1 if higher else -1)
    return bool(fall > 2 * sqrt((row["before_spread"] ** 2 + row["after_spread"] ** 2) / count))


def _layers(before: Workload, after: Workload, calibrated: Mapping[str, float]) -> list[Row]:
    rows = []
    for name, weights in before.weights.items():
        row: Row = {"layer": name, "range_calibrated": calibrated.get(name)}
        for word, workload, matrix in (("before", before, weights.matrix), ("after", after, after.weights[name].matrix)):
            layer = workload.layers[name]
            assert isinstance(layer, WeightedLayer)
            row[f"range_{word}"] = layer.input_range
            row[f"largest_{word}"], row[f"deviation_{word}"] = float(np.abs(matrix).max()), float(matrix.std())
        rows.append(row)
    return rows


def _warnings(
    aware: AwareExperiment, found: Found, metrics: Mapping[str, float], chance: float | None, rows: list[Row]
) -> Iterator[str]:
    question = aware.question
    if found.best.epoch and all(worse(aware, row) for row in rows):
        yield (
            "after training the chip does worse at every time than before: keep the weights that you have, or learn with more samples, "
            f"more epochs or a lower rate; {metrics['held_out']:,.0f} held-out samples chose the epoch, and few cannot tell small gains"
        )
    if found.best.epoch == 0:
        yield (
            "no epoch was better than the network as it came, on what was held out: the weights after training are those before; "
            "try more epochs, another rate, or less clipping"
        )
    if found.best.epoch == question.epochs and question.schedule == "constant":
        yield "the last epoch is the best one: more epochs may do better"
    reference, reached = metrics["float_before"], metrics["float_after"]
    if chance is not None and reference != chance and normalised(reached, reference, chance) < 1 - FALL:
        yield "the float network lost in training, the chip's noise may be more than it can bear: a larger network, or a gentler chip"
    if question.injection.off:
        yield f"the network has not met {', '.join(question.injection.off)} while it learned; the chip that judges it has them"


def _sentences(aware: AwareExperiment) -> Iterator[str]:
    question, asked = aware.question, aware.experiment.question
    train, held = len(aware.train.x), len(aware.validation.x)
    yield f"Learned from {train:,} samples; {held:,} more of the training data were held out and chose the epoch; test data had no say."
    array: Array = asked.architecture.tile.array
    fixed = array.input_scaling.type_name == "fixed"
    if question.learn_ranges and not fixed:
        yield f"Input ranges were not learned: the arrays scale their inputs by '{array.input_scaling.type_name}', not by fixed ranges."
    judged = f"{asked.chips} chip{'s' if asked.chips > 1 else ''} programmed {asked.repeats} time{'s' if asked.repeats > 1 else ''}"
    tested = asked.samples or len(aware.workload.inputs)
    yield f"Before and after are the simulator's: {judged}, the same chips for both, {tested:,} test samples."
    if question.learn_ranges and fixed:
        yield "Ranges only: the weights before, with the input ranges that were taken from training data before the first step."
    yield "Found with one seed; how far another seed leads elsewhere is told by training again with --set seed=1."
