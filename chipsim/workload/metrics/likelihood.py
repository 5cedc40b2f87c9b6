"""Metrics of the probabilities that a network gives to the labels.

    H = -(1 / R) sum over r of ln p_r        p_r: probability of label r; softmax of the outputs where they are logits
    cross_entropy        H                   natural units (nats)
    perplexity           exp H
    bits_per_character   H / ln 2            of a text whose labels are characters: bits that one character takes

labels [N] or [N, T] int64 from 0 to K - 1 (see `classes.py`, also for `outputs`, `ignore` and networks with one output). Sums are taken
in 64 bits. A probability below 1e-12 counts as 1e-12, so that one zero does not make the sum infinite.
Probabilities of the float network must be some: from 0 to 1, with a sum of 1 for each label, both to within NEAR.
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
NEAR = 0.01  # assumed: what rounding of exported networks (16-bit floats, sums of many classes) may leave


def log_probabilities(rows: Floats, kind: str) -> NDArray[np.float64]:
    """Natural logarithms of the probabilities (R, K) that outputs of a kind stand for."""
    values = rows.astype(np.float64)
    if kind == "probabilities":
        values = np.log(np.maximum(values, LEAST))
    elif kind == "logits":
        values -= values.max(axis=1, keepdims=True, initial=-np.inf)
        values -= np.log(np.exp(values).sum(axis=1, keepdims=True))
    return np.clip(values, math.log(LEAST), 0.0)


_KINDS = {"probabilities": "probabilities from 0 to 1 whose sum is 1", "log_probabilities": "logarithms, at most 0, of such a sum of 1"}


def _no_probabilities(rows: NDArray[np.float64], logarithms: bool) -> str:
    """Why rows (R, K) of a float network are no probabilities, or their logarithms; empty where they are."""
    wrong = rows[rows > NEAR] if logarithms else rows[(rows < -NEAR) | (rows > 1 + NEAR)]
    if wrong.size:
        return f"an output of the float network is {wrong.flat[0]:.4g}"
    sums = (np.exp(rows) if logarithms else rows).sum(axis=1)
    off = sums[np.abs(sums - 1) > NEAR]
    what = "e to the power of the outputs" if logarithms else "the outputs"
    return f"the sum of {what} of the float network for a label is {off[0]:.4g}" if off.size else ""


class _Likelihood(ClassMetric, ABC):
    """Metrics that follow from the mean cross entropy; sums: the entropies of all labels, labels."""

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        rows, answers = self.rows(outputs, labels)
        logs = log_probabilities(rows, self.outputs or "logits")
        return np.array([-np.take_along_axis(logs, answers[:, None], axis=1).sum(), len(answers)], np.float64)

    def unfit(self, outputs: Floats, labels: Labels) -> str:
        if self.outputs in (None, "logits"):
            return ""
        message = _no_probabilities(self.rows(outputs, labels)[0].astype(np.float64), self.outputs == "log_probabilities")
        return f"{message}; expected {_KINDS[str(self.outputs)]}; end with a softmax, or write 'outputs: logits'" if message else ""

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
