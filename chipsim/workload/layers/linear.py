"""Fully connected layer: out = activation(W x + b), x the flattened input.

x [in_features] is the input [C, H, W] of any shape in the order C, H, W; the weights are stored [out_features, in_features]
as in PyTorch and used as the matrix [in_features, out_features]; the output is [out_features, 1, 1].
"""

from __future__ import annotations

from math import prod
from typing import ClassVar, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats, MatrixLayer, Position, Shape


@final
class Linear(MatrixLayer, type="linear"):
    """Fully connected layer on the flattened input."""

    flattens: ClassVar[bool] = True

    out_features: int = key("number of outputs", ge=1)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        self._only(input_shapes)
        return self.out_features, 1, 1

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (0, 0), (input_shape[1] - 1, input_shape[2] - 1)

    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        return prod(input_shape), self.out_features

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.out_features, prod(input_shape)

    def matrix(self, weight: Floats) -> Floats:
        return np.ascontiguousarray(weight.T, np.float32)

    def patches(self, x: Floats, y0: int, y1: int) -> Floats:
        if (y0, y1) != (0, 1):
            raise ValueError(f"output rows {y0} to {y1} of 1")
        return np.ascontiguousarray(x).reshape(len(x), 1, 1, prod(x.shape[1:]))
