"""Layers that take their inputs value by value, in digital.

    activation   y = f(x)              d_x = d_y f'(x)
    add          y = x_1 + x_2 + ...   d_x = d_y for each of them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from chipsim.training.derivatives import derivative
from chipsim.training.layers.passing import Pass
from chipsim.training.layers.trained import Back, Floats, Memo, TrainedLayer
from chipsim.workload.layers import Activation, Add


@final
class TrainedActivation(TrainedLayer[Activation], of=Activation):
    """A function of each value."""

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        y = self.layer.forward(read[0])
        return y, (read[0], y)

    def backward(self, d: Floats, memo: tuple[Floats, Floats], at: Pass) -> Back:
        x, y = memo
        return Back((d * derivative(self.layer.function, x, self.layer.slope, y),))


@final
class TrainedAdd(TrainedLayer[Add], of=Add):
    """A sum, such as that of a residual connection."""

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        return self.layer.forward(*read), None

    def backward(self, d: Floats, memo: None, at: Pass) -> Back:
        return Back((d,) * len(self.shapes))
