"""Products with weights: Conv, Gemm, MatMul; and what is folded into them: BatchNormalization.

Weights are brought into the order in which the numbers of the image lie, so that what was transposed or reshaped before costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Conv2d, LayerNorm, Linear
from chipsim.workload.onnx.attention import Scores, attended, extra, scores
from chipsim.workload.onnx.layout import Value, atoms, reordered
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.windows import image_axes, padding_of, sized


@converts("Conv")
def conv(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One or two spatial axes; weights [out, in / groups, ky, kx]."""
    value, weight = tensor(read[0]), constant(read[1], "a kernel")
    bias = constant(read[2], "a bias") if len(read) > 2 and read[2] is not None else None
    groups, axes = int(option(node, "group", 1)), image_axes(value, weight.ndim)
    if weight.shape[1] * groups != value.shape[1]:
        raise InputError(f"has a kernel for {weight.shape[1] * groups} channels, but its input has {value.shape[1]}")
    weight = _own_channels(value, weight, groups)
    stride, dilation = (sized(option(node, name, [1] * len(axes)), axes) for name in ("strides", "dilations"))
    kernel = sized(weight.shape[2:], axes)
    layer = Conv2d(
        name=network.name(node), inputs=(value.layer,), out_channels=len(weight), kernel=kernel, stride=stride, dilation=dilation,
        padding=padding_of(node, axes, value, kernel, stride, dilation), groups=groups, bias=bias is not None,
    )  # fmt: skip
    shape = network.add(layer, {"weight": weight.reshape(*weight.shape[:2], *kernel)} | ({} if bias is None else {"bias": bias}))
    image = atoms(shape[0]), atoms(shape[1]), atoms(shape[2])
    return (Value(layer.name, image, ((), image[0], *(image[1 + axis] for axis in axes))),)


def _own_channels(value: Value, weight: Array, groups: int) -> Array:
    """The kernel with its input channels in the order in which they lie."""
    given, lying = value.axes[1], value.channels
    if given == lying:
        return weight
    if groups > 1:
        raise InputError("reads channels in groups that were shuffled before, which is not supported")
    return np.swapaxes(reordered(np.swapaxes(weight, 0, 1), given, lying, weight.ndim - 1), 0, 1)


@converts("Gemm")
def gemm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """alpha A B + beta C, with weights as B, and A a vector."""
    value, weight = tensor(read[0]), constant(read[1], "a second factor")
    weight = weight.T if option(node, "transB", 0) else weight
    value = value.transposed([1, 0]) if option(node, "transA", 0) else value
    product = _product(network, node, value, weight * np.float32(option(node, "alpha", 1.0)))
    if len(read) < 3 or read[2] is None:
        return (product,)
    offset = constant(read[2], "an offset") * np.float32(option(node, "beta", 1.0))
    return (network.scaled(node, product, np.ones(1), offset),)


@converts("MatMul")
def matmul(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """A tensor times a constant matrix, or a product of attention."""
    if isinstance(read[0], Value) and isinstance(read[1], Value):
        return (scores(read[0], read[1]),)
    if isinstance(read[0], Scores):
        return (_attended(network, node, read[0], tensor(read[1])),)
    if not isinstance(read[0], Value):
        raise InputError("has its weights on the left, expected them on the right; transpose both")
    return (_product(network, node, read[0], constant(read[1], "a second factor")),)


def _attended(network: Network, node: Node, found: Scores, values: Value) -> Value:
    factor, queries = extra(found), found.queries
    if abs(factor - 1) > 1e-6:
        queries = network.scaled(node, queries, np.full(1, factor), np.zeros(1))
    layer, made = attended(network.name(node), queries.layer, found, values)
    network.add(layer)
    return made


def _product(network: Network, node: Node, value: Value, weight: Array) -> Value:
    """Along the last axis, which must be all of the image or its channels: a linear layer, or one for every position."""
    if weight.ndim != 2 or len(weight) != value.shape[-1]:
        raise InputError(f"multiplies {list(value.shape)} with {list(weight.shape)}; expected a matrix that fits the last axis")
    last, name, out = value.axes[-1], network.name(node), atoms(weight.shape[1])
    if sorted(last) == sorted(value.lying):
        stored = reordered(weight, last, value.lying, 1).T
        network.add(Linear(name=name, inputs=(value.layer,), out_features=len(stored), bias=False), {"weight": stored})
        return Value(name, (out, (), ()), (*value.axes[:-1], out))
    if sorted(last) != sorted(value.channels):
        raise InputError("multiplies along positions of the image; expected an axis of the channels, or all of the image")
    stored = reordered(weight, last, value.channels, 1).T[:, :, None, None]
    network.add(Conv2d(name=name, inputs=(value.layer,), out_channels=len(stored), kernel=1, bias=False), {"weight": stored})
    return Value(name, (out, *value.image[1:]), (*value.axes[:-1], out))


@converts("BatchNormalization")
def batch_norm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A scale and a shift of each channel, from the statistics of training."""
    if option(node, "training_mode", 0):
        raise InputError("normalises with the statistics of the batch (training_mode); export the network for inference")
    value = tensor(read[0])
    scale, bias, mean, variance = (constant(one, "statistics").astype(np.float64) for one in read[1:5])
    factor = scale / np.sqrt(variance + option(node, "epsilon", 1e-5))
    shape = [-1] + [1] * (len(value.axes) - 2)
    return (network.scaled(node, value, factor.reshape(shape), (bias - mean * factor).reshape(shape)),)


@converts("LayerNormalization")
def layer_norm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Over the last axis, which must be the channels."""
    value = tensor(read[0])
    axis = value.axis(option(node, "axis", -1))
    over = [atom for one in value.axes[axis:] for atom in one]
    if sorted(over) != sorted(value.channels):
        raise InputError("normalises over other axes than the channels, which is not supported")
    own = Value(value.layer, (value.channels, (), ()), (tuple(over),))
    if any(one is not None and constant(one, "a scale").size != len(own.laid(np.zeros(1))) for one in read[1:]):
        raise InputError(f"has a scale or an offset of another size than the axes {list(value.shape[axis:])} that it normalises")
    weight = own.laid(constant(read[1], "a scale").reshape(-1)).reshape(-1)
    bias = np.zeros(len(weight)) if len(read) < 3 or read[2] is None else own.laid(constant(read[2], "an offset").reshape(-1)).reshape(-1)
    layer = LayerNorm(name=network.name(node), inputs=(value.layer,), epsilon=option(node, "epsilon", 1e-5))
    network.add(layer, {"weight": weight, "bias": bias})
    return (Value(layer.name, value.image, value.axes),)
