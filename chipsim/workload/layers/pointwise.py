"""Root of the layers that make each position from itself alone: out[:, y, x] = f(in[:, y, x]), [C, H, W] -> [C, H, W].

f takes each channel for itself unless the layer has a `grain`. It may know trained numbers of the channel, [1, C, 1, 1], or of the
place, [1, C, H, W] (`DigitalLayer.parameters`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


class Pointwise(DigitalLayer):
    """One input, one output of its shape, position by position."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        return self._only(input_shapes)

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    @abstractmethod
    def values(self, x: Floats, *parameters: Floats) -> Floats:
        """f of every position of x [B, C, rows, W], with what the layer stores for these."""

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        image, *stored = inputs
        own = (array if array.shape[2] == 1 else array[:, :, y0:y1] for array in stored)
        return np.ascontiguousarray(self.values(image[:, :, y0:y1], *own), np.float32)
