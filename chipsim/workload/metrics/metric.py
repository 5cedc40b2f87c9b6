"""What every metric must offer: how the outputs of a network are held against the labels of its data, as one number.

    sums    what a batch adds; the sums of all batches, added, are enough for the value, so the memory does not grow with the data
    value   the metric, from the sums of all samples

A metric that is no function of such sums is `whole`: its `sums` are taken of all samples at once.

outputs [N, C, H, W] float32, of the network's last layer; labels as they are told in the class of the metric.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import Problem
from chipsim.spec import Family
from chipsim.workload.layers import Layer, Shape

Floats = NDArray[np.float32]
Sums = NDArray[np.float64]
Labels = NDArray[Any]  # int64, or float32 where numbers are compared
Outputs = Literal["logits", "probabilities", "log_probabilities"]


class Metric(Family):
    """How well a network answers. `higher` says which side is better, `least` and `most` between what the number lies."""

    default_type: ClassVar[str] = "accuracy"
    title: ClassVar[str] = ""  # for a reader
    percent: ClassVar[bool] = False  # a share, told in percent
    least: ClassVar[float | None] = 0.0
    most: ClassVar[float | None] = None
    whole: ClassVar[bool] = False
    targets: ClassVar[Literal["classes", "sequences", "numbers", "any"]] = "classes"

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return False

    @property
    def column(self) -> str:
        """The name in tables."""
        return self.type_name

    @property
    def called(self) -> str:
        """The name for a reader."""
        return self.title

    @abstractmethod
    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        """What a batch of outputs [N, C, H, W] and its labels adds."""

    @abstractmethod
    def value(self, sums: Sums) -> float:
        """The metric from the sums of all samples."""

    def of(self, outputs: Floats, labels: Labels) -> float:
        """The metric of these samples alone."""
        return self.value(self.sums(outputs, labels))

    @abstractmethod
    def chance(self, labels: Labels, output: Shape) -> float | None:
        """The metric of an answer that knows nothing of the input, None where that is not known."""

    @abstractmethod
    def problem(self, labels: Labels, count: int, output: Shape) -> str:
        """What keeps labels from belonging to `count` samples of a network with this output [C, H, W]; empty when nothing does."""

    def misfit(self, labels: Labels, output: Shape) -> Problem | None:
        """Which key of the metric itself does not suit such labels and such an output; None when nothing is wrong."""
        return None

    def unfit(self, outputs: Floats, labels: Labels) -> str:
        """What keeps outputs [N, C, H, W] of the float network from being what the metric takes; empty when nothing does."""
        return ""

    def after(self, layer: Layer) -> Metric:
        """The metric for a network whose last layer is `layer`, which may say what the outputs are."""
        return self

    def loss(self, reference: float, value: float) -> float:
        """By how much a value is worse than the reference."""
        return reference - value if self.higher else value - reference

    def clipped(self, value: float) -> float:
        """The nearest number that the metric can be."""
        value = value if self.least is None else max(value, self.least)
        return value if self.most is None else min(value, self.most)

    def text(self, value: float) -> str:
        """A value in words: a share in percent, other numbers with four digits."""
        return f"{100 * value:.2f} %" if self.percent else f"{value:.4g}"

    def told(self, chance: float | None = None) -> dict[str, Any]:
        """What a report needs to know of the metric, as plain values."""
        return {
            "name": self.column, "called": self.called, "higher": self.higher, "percent": self.percent, "least": self.least,
            "most": self.most, "chance": chance,
        }  # fmt: skip
