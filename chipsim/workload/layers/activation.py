"""An activation function as a layer of its own: out = f(in), value by value, [C, H, W] -> [C, H, W].

For the function right after a product write `activation:` in that layer instead; this layer is for the places where there is
none, such as after an addition. The functions are in `nonlinearity.py`. Cost: one operation named after the function for each
value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from chipsim.spec import check, key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE, ActivationName, apply
from chipsim.workload.layers.pointwise import Pointwise


@final
class Activation(Pointwise, type="activation"):
    """A function of each value."""

    function: ActivationName = key("which function")
    slope: float = key("slope of leaky_relu below zero", default=DEFAULT_SLOPE)

    @check
    def _slope_is_used(self) -> Activation:
        if self.slope != DEFAULT_SLOPE and self.function != "leaky_relu":
            raise ValueError(f"slope {self.slope:g} is given, but the function is {self.function}; only leaky_relu has one")
        return self

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        return apply(self.function, x, self.slope)

    def operations(self, channels: int) -> Mapping[str, int]:
        return {self.function: channels}
