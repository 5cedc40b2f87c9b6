"""An image as one vector: [C, H, W] -> [C * H * W, 1, 1], in the order C, H, W.

Nothing is computed or moved: a linear layer that follows reads the layer before this one directly.
"""

from __future__ import annotations

from math import prod
from typing import final

from chipsim.workload.layers.layer import Position, Shape, ViewLayer


@final
class Flatten(ViewLayer, type="flatten"):
    """The input as a vector."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        return prod(self._only(input_shapes)), 1, 1

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (0, 0), (input_shape[1] - 1, input_shape[2] - 1)
