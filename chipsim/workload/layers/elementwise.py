"""Differences and products of two layers, and scales and offsets of one, value by value.

    subtract   out[c, y, x] = a[c, y, x] - b[c, y, x]
    multiply   out[c, y, x] = a[c, y, x] * b[c, y, x] * ...;    an input [C, 1, 1] after the first holds one factor for each channel
    scale      out[c, y, x] = w[c] * in[c, y, x] + b[c],        w, b: <layer>.weight, <layer>.bias [C]
    offset     out[c, y, x] = in[c, y, x] + b[c, y, x],         b: <layer>.bias [C, H, W], such as an embedding of positions

in the order of `inputs`. Factors of a channel are those of a squeeze-and-excitation block (Hu et al., CVPR 2018, DOI
10.1109/CVPR.2018.00745). A scale right after a product costs nothing when it is folded into the weights; this layer is for where that
cannot be done. Cost: one operation for each value and input after the first; a scale takes a multiplication and an addition,
an offset an addition. Sums: `add.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape
from chipsim.workload.layers.pointwise import Pointwise


@final
class Subtract(DigitalLayer, type="subtract"):
    """The first input minus the second."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) != 2 or input_shapes[0] != input_shapes[1]:
            shapes = ", ".join(str(list(shape)) for shape in input_shapes)
            raise self.complaint("inputs", f"reads {shapes}; expected two inputs of equal shape")
        return input_shapes[0]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        return np.ascontiguousarray(inputs[0][:, :, y0:y1] - inputs[1][:, :, y0:y1])

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"add": channels}


@final
class Multiply(DigitalLayer, type="multiply"):
    """Value-by-value product of its inputs."""

    def output_shape(self, *input_shapes: Shape) -> Shape:
        shapes = ", ".join(str(list(shape)) for shape in input_shapes)
        if len(input_shapes) < 2:
            raise self.complaint("inputs", f"reads {shapes}; expected two inputs or more")
        first = input_shapes[0]
        if any(shape not in (first, (first[0], 1, 1)) for shape in input_shapes):
            raise self.complaint("inputs", f"reads {shapes}; expected inputs of equal shape, or of one number for each channel")
        return first

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def needs_of(self, number: int, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return ((0, 0), (0, 0)) if input_shape[1:] == (1, 1) else self.needs(y, x, input_shape)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        product = inputs[0][:, :, y0:y1].copy()
        for values in inputs[1:]:
            product *= values if values.shape[2:] == (1, 1) else values[:, :, y0:y1]
        return product

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"multiply": (len(self.inputs) - 1) * channels}


@final
class Scale(Pointwise, type="scale"):
    """A trained factor and offset of each channel."""

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"weight": 1.0, "bias": 0.0}

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        weight, bias = parameters
        return x * weight + bias

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"multiply": channels, "add": channels}


@final
class Offset(Pointwise, type="offset"):
    """A trained number added at every position of every channel."""

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"bias": 0.0}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return input_shape

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        return x + parameters[0]

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"add": channels}
