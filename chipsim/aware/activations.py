"""The activation functions of `workload/layers/nonlinearity.py` in PyTorch: the same laws, with gradients.

At a kink the gradient is that of PyTorch's own function (relu: 0 at 0). A function without a twin is an InputError that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chipsim.errors import InputError
from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "relu": functional.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "hard_sigmoid": functional.hardsigmoid,
        "hard_tanh": functional.hardtanh,
        "gelu": functional.gelu,
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "silu": functional.silu,
        "hard_silu": functional.hardswish,
        "relu6": functional.relu6,
        "elu": functional.elu,
        "softplus": lambda x: functional.softplus(x, threshold=30.0),
    }
)


def activated(name: str | None, values: Tensor, slope: float = DEFAULT_SLOPE) -> Tensor:
    """The activation `name` of each number of a tensor (None: the tensor itself); InputError for one without a twin."""
    if name is None:
        return values
    if name == "leaky_relu":
        return functional.leaky_relu(values, slope)
    if name not in FUNCTIONS:
        raise InputError(f"activation '{name}' has no twin in PyTorch, so it cannot be trained with; give it one in aware/activations.py")
    return FUNCTIONS[name](values)
