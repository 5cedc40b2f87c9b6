"""A margin around an image: [C, H, W] -> [C, above + H + below, left + W + right], with one value outside.

For zeros around a convolution or a pool write `padding:` in that layer instead; this layer is for other values and other places.
Nothing is computed: the numbers are written into the buffer and read from there. Not modelled: margins that repeat or mirror the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from chipsim.spec import check, key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape
from chipsim.workload.layers.window import Pair, Sides, sides


@final
class Pad(DigitalLayer, type="pad"):
    """A constant margin."""

    padding: int | Pair | Sides = key("positions on each side, one number, [y, x] or [above, left, below, right]")
    value: float = key("value of the margin", default=0.0)

    @check
    def _is_a_margin(self) -> Pad:
        if min(sides(self.padding)) < 0:
            raise ValueError(f"padding {self.padding} is below 0; a part of an image is taken by 'slice'")
        return self

    def output_shape(self, *input_shapes: Shape) -> Shape:
        channels, height, width = self._only(input_shapes)
        above, left, below, right = sides(self.padding)
        return channels, above + height + below, left + width + right

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        """Its own position; in the margin the nearest one, whose value does not matter."""
        above, left, _, _ = sides(self.padding)
        place = min(max(y - above, 0), input_shape[1] - 1), min(max(x - left, 0), input_shape[2] - 1)
        return place, place

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        batch, channels, height, width = inputs[0].shape
        above, left, _, right = sides(self.padding)
        rows = np.full((batch, channels, y1 - y0, left + width + right), self.value, np.float32)
        first, last = max(y0 - above, 0), min(y1 - above, height)
        if first < last:
            rows[:, :, first + above - y0 : last + above - y0, left : left + width] = inputs[0][:, :, first:last]
        return rows

    def operations(self, channels: int) -> Mapping[str, int]:
        return {}
