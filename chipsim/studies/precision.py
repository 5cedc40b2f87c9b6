"""What precision does a network need? Float, digital whole numbers, mapped to the chip as it is, and trained for the chip, in one table.

    float          32-bit floats                                   int8, w4a8, int4   digital, quantised after training (bits of
    direct         the same weights on the chip, at each time                         weights and activations, `precision_integers.py`)
    trained-float  weights of a hardware-aware training, in float  trained            the same on the chip, at each time

A* = 1 - (reference - value) / (reference - chance) with the float network as reference, also for trained weights; iso-accuracy is A* of
0.99 or more. What is digital does not age: its row has no time. The chips are programmed and read as `chipsim run` does it, with the same
random numbers, so the accuracies of `direct` are those of a run. Tables of plain numbers, None where there is nothing to say:

    variants   variant, weights, activations (bits; None: float or analog), told (what it is)
    rows       variant, time, value (mean over chips and repeats), spread, low, high (95 % of the mean), loss, kept (A*), error (standard
               error of A*), iso, sure (whether iso or its contrary is more than 1.96 standard errors away from 0.99)
    notes      note

Standard error of A*: of the mean over chips and repeats (None for one), without the choice of samples; of what is digital that of the
choice of samples, from A* of parts of them as in `sensitivity_judge.py`. Of shares it is at least one sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.population import accuracy_rows, readings
from chipsim.programmed import ProgrammedNetwork
from chipsim.studies.precision_integers import forward, quantised
from chipsim.studies.sensitivity_judge import chance_of, check_better, covered_times, error_of, slices_of
from chipsim.studies.sensitivity_search import Z
from chipsim.tabular import Row, Tabular
from chipsim.workload.data import load_data
from chipsim.workload.graph import Workload
from chipsim.workload.metrics import ISO, normalised

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]
CALIBRATION = 256  # samples that ranges of activations are taken from
FLOAT, DIRECT, TRAINED, TRAINED_FLOAT = "float", "direct", "trained", "trained-float"
WAY = "chipsim train hwa"


@final
class Digital(NamedTuple):
    """Bits of weights and activations."""

    name: str
    weights: int
    activations: int


DIGITAL = (Digital("int8", 8, 8), Digital("w4a8", 4, 8), Digital("int4", 4, 4))


@final
@dataclass(frozen=True)
class PrecisionStudy(Tabular):
    """One network in several precisions; tables as in the docstring of this file."""

    name: str
    chip: str
    metric: str  # as a reader calls it
    percent: bool
    level: float
    reference: float
    chance: float
    samples: int
    calibration: int
    calibrated_on: str  # train, or test where there is no other
    chips: int
    repeats: int
    seed: int
    times: tuple[float, ...]
    variants: list[Row]
    rows: list[Row]
    notes: list[Row]


def study(
    experiment: Experiment,
    trained: Workload | None = None,
    digital: Sequence[Digital] = DIGITAL,
    progress: Progress = lambda text, share: None,
) -> PrecisionStudy:
    """The study of an experiment at its times; `trained`: the network with weights of a hardware-aware training.

    InputError for drawn weights, for a metric without a chance, and for trained weights of another network.
    """
    workload, question = experiment.workload, experiment.question
    if workload.spec.drawn:
        drawn = f"the {workload.spec.drawn} of '{workload.name}' are drawn"
        raise InputError(f"compare-precision: {drawn}, so it has no accuracy; name files")
    other = None if trained is None else _same_task(workload, trained)
    covered = covered_times(question)
    if len(covered) < len(question.times):
        device = question.architecture.tile.array.cell.device
        raise InputError(f"--times: device type '{device.type_name}' covers {device.covered} after programming; {device.covered.way_out}")
    count = question.samples or len(workload.inputs)
    reference = workload.accuracy(workload.inputs[:count], workload.labels[:count])
    chance, known = chance_of(workload, count)
    check_better(workload, reference, chance)
    scale = _Scale(workload, reference, chance, count)
    images, split = calibration_images(workload)
    rows = [scale.row(FLOAT, reference)]
    for place, bits in enumerate(digital):
        progress(bits.name, 0.3 * place / len(digital))
        rows.append(scale.answered(bits.name, forward(workload, workload.inputs[:count], quantised(workload, images, *bits[1:]))))
    progress("direct mapping", 0.3)
    rows += _on_chip(experiment, DIRECT, scale, lambda text, share: progress(text, 0.3 + 0.35 * share))
    if other is not None:
        rows.append(scale.answered(TRAINED_FLOAT, other.forward(other.inputs[:count])))
        asked = Experiment(question.having(workload=other.spec), other)
        rows += _on_chip(asked, TRAINED, scale, lambda text, share: progress(text, 0.65 + 0.35 * share))
    return PrecisionStudy(
        name=experiment.name, chip=question.architecture.name, metric=workload.metric.called, percent=workload.metric.percent,
        level=ISO, reference=reference, chance=chance, samples=count, calibration=len(images), calibrated_on=split,
        chips=question.chips, repeats=question.repeats, seed=question.seed, times=tuple(question.times),
        variants=list(_variants(digital, other is not None)), rows=rows,
        notes=list(_notes(other is not None, _calibrated(workload, images, split, count), known, workload.metric.called)),
    )  # fmt: skip


def calibration_images(workload: Workload) -> tuple[Floats, str]:
    """The first images of the train split, or of the test split where there is no other, and which of them it is."""
    data = workload.spec.data
    if data is not None and data.split != "train":
        try:
            images, _ = load_data(Path(data.file), data.having(split="train"), workload.spec.input, workload.metric.targets)
            return images[:CALIBRATION], "train"
        except (InputError, OSError):
            pass  # there is no such split; told in the notes
    return workload.inputs[:CALIBRATION], data.split if data is not None else "test"


@final
class _Scale:
    """What values are held against."""

    def __init__(self, workload: Workload, reference: float, chance: float, count: int) -> None:
        self.metric, self.reference, self.chance = workload.metric, reference, chance
        self.labels, self.slices = workload.labels[:count], slices_of(count)
        self.least = 1 / (self.labels.size * abs(reference - chance)) if self.metric.percent else 0.0
        self.floats = self._parts(workload.forward(workload.inputs[:count]))

    def answered(self, variant: str, outputs: Floats) -> Row:
        """The row of a network that is no chip, from its outputs for all samples."""
        parts = (self._parts(outputs) - self.floats) / abs(self.reference - self.chance)
        return self.row(variant, self.metric.of(outputs, self.labels), error=error_of(parts[None]))

    def _parts(self, outputs: Floats) -> NDArray[np.float64]:
        return np.array([self.metric.of(outputs[part], self.labels[part]) for part in self.slices])

    def row(
        self, variant: str, value: float, time: float | None = None, found: Row | None = None, error: float | None = None
    ) -> Row:
        """A row of the table; `found`: mean, spread and interval of several chips; `error`: standard error of A* where there is none."""
        kept = normalised(value, self.reference, self.chance, self.metric.higher)
        if found is not None and (many := len(found["values"])) > 1:
            error = found["spread"] / math.sqrt(many) / abs(self.reference - self.chance)
        error = None if error is None else max(error, self.least)
        spread = {key: None if found is None else found[key] for key in ("spread", "low", "high")}
        told = {"variant": variant, "time": time, "value": value, **spread, "loss": self.metric.loss(self.reference, value)}
        return told | {"kept": kept, "error": error, "iso": kept >= ISO, "sure": abs(kept - ISO) > Z * (error or 0.0)}


def _on_chip(experiment: Experiment, variant: str, scale: _Scale, progress: Progress) -> Iterator[Row]:
    """Rows of a network on the experiment's chip, one for each time."""
    question, mapping = experiment.question, experiment.map()

    def programmed(chip: int, repeat: int, programming: int) -> ProgrammedNetwork:
        network = experiment.network(mapping, chip, repeat, programming)
        experiment.program(network)
        return network

    asked = question.times, question.chips, question.repeats, question.maintenance, question.samples
    found, total = [], len(question.times) * question.chips * question.repeats
    for reading in readings(programmed, *asked, experiment.threads):
        found.append(reading)
        progress(f"{variant}, chip {reading.chip + 1}, repeat {reading.repeat + 1}", len(found) / total)
    for row in accuracy_rows(found, scale.reference, question.within, scale.metric):
        yield scale.row(variant, row["mean"], row["time"], row)


def _same_task(workload: Workload, trained: Workload) -> Workload:
    """Trained weights judged on the data of the network; InputError where they belong to another one."""
    for what, ours, theirs in (
        ("input", workload.spec.input.shape, trained.spec.input.shape),
        ("output", workload.shapes[workload.output], trained.shapes[trained.output]),
        ("layers with weights", sorted(workload.weights), sorted(trained.weights)),
    ):
        if ours != theirs:
            raise InputError(
                f"--trained: '{trained.name}' has the {what} {list(theirs)}, '{workload.name}' {list(ours)}; expected weights that were "
                "trained from this network"
            )
    return replace(trained, inputs=workload.inputs, labels=workload.labels)


def _variants(digital: Sequence[Digital], trained: bool) -> Iterator[Row]:
    yield {"variant": FLOAT, "weights": None, "activations": None, "told": "32-bit floats"}
    for bits in digital:
        told = f"digital, {bits.weights}-bit weights, {bits.activations}-bit activations, quantised after training"
        yield {"variant": bits.name, "weights": bits.weights, "activations": bits.activations, "told": told}
    yield {"variant": DIRECT, "weights": None, "activations": None, "told": "the same weights on the chip"}
    if trained:
        yield {"variant": TRAINED_FLOAT, "weights": None, "activations": None, "told": "hardware-aware weights in float"}
        yield {"variant": TRAINED, "weights": None, "activations": None, "told": "hardware-aware weights on the chip"}


def _calibrated(workload: Workload, images: Floats, split: str, count: int) -> str:
    """What ranges of activations were fitted to, and whether that is judged too."""
    told = f"ranges of activations are fitted to the first {len(images):,} samples of the {split} split"
    if np.shares_memory(images, workload.inputs):
        both = f"the first {count:,} of which are judged too" if count < len(images) else "which are judged too"
        told += f", {both}" + ("" if split == "train" else ": the data has no train split to take")
    return f"{told}; one share shrinks both ends of a range, in steps of 5 %"


def _notes(trained: bool, calibrated: str, chance: bool, metric: str) -> Iterator[Row]:
    yield {"note": calibrated}
    if not trained:
        yield {"note": f"trained: no weights were given; learn them with `{WAY}`, then add --trained and its run folder"}
    if not chance:
        yield {"note": f"metric '{metric}' does not know what chance is; 0 was taken"}
