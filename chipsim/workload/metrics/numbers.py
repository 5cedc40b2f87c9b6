"""Metrics of networks that give numbers.

    rmse                  sqrt(mean of (y - t)^2)
    mean_absolute_error   mean of |y - t|

y outputs [N, C, H, W]; t labels of as many numbers a sample as an output has, in the same order, [N, C, H, W], [N, C H W] or, for one
output, [N]; whole numbers are taken too. Means over all numbers of all samples; in the unit of the labels.
Chance is the best constant for each output: their standard deviations, their mean distances from the median.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from math import prod
from typing import ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.workload.layers import Shape
from chipsim.workload.metrics.metric import Floats, Labels, Metric, Sums


class _Distance(Metric, ABC):
    """Metrics that add a distance of every number; sums: the distances, numbers."""

    targets: ClassVar[Literal["classes", "sequences", "numbers", "any"]] = "numbers"

    @abstractmethod
    def distances(self, difference: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a difference counts."""

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        count = len(outputs)
        difference = outputs.reshape(count, -1).astype(np.float64) - labels.reshape(count, -1)
        return np.array([self.distances(difference).sum(), difference.size], np.float64)

    def problem(self, labels: Labels, count: int, output: Shape) -> str:
        many = prod(output)
        fits = labels.shape[:1] == (count,) and prod(labels.shape[1:]) == many and labels.ndim in (1, 2, 4)
        if labels.ndim == 4 and labels.shape[1:] != output:
            fits = False
        if not fits or labels.dtype.kind not in "iuf":
            wanted = f"[{count}, {', '.join(map(str, output))}], or {many} for each of {count} samples"
            return f"labels are {labels.dtype} {list(labels.shape)}, metric {self.column} expects numbers of the output's shape {wanted}"
        return "" if np.isfinite(labels).all() else "a label is not a finite number"


@final
class RMSE(_Distance, type="rmse"):
    """Root of the mean squared difference."""

    title: ClassVar[str] = "RMSE"

    def distances(self, difference: NDArray[np.float64]) -> NDArray[np.float64]:
        return difference**2

    def value(self, sums: Sums) -> float:
        return math.sqrt(sums[0] / sums[1])

    def chance(self, labels: Labels, output: Shape) -> float:
        return math.sqrt(float(np.mean(np.var(labels.reshape(len(labels), -1).astype(np.float64), axis=0))))


@final
class MeanAbsoluteError(_Distance, type="mean_absolute_error"):
    """Mean of the absolute differences."""

    title: ClassVar[str] = "mean absolute error"

    def distances(self, difference: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(difference)

    def value(self, sums: Sums) -> float:
        return float(sums[0] / sums[1])

    def chance(self, labels: Labels, output: Shape) -> float:
        targets = labels.reshape(len(labels), -1).astype(np.float64)
        return float(np.mean(np.abs(targets - np.median(targets, axis=0))))
