"""Pooling: the largest or the mean value under a sliding window, channel by channel.

    max_pool      out[c, y, x] = max over i, j of in[c, y * stride + i * dilation - padding, x * stride + j * dilation - padding]
    average_pool  out[c, y, x] = (sum over i, j of the same, dilation 1) / (positions counted)

Outside the image the maximum sees nothing (minus infinity); the mean sees zeros, which count (PyTorch's default) unless `count_padding`
is false. What `ceil` reads beyond the padding never counts. The sum is taken in raster order of (i, j). Padding is less than the kernel.
The stride is the kernel unless given.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from chipsim.spec import check, key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape
from chipsim.workload.layers.window import Pair, Sides, Window, range_problem, sides


class Pool(DigitalLayer):
    """Root of pooling layers: a window that keeps the channels."""

    kernel: int | Pair = key("size of the window, one number or [y, x]")
    stride: int | Pair | None = key("step of the window, one number or [y, x] (default: the kernel)", default=None)
    padding: int | Pair | Sides = key(
        "positions added on each side of the image, one number, [y, x] or [above, left, below, right]", default=0
    )
    ceil: bool = key("round the number of output positions up instead of down", default=False)

    @check
    def _is_a_window(self) -> Pool:
        stride = self.kernel if self.stride is None else self.stride
        if problem := range_problem(self.kernel, stride, self.padding, self.spread):
            raise ValueError(problem)
        return self

    @property
    def spread(self) -> int | Pair:
        """Steps from one position under the window to the next."""
        return 1

    @property
    def window(self) -> Window:
        """The sliding window."""
        stride = self.kernel if self.stride is None else self.stride
        return Window.of(self.kernel, stride, self.padding, self.spread, self.ceil)

    @property
    def size(self) -> int:
        """Positions under the window."""
        return self.window.kernel[0] * self.window.kernel[1]

    def output_shape(self, *input_shapes: Shape) -> Shape:
        channels, height, width = self._only(input_shapes)
        out_height, out_width = self.window.output_size(height, width)
        if min(out_height, out_width) < 1:
            raise self.complaint("kernel", self.window.misfit(input_shapes[0]))
        return channels, out_height, out_width

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return self.window.needs(y, x, input_shape[1], input_shape[2])

    @abstractmethod
    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats: ...


@final
class MaxPool(Pool, type="max_pool"):
    """The largest value under the window."""

    dilation: int | Pair = key("steps from one position under the window to the next, one number or [y, x]", default=1)

    @property
    def spread(self) -> int | Pair:
        return self.dilation

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        (_, first), *others = self.window.offsets(self.window.padded_rows(inputs[0], y0, y1, fill=-np.inf))
        largest = first.copy()
        for _, values in others:
            np.maximum(largest, values, out=largest)
        return largest

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"max": (self.size - 1) * channels}


@final
class AveragePool(Pool, type="average_pool"):
    """The mean value under the window."""

    count_padding: bool = key("whether the zeros outside the image count in the mean", default=True)

    @property
    def even(self) -> bool:
        """Whether every window counts as many positions."""
        return not self.ceil and (self.count_padding or sides(self.padding) == (0, 0, 0, 0))

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        (_, first), *others = self.window.offsets(self.window.padded_rows(inputs[0], y0, y1, fill=0.0))
        total = first.copy()
        for _, values in others:  # one by one: NumPy's own sum pairs up terms depending on the shape of the array
            total += values
        height, width = inputs[0].shape[2:]
        total *= np.float32(1 / self.size) if self.even else 1 / self.window.counts(y0, y1, height, width, self.count_padding)
        return total

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"add": (self.size - 1) * channels, "multiply": channels}
