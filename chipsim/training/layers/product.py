"""Layers whose vectors go through one matrix side by side: bias and activation in digital, all vectors of a sample at once.

    z = s A(x, W) + b,  y = f(z),      d_z = d_y f'(z),  d_x = s A'(d_z, W^T)

x (n V, rows) are the V input vectors of each of n samples, in the order of the output positions; z, d_z (n V, columns).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from chipsim.training.derivatives import derivative
from chipsim.training.layers.foundry import Foundry
from chipsim.training.layers.matrix import TrainedMatrix
from chipsim.training.layers.passing import Pass
from chipsim.training.layers.trained import Back, Floats, Memo, Share, TrainedLayer
from chipsim.workload.layers import MatrixLayer, Shape

M = TypeVar("M", bound=MatrixLayer)


class Vectors(NamedTuple):
    """What the backward pass wants of the forward pass."""

    x: Floats
    z: Floats
    y: Floats


class TrainedProduct(TrainedLayer[M]):
    """Root of layers with one matrix."""

    matrix: TrainedMatrix

    def __init__(self, layer: M, shapes: tuple[Shape, ...], hands_back: bool, foundry: Foundry) -> None:
        super().__init__(layer, shapes, hands_back, foundry)
        self.channels, self.height, self.width = layer.output_shape(*shapes)
        self.positions = self.height * self.width
        self.matrix = foundry.matrix(layer, layer.matrix_shape(shapes[0]), self.positions)

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        x = self.layer.patches(read[0], 0, self.height).reshape(-1, self.matrix.shape[0])
        z = self.matrix.forward(x, at, at.words(self.positions))
        y = self.layer.activate(z)
        return self._image(y), Vectors(x, z, y)

    def backward(self, d: Floats, memo: Vectors, at: Pass) -> Back:
        lines = self._lines(d)
        if self.layer.activation is not None:
            lines = lines * derivative(self.layer.activation, memo.z, self.layer.slope, memo.y)
        share = Share(memo.x, lines)
        if not self.hands_back:
            return Back((), share)
        errors = self.matrix.backward(lines, at, at.words(self.positions))
        return Back((self.gathered(errors),), share)

    @abstractmethod
    def gathered(self, errors: Floats) -> Floats:
        """Errors of the input vectors (n V, rows) -> errors of the input [n, C, H, W]."""

    def weights(self) -> dict[str, Floats]:
        matrix, bias = self.matrix.weights.T * np.float32(self.matrix.scale), self.matrix.bias
        stored = np.ascontiguousarray(matrix).reshape(self.layer.weight_shape(self.shapes[0]))
        return {f"{self.name}.weight": stored} | ({} if bias is None else {f"{self.name}.bias": bias.copy()})

    @property
    def largest(self) -> int:
        return max(super().largest, self.positions * self.matrix.shape[0])

    def _image(self, lines: Floats) -> Floats:
        """(n V, channels) -> [n, channels, H, W]."""
        if self.positions == 1:
            return lines.reshape(-1, self.channels, 1, 1)
        image = lines.reshape(-1, self.height, self.width, self.channels)
        return np.ascontiguousarray(image.transpose(0, 3, 1, 2))

    def _lines(self, image: Floats) -> Floats:
        """[n, channels, H, W] -> (n V, channels)."""
        if self.positions == 1:
            return image.reshape(-1, self.channels)
        return np.ascontiguousarray(image.transpose(0, 2, 3, 1)).reshape(-1, self.channels)
