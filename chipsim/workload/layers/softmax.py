"""Softmax over the channels of each position, [C, H, W] -> [C, H, W].

    out[c] = exp(z_c) / sum over k of exp(z_k),    z_c = in[c] - max over k of in[k];    with `log`: out[c] = z_c - log(sum of exp(z_k))

At the end of a classifier it changes no answer, as the largest output stays the largest. All channels of a position meet on one node.
Operations of a position of C channels: C - 1 maxima, 2 C - 1 additions (differences, sum), C exponentials, one reciprocal and C
multiplications; with `log` a function (the logarithm, priced as a reciprocal) and C additions in place of the last two.
Sums are taken one by one in 64 bits, so that their bits do not depend on the shape of the array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.pointwise import Pointwise


@final
class Softmax(Pointwise, type="softmax"):
    """Shares that add up to 1."""

    log: bool = key("give the logarithm of the shares", default=False)

    def grain(self, channels: int) -> int:
        return channels

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        z = x.astype(np.float64)
        z -= z.max(axis=1, keepdims=True)
        weights = np.exp(z)
        total = np.cumsum(weights, axis=1)[:, -1:]
        shares: Floats = (z - np.log(total) if self.log else weights / total).astype(np.float32)
        return shares

    def operations(self, channels: int) -> Mapping[str, int]:
        shared = {"max": channels - 1, "exponential": channels, "reciprocal": 1}
        last = {"add": 3 * channels - 1} if self.log else {"add": 2 * channels - 1, "multiply": channels}
        return shared | last
