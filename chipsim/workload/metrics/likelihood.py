"""Metrics of the probabilities that a network gives to the labels.

    H = -(1 / R) sum over r of ln p_r        p_r: probability of label r; softmax of the outputs where they are logits
    cross_entropy        H                   natural units (nats)
    perplexity           exp H
    bits_per_character   H / ln 2            of a text whose labels are characters: bits that one character takes

labels [N] or [N, T] int64 from 0 to K - 1 (see `classes.py`, also for `outputs`, `ignore` and networks with one output). Sums are taken
in 64 bits. A probability below 1e-12 counts as 1e-12, so that one zero does not make the sum infinite.
Chance is the same probability for every class: ln K, K, log2 K.
"""

from __future__ import annotations

import math
from abc import ABC
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from chipsim.workload.layers import Shape
from chipsim.workload.metrics.classes import ClassMetric
from chipsim.workload.metrics.metric import Floats, Labels, Sums

LEAST = 1e-12


def log_probabilities(rows: Floats, kind: str) -> NDArray[np.float64]:
    """Natural logarithms of the probabilities (R, K) that outputs of a kind stand for."""
    values = rows.astype(np.float64)
    if kind == "probabilities":
        values = np.log(np.maximum(values, LEAST))
    elif kind == "logits":
        values -= values.max(axis=1, keepdims=True, initial=-np.inf)
        values -= np.log(np.exp(values).sum(axis=1, keepdims=True))
    return np.clip(values, math.log(LEAST), 0.0)


class _Likelihood(ClassMetric, ABC):
    """Metrics that follow from the mean cross entropy; sums: the entropies of all labels, labels."""

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        rows, answers = self.rows(outputs, labels)
        logs = log_probabilities(rows, self.outputs or "logits")
        return np.array([-np.take_along_axis(logs, answers[:, None], axis=1).sum(), len(answers)], np.float64)

    def value(self, sums: Sums) -> float:
        return self.from_entropy(float(sums[0] / sums[1]))

    def chance(self, labels: Labels, output: Shape) -> float:
        return self.from_entropy(math.log(self.count(labels, output)))

    def from_entropy(self, entropy: float) -> float:
        """The metric of a mean cross entropy (nats)."""
        return entropy


@final
class CrossEntropy(_Likelihood, type="cross_entropy"):
    """Mean of -ln p of the labels, in natural units."""

    title: ClassVar[str] = "cross entropy"


@final
class Perplexity(_Likelihood, type="perplexity"):
    """Among how many equally probable classes the network would be as unsure."""

    title: ClassVar[str] = "perplexity"
    least: ClassVar[float | None] = 1.0

    def from_entropy(self, entropy: float) -> float:
        return math.exp(entropy)


@final
class BitsPerCharacter(_Likelihood, type="bits_per_character"):
    """Mean of -log2 p of the labels."""

    title: ClassVar[str] = "bits per character"

    def from_entropy(self, entropy: float) -> float:
        return entropy / math.log(2)
