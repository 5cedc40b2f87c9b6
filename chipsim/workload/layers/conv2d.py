"""Two-dimensional convolution (cross-correlation, as in PyTorch), computed as a matrix product over patches.

    out[o, y, x] = activation(b[o] + sum over c, i, j of W[o, c - c_0, i, j] * in[c, y s + i d - p, x s + j d - p])

for stride s, dilation d and padding p, each of which may differ along y and x, p also from side to side. The sum runs over all input
channels, or with `groups` G over those of the same G-th part as o, the first of which is c_0 (G = channels: depthwise).

The weights are stored [out_channels, in_channels / G, ky, kx]; the matrix is [in_channels * ky * kx, out_channels] with rows
in the order (channel, ky, kx), with zeros wherever input and output belong to different groups: an array multiplies all of its rows
with all of its columns, so groups that share one leave cells unused. Zeros lie outside the image. A convolution along one axis is that of
an image one position wide. Not modelled: padding other than with zeros (a `pad` layer before it can).
"""

from __future__ import annotations

from math import prod
from typing import final

import numpy as np

from chipsim.kernels.patches import patches
from chipsim.spec import check, key
from chipsim.workload.layers.layer import Floats, MatrixLayer, Position, Shape
from chipsim.workload.layers.window import Pair, Sides, Window, range_problem

LARGE = 128  # positions of the output from which on a product for each image is faster than one for several


@final
class Conv2d(MatrixLayer, type="conv2d"):
    """Convolution over an image."""

    out_channels: int = key("number of output channels", ge=1)
    kernel: int | Pair = key("size of the kernel, one number or [y, x]")
    stride: int | Pair = key("step of the kernel, one number or [y, x]", default=1)
    padding: int | Pair | Sides = key(
        "zeros added on each side of the image, one number, [y, x] or [above, left, below, right]", default=0
    )
    dilation: int | Pair = key("steps from one position under the kernel to the next, one number or [y, x]", default=1)
    groups: int = key("parts of the channels that are convolved by themselves; as many as channels: depthwise", default=1, ge=1)

    @check
    def _is_a_window(self) -> Conv2d:
        if problem := range_problem(self.kernel, self.stride, self.padding, self.dilation):
            raise ValueError(problem)
        if self.out_channels % self.groups:
            raise ValueError(f"out_channels {self.out_channels} cannot be cut into {self.groups} groups, expected a multiple")
        return self

    @property
    def window(self) -> Window:
        """The sliding window of the kernel."""
        return Window.of(self.kernel, self.stride, self.padding, self.dilation)

    @property
    def bands(self) -> int:
        return self.groups

    def output_shape(self, *input_shapes: Shape) -> Shape:
        channels, height, width = self._only(input_shapes)
        if channels % self.groups:
            raise self.complaint("groups", f"cuts {channels} input channels into {self.groups} groups, expected a divisor")
        out_height, out_width = self.window.output_size(height, width)
        if min(out_height, out_width) < 1:
            raise self.complaint("kernel", self.window.misfit(input_shapes[0]))
        return self.out_channels, out_height, out_width

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return self.window.needs(y, x, input_shape[1], input_shape[2])

    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        return input_shape[0] * prod(self.window.kernel), self.out_channels

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.out_channels, input_shape[0] // self.groups, *self.window.kernel

    def matrix(self, weight: Floats) -> Floats:
        own = weight.reshape(self.groups, self.out_channels // self.groups, -1)
        if self.groups == 1:
            return np.ascontiguousarray(own[0].T, np.float32)
        groups, columns, rows = own.shape
        matrix = np.zeros((groups, rows, groups, columns), np.float32)
        matrix[np.arange(groups), :, np.arange(groups)] = own.transpose(0, 2, 1)
        return matrix.reshape(groups * rows, groups * columns)

    def summed(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        height, width = self.window.output_size(*x.shape[2:])
        if self.groups > 1 or height * width < LARGE:
            return super().summed(x, weights, bias)
        # Windows as columns: whole rows of the image are copied, and the product lies as the output does.
        columns = np.empty((len(x), x.shape[1], prod(self.window.kernel), height, width), np.float32)
        for number, (_, values) in enumerate(self.window.offsets(self.window.padded_rows(x, 0, height, fill=0.0))):
            columns[:, :, number] = values
        sums: Floats = np.matmul(weights.T, columns.reshape(len(x), len(weights), height * width))
        if bias is not None:
            sums += bias[:, None]
        return sums.reshape(len(x), self.out_channels, height, width)

    def patches(self, x: Floats, y0: int, y1: int) -> Floats:
        window = self.window
        padded = window.padded_rows(x, y0, y1, fill=0.0)
        return patches(padded, window.kernel, window.stride, window.dilation).reshape(
            len(x), y1 - y0, window.output_size(*x.shape[2:])[1], x.shape[1] * prod(window.kernel)
        )
