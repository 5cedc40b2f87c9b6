"""The digital layers of `workload/layers/` in PyTorch: the same float32 laws, with gradients, for whole batches [B, C, H, W].

A twin takes a layer, its inputs and what is stored of it (in the layout of the .npz file) and gives its output; it is registered for the
class of the layer with `twin`. Results are those of the layer's own `forward` to the rounding of float32. A layer without a twin is an
InputError that names it. Further ones: `functions.py`; layers with a matrix of weights: `weighted.py`, those with a state:
`recurrent.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chipsim.aware.activations import activated
from chipsim.errors import InputError
from chipsim.workload.layers import (
    Activation,
    Add,
    Attention,
    AveragePool,
    BatchNorm,
    Clip,
    Concat,
    Cut,
    Embedding,
    Layer,
    LayerNorm,
    MaxPool,
    Multiply,
    Offset,
    Pad,
    Reduce,
    Scale,
    Softmax,
    Subtract,
    ViewLayer,
)
from chipsim.workload.layers.window import Window, sides

Twin = Callable[[Any, Sequence[Tensor], Sequence[Tensor]], Tensor]
TWINS: dict[type[Layer], Twin] = {}


def twin(kind: type[Layer]) -> Callable[[Twin], Twin]:
    """Decorator: the twin of a class of layers, twin(layer, inputs, stored) -> output."""

    def register(function: Twin) -> Twin:
        TWINS[kind] = function
        return function

    return register


def digital(layer: Layer, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    """What a layer of the vector unit, or a view, makes of its inputs [B, C, H, W]; InputError for a layer without a twin."""
    return twin_of(layer)(layer, inputs, stored)


def twin_of(layer: Layer) -> Twin:
    """The twin of a layer; InputError where there is none."""
    if isinstance(layer, ViewLayer):
        return _view
    if type(layer) not in TWINS:
        raise InputError(
            f"layer '{layer.name}' of type '{layer.type_name}' has no twin in PyTorch, so a network with it cannot be trained; "
            "give it one with chipsim.aware.layers.twin"
        )
    return TWINS[type(layer)]


def _view(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return inputs[0].reshape(-1, *layer.output_shape(image_of(inputs[0])))


@twin(Activation)
def _activation(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return activated(layer.function, inputs[0], layer.slope)


@twin(Add)
def _add(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return sum(inputs[1:], start=inputs[0])


@twin(Subtract)
def _subtract(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return inputs[0] - inputs[1]


@twin(Multiply)
def _multiply(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return math.prod(inputs[1:], start=inputs[0])


@twin(Scale)
def _scale(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    weight, bias = (parameter.reshape(1, -1, 1, 1) for parameter in stored)
    return inputs[0] * weight + bias


@twin(Offset)
def _offset(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return inputs[0] + stored[0]


@twin(Concat)
def _concat(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(inputs), dim=1)


@twin(Cut)
def _cut(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    taken = (slice(*given) if given else slice(None) for given in (layer.channels, layer.rows, layer.columns))
    return inputs[0][(slice(None), *taken)]


@twin(Pad)
def _pad(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return functional.pad(inputs[0], around(sides(layer.padding)), value=layer.value)


@twin(Clip)
def _clip(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return inputs[0].clamp(layer.low, layer.high)


@twin(Softmax)
def _softmax(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    return inputs[0].log_softmax(1) if layer.log else inputs[0].softmax(1)


@twin(Reduce)
def _reduce(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    laws: dict[str, Any] = {"max": torch.amax, "min": torch.amin, "product": torch.prod, "mean": torch.mean, "sum": torch.sum}
    if layer.function not in laws:
        raise InputError(f"layer '{layer.name}': function '{layer.function}' has no twin in PyTorch; give it one in aware/layers.py")
    return laws[layer.function](inputs[0], dim=1, keepdim=True)


@twin(Embedding)
def _embedding(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    tokens = inputs[0][:, 0]
    if not bool(((tokens >= 0) & (tokens < layer.tokens) & (tokens == tokens.floor())).all()):
        raise layer.complaint("tokens", f"reads numbers that are no tokens; expected whole numbers from 0 to {layer.tokens - 1}")
    return functional.embedding(tokens.long(), stored[0]).permute(0, 3, 1, 2)


@twin(LayerNorm)
def _layer_norm(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    x = inputs[0].permute(0, 2, 3, 1)
    weight, bias = stored if layer.affine else (None, None)
    return functional.layer_norm(x, image_of(inputs[0])[:1], weight, bias, layer.epsilon).permute(0, 3, 1, 2)


@twin(BatchNorm)
def _batch_norm(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    mean, variance, *trained = (parameter.reshape(1, -1, 1, 1) for parameter in stored)
    normal = (inputs[0] - mean) * torch.rsqrt(variance + layer.epsilon)
    return normal * trained[0] + trained[1] if layer.affine else normal


@twin(MaxPool)
def _max_pool(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    window = layer.window
    x = functional.pad(inputs[0], margins(window, inputs[0]), value=-math.inf) if any(margins(window, inputs[0])) else inputs[0]
    return functional.max_pool2d(x, window.kernel, window.stride, dilation=window.dilation)


@twin(AveragePool)
def _average_pool(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    window, x = layer.window, inputs[0]
    mean = functional.avg_pool2d(functional.pad(x, margins(window, x)), window.kernel, window.stride)
    if layer.even:
        return mean
    _, height, width = image_of(x)
    counts = window.counts(0, image_of(mean)[1], height, width, layer.count_padding)
    return mean * torch.from_numpy((layer.size / counts).astype("float32"))


@twin(Attention)
def _attention(layer: Any, inputs: Sequence[Tensor], stored: Sequence[Tensor]) -> Tensor:
    size = layer.grain(image_of(inputs[0])[0])
    q, k, v = (_heads(x, size) for x in inputs)
    given = functional.scaled_dot_product_attention(q, k, v, is_causal=layer.causal)
    return given.transpose(2, 3).reshape(-1, *image_of(inputs[0]))


def _heads(x: Tensor, size: int) -> Tensor:
    """Images [B, C, H, W] as heads [B, C / size, H W, size]."""
    channels, height, width = image_of(x)
    return x.reshape(-1, channels // size, size, height * width).transpose(2, 3)


def image_of(x: Tensor) -> tuple[int, int, int]:
    """The shape of each image of a batch [B, C, H, W]: plain numbers, also while a network is traced for a file of any batch."""
    channels, height, width = (int(size) for size in x.shape[1:])
    return channels, height, width


def around(padding: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Padding above, left, below, right in the order of PyTorch: left, right, above, below."""
    above, left, below, right = padding
    return left, right, above, below


def margins(window: Window, x: Tensor) -> tuple[int, int, int, int]:
    """What a window reads around images [B, C, H, W], in the order of PyTorch; no more than its last position needs."""
    after, sizes = [], image_of(x)[1:]
    for axis, (count, size) in enumerate(zip(window.output_size(*sizes), sizes, strict=True)):
        after.append((count - 1) * window.stride[axis] + window.reach[axis] - size - window.padding[axis])
    return window.padding[1], after[1], window.padding[0], after[0]
