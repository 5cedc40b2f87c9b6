"""From everything that the trainings of an experiment found to its TrainingResult."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import metadata
from statistics import fmean, stdev
from typing import Any

from chipsim.assumptions import citations
from chipsim.insitu.clock import COUNTED, TrainingClock
from chipsim.insitu.costs import Costs, costs_of
from chipsim.insitu.experiment import Trained, TrainingExperiment
from chipsim.insitu.result import TrainingResult
from chipsim.result import Row
from chipsim.training.loop import Training
from chipsim.training.moments import Mean
from chipsim.version import VERSION

CLIPPED = 0.05  # share of saturated trains that is worth a warning
FALL = 0.02  # of the test accuracy from its best, that is worth one if it is no chance
UNLIKE = 0.25  # difference of played and unplayed mini-batches that is worth a warning
WORDS = {"pulses": "pulses", "reads": "lines read by the rule", "operations": "digital operations of the rule"}
ALL, STALLED = "all epochs", "no better test accuracy"
NOTHING = Mean(math.nan, None)


def answer(experiment: TrainingExperiment, trained: Sequence[Trained]) -> TrainingResult:
    """The answer of an experiment whose trainings are over."""
    clock = experiment.clock
    curves = [row for one in trained for row in curve_rows(one, clock)]
    seeds = [seed_row(experiment, one, curves) for one in trained]
    costs = costs_of(experiment, trained, seeds) if clock else Costs()
    return TrainingResult(
        name=experiment.name,
        digest=experiment.digest,
        experiment=experiment.question.plain(),
        provenance=_provenance(experiment, trained),
        curves=curves,
        seeds=seeds,
        moments=[clock.moment_row(one.seed, moment) for one in trained for moment in one.training.moments] if clock else [],
        stages=costs.stages,
        energy=costs.energy,
        area=clock.area if clock else [],
        leakage=clock.leakage if clock else [],
        layers=layer_rows(trained[0].training, costs.wear),
        by_energy=costs.by_energy,
        by_area=costs.by_area,
        comparators=costs.comparators,
        elsewhere=costs.elsewhere,
        warnings=[*warnings(curves, seeds, len(experiment.test.x)), *(unplayed(clock, trained) if clock else ())],
        assumptions=list(sentences(experiment)),
        assumed=costs.assumed,
        metrics=metrics(trained, seeds) | costs.metrics,
        timing=costs.timing,
        citations=citations(experiment.question),
    )


def curve_rows(trained: Trained, clock: TrainingClock | None) -> Iterator[Row]:
    """One row for each epoch; what does not exist is None."""
    for row in trained.training.rows:
        known: Row = {"seed": trained.seed} | {name: _known(value) for name, value in row._asdict().items()}
        moments = [one for one in trained.training.moments if one.epoch == row.epoch]
        time, energy = clock.spent(moments) if clock else (NOTHING, NOTHING)
        known |= {"time": time.value, "time_error": time.error, "energy": energy.value, "energy_error": energy.error}
        yield {name: _known(value) for name, value in known.items()}


def seed_row(experiment: TrainingExperiment, trained: Trained, curves: Sequence[Row]) -> Row:
    """What one training came to; `curves` are the rows of all epochs."""
    own = [row for row in curves if row["seed"] == trained.seed]
    rows, chip_seed = trained.training.rows, experiment.question.chip_seed
    tests = [row.test_accuracy for row in rows]
    twin = _known(rows[-1].float_test_accuracy)
    return {
        "seed": trained.seed,
        "chip_seed": trained.seed if chip_seed is None else chip_seed,
        "epochs": len(rows),
        "ended": STALLED if len(rows) < experiment.question.schedule.epochs else ALL,
        "accuracy": tests[-1],
        "best": max(tests),
        "best_epoch": 1 + tests.index(max(tests)),
        "float_accuracy": twin,
        "gap": None if twin is None else twin - tests[-1],
        "loss": rows[-1].loss,
        "float_loss": _known(rows[-1].float_loss),
        "pulses": sum(row.pulses for row in rows),
        "pulses_per_device": math.fsum(row.pulses_per_device for row in rows),
        "clipped_share": fmean(row.clipped_share for row in rows),
    } | {name: _total(own, name) for name in ("time", "energy")} | {f"{n}_error": _error(own, n) for n in ("time", "energy")}


def layer_rows(training: Training, wear: Sequence[Row]) -> list[Row]:
    """The matrices of the network, and what the clock says of them."""
    known = {row["layer"]: row for row in wear}
    matrices = training.networks[0].matrices
    rows = [{"layer": one.name, "rows": one.shape[0], "columns": one.shape[1], "blocks": len(one.blocks)} for one in matrices]
    return [row | known.get(row["layer"], {}) for row in rows]


def metrics(trained: Sequence[Trained], seeds: Sequence[Row]) -> dict[str, float]:
    """The headline numbers; means over the seeds, and the spread (standard deviation) where there are several."""
    network, found = trained[0].training.networks[0], {}
    for name in ("accuracy", "best", "float_accuracy", "gap", "loss", "float_loss", "pulses", "pulses_per_device", "clipped_share"):
        values = [row[name] for row in seeds if row[name] is not None]
        if values:
            found[name] = fmean(values)
        if len(values) > 1:
            found[f"{name}_spread"] = stdev(values)
    if trained[0].training.train.labels.ndim > 1:  # answers at every step: the loss of one, in bits
        found["bits_per_step"] = found["loss"] / math.log(2)
    footprint = network.rule.footprint if network.rule else None
    found |= {"weights": float(network.devices), "training_samples": float(len(trained[0].training.train.x))}
    return found | ({} if footprint is None else {"arrays": float(footprint.arrays), "digital_bits": footprint.digital_bits})


def warnings(curves: Sequence[Row], seeds: Sequence[Row], tests: int) -> Iterator[str]:
    """What a reader should change, or know before using a number; `tests` is the number of test samples."""
    worst = max(curves, key=lambda row: float(row["clipped_share"]))
    if worst["clipped_share"] > CLIPPED:
        yield (
            f"{100 * worst['clipped_share']:.0f} % of the driven lines needed more than the longest train (epoch {worst['epoch']}): "
            "updates were too small there; lower schedule.rate, or lengthen the train (rule.longest)"
        )
    if any(row["ended"] == STALLED and row["best"] > row["accuracy"] for row in seeds):
        yield "training ended early, after epochs without a better test accuracy; weights and accuracy are those of the last epoch"
    if any(row["best"] - row["accuracy"] > max(FALL, 4 * _uncertainty(row["best"], tests)) for row in seeds):
        yield "the test accuracy fell from its best by more than 2 points; try a rate that falls, or a lower one"


def unplayed(clock: TrainingClock, trained: Sequence[Trained]) -> Iterator[str]:
    """Where the moments that were played are not like the training: what happens seldom may be missed, or counted too often."""
    moments = clock.blended([moment for one in trained for moment in one.training.moments])
    rows = [row for one in trained for row in one.training.rows]
    for name in COUNTED:
        played = fmean(moment.figures[name] for moment in moments)
        learned = fmean(getattr(row, name) for row in rows) / clock.batches
        spread = stdev(moment.figures[name] for moment in moments) / math.sqrt(len(moments)) if len(moments) > 1 else 0.0
        if abs(played - learned) > max(UNLIKE * learned, 4 * spread):
            yield (
                f"a mini-batch had {learned:.4g} {WORDS[name]} in the whole training, but {played:.4g} in the moments that were played: "
                "what the rule does seldom, such as a transfer, is not in time and energy as often as it should; more timing.moments, or "
                "timing.batches of its period"
            )


def sentences(experiment: TrainingExperiment) -> Iterator[str]:
    """What was done and how it was counted."""
    question = experiment.question
    train, test = len(experiment.train.x), len(experiment.test.x)
    batch = f"mini-batches of {question.schedule.batch}" if question.schedule.batch > 1 else "one sample at a time"
    yield f"Each epoch goes through {train:,} samples in a new order, {batch}; test accuracy: after the epoch, {test:,} samples."
    yield "Loss and training accuracy are those of the samples of the epoch, each just before the network learned from it."
    if question.twin:
        yield "The float twin starts from the same weights, sees the same mini-batches and learns in 32-bit floating point."
    yield "Pulses per device count one device for each weight: all pulses of all arrays of the rule, over the weights."
    if experiment.clock is None:
        why = "the chip has no block `learning`" if question.timing.moments else "timing.moments is 0"
        yield f"Nothing was played on the clock, so there is no time or energy: {why}."
    if question.seeds > 1:
        yield f"Means over {question.seeds} seeds; +- is the standard deviation between them."


def _total(rows: Sequence[Row], name: str) -> float | None:
    return None if any(row[name] is None for row in rows) else math.fsum(row[name] for row in rows)


def _error(rows: Sequence[Row], name: str) -> float | None:
    """Standard error of a sum over epochs, which are sampled independently."""
    errors = [row[f"{name}_error"] for row in rows]
    return None if any(error is None for error in errors) else math.hypot(*errors)


def _uncertainty(share: float, count: int) -> float:
    """Standard deviation of a share of right answers, by chance of the test samples."""
    return math.sqrt(share * (1 - share) / count)


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _provenance(experiment: TrainingExperiment, trained: Sequence[Trained]) -> dict[str, Any]:
    libraries = {name: metadata.version(name) for name in ("numpy", "numba", "simpy", "networkx", "scipy", "pydantic")}
    learned = sum(row.seconds for one in trained for row in one.training.rows)
    return {
        "version": VERSION,
        "python": platform.python_version(),
        "libraries": libraries,
        "seed": experiment.question.seed,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall": {"training": round(learned, 3)},
        "platform": platform.platform(),
    }
