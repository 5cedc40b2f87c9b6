"""Local response normalisation: values divided by what their neighbours among the channels amount to, [C, H, W] -> [C, H, W].

    out[c] = in[c] / (k + alpha / n * sum over j of in[j]^2)^beta,    j = c - floor((n - 1) / 2) ... c + ceil((n - 1) / 2)

at each position, j within the channels. Operations of a position: n C multiply-accumulates, C multiplications, C additions, C functions
(the power) and C multiplications more. All channels of a position meet on one node.

Reference: A. Krizhevsky, I. Sutskever, G. E. Hinton, NIPS 2012, section 3.3, DOI 10.1145/3065386; alpha / n as in ONNX and PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.pointwise import Pointwise


@final
class LocalResponseNorm(Pointwise, type="local_response_norm"):
    """Neighbouring channels keep each other down."""

    size: int = key("channels n that are summed", ge=1)
    alpha: float = key("weight of their squares", default=1e-4)
    beta: float = key("exponent", default=0.75)
    bias: float = key("the number k", default=1.0)

    def grain(self, channels: int) -> int:
        return channels

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        exact = x.astype(np.float64)
        before, channels = (self.size - 1) // 2, x.shape[1]
        squares = np.pad(exact * exact, ((0, 0), (before, self.size - 1 - before), (0, 0), (0, 0)))
        total = np.zeros_like(exact)
        for first in range(self.size):  # one by one: NumPy's own sum pairs up terms depending on the shape of the array
            total += squares[:, first : first + channels]
        normal: Floats = (exact * np.power(self.bias + self.alpha / self.size * total, -self.beta)).astype(np.float32)
        return normal

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"mac": self.size * channels, "multiply": 2 * channels, "add": channels, "function": channels}
