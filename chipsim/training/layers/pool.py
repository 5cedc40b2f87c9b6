"""Pooling on the backward way, in digital.

    max_pool       d_x = d_y at the first position of the window, in raster order, that holds the maximum, else 0
    average_pool   d_x = d_y / (ky kx) at every position of the window

Windows that overlap add up. Ties go to the first maximum, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np

from chipsim.training.layers.passing import Pass
from chipsim.training.layers.trained import Back, Floats, Memo, TrainedLayer
from chipsim.workload.layers import AveragePool, MaxPool, Shape
from chipsim.workload.layers.window import Window


@final
class TrainedMaxPool(TrainedLayer[MaxPool], of=MaxPool):
    """Errors go to the largest value of each window."""

    @classmethod
    def refused(cls, layer: MaxPool) -> str:
        return "dilation" if layer.window.dilation != (1, 1) else uneven(layer.window)

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        y = self.layer.forward(read[0])
        return y, (read[0], y)

    def backward(self, d: Floats, memo: tuple[Floats, Floats], at: Pass) -> Back:
        (x, y), window = memo, self.layer.window
        errors, left = _padded(window, len(x), self.shapes[0]), np.ones(y.shape, bool)
        seen = window.padded_rows(x, 0, y.shape[2], fill=-np.inf)
        for (_, values), (_, into) in zip(window.offsets(seen), window.offsets(errors), strict=True):
            here = left & (values == y)
            left &= ~here
            into += np.where(here, d, np.float32(0))
        return Back((_inner(window, errors, self.shapes[0]),))


@final
class TrainedAveragePool(TrainedLayer[AveragePool], of=AveragePool):
    """Errors go in equal parts to all of the window."""

    @classmethod
    def refused(cls, layer: AveragePool) -> str:
        return uneven(layer.window) if layer.even else "windows that count different numbers of positions"

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        return self.layer.forward(read[0]), None

    def backward(self, d: Floats, memo: None, at: Pass) -> Back:
        window, part = self.layer.window, d * np.float32(1 / self.layer.size)
        errors = _padded(window, len(d), self.shapes[0])
        for _, into in window.offsets(errors):
            into += part
        return Back((_inner(window, errors, self.shapes[0]),))


def uneven(window: Window) -> str:
    """What a window has that the backward way does not know, in words."""
    return "padding that differs from side to side, or `ceil`" if window.ceil or window.padding != window.behind else ""


def _padded(window: Window, count: int, shape: Shape) -> Floats:
    """Zeros in the shape of `count` padded images."""
    channels, height, width = shape
    return np.zeros((count, channels, height + 2 * window.padding[0], width + 2 * window.padding[1]), np.float32)


def _inner(window: Window, padded: Floats, shape: Shape) -> Floats:
    """Padded images without their margins."""
    (over, beside), (_, height, width) = window.padding, shape
    return np.ascontiguousarray(padded[:, :, over : over + height, beside : beside + width])
