"""The layers with weights in PyTorch: how their stored weights become a matrix, their inputs vectors, their products an image.

    vectors   [B, C, H, W] -> [G, rows, L]      all vectors of the layer as columns; G L of them
    image     [G, columns, L] -> [B, C', H', W']
    matrix    stored weight -> [columns, rows]  transposed against `Weights.matrix`: one row for each output

so that matrix @ vectors are the products. `exact` is the float layer in PyTorch's own functions, without activation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from chipsim.aware.fused import Sliding
from chipsim.aware.layers import around
from chipsim.errors import InputError
from chipsim.workload.layers import Conv2d, Layer, Linear, WeightedLayer
from chipsim.workload.layers.window import Window, sides

Floats = NDArray[np.float32]


class Shaped(ABC):
    """What a kind of matrix layer makes of tensors; `input_shape` [C, H, W]."""

    def __init__(self, layer: Any, input_shape: tuple[int, int, int]) -> None:
        self.layer, self.input_shape = layer, input_shape
        self.output_shape = layer.output_shape(input_shape)

    @abstractmethod
    def stored(self, matrix: Floats) -> Floats:
        """The stored weight of a matrix [in_features, out_features]."""

    @abstractmethod
    def matrix(self, weight: Tensor) -> Tensor:
        """[columns, rows] of the stored weight."""

    @abstractmethod
    def vectors(self, x: Tensor) -> Tensor:
        """The vectors of images, [G, rows, L]."""

    @abstractmethod
    def image(self, products: Tensor) -> Tensor:
        """The images of products [G, columns, L]."""

    @abstractmethod
    def exact(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The float layer before its activation."""

    @property
    def slides(self) -> bool:
        """Whether `padded` and `slid` stand for vectors and a product with them."""
        return False


@final
class ShapedLinear(Shaped):
    """A fully connected layer: every image is one vector."""

    def stored(self, matrix: Floats) -> Floats:
        return np.ascontiguousarray(matrix.T)

    def matrix(self, weight: Tensor) -> Tensor:
        return weight

    def vectors(self, x: Tensor) -> Tensor:
        return x.flatten(1).t().contiguous()[None]  # slices of its rows are then in one piece

    def image(self, products: Tensor) -> Tensor:
        return products[0].t()[:, :, None, None]

    def exact(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return functional.linear(x.flatten(1), weight, bias)[:, :, None, None]


@final
class _Patches(torch.autograd.Function):
    """Padded images [B, C, H, W] -> all patches under a window, [C ky kx, B Hout Wout]; faster than PyTorch's own, both ways."""

    @staticmethod
    def forward(ctx: Any, padded: Tensor, window: Window) -> Tensor:
        ctx.shape, ctx.window = padded.shape, window
        batch, channels = padded.shape[:2]
        (ky, kx), (height, width) = window.kernel, _positions(padded.shape, window)
        patches = padded.new_empty(channels, ky, kx, batch, height, width)
        for (i, j), there in _under(padded.transpose(0, 1), window):
            patches[:, i, j] = there
        return patches.reshape(channels * ky * kx, -1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        batch, channels = ctx.shape[:2]
        gradients = gradient.reshape(channels, *ctx.window.kernel, batch, *_positions(ctx.shape, ctx.window))
        result = gradient.new_zeros(channels, batch, *ctx.shape[2:])
        for (i, j), there in _under(result, ctx.window):
            there += gradients[:, i, j]
        return result.transpose(0, 1), None


def _positions(shape: tuple[int, ...], window: Window) -> tuple[int, int]:
    """Positions of a window in a padded image, along y and x."""
    height, width = ((size - r) // step + 1 for size, r, step in zip(shape[2:], window.reach, window.stride, strict=True))
    return height, width


def _under(images: Tensor, window: Window) -> Iterator[tuple[tuple[int, int], Tensor]]:
    """For each place (i, j) in a window: views of what is there in images [.., .., H, W]."""
    (sy, sx), (dy, dx) = window.stride, window.dilation
    height, width = _positions(tuple(images.shape), window)
    for i, j in product(range(window.kernel[0]), range(window.kernel[1])):
        yield (i, j), images[:, :, i * dy : i * dy + (height - 1) * sy + 1 : sy, j * dx : j * dx + (width - 1) * sx + 1 : sx]


@final
class ShapedConv2d(Shaped):
    """A convolution: a vector for every position of the output, rows in the order (channel, ky, kx)."""

    def stored(self, matrix: Floats) -> Floats:
        layer, groups = self.layer, self.layer.groups
        rows, columns = matrix.shape[0] // groups, matrix.shape[1] // groups
        apart = matrix.reshape(groups, rows, groups, columns)
        own = apart[np.arange(groups), :, np.arange(groups)]  # (groups, rows, columns)
        return np.ascontiguousarray(own.transpose(0, 2, 1)).reshape(layer.weight_shape(self.input_shape))

    def matrix(self, weight: Tensor) -> Tensor:
        groups = self.layer.groups
        rows = weight.reshape(len(weight), -1)
        return rows if groups == 1 else torch.block_diag(*rows.reshape(groups, len(rows) // groups, -1))

    def padded(self, x: Tensor) -> Tensor:
        """Images with the margin of the layer."""
        margin = around(sides(self.layer.padding))
        return functional.pad(x, margin) if any(margin) else x

    def vectors(self, x: Tensor) -> Tensor:
        return _Patches.apply(self.padded(x), self.layer.window)[None]

    def image(self, products: Tensor) -> Tensor:
        channels, height, width = self.output_shape
        if len(products) == 1:  # all images in a row
            return products[0].reshape(channels, -1, height, width).transpose(0, 1)
        return products.reshape(len(products), channels, height, width)

    @property
    def slides(self) -> bool:
        return bool(self.layer.groups == 1 and prod(self.layer.window.kernel) > 1)

    @property
    def sliding(self) -> Sliding:
        """How its kernels slide."""
        window = self.layer.window
        return Sliding(window.kernel, window.stride, window.dilation)

    def slid(self, rows: Tensor, padded: Tensor) -> Tensor:
        """Products [B, columns, L] of a matrix [columns, rows] with all vectors of padded images."""
        window = self.layer.window
        kernel = rows.reshape(len(rows), -1, *window.kernel)
        return functional.conv2d(padded, kernel, None, window.stride, 0, window.dilation).flatten(2)

    def exact(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        window = self.layer.window
        return functional.conv2d(self.padded(x), weight, bias, window.stride, 0, window.dilation, self.layer.groups)


SHAPED: dict[type[Layer], type[Shaped]] = {Linear: ShapedLinear, Conv2d: ShapedConv2d}


def shaped(layer: WeightedLayer, input_shape: tuple[int, int, int]) -> Shaped:
    """The twin of a matrix layer; InputError where there is none."""
    if type(layer) not in SHAPED:
        raise InputError(
            f"layer '{layer.name}' of type '{layer.type_name}' has weights, but no twin in PyTorch, so it cannot be trained; "
            "give it one in chipsim.aware.weighted.SHAPED"
        )
    return SHAPED[type(layer)](layer, input_shape)
