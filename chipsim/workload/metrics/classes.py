"""Metrics of networks that choose one of K classes: what they share, and those that count right answers.

labels [N], [N, T] or [N, H, W] int64 from 0 to K - 1; rows (R, K): the outputs that belong to each label, R = N, N T or N H W (see
`labels.py`)

    accuracy     right / R           right: labels whose output is the largest (the first of equal ones)
    error_rate   1 - right / R
    top_k        share of the labels with fewer than k larger outputs; of equal ones the first counts as larger

A network with one output tells two classes apart, 0 and 1. Its output z stands for the logits (0, z), the probabilities (1 - z, z), or
the logarithms of probabilities (log(1 - exp z), z), as `outputs` says.
Labels equal to `ignore` are not counted. Chance is an answer drawn with equal chances: 1 / K, k / K; of F1 see there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import Problem
from chipsim.spec import check, key
from chipsim.workload.labels import by_label, classes
from chipsim.workload.labels import problem as shape_problem
from chipsim.workload.layers import Activation, Layer, Shape, Softmax
from chipsim.workload.metrics.metric import Floats, Labels, Metric, Outputs, Sums


class ClassMetric(Metric):
    """A metric of labels that are numbers of classes."""

    outputs: Outputs | None = key(
        "what the outputs are: logits, probabilities or log_probabilities (default: as the last layer says, a softmax or a sigmoid "
        "gives probabilities, all else logits)",
        default=None,
    )
    ignore: int | None = key("a label that is not counted, such as -100", default=None)

    def after(self, layer: Layer) -> Metric:
        if self.outputs is not None:
            return self
        found: Outputs = "logits"
        if isinstance(layer, Softmax):
            found = "log_probabilities" if layer.log else "probabilities"
        elif (layer.function if isinstance(layer, Activation) else getattr(layer, "activation", None)) == "sigmoid":
            found = "probabilities"
        return self if found == "logits" else self.having(outputs=found)

    def rows(self, outputs: Floats, labels: Labels) -> tuple[Floats, NDArray[np.int64]]:
        """Outputs (R, K) and labels (R,) that count; of a network with one output (R, 2)."""
        rows, answers = by_label(outputs, labels)
        if self.ignore is not None:
            counted = answers != self.ignore
            rows, answers = rows[counted], answers[counted]
        return (_two(rows, self.outputs or "logits") if rows.shape[1] == 1 else rows), answers

    def problem(self, labels: Labels, count: int, output: Shape) -> str:
        if (message := shape_problem(labels, count, output)) != "":
            return message
        limit, counted = self.count(labels, output), self.counted(labels)
        if not counted.any():
            return f"every label is {self.ignore}, which metric.ignore leaves out; expected some to judge the network by"
        wrong = np.argwhere(counted & ((labels < 0) | (labels >= limit)))
        if not len(wrong):
            return ""
        place = tuple(int(number) for number in wrong[0])
        return f"label {labels[place]} of image {place[0]} is out of range, the network's outputs are 0 to {limit - 1}"

    def counted(self, labels: Labels) -> NDArray[np.bool_]:
        """Which labels count."""
        return np.ones(labels.shape, bool) if self.ignore is None else np.asarray(labels != self.ignore)

    def count(self, labels: Labels, output: Shape) -> int:
        """Classes that the network tells apart."""
        return max(classes(output, labels), 2)


def _two(rows: Floats, kind: Outputs) -> Floats:
    """Outputs (R, 1) of a network that tells two classes apart, as (R, 2)."""
    if kind == "logits":
        return np.concatenate([np.zeros_like(rows), rows], axis=1)
    if kind == "probabilities":
        return np.concatenate([1 - rows, rows], axis=1)
    inner = -np.expm1(np.minimum(rows, 0))
    return np.concatenate([np.log(np.maximum(inner, np.finfo(np.float32).tiny)), rows], axis=1)


class _Shares(ClassMetric, ABC):
    """Metrics that are a share of the labels; sums: labels that are told right, labels."""

    percent: ClassVar[bool] = True
    most: ClassVar[float | None] = 1.0

    @abstractmethod
    def right(self, rows: Floats, answers: NDArray[np.int64]) -> int:
        """How many of the answers (R,) the outputs (R, K) tell."""

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        rows, answers = self.rows(outputs, labels)
        return np.array([self.right(rows, answers), len(answers)], np.float64)

    def value(self, sums: Sums) -> float:
        return float(sums[0] / sums[1])


class _Largest(_Shares, ABC):
    def right(self, rows: Floats, answers: NDArray[np.int64]) -> int:
        return int(np.sum(rows.argmax(axis=1) == answers))


@final
class Accuracy(_Largest, type="accuracy"):
    """Share of the labels that are the largest output."""

    title: ClassVar[str] = "accuracy"

    @property
    def higher(self) -> bool:
        return True

    def chance(self, labels: Labels, output: Shape) -> float:
        return 1 / self.count(labels, output)


@final
class ErrorRate(_Largest, type="error_rate"):
    """Share of the labels that are not the largest output."""

    title: ClassVar[str] = "error rate"

    def value(self, sums: Sums) -> float:
        return float((sums[1] - sums[0]) / sums[1])

    def chance(self, labels: Labels, output: Shape) -> float:
        return 1 - 1 / self.count(labels, output)


class _Among(_Shares, ABC):
    """Share of the labels that are among the largest outputs."""

    @property
    def higher(self) -> bool:
        return True

    @property
    @abstractmethod
    def many(self) -> int:
        """How many of the largest outputs count."""

    @property
    def column(self) -> str:
        return f"top_{self.many}"

    @property
    def called(self) -> str:
        return f"top-{self.many} accuracy"

    def right(self, rows: Floats, answers: NDArray[np.int64]) -> int:
        own = np.take_along_axis(rows, answers[:, None], axis=1)
        before = np.arange(rows.shape[1]) < answers[:, None]
        ahead = (rows > own) | ((rows == own) & before)
        return int(np.sum(ahead.sum(axis=1) < self.many))

    def misfit(self, labels: Labels, output: Shape) -> Problem | None:
        known = self.count(labels, output)
        if self.many < known:
            return None
        return Problem(f"the network tells {known} classes apart, so k = {self.many} counts every answer; take a smaller k", "k")

    def chance(self, labels: Labels, output: Shape) -> float:
        return min(1.0, self.many / self.count(labels, output))


@final
class TopK(_Among, type="top_k"):
    """Share of the labels that are among the k largest outputs."""

    k: int = key("how many of the largest outputs count", default=5, ge=1)

    @property
    def many(self) -> int:
        return self.k


@final
class TopFive(_Among, type="top_5"):
    """Share of the labels that are among the five largest outputs."""

    @property
    def many(self) -> int:
        return 5


@final
class F1(ClassMetric, type="f1"):
    """F1 = 2 tp / (2 tp + fp + fn) of one class, or the mean of all classes that occur in labels or answers.

    tp labels of a class that were told, fp answers of that class that were wrong, fn labels of it that were not told. sums: tp, fp, fn
    of every class, one after the other. Reference: C. J. van Rijsbergen, Information Retrieval, 1979, chapter 7.

    Chance is the best that an answer which knows nothing of the input can do; with a share p of the labels and told with the share q, a
    class has an F1 of 2 p q / (p + q). Of one class it is best always told, q = 1: 2 p / (1 + p). The mean of all classes is largest
    where each is told as often as it occurs, q = p: F1 = p each, on the mean 1 / the number of classes that occur.
    """

    title: ClassVar[str] = "F1"
    percent: ClassVar[bool] = True
    most: ClassVar[float | None] = 1.0
    positive: int | None = key("the class that F1 is of (default: the mean over all classes)", default=None, ge=0)

    @property
    def higher(self) -> bool:
        return True

    @property
    def column(self) -> str:
        return "f1" if self.positive is None else f"f1_{self.positive}"

    @property
    def called(self) -> str:
        return "F1" if self.positive is None else f"F1 of class {self.positive}"

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        rows, answers = self.rows(outputs, labels)
        told, many = rows.argmax(axis=1), rows.shape[1]
        right = np.bincount(answers[told == answers], minlength=many)
        counted = [right, np.bincount(told, minlength=many) - right, np.bincount(answers, minlength=many) - right]
        return np.array(counted, np.float64).reshape(-1)

    def value(self, sums: Sums) -> float:
        right, false, missed = sums.reshape(3, -1)
        whole = 2 * right + false + missed
        each = np.divide(2 * right, whole, out=np.zeros_like(whole), where=whole > 0)
        return float(each[self.positive] if self.positive is not None else each[whole > 0].mean())

    def misfit(self, labels: Labels, output: Shape) -> Problem | None:
        known = self.count(labels, output)
        if self.positive is None or self.positive < known:
            return None
        message = f"class {self.positive} is to be the positive one, but the network's classes are 0 to {known - 1}"
        return Problem(message, "positive")

    def chance(self, labels: Labels, output: Shape) -> float:
        answers = labels[self.counted(labels)]
        if self.positive is None:
            return 1 / len(np.unique(answers))
        share = float(np.mean(answers == self.positive))
        return 2 * share / (1 + share)

    @check
    def _counts_what_it_is_of(self) -> Any:
        if self.positive is not None and self.positive == self.ignore:
            raise ValueError(f"positive: class {self.positive} is left out by 'ignore'")
        return self
