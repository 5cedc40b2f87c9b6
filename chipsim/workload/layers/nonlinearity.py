r"""Activation functions of one number, float32 in and out, as PyTorch defines them.

    relu          max(x, 0)
    leaky_relu    x where x >= 0, slope * x elsewhere (slope 0.01 unless given)
    sigmoid       1 / (1 + exp(-x)), from exp(-|x|), which cannot overflow
    tanh          tanh(x)
    hard_sigmoid  min(max(x + 3, 0), 6) / 6
    hard_tanh     min(max(x, -1), 1)
    gelu          x * (1 + erf(x / sqrt(2))) / 2, the exact form, (Hendrycks and Gimpel 2016, arXiv:1606.08415)
    gelu_tanh     x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2, their approximation of it
    silu          x * sigmoid(x), called SiLU by the same authors
    hard_silu     x * hard_sigmoid(x) (Howard et al., ICCV 2019, DOI 10.1109/ICCV.2019.00140)
    relu6         min(max(x, 0), 6)
    elu           x where x >= 0, exp(x) - 1 elsewhere
    softplus      log(1 + exp(x))

Each result depends on its own argument only, to the last bit: not on the length of the array, its alignment or its strides
(the vectorised and the remainder loops of the library functions used agree; tests/workload/layers/test_nonlinearity.py).
NaN gives NaN. Softmax, which is a function of all channels, is a layer of its own (`softmax.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ActivationName = Literal[
    "relu", "leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu", "gelu_tanh", "silu", "hard_silu",
    "relu6", "elu", "softplus",
]  # fmt: skip

DEFAULT_SLOPE = 0.01

_ZERO, _ONE, _THREE, _SIX = (np.float32(number) for number in (0, 1, 3, 6))
_HALF, _ROOT_HALF = np.float32(0.5), np.float32(np.sqrt(0.5))
_ROOT_TWO_OVER_PI, _CUBIC, _FAR = (np.float32(number) for number in (np.sqrt(2 / np.pi), 0.044715, 20))


def apply(name: ActivationName, values: Floats, slope: float = DEFAULT_SLOPE) -> Floats:
    """The activation `name` of each number of a float32 array of any shape, as a new float32 array."""
    return FUNCTIONS[name](values, np.float32(slope))


def _relu(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.maximum(x, _ZERO)
    return result


def _leaky_relu(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.where(x >= 0, x, slope * x)
    return result


def _sigmoid(x: Floats, slope: np.float32) -> Floats:
    decay: Floats = np.exp(-np.abs(x))
    result: Floats = np.where(x >= 0, _ONE, decay) / (_ONE + decay)
    return result


def _tanh(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.tanh(x)
    return result


def _hard_sigmoid(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.clip(x + _THREE, _ZERO, _SIX) / _SIX
    return result


def _hard_tanh(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.clip(x, -_ONE, _ONE)
    return result


def _gelu(x: Floats, slope: np.float32) -> Floats:
    from scipy.special import erfc  # here, because most networks do without and it takes a while to import

    result: Floats = _HALF * x * erfc(-x * _ROOT_HALF)  # erfc keeps the digits of the small results where x < 0
    return result


def _silu(x: Floats, slope: np.float32) -> Floats:
    result: Floats = x * _sigmoid(x, slope)
    return result


def _gelu_tanh(x: Floats, slope: np.float32) -> Floats:
    near: Floats = np.clip(x, -_FAR, _FAR)  # beyond it the tanh is 1 in float32, and the cube may overflow
    inner: Floats = _ROOT_TWO_OVER_PI * (near + _CUBIC * near * near * near)
    rise: Floats = (np.tanh(inner) + _ONE) * _HALF
    result: Floats = x * rise
    return result


def _hard_silu(x: Floats, slope: np.float32) -> Floats:
    result: Floats = x * _hard_sigmoid(x, slope)
    return result


def _relu6(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.clip(x, _ZERO, _SIX)
    return result


def _elu(x: Floats, slope: np.float32) -> Floats:
    below = np.minimum(x, _ZERO)
    result: Floats = np.where(x >= 0, x, np.expm1(below, dtype=np.float32))
    return result


def _softplus(x: Floats, slope: np.float32) -> Floats:
    result: Floats = np.maximum(x, _ZERO) + np.log1p(np.exp(-np.abs(x)))
    return result


FUNCTIONS: Mapping[str, Callable[[Floats, np.float32], Floats]] = MappingProxyType(
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
