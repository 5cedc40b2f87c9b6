"""Two-dimensional convolution (cross-correlation, as in PyTorch), computed as a matrix product over patches.

    out[o, y, x] = activation(b[o] + sum over c, i, j of W[o, c, i, j] * in[c, y * s + i - p, x * s + j - p])

for stride s and padding p, each of which may differ along y and x.

The weights are stored [out_channels, in_channels, ky, kx]; the matrix is [in_channels * ky * kx, out_channels] with rows
in the order (channel, ky, kx). Zeros lie outside the image. Not modelled: dilation, groups, padding other than with zeros.
"""

from __future__ import annotations

from math import prod
from typing import final

import numpy as np

from chipsim.kernels.patches import patches
from chipsim.spec import check, key
from chipsim.workload.layers.layer import Floats, MatrixLayer, Position, Shape
from chipsim.workload.layers.window import Pair, Window, pair, range_problem


@final
class Conv2d(MatrixLayer, type="conv2d"):
    """Convolution over an image."""

    out_channels: int = key("number of output channels", ge=1)
    kernel: int | Pair = key("size of the kernel, one number or [y, x]")
    stride: int | Pair = key("step of the kernel, one number or [y, x]", default=1)
    padding: int | Pair = key("zeros added on each side of the image, one number or [y, x]", default=0)

    @check
    def _is_a_window(self) -> Conv2d:
        if problem := range_problem(self.kernel, self.stride, self.padding):
            raise ValueError(problem)
        return self

    @property
    def window(self) -> Window:
        """The sliding window of the kernel."""
        return Window(pair(self.kernel), pair(self.stride), pair(self.padding))

    def output_shape(self, *input_shapes: Shape) -> Shape:
        _, height, width = self._only(input_shapes)
        out_height, out_width = self.window.output_size(height, width)
        if min(out_height, out_width) < 1:
            raise self.complaint("kernel", self.window.misfit(input_shapes[0]))
        return self.out_channels, out_height, out_width

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return self.window.needs(y, x, input_shape[1], input_shape[2])

    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        return input_shape[0] * self.window.kernel[0] * self.window.kernel[1], self.out_channels

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.out_channels, input_shape[0], *self.window.kernel

    def matrix(self, weight: Floats) -> Floats:
        return np.ascontiguousarray(weight.reshape(len(weight), -1).T, np.float32)

    def patches(self, x: Floats, y0: int, y1: int) -> Floats:
        window = self.window
        padded = window.padded_rows(x, y0, y1, fill=0.0)
        return patches(padded, window.kernel, window.stride).reshape(
            len(x), y1 - y0, window.output_size(*x.shape[2:])[1], x.shape[1] * prod(window.kernel)
        )
