"""Convolution as a matrix product: the patches of an image batch as rows of a matrix, and back.

Row (b * height_out + oy) * width_out + ox, column (c * kernel_y + ky) * kernel_x + kx holds
x[b, c, oy * stride_y + ky * dilation_y, ox * stride_x + kx * dilation_x]; the caller pads.

Shapes: x (batch, channels, height, width) float32; result (batch * height_out * width_out, channels * kernel_y * kernel_x)
float32 with height_out = (height - (kernel_y - 1) * dilation_y - 1) // stride_y + 1, likewise for the width.

`folded` is the transpose of that map: every element of an image is the sum of what its places in the patches hold, added in the order
of the patches, so that the errors of the patches become those of the image.

All patches of an image are the same list of offsets from their first element, so the inner loop is a table-driven gather;
it takes half to a third of the time of a NumPy strided view with a copy.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types

Floats = npt.NDArray[np.float32]

_u64 = np.uint64
_IMAGES = types.Array(types.float32, 2, "C", readonly=True)
_OFFSETS = types.Array(types.int32, 1, "C", readonly=True)
_MATRIX = types.Array(types.float32, 2, "C")
_PATCHES = types.Array(types.float32, 2, "C", readonly=True)
_i = types.int64


@njit(types.void(_IMAGES, _MATRIX, _OFFSETS, _i, _i, _i, _i), nogil=True, cache=True, error_model="numpy")
def fill_patches(images: Any, out: Any, offsets: Any, down: Any, right: Any, height_out: Any, width_out: Any) -> None:
    """Fill `out` from images, one per row of `images`; a patch starts `down` (`right`) elements after the one above (left)."""
    for b in range(images.shape[0]):
        for oy in range(height_out):
            for ox in range(width_out):
                source = images[b, oy * down + ox * right :]
                row = out[(b * height_out + oy) * width_out + ox]
                for j in range(offsets.size):
                    # Unsigned: no test for an index counted from the end.
                    row[j] = source[_u64(offsets[j])]


@njit(types.void(_MATRIX, _PATCHES, _OFFSETS, _i, _i, _i, _i), nogil=True, cache=True, error_model="numpy")
def add_patches(images: Any, rows: Any, offsets: Any, down: Any, right: Any, height_out: Any, width_out: Any) -> None:
    """Add `rows` to images, one per row of `images`, at the places that `fill_patches` takes them from."""
    for b in range(images.shape[0]):
        for oy in range(height_out):
            for ox in range(width_out):
                goal = images[b, oy * down + ox * right :]
                row = rows[(b * height_out + oy) * width_out + ox]
                for j in range(offsets.size):
                    goal[_u64(offsets[j])] += row[j]


def patches(x: Floats, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1)) -> Floats:
    """The matrix of all patches; raises ValueError when the kernel does not fit or x is not a float32 image batch."""
    if x.dtype != np.float32 or x.ndim != 4:
        raise ValueError(f"patches: x is {x.dtype} of shape {x.shape}; expected float32 (batch, channels, height, width)")
    batch, channels, height, width = x.shape
    down, across = ((size - 1) * step + 1 for size, step in zip(kernel, dilation, strict=True))
    if min(*kernel, *stride, *dilation) < 1 or height < down or width < across:
        raise ValueError(f"patches: kernel {kernel}, stride {stride} do not fit images of {height} x {width}")
    height_out, width_out = (height - down) // stride[0] + 1, (width - across) // stride[1] + 1
    out = np.empty((batch * height_out * width_out, channels * kernel[0] * kernel[1]), np.float32)
    offsets = _offsets(channels, kernel, height, width, dilation)
    images = np.ascontiguousarray(x).reshape(batch, channels * height * width)
    fill_patches(images, out, offsets, width * stride[0], stride[1], height_out, width_out)
    return out


def folded(rows: Floats, shape: tuple[int, int, int], kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> Floats:
    """Rows as `patches` makes them of images (channels, height, width) -> those images (batch, channels, height, width), summed.

    Raises ValueError when the rows are not float32, or not those of such images.
    """
    (channels, height, width), inner = shape, shape[0] * kernel[0] * kernel[1]
    height_out, width_out = (height - kernel[0]) // stride[0] + 1, (width - kernel[1]) // stride[1] + 1
    positions = max(height_out, 0) * max(width_out, 0)
    if rows.dtype != np.float32 or rows.ndim != 2 or rows.shape[1] != inner or not positions or len(rows) % positions:
        raise ValueError(f"folded: rows are {rows.dtype} {rows.shape}; expected float32, {positions} rows of {inner} for each image")
    images = np.zeros((len(rows) // positions, channels * height * width), np.float32)
    offsets = _offsets(channels, kernel, height, width)
    add_patches(images, np.ascontiguousarray(rows), offsets, width * stride[0], stride[1], height_out, width_out)
    return images.reshape(-1, *shape)


@lru_cache(maxsize=256)
def _offsets(
    channels: int, kernel: tuple[int, int], height: int, width: int, dilation: tuple[int, int] = (1, 1)
) -> npt.NDArray[np.int32]:
    if channels * height * width >= 2**31:
        raise ValueError(f"patches: an image of {channels} x {height} x {width} values exceeds 32-bit offsets")
    plane = np.arange(channels)[:, None, None] * (height * width)
    inside = np.arange(kernel[0])[:, None] * (dilation[0] * width) + np.arange(kernel[1]) * dilation[1]
    return (plane + inside).astype(np.int32).reshape(-1)
