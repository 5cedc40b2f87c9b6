"""How much of what a network knows a chip keeps, with its standard error: the judge of all settings of a study of sensitivity.

    A*_r = 1 - (reference - value_r) / (reference - chance),    A* = mean over r

r a programmed chip (its stuck devices, mismatch and all noise from the streams of chip r: every setting is judged with the same random
numbers), value and reference by the workload's metric on the same samples, chance as the metric has it (where it has none: 0, if more is
better). The samples lie in K parts; A*_rk is that of part k, held against the reference on this part. Standard error of the mean,

    error^2 = var_k(mean_r A*_rk) / K + var_r(mean_k A*_rk) / R

which counts what both share twice, so it is told too large rather than too small; of shares (an accuracy) it is at least one sample.
A chip whose numbers leave the range of 32-bit floats answers nothing: A* = 0.
Only the functional pass runs: weights are written without a clock, as if all tiles were done at once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import outputs
from chipsim.circuits.effects import Effect
from chipsim.errors import CheckError, InputError
from chipsim.experiment import Experiment
from chipsim.layer_error import layer_errors
from chipsim.population import bring_to
from chipsim.programmed import ProgrammedNetwork
from chipsim.question import Question
from chipsim.studies.sensitivity_terms import Setting
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import WeightedLayer
from chipsim.workload.metrics import normalised

Floats = NDArray[np.float64]
Exempt = dict[str, tuple[Effect, ...]]
PARTS = 20
FEW = 8  # samples in a part, at the least
WATCHED = 32  # samples that the error of the layers is taken of
CLEAR = 8.0  # standard errors of the samples: one programming is enough to see on which side of a level a chip is
FAR = 0.05  # of A*, besides


@final
class Estimate(NamedTuple):
    """A* of some programmed chips on parts of the samples, (chips, parts), their mean over all samples, and its standard error."""

    parts: Floats
    mean: float
    error: float

    def gain_over(self, other: Estimate) -> tuple[float, float]:
        """By how much this A* is larger, and the standard error of that; equal random numbers, so pair by pair."""
        count = min(len(self.parts), len(other.parts))
        return self.mean - other.mean, error_of(self.parts[:count] - other.parts[:count])


def error_of(parts: Floats) -> float:
    """Standard error of the mean of values (chips, parts)."""
    chips, count = parts.shape
    between = float(np.var(parts.mean(axis=0), ddof=1)) / count if count > 1 else 0.0
    return float(np.sqrt(between + (float(np.var(parts.mean(axis=1), ddof=1)) / chips if chips > 1 else 0.0)))


@final
class Judge:
    """Judges settings of an experiment's chip on the first `samples` samples, with `repeats` programmed chips each."""

    def __init__(self, experiment: Experiment, samples: int, repeats: int, threads: int | None = None) -> None:
        workload = experiment.workload
        self.experiment, self.workload, self.samples, self.repeats = experiment, workload, samples, repeats
        self.mapping = experiment.map()
        self.threads = threads or os.cpu_count() or 1
        self.slices = slices_of(samples)
        self.judged = 0  # programmed chips so far
        with ThreadPoolExecutor(self.threads) as pool:
            answers = list(pool.map(lambda part: workload.answers(workload.inputs[part], workload.labels[part]), self.slices))
        self._references, self.reference = self._values(answers)
        self.chance, self.chance_is_known = chance_of(workload, samples)
        check_better(workload, self.reference, self.chance)
        span = abs(self.reference - self.chance)
        self.least_error = 1 / (workload.labels[:samples].size * span) if workload.metric.percent else 0.0

    def network(self, setting: Setting, age: float, chip: int = 0, exempt: Exempt | None = None) -> ProgrammedNetwork:
        """A programmed chip with a setting, `age` s after programming; `exempt` as in a question, besides the question's own."""
        question = self.experiment.question
        tile = question.architecture.tile.having(array=setting.array)
        merged = _merged(question.exempt, {"all": setting.exempt}, exempt or {})
        asked = question.having(architecture=question.architecture.having(tile=tile), exempt=merged)
        network = Experiment(asked, self.workload).network(self.mapping, chip=chip).write()
        for crossbar in network.crossbars.values():
            crossbar.settings = crossbar.settings._replace(input_range=crossbar.settings.input_range * setting.inputs)
        bring_to(network, question.maintenance, age)
        return network

    def __call__(self, setting: Setting, age: float, exempt: Exempt | None = None, level: float | None = None) -> Estimate:
        """A* of a setting; of fewer chips where it is clear on which side of `level` it is."""
        parts: list[Floats] = []
        totals: list[float] = []
        for chip in range(self.repeats):
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    own, total = self._one(setting, age, chip, exempt)
            except CheckError:  # currents or factors beyond float32: the chip answers nothing
                own, total = np.zeros(len(self.slices)), 0.0
            parts.append(own)
            totals.append(total)
            if level is not None and chip == 0 and abs(total - level) > max(FAR, CLEAR * self._error([own])):
                break
        return Estimate(np.array(parts), float(np.mean(totals)), self._error(parts))

    def layer_error(self, setting: Setting, age: float) -> float:
        """Mean over the layers with weights of the relative error (L2) that each makes itself, of the first chip."""
        rows = layer_errors(self.network(setting, age), np.arange(min(WATCHED, self.samples), dtype=np.uint32))
        own = [row["own_error"] for row in rows if isinstance(self.workload.layers[row["layer"]], WeightedLayer)]
        return float(np.mean(own))

    def _one(self, setting: Setting, age: float, chip: int, exempt: Exempt | None) -> tuple[Floats, float]:
        network, self.judged = self.network(setting, age, chip, exempt), self.judged + 1

        def answer(part: slice) -> NDArray[np.float32]:
            return outputs(network, self.workload.inputs[part], np.arange(part.start, part.stop, dtype=np.uint32))

        with ThreadPoolExecutor(self.threads) as pool:
            values, total = self._values(list(pool.map(answer, self.slices)))
        span = self.reference - self.chance
        return 1 - (self._references - values) / span, normalised(total, self.reference, self.chance, self.workload.metric.higher)

    def _values(self, answers: Sequence[NDArray[np.float32]]) -> tuple[Floats, float]:
        """The metric of the outputs of each part, and of all."""
        metric, labels = self.workload.metric, self.workload.labels
        each = np.array([metric.of(found, labels[part]) for found, part in zip(answers, self.slices, strict=True)])
        if metric.whole:
            return each, metric.of(np.concatenate(answers), labels[: self.samples])
        sums = sum(metric.sums(found, labels[part]) for found, part in zip(answers, self.slices, strict=True))
        return each, metric.value(np.asarray(sums, np.float64))

    def _error(self, parts: Sequence[Floats]) -> float:
        return max(error_of(np.array(parts)), self.least_error)


def slices_of(samples: int) -> list[slice]:
    """Parts of the samples, of nearly equal size."""
    count = max(min(PARTS, samples // FEW), 1)
    ends = [samples * k // count for k in range(count + 1)]
    return [slice(first, end) for first, end in pairwise(ends)]


def chance_of(workload: Workload, samples: int) -> tuple[float, bool]:
    """The metric of an answer that knows nothing, and whether the metric knows it; InputError where nothing can stand for it."""
    metric = workload.metric
    found = metric.chance(workload.labels[:samples], workload.shapes[workload.output])
    if found is None and not metric.higher:
        raise InputError(
            f"metric: '{metric.type_name}' does not know what an answer by chance is, and less of it is better, so there is no "
            "normalised accuracy; give the workload a metric with a chance, such as accuracy, perplexity or error_rate"
        )
    return (0.0, False) if found is None else (found, True)


def covered_times(question: Question) -> list[float]:
    """The times of a question that the model of its device says something about; InputError where there is none."""
    device = question.architecture.tile.array.cell.device
    found = [time for time in question.times if device.covered.cover(question.maintenance.age(time))]
    if not found:
        raise InputError(
            f"times: device type '{device.type_name}' covers {device.covered} after programming, and none of the experiment's times; "
            f'{device.covered.way_out}, such as --set "times=[...]"'
        )
    return found


def check_better(workload: Workload, reference: float, chance: float) -> None:
    """InputError where the float network is no better than an answer that knows nothing: there is nothing that a chip could keep."""
    if not workload.metric.loss(reference, chance) > 0:
        metric, side = workload.metric, "higher" if workload.metric.higher else "lower"
        told = f"{metric.called} {metric.text(reference)}, chance {metric.text(chance)} ({side} is better)"
        way = "`by_chance` and `better` of the metric, weights, labels" if metric.type_name == "function" else "weights, labels"
        raise InputError(
            f"metric: the float network '{workload.name}' reaches {told}, so there is nothing that a chip could keep; "
            f"check {way} and `samples`"
        )


def _merged(*tables: Exempt | dict[str, tuple[Effect, ...]]) -> Exempt:
    found: Exempt = {}
    for table in tables:
        for layer, effects in table.items():
            found[layer] = tuple(dict.fromkeys((*found.get(layer, ()), *effects)))
    return {layer: effects for layer, effects in found.items() if effects}


