"""A number for every place that it is multiplied with: out[c, y, x] = w[c, y, x] in[c, y, x], [C, H, W] -> [C, H, W].

w: <layer>.weight [C, H, W]: a mask, a window, learned factors of tokens. With one factor for each channel write `scale`, which can be
folded into the weights before it. Cost: one multiplication for each value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from chipsim.workload.layers.layer import Floats, Shape
from chipsim.workload.layers.pointwise import Pointwise


@final
class Gain(Pointwise, type="gain"):
    """A factor of every place."""

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"weight": 1.0}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return input_shape

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        return x * parameters[0]

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"multiply": channels}
