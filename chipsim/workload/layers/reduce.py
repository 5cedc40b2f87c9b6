"""One number of all channels of each position, [C, H, W] -> [1, H, W]: their mean, sum, product, the largest or the smallest.

Over the positions of a channel the mean and the largest are a pool whose kernel is the image. Sums and products are taken one by one in
64 bits, so that their bits do not depend on the shape of the array. Operations of a position: C - 1 additions, multiplications or maxima,
for the mean one multiplication more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Reduce(DigitalLayer, type="reduce"):
    """One number of all channels."""

    regroups: ClassVar[bool] = True

    function: Literal["mean", "sum", "max", "min", "product"] = key("which number")

    def output_shape(self, *input_shapes: Shape) -> Shape:
        return 1, *self._only(input_shapes)[1:]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        x = inputs[0][:, :, y0:y1]
        if self.function in ("max", "min"):
            return np.ascontiguousarray((x.max if self.function == "max" else x.min)(axis=1, keepdims=True))
        if self.function == "product":
            return np.ascontiguousarray(np.cumprod(x, axis=1, dtype=np.float64)[:, -1:], np.float32)
        total = np.cumsum(x, axis=1, dtype=np.float64)[:, -1:]
        return np.ascontiguousarray(total / x.shape[1] if self.function == "mean" else total, np.float32)

    def operations_at(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> Mapping[str, int]:
        count = input_shapes[0][0]
        if self.function in ("mean", "sum"):
            return {"add": count - 1, "multiply": int(self.function == "mean")}
        return {"multiply" if self.function == "product" else "max": count - 1}
