"""A convolution that learns: every output position is a vector, its errors go back to the patch that it read.

    d_x[c, y s + i - p, x s + j - p] += e[(y, x), (c, i, j)]        s stride, p padding, e the transposed read of the errors of (y, x)

A sample has Hout Wout vectors, in raster order; the array learns from them one after the other, as fast as one of its updates allows.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.patches import folded
from chipsim.training.layers.pool import uneven
from chipsim.training.layers.product import TrainedProduct
from chipsim.training.layers.trained import Floats
from chipsim.workload.layers import Conv2d


@final
class TrainedConv2d(TrainedProduct[Conv2d], of=Conv2d):
    """Patches forward, their sum back."""

    @classmethod
    def refused(cls, layer: Conv2d) -> str:
        return "groups or dilation" if layer.groups > 1 or layer.window.dilation != (1, 1) else uneven(layer.window)

    def gathered(self, errors: Floats) -> Floats:
        window, (channels, height, width) = self.layer.window, self.shapes[0]
        (over, beside), padded = window.padding, (channels, height + 2 * window.padding[0], width + 2 * window.padding[1])
        whole = folded(errors, padded, window.kernel, window.stride)
        return np.ascontiguousarray(whole[:, :, over : over + height, beside : beside + width])
