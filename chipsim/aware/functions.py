"""Twins of further digital layers: functions of each value, extremes, products of two inputs, numbers in another order. See `layers.py`.

Where a function has no derivative (sign, floor, ceil, round) the gradient is zero, as PyTorch has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chipsim.aware.layers import image_of, twin
from chipsim.errors import InputError
from chipsim.workload.layers import Function, Gain, LocalResponseNorm, Maximum, Minimum, PReLU, Product, Rearrange

Law = Callable[[Tensor, float, float], Tensor]  # values, alpha, gamma
Tensors = Sequence[Tensor]


def _shrink(x: Tensor, a: float, g: float) -> Tensor:
    return torch.where(x > a, x - g, torch.where(x < -a, x + g, torch.zeros_like(x)))


_PLAIN = (
    "square", "sqrt", "reciprocal", "exp", "log", "erf", "abs", "sign", "floor", "ceil", "round", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "asinh", "acosh", "atanh",
)  # fmt: skip


def _plain(name: str) -> Law:
    law = getattr(torch, name)
    return lambda x, a, g: law(x)


LAWS: Mapping[str, Law] = MappingProxyType(
    {name: _plain(name) for name in _PLAIN}
    | {
        "elu": lambda x, a, g: functional.elu(x, a),
        "selu": lambda x, a, g: g * functional.elu(x, a),
        "celu": lambda x, a, g: functional.celu(x, a),
        "thresholded": lambda x, a, g: torch.where(x > a, x, torch.zeros_like(x)),
        "shrink": _shrink,
        "softsign": lambda x, a, g: functional.softsign(x),
        "mish": lambda x, a, g: functional.mish(x),
        "power": lambda x, a, g: torch.pow(x, a),
    }
)


@twin(Function)
def _function(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    if layer.function not in LAWS:
        raise InputError(f"layer '{layer.name}': function '{layer.function}' has no twin in PyTorch; give it one in aware/functions.py")
    return LAWS[layer.function](inputs[0], layer.alpha, layer.gamma)


@twin(Gain)
def _gain(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    return inputs[0] * stored[0]


@twin(Maximum)
def _maximum(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    return reduce(torch.maximum, inputs)


@twin(Minimum)
def _minimum(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    return reduce(torch.minimum, inputs)


@twin(PReLU)
def _prelu(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    x, slope = inputs[0], stored[0] if layer.each_place else stored[0].reshape(1, -1, 1, 1)
    return torch.where(x >= 0, x, slope * x)


@twin(LocalResponseNorm)
def _local_response_norm(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    x, before = inputs[0], (layer.size - 1) // 2
    squares = functional.pad(x * x, (0, 0, 0, 0, before, layer.size - 1 - before))
    channels = image_of(x)[0]
    total = sum(squares[:, first : first + channels] for first in range(layer.size))
    return x * torch.pow(layer.bias + layer.alpha / layer.size * total, -layer.beta)


@twin(Product)
def _product(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    left, right = (_grouped(x, layer.groups) for x in inputs)
    other = right if layer.along == "channels" else right.transpose(2, 3)
    made = other.transpose(2, 3) @ (left * layer.factor)
    _, height, width = image_of(inputs[0])
    return made.reshape(-1, int(made.shape[1] * made.shape[2]), height, width)


def _grouped(x: Tensor, groups: int) -> Tensor:
    """Images [B, C, H, W] as [B, groups, C / groups, H W]."""
    channels, height, width = image_of(x)
    return x.reshape(-1, groups, channels // groups, height * width)


@twin(Rearrange)
def _rearrange(layer: Any, inputs: Tensors, stored: Tensors) -> Tensor:
    apart = inputs[0].reshape(-1, *layer.sizes, *[1] * len(layer.repeats)).expand(-1, *layer.sizes, *layer.repeats)
    return apart.permute(0, *(number + 1 for number in layer.order)).reshape(-1, *layer.shape)
