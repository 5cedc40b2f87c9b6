r"""Derivatives of the activation functions, for the backward pass in digital: float32 in and out.

    relu          1 where z > 0, else 0                     leaky_relu  1 where z > 0, else slope
    sigmoid       s (1 - s), s = sigmoid(z)                 tanh        1 - tanh(z)**2
    hard_sigmoid  1/6 where |z| < 3, else 0                 hard_tanh   1 where |z| < 1, else 0
    gelu          P(z) + z p(z), P and p of the standard normal distribution, P(z) = gelu(z) / z or 1/2 + z p(0) close to 0
    silu          s (1 + z (1 - s)), s = sigmoid(z)         hard_silu   (2 z + 3) / 6 where |z| < 3, else 0 or 1
    gelu_tanh     (1 + t) / 2 + z (1 - t^2) u' / 2, t = tanh(u), u = sqrt(2 / pi) (z + 0.044715 z^3)
    relu6         1 where 0 < z < 6, else 0                 elu         1 where z > 0, else exp(z)
    softplus      sigmoid(z)

z is what the activation was applied to, y what came of it. At a corner it is the derivative towards 0 (relu, leaky_relu) or
outwards (hard ones).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE, ActivationName, apply

Floats = NDArray[np.float32]

_CLOSE = np.float32(1e-3)  # below this the series of P(z) is exact in float32, and gelu(z) / z no longer is
_PEAK = np.float32(1 / np.sqrt(2 * np.pi))
_CUBIC = np.float32(0.044715)


def derivative(name: ActivationName | None, z: Floats, slope: float = DEFAULT_SLOPE, y: Floats | None = None) -> Floats:
    """The derivative of the activation `name` (None: of no activation) at each number of z, any shape, as a new float32 array.

    `y`: the activation of z, where it is known; the result is the same to the last bit and takes less time.
    """
    if name is None:
        return np.ones_like(z)
    if y is not None and name in _OF_RESULTS:
        return _OF_RESULTS[name](y)
    return _DERIVATIVES[name](z, np.float32(slope))


def _relu(z: Floats, slope: np.float32) -> Floats:
    return (z > 0).astype(np.float32)


def _leaky_relu(z: Floats, slope: np.float32) -> Floats:
    return np.where(z > 0, np.float32(1), slope)


def _sigmoid(z: Floats, slope: np.float32) -> Floats:
    return _sigmoid_of(apply("sigmoid", z))


def _tanh(z: Floats, slope: np.float32) -> Floats:
    return _tanh_of(apply("tanh", z))


def _sigmoid_of(y: Floats) -> Floats:
    result: Floats = y * (1 - y)
    return result


def _tanh_of(y: Floats) -> Floats:
    result: Floats = 1 - y**2
    return result


def _hard_sigmoid(z: Floats, slope: np.float32) -> Floats:
    return np.where(np.abs(z) < 3, np.float32(1 / 6), np.float32(0))


def _hard_tanh(z: Floats, slope: np.float32) -> Floats:
    return (np.abs(z) < 1).astype(np.float32)


def _gelu(z: Floats, slope: np.float32) -> Floats:
    close = np.abs(z) < _CLOSE
    below = np.where(close, np.float32(0.5) + z * _PEAK, apply("gelu", z) / np.where(close, np.float32(1), z))
    distance = np.minimum(np.abs(z), np.float32(20))  # beyond it p(z) is 0 in float32, and z * z may overflow
    result: Floats = below + z * _PEAK * np.exp(-distance * distance / 2)
    return result


def _silu(z: Floats, slope: np.float32) -> Floats:
    s = apply("sigmoid", z)
    result: Floats = s * (1 + z * (1 - s))
    return result


def _gelu_tanh(z: Floats, slope: np.float32) -> Floats:
    near = np.clip(z, np.float32(-20), np.float32(20))  # beyond it tanh(u) is 1 in float32, and z^3 may overflow
    t = np.tanh(2 * _PEAK * (near + _CUBIC * near**3))
    result: Floats = (1 + t) / 2 + near * (1 - t * t) * _PEAK * (1 + 3 * _CUBIC * near * near)
    return result


def _hard_silu(z: Floats, slope: np.float32) -> Floats:
    return np.where(np.abs(z) < 3, (2 * z + 3) / np.float32(6), (z > 0).astype(np.float32))


def _relu6(z: Floats, slope: np.float32) -> Floats:
    return ((z > 0) & (z < 6)).astype(np.float32)


def _elu(z: Floats, slope: np.float32) -> Floats:
    below: Floats = np.exp(np.minimum(z, np.float32(0)))
    return np.where(z > 0, np.float32(1), below)


def _softplus(z: Floats, slope: np.float32) -> Floats:
    return apply("sigmoid", z)


_DERIVATIVES: Mapping[ActivationName, Callable[[Floats, np.float32], Floats]] = MappingProxyType(
    {
        "relu": _relu,
        "leaky_relu": _leaky_relu,
        "sigmoid": _sigmoid,
        "tanh": _tanh,
        "hard_sigmoid": _hard_sigmoid,
        "hard_tanh": _hard_tanh,
        "gelu": _gelu,
        "gelu_tanh": _gelu_tanh,
        "silu": _silu,
        "hard_silu": _hard_silu,
        "relu6": _relu6,
        "elu": _elu,
        "softplus": _softplus,
    }
)
_OF_RESULTS: Mapping[ActivationName, Callable[[Floats], Floats]] = MappingProxyType({"sigmoid": _sigmoid_of, "tanh": _tanh_of})
