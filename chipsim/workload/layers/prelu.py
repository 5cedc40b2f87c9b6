"""Values below zero times a trained slope of their channel, or of their place: [C, H, W] -> [C, H, W].

    out[c, y, x] = in[c, y, x] where it is at least 0, w[c] in[c, y, x] elsewhere

w: <layer>.weight, [C], with `each_place` [C, H, W]. With one slope for all channels write the activation `leaky_relu`, which a neuron
circuit can do. Cost: one function for each value, as for leaky_relu.

Reference: K. He et al., ICCV 2015, 1026, DOI 10.1109/ICCV.2015.123.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats, Shape
from chipsim.workload.layers.pointwise import Pointwise


@final
class PReLU(Pointwise, type="prelu"):
    """A trained slope below zero."""

    each_place: bool = key("whether every place has a slope of its own, not every channel", default=False)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"weight": 0.25}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return input_shape if self.each_place else input_shape[:1]

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        bent: Floats = np.where(x >= 0, x, parameters[0] * x)
        return bent

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"leaky_relu": channels}
