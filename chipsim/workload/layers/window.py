"""A rectangular window that slides over an image: the arithmetic that convolution and pooling share.

    reach = (kernel - 1) * dilation + 1
    Hout  = floor((H + before + after - reach) / stride) + 1
    output row y reads input rows y * stride - before + i * dilation, i = 0 ... kernel - 1

and likewise for columns. Padding is smaller than the reach, so every window touches the padded image. With `ceil` the quotient is rounded
up, as long as the last window still begins in the image or before it (PyTorch's rule); what it reads beyond is filled like padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pair = tuple[int, int]  # along y, along x
Sides = tuple[int, int, int, int]  # above, left, below, right
Padding = int | Pair | Sides


def pair(value: int | Pair) -> Pair:
    """A size written once for both directions, or as [y, x]."""
    return (value, value) if isinstance(value, int) else value


def sides(padding: Padding) -> Sides:
    """Padding above, left, below, right; written as one number, as [y, x] or in full."""
    if isinstance(padding, int):
        return (padding,) * 4
    return (*padding, *padding) if len(padding) == 2 else padding


def reach(kernel: int | Pair, dilation: int | Pair = 1) -> Pair:
    """Rows and columns from the first to the last position of a window."""
    along_y, along_x = ((k - 1) * d + 1 for k, d in zip(pair(kernel), pair(dilation), strict=True))
    return along_y, along_x


def range_problem(kernel: int | Pair, stride: int | Pair, padding: Padding, dilation: int | Pair = 1) -> str | None:
    """What is wrong with these numbers as a window, None if nothing."""
    for name, value, least in (("kernel", kernel, 1), ("stride", stride, 1), ("dilation", dilation, 1)):
        if min(pair(value)) < least:
            return f"{name} {value} is too small, expected at least {least}"
    if min(sides(padding)) < 0:
        return f"padding {padding} is too small, expected at least 0"
    if any(p >= k for p, k in zip(sides(padding), reach(kernel, dilation) * 2, strict=True)):
        return f"padding {padding} with kernel {kernel} makes windows of padding only, expected padding < kernel"
    return None


@final
@dataclass(frozen=True)
class Window:
    """Kernel, stride and padding, each as (along y, along x); `padding` lies above and left, `after` (default: as much) below, right."""

    kernel: Pair
    stride: Pair
    padding: Pair
    after: Pair | None = None
    dilation: Pair = (1, 1)
    ceil: bool = False

    @classmethod
    def of(
        cls, kernel: int | Pair, stride: int | Pair, padding: Padding, dilation: int | Pair = 1, ceil: bool = False
    ) -> Window:
        """A window of numbers as they are written in a description."""
        around = sides(padding)
        return cls(pair(kernel), pair(stride), around[:2], around[2:], pair(dilation), ceil)

    @property
    def behind(self) -> Pair:
        """Padding below and right of the image."""
        return self.padding if self.after is None else self.after

    @property
    def reach(self) -> Pair:
        """Rows and columns from the first to the last position."""
        return reach(self.kernel, self.dilation)

    def output_size(self, height: int, width: int) -> Pair:
        """Output positions along y and x; not positive where the kernel is larger than the padded image."""
        return self._count(height, 0), self._count(width, 1)

    def _count(self, size: int, axis: int) -> int:
        room, stride = size + self.padding[axis] + self.behind[axis] - self.reach[axis], self.stride[axis]
        if not self.ceil or room < 0:
            return room // stride + 1
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= size + self.padding[axis] else count

    def misfit(self, input_shape: tuple[int, int, int]) -> str:
        """What to tell the reader when there is no output position."""
        largest = [size + p + q for size, p, q in zip(input_shape[1:], self.padding, self.behind, strict=True)]
        return (
            f"gets an input of {list(input_shape)}, {largest} with its padding, smaller than its kernel {list(self.kernel)}"
            f"{f' (dilation {list(self.dilation)})' if self.dilation != (1, 1) else ''}; expected a kernel that fits"
        )

    def needs(self, y: int, x: int, height: int, width: int) -> tuple[Pair, Pair]:
        """First and last input position of the window of output (y, x), clipped to the image."""
        (top, bottom), (left, right) = self._touched(y, height, 0), self._touched(x, width, 1)
        return (top, left), (bottom, right)

    def _touched(self, output: int, size: int, axis: int) -> Pair:
        """First and last row or column inside the image; where a window has none, the one next to it."""
        start, step, kernel = output * self.stride[axis] - self.padding[axis], self.dilation[axis], self.kernel[axis]
        first, last = max(-(start // step), 0), min((size - 1 - start) // step, kernel - 1)
        if first > last:
            near = min(max(start, 0), size - 1)
            return near, near
        return start + first * step, start + last * step

    def padded_rows(self, x: Floats, y0: int, y1: int, fill: float) -> Floats:
        """Input rows under the output rows y0 to y1 - 1, with `fill` outside the image.

        x [B, C, H, W] -> [B, C, (y1 - y0 - 1) * stride + reach, W with its padding]; a view where nothing must be filled.
        """
        batch, channels, height, width = x.shape
        rows, columns = self.output_size(height, width)
        if not 0 <= y0 < y1 <= rows:
            raise ValueError(f"output rows {y0} to {y1} of {rows}")
        top = y0 * self.stride[0] - self.padding[0]
        bottom = (y1 - 1) * self.stride[0] - self.padding[0] + self.reach[0]
        before = self.padding[1]
        right = max((columns - 1) * self.stride[1] - before + self.reach[1], width + self.behind[1])
        if top >= 0 and bottom <= height and before == 0 and right == width:
            return x[:, :, top:bottom]
        padded = np.full((batch, channels, bottom - top, before + right), fill, np.float32)
        first, last = max(top, 0), min(bottom, height)
        if first < last:
            padded[:, :, first - top : last - top, before : before + width] = x[:, :, first:last]
        return padded

    def offsets(self, padded: Floats) -> list[tuple[Pair, Floats]]:
        """For each place (ky, kx) in the window, in raster order: the values there, [B, C, rows, Wout], as views."""
        (ky, kx), (sy, sx), (dy, dx) = self.kernel, self.stride, self.dilation
        rows, columns = (padded.shape[2] - self.reach[0]) // sy, (padded.shape[3] - self.reach[1]) // sx
        return [
            ((i, j), padded[:, :, i * dy : i * dy + rows * sy + 1 : sy, j * dx : j * dx + columns * sx + 1 : sx])
            for i in range(ky)
            for j in range(kx)
        ]

    def counts(self, y0: int, y1: int, height: int, width: int, padding: bool) -> Floats:
        """Positions under the windows of output rows y0 to y1 - 1 inside the image, or inside the padded image: [y1 - y0, Wout]."""
        columns = self.output_size(height, width)[1]
        down = self._counted(np.arange(y0, y1), height, 0, padding)
        across = self._counted(np.arange(columns), width, 1, padding)
        return (down[:, None] * across).astype(np.float32)

    def _counted(self, outputs: NDArray[np.int64], size: int, axis: int, padding: bool) -> NDArray[np.int64]:
        places = outputs[:, None] * self.stride[axis] - self.padding[axis] + np.arange(self.kernel[axis]) * self.dilation[axis]
        low, high = (-self.padding[axis], size + self.behind[axis]) if padding else (0, size)
        counted: NDArray[np.int64] = ((places >= low) & (places < high)).sum(axis=1)
        return counted
