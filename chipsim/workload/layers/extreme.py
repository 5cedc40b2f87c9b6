"""The largest or the smallest of two or more inputs of equal shape, value by value, [C, H, W] -> [C, H, W].

    maximum    out = max(in_1, in_2, ...)          minimum    out = min(in_1, in_2, ...)

Cost: one comparison for each value and input after the first. The largest under a window: `pool.py`; between two limits: `clip.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import final

import numpy as np

from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


class Extreme(DigitalLayer):
    """Root of both."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) < 2 or len(set(input_shapes)) > 1:
            shapes = ", ".join(str(list(shape)) for shape in input_shapes)
            raise self.complaint("inputs", f"reads {shapes}; expected two inputs or more of equal shape")
        return input_shapes[0]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    @abstractmethod
    def chosen(self, one: Floats, other: Floats) -> Floats:
        """Of two values, place by place."""

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        return np.ascontiguousarray(reduce(self.chosen, [values[:, :, y0:y1] for values in inputs]))

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"max": (len(self.inputs) - 1) * channels}


@final
class Maximum(Extreme, type="maximum"):
    """The largest."""

    def chosen(self, one: Floats, other: Floats) -> Floats:
        largest: Floats = np.maximum(one, other)
        return largest


@final
class Minimum(Extreme, type="minimum"):
    """The smallest."""

    def chosen(self, one: Floats, other: Floats) -> Floats:
        smallest: Floats = np.minimum(one, other)
        return smallest
