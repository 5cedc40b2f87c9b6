"""Convolution as a matrix product: the patches of an image batch as rows of a matrix.

Row ((b * height_out + oy) * width_out + ox), column (c * kernel + ky) * kernel + kx holds
x[b, c, oy * stride + ky - padding, ox * stride + kx - padding], or 0 outside the image.

Shapes: x (batch, channels, height, width) float32; result (batch * height_out * width_out, channels * kernel**2) float32 with
height_out = (height + 2 * padding - kernel) // stride + 1, likewise for the width.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types

_IMAGES = types.Array(types.float32, 4, "C", readonly=True)
_MATRIX = types.Array(types.float32, 2, "C")
_i = types.int64


@njit(types.void(_IMAGES, _MATRIX, _i, _i, _i, _i, _i), nogil=True, cache=True, error_model="numpy")
def fill_patches(x: Any, out: Any, kernel: Any, stride: Any, padding: Any, height_out: Any, width_out: Any) -> None:
    """Fill `out` with the patches of `x`; shapes as above, not checked."""
    batch, channels, height, width = x.shape
    for b in range(batch):
        for oy in range(height_out):
            top = oy * stride - padding
            for ox in range(width_out):
                left = ox * stride - padding
                row = out[(b * height_out + oy) * width_out + ox]
                inside = left >= 0 and left + kernel <= width
                at = 0
                for c in range(channels):
                    for ky in range(kernel):
                        y = top + ky
                        if y < 0 or y >= height:
                            for kx in range(kernel):
                                row[at + kx] = 0.0
                        elif inside:
                            for kx in range(kernel):
                                row[at + kx] = x[b, c, y, left + kx]
                        else:
                            for kx in range(kernel):
                                column = left + kx
                                row[at + kx] = x[b, c, y, column] if 0 <= column < width else np.float32(0)
                        at += kernel


def patches(x: npt.NDArray[np.float32], kernel: int, stride: int = 1, padding: int = 0) -> npt.NDArray[np.float32]:
    """The matrix of all patches; raises ValueError when the kernel does not fit or x is not a float32 image batch."""
    if x.dtype != np.float32 or x.ndim != 4:
        raise ValueError(f"patches: x is {x.dtype} of shape {x.shape}; expected float32 (batch, channels, height, width)")
    if kernel < 1 or stride < 1 or padding < 0 or min(x.shape[2:]) + 2 * padding < kernel:
        raise ValueError(
            f"patches: kernel {kernel}, stride {stride}, padding {padding} do not fit images of {x.shape[2]} x {x.shape[3]}"
        )
    height_out, width_out = ((size + 2 * padding - kernel) // stride + 1 for size in x.shape[2:])
    out = np.empty((x.shape[0] * height_out * width_out, x.shape[1] * kernel * kernel), np.float32)
    fill_patches(np.ascontiguousarray(x), out, kernel, stride, padding, height_out, width_out)
    return out
