"""Normalisation as a layer of its own, with the trained scale and shift of each channel.

    layer_norm    out[c, y, x] = w[c] * (in[c, y, x] - m) / sqrt(v + epsilon) + b[c],    m, v mean and variance over c at (y, x)
    batch_norm    out[c, y, x] = w[c] * (in[c, y, x] - m[c]) / sqrt(v[c] + epsilon) + b[c],    m, v as learned in training

w, b: <layer>.weight and <layer>.bias, [C]; without them (`affine: false`) they are 1 and 0. m, v of batch_norm: <layer>.running_mean,
<layer>.running_var, [C]. All as PyTorch stores them. Variance with divisor C. A batch_norm right after a product costs nothing when it is
folded into the weights; this layer is for where that cannot be done. Layer_norm mixes all channels of a position, so these meet on one
node.

Operations of a position: layer_norm 2 C - 1 additions (mean, differences), C multiply-accumulates (variance), three of one number, the
reciprocal of a root, C multiplications, then C multiplications and C additions for w and b. batch_norm: C of each, all numbers of a
channel being one scale and one shift.

Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, 2016, arXiv:1607.06450; S. Ioffe and C. Szegedy, 2015, arXiv:1502.03167.
Not modelled: statistics of the batch at hand (training).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.pointwise import Pointwise


class Normalisation(Pointwise):
    """Root of the normalisations."""

    affine: bool = key("whether a trained scale and shift of each channel follow", default=True)
    epsilon: float = key("added to the variance", default=1e-5, gt=0)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"weight": 1.0, "bias": 0.0} if self.affine else {}


@final
class LayerNorm(Normalisation, type="layer_norm"):
    """Mean 0 and variance 1 over the channels of each position, then scale and shift."""

    def grain(self, channels: int) -> int:
        return channels

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        exact = x.astype(np.float64)
        centred = exact - _mean(exact)
        normal = centred / np.sqrt(_mean(centred * centred) + self.epsilon)
        if self.affine:
            normal = normal * parameters[0] + parameters[1]
        return normal.astype(np.float32)

    def operations(self, channels: int) -> Mapping[str, int]:
        trained = channels if self.affine else 0
        return {
            "add": 2 * channels + trained, "mac": channels, "multiply": 2 + channels + trained, "reciprocal_root": 1
        }  # fmt: skip


@final
class BatchNorm(Normalisation, type="batch_norm"):
    """The statistics of training, channel by channel."""

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"running_mean": 0.0, "running_var": 1.0, **super().parameters}

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        exact, mean, variance, *trained = (array.astype(np.float64) for array in (x, *parameters))
        weight, bias = trained if self.affine else (1.0, 0.0)
        scale = weight / np.sqrt(variance + self.epsilon)
        return (exact * scale + (bias - mean * scale)).astype(np.float32)

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"multiply": channels, "add": channels}


def _mean(x: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Mean over the channels of [B, C, H, W], one by one: NumPy's own sum pairs up terms depending on the shape of the array."""
    mean: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.cumsum(x, axis=1)[:, -1:] / x.shape[1]
    return mean
