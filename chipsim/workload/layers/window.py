"""A rectangular window that slides over an image: the arithmetic that convolution and pooling share.

    Hout = floor((H + 2 * padding - kernel) / stride) + 1
    output row y reads input rows y * stride - padding ... y * stride - padding + kernel - 1

and likewise for columns. Padding is smaller than the kernel, so every window touches the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pair = tuple[int, int]  # along y, along x


def pair(value: int | Pair) -> Pair:
    """A size written once for both directions, or as [y, x]."""
    return (value, value) if isinstance(value, int) else value


def range_problem(kernel: int | Pair, stride: int | Pair, padding: int | Pair) -> str | None:
    """What is wrong with these numbers as a window, None if nothing."""
    for name, value, least in (("kernel", kernel, 1), ("stride", stride, 1), ("padding", padding, 0)):
        if min(pair(value)) < least:
            return f"{name} {value} is too small, expected at least {least}"
    if any(p >= k for p, k in zip(pair(padding), pair(kernel), strict=True)):
        return f"padding {padding} with kernel {kernel} makes windows of padding only, expected padding < kernel"
    return None


@final
@dataclass(frozen=True)
class Window:
    """Kernel, stride and padding, each as (along y, along x)."""

    kernel: Pair
    stride: Pair
    padding: Pair

    def output_size(self, height: int, width: int) -> Pair:
        """Output positions along y and x; not positive where the kernel is larger than the padded image."""
        sizes = zip((height, width), self.kernel, self.stride, self.padding, strict=True)
        along_y, along_x = ((size + 2 * p - k) // s + 1 for size, k, s, p in sizes)
        return along_y, along_x

    def misfit(self, input_shape: tuple[int, int, int]) -> str:
        """What to tell the reader when there is no output position."""
        largest = [size + 2 * p for size, p in zip(input_shape[1:], self.padding, strict=True)]
        return (
            f"gets an input of {list(input_shape)}, {largest} with its padding, smaller than its kernel {list(self.kernel)}; "
            "expected a kernel that fits"
        )

    def needs(self, y: int, x: int, height: int, width: int) -> tuple[Pair, Pair]:
        """First and last input position of the window of output (y, x), clipped to the image."""
        top, left = y * self.stride[0] - self.padding[0], x * self.stride[1] - self.padding[1]
        bottom, right = top + self.kernel[0] - 1, left + self.kernel[1] - 1
        return (max(top, 0), max(left, 0)), (min(bottom, height - 1), min(right, width - 1))

    def padded_rows(self, x: Floats, y0: int, y1: int, fill: float) -> Floats:
        """Input rows under the output rows y0 to y1 - 1, with `fill` outside the image.

        x [B, C, H, W] -> [B, C, (y1 - y0 - 1) * stride + kernel, W + 2 * padding]; a view where nothing must be filled.
        """
        batch, channels, height, width = x.shape
        if not 0 <= y0 < y1 <= self.output_size(height, width)[0]:
            raise ValueError(f"output rows {y0} to {y1} of {self.output_size(height, width)[0]}")
        top = y0 * self.stride[0] - self.padding[0]
        bottom = (y1 - 1) * self.stride[0] - self.padding[0] + self.kernel[0]
        if top >= 0 and bottom <= height and self.padding[1] == 0:
            return x[:, :, top:bottom]
        padded = np.full((batch, channels, bottom - top, width + 2 * self.padding[1]), fill, np.float32)
        first, last = max(top, 0), min(bottom, height)
        padded[:, :, first - top : last - top, self.padding[1] : self.padding[1] + width] = x[:, :, first:last]
        return padded

    def offsets(self, padded: Floats) -> list[tuple[Pair, Floats]]:
        """For each place (ky, kx) in the window, in raster order: the values there, [B, C, rows, Wout], as views."""
        (ky, kx), (sy, sx) = self.kernel, self.stride
        rows, columns = (padded.shape[2] - ky) // sy, (padded.shape[3] - kx) // sx
        return [
            ((i, j), padded[:, :, i : i + rows * sy + 1 : sy, j : j + columns * sx + 1 : sx])
            for i in range(ky)
            for j in range(kx)
        ]
