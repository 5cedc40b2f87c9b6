"""One question, asked again of chips that differ in some numbers: what a run says of the measures that are wanted.

All seeds stay as they are (common random numbers), so what differs between two answers comes from the numbers of the chip alone. Where
no accuracy is wanted, none is measured; what a change cannot touch is not simulated again (`facets`, `reuse`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

from chipsim.described import Steps, with_numbers
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.reuse import Known
from chipsim.validation.measures import RUN, of_run, unit_of

SHORT = {"efficiency": "sustained_ops_per_watt", "density": "sustained_ops_per_area", "throughput": "inferences_per_second"}
_FIXED = {"macs", "ops", "float_accuracy", "tiles", "tiles_used", "arrays", "arrays_used", "cells_used"}  # counts; better is neither side
WANTED = sorted({*RUN, *SHORT} - _FIXED)
ACCURACIES = ("accuracy", "accuracy_loss")
SAMPLES = 1000  # of accuracy, where the experiment takes all there are


def listed(text: str) -> list[str]:
    """The words of a text, by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def measures_of(words: Iterable[str]) -> tuple[str, ...]:
    """Measures by their names or short names, each once; InputError for what is none."""
    found = list(words)
    for word in found:
        if word not in WANTED:
            raise InputError(f"--of: '{word:.40}' is no measure of a run ({did_you_mean(word, WANTED)})")
    return tuple(dict.fromkeys(SHORT.get(word, word) for word in found))


def better(measure: str) -> str:
    """Whether `less` or `more` of a measure is better."""
    return "less" if unit_of(measure, runs=True) in ("s", "J", "W", "m2") or measure == "accuracy_loss" else "more"


def chosen(paths: Sequence[str], only: Sequence[str]) -> set[str]:
    """The paths that begin with one of the keys `only`, all for none; InputError for a key that none begins with."""
    for key in only:
        if not any(_within(path, key) for path in paths):
            raise InputError(f"--only: '{key:.60}' is the beginning of no number here ({did_you_mean(key, _beginnings(paths))})")
    return {path for path in paths if not only or any(_within(path, key) for key in only)}


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith((f"{key}.", f"{key}["))


def _beginnings(paths: Iterable[str]) -> set[str]:
    parts = [path.split(".") for path in paths]
    return {".".join(words[: count + 1]) for words in parts for count in range(len(words))}


@final
class Asked:
    """A question about some measures; call it with the numbers that differ from those of its chip."""

    def __init__(self, experiment: Experiment, measures: Iterable[str], samples: int | None = None) -> None:
        self.measures = tuple(measures)
        accurate = [measure for measure in self.measures if measure in ACCURACIES]
        if accurate and (drawn := experiment.workload.spec.drawn):
            data = ", or name labelled data (workload.data.file)" if drawn == "inputs" else ""
            raise InputError(f"--of: {accurate[0]}: the {drawn} of this workload are random, so there is no accuracy; leave it out{data}")
        judged = experiment.workload.metric
        if accurate and judged.column != "accuracy":
            raise InputError(
                f"--of: {accurate[0]}: the network is judged by {judged.called}, whose error this study does not know; leave it out, or "
                'give --set "workload.metric=accuracy" where the labels are classes'
            )
        question = experiment.question
        self.samples = (question.samples or min(samples or SAMPLES, len(experiment.workload.inputs))) if accurate else 1
        keys: dict[str, Any] = {"times": question.times[:1], "comparators": (), "samples": self.samples}
        keys |= {} if accurate else {"chips": 1, "repeats": 1}
        self.question = question.having(**keys)
        self._experiment, self._known = experiment, Known()
        self.noise = 0.0  # standard error of the accuracy of the last answer

    @property
    def runs(self) -> int:
        """How many programmed chips an accuracy is the mean of."""
        return self.question.chips * self.question.repeats

    def __call__(self, numbers: Mapping[Steps, float] | None = None) -> dict[str, float]:
        """The measures of the chip with these numbers; InputError where it cannot be built or has no room for the network."""
        chip = self.question.architecture
        question = self.question.having(architecture=with_numbers(chip, numbers)) if numbers else self.question
        result = Experiment(question, self._experiment.workload, self._experiment.fingerprint).run(known=self._known)
        if result.accuracy:
            self.noise = _noise(result.accuracy[0]["values"], self.samples)
        return {measure: _known(of_run(measure, result)) for measure in self.measures}


def _known(value: float | None) -> float:
    assert value is not None  # all that is WANTED is a measure of a run
    return value


def _noise(values: list[float], samples: int) -> float:
    """Standard error of a mean accuracy: of the samples it was measured on, and of the chips that were programmed."""
    count, mean = len(values), sum(values) / len(values)
    between = sum((value - mean) ** 2 for value in values) / (count - 1) / count if count > 1 else 0.0
    return math.sqrt(mean * (1 - mean) / samples + between)
