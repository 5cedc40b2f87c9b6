"""The metric of recognisers that give a class at every step and are trained with connectionist temporal classification (CTC).

    label_error_rate = sum of d(told_n, label_n) / sum of the lengths of label_n

told_n: the largest output of every step, repeats taken as one, the blank class left out (greedy decoding); d: insertions, deletions and
replacements that turn one sequence into the other, the fewest. outputs [N, K, T, 1]; labels [N, L] int64, padded at the end with -1.
It may exceed 1. Chance is 1: that of an empty answer.

Reference: A. Graves et al., ICML 2006, 369, DOI 10.1145/1143844.1143891, sections 2 and 3.2. Not modelled: search for the most probable
sequence (beams), dictionaries, language models.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Literal, final

import numpy as np

from chipsim.errors import Problem
from chipsim.spec import key
from chipsim.workload.layers import Shape
from chipsim.workload.metrics.metric import Floats, Labels, Metric, Sums

PADDING = -1


@final
class LabelErrorRate(Metric, type="label_error_rate"):
    """Edits between what is told and the labels, over the length of the labels."""

    title: ClassVar[str] = "label error rate"
    percent: ClassVar[bool] = True
    targets: ClassVar[Literal["classes", "sequences", "numbers", "any"]] = "sequences"
    blank: int = key("the class that stands for nothing", default=0, ge=0)

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        best = outputs.reshape(len(outputs), outputs.shape[1], -1).argmax(axis=1)
        wanted = [row[row != PADDING].tolist() for row in labels]
        edits = sum(distance(self.decoded(row.tolist()), row_wanted) for row, row_wanted in zip(best, wanted, strict=True))
        return np.array([edits, sum(map(len, wanted))], np.float64)

    def decoded(self, steps: Sequence[int]) -> list[int]:
        """The classes of all steps as the sequence they tell."""
        return [one for one, _ in groupby(steps) if one != self.blank]

    def value(self, sums: Sums) -> float:
        return float(sums[0] / sums[1])

    def problem(self, labels: Labels, count: int, output: Shape) -> str:
        if labels.dtype != np.int64 or labels.ndim != 2 or len(labels) != count:
            message = f"labels are {labels.dtype} {list(labels.shape)}, metric {self.column} expects int64 [{count}, length]"
            return f"{message}, padded with {PADDING}"
        wrong = np.argwhere((labels != PADDING) & ((labels < 0) | (labels >= output[0]) | (labels == self.blank)))
        if len(wrong):
            sample, place = (int(number) for number in wrong[0])
            told = f"label {labels[sample, place]} of image {sample} is out of range, the network's outputs are 0 to {output[0] - 1}"
            return f"{told}, of which {self.blank} is the blank one"
        return "" if (labels != PADDING).any() else f"no label at all, only {PADDING}; expected some to judge the network by"

    def misfit(self, labels: Labels, output: Shape) -> Problem | None:
        if output[2] != 1:
            return Problem(f"'{self.column}' takes an output [classes, steps, 1], the network's is {list(output)}")
        if self.blank >= output[0]:
            return Problem(f"is {self.blank}, but the network's classes are 0 to {output[0] - 1}", "blank")
        return None

    def chance(self, labels: Labels, output: Shape) -> float:
        return 1.0


def distance(told: Sequence[int], wanted: Sequence[int]) -> int:
    """Fewest insertions, deletions and replacements that turn one sequence into the other."""
    row = list(range(len(wanted) + 1))
    for i, one in enumerate(told, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(wanted, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (one != other))
    return row[-1]
