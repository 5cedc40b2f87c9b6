"""Sum of two or more layers of equal shape, value by value, as at the end of a residual block.

    out[c, y, x] = in_1[c, y, x] + in_2[c, y, x] + ...

added from left to right in the order of `inputs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Add(DigitalLayer, type="add"):
    """Value-by-value sum of its inputs."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) < 2:
            raise self.complaint("inputs", f"reads {len(input_shapes)} layer, expected two or more; name them under inputs")
        if len(set(input_shapes)) > 1:
            shapes = ", ".join(f"{name} {list(shape)}" for name, shape in zip(self.inputs, input_shapes, strict=False))
            raise self.complaint("inputs", f"adds inputs of different shapes ({shapes}), expected equal shapes")
        return input_shapes[0]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        total = inputs[0][:, :, y0:y1] + inputs[1][:, :, y0:y1]
        for values in inputs[2:]:
            total += values[:, :, y0:y1]
        return total

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"add": (len(self.inputs) - 1) * channels}
