"""Products with weights: Conv, Gemm, MatMul; and of two tensors.

Weights are brought into the order in which the numbers of the image lie, so that what was transposed or reshaped before costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Conv2d, Linear
from chipsim.workload.onnx.attention import Scores
from chipsim.workload.onnx.layout import Value, atoms, reordered
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.moves import laid, with_channels
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.scores import attention, by_heads, multiplied, real, scores
from chipsim.workload.onnx.windows import as_image, padding_of, sized


@converts("Conv")
def conv(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One or two spatial axes; weights [out, in / groups, ky, kx]."""
    value, weight = tensor(read[0]), constant(read[1], "a kernel")
    bias = constant(read[2], "a bias") if len(read) > 2 and read[2] is not None else None
    groups, (value, axes) = int(option(node, "group", 1)), as_image(network, node, value, weight.ndim)
    if weight.shape[1] * groups != value.shape[1]:
        raise InputError(f"has a kernel for {weight.shape[1] * groups} channels, but its input has {value.shape[1]}")
    if groups > 1 and value.axes[1] != value.channels:
        value = laid(network, node, value, [1], *([axis] for axis in range(2, len(value.axes))))
        axes = tuple(range(len(axes)))
    weight = _own_channels(value, weight)
    stride, dilation = (sized(option(node, name, [1] * len(axes)), axes) for name in ("strides", "dilations"))
    kernel = sized(weight.shape[2:], axes)
    layer = Conv2d(
        name=network.name(node), inputs=(value.layer,), out_channels=len(weight), kernel=kernel, stride=stride, dilation=dilation,
        padding=padding_of(node, axes, value, kernel, stride, dilation), groups=groups, bias=bias is not None,
    )  # fmt: skip
    shape = network.add(layer, {"weight": weight.reshape(*weight.shape[:2], *kernel)} | ({} if bias is None else {"bias": bias}))
    image = atoms(shape[0]), atoms(shape[1]), atoms(shape[2])
    return (Value(layer.name, image, ((), image[0], *(image[1 + axis] for axis in axes))),)


def _own_channels(value: Value, weight: Array) -> Array:
    """The kernel with its input channels in the order in which they lie."""
    given, lying = value.axes[1], value.channels
    if given == lying:
        return weight
    return np.swapaxes(reordered(np.swapaxes(weight, 0, 1), given, lying, weight.ndim - 1), 0, 1)


@converts("Gemm")
def gemm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """alpha A B + beta C, one of A and B weights or none."""
    alpha = option(node, "alpha", 1.0)
    if isinstance(read[1], Value):
        product = _two(network, node, read[0], read[1])
        product = network.scaled(node, product, np.full(1, alpha), np.zeros(1)) if alpha != 1 else product
    else:
        value, weight = tensor(read[0]), constant(read[1], "a second factor")
        weight = weight.T if option(node, "transB", 0) else weight
        value = value.transposed([1, 0]) if option(node, "transA", 0) else value
        product = _product(network, node, value, weight * np.float32(alpha) if alpha != 1 else weight)
    if len(read) < 3 or read[2] is None or not option(node, "beta", 1.0):
        return (product,)
    offset = constant(read[2], "an offset") * np.float32(option(node, "beta", 1.0))
    return (network.scaled(node, product, np.ones(1), offset),)


def _two(network: Network, node: Node, left: Operand, right: Value) -> Value:
    """A B where B depends on the input."""
    right = right.transposed([1, 0]) if option(node, "transB", 0) else right
    if isinstance(left, np.ndarray):
        return _from_the_left(network, node, left.T if option(node, "transA", 0) else left, right)
    value = tensor(left).transposed([1, 0]) if option(node, "transA", 0) else tensor(left)
    return multiplied(network, node, value, right)


@converts("MatMul")
def matmul(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """A tensor times a constant matrix, or two tensors."""
    left, right = read[:2]
    if isinstance(left, Scores) and isinstance(right, Value):
        return (attention(network, node, left, right),)
    left, right = (real(network, node, one) if isinstance(one, Scores) else one for one in (left, right))
    if isinstance(left, Value) and isinstance(right, Value):
        return (scores(network, node, left, right) if _may_attend(left, right) else multiplied(network, node, left, right),)
    if isinstance(left, Value):
        return (_product(network, node, left, constant(right, "a second factor")),)
    return (_from_the_left(network, node, constant(left, "a first factor"), tensor(right)),)


def _may_attend(left: Value, right: Value) -> bool:
    """Whether two tensors may be queries and keys."""
    return min(len(left.axes), len(right.axes)) > 2 and left.shape[-1] == right.shape[-2]


def _from_the_left(network: Network, node: Node, weight: Array, value: Value) -> Value:
    """A constant matrix times a tensor: the transpose of (its transpose times the matrix turned)."""
    order = [*range(len(value.axes) - 2), len(value.axes) - 1, len(value.axes) - 2]
    if weight.ndim < 2 or len(order) < 2:
        raise InputError(f"multiplies {list(weight.shape)} with {list(value.shape)}; expected matrices")
    return _product(network, node, value.transposed(order), np.swapaxes(weight, -1, -2)).transposed(order)


def _product(network: Network, node: Node, value: Value, weight: Array) -> Value:
    """Along the last axis: a linear layer where that is all of the image, else one for every position."""
    if weight.ndim == 1:
        found = _product(network, node, value, weight[:, None])
        return found.transposed(range(len(found.axes) - 1))
    if weight.ndim > 2 and prod(weight.shape[:-2]) == 1:
        weight = weight.reshape(weight.shape[-2:])
    if weight.shape[-2] != value.shape[-1]:
        raise InputError(f"multiplies {list(value.shape)} with {list(weight.shape)}; expected a matrix that fits the last axis")
    if weight.ndim > 2:
        return _matrices(network, node, value, weight)
    last, name, out = value.axes[-1], network.name(node), atoms(weight.shape[1])
    if sorted(last) == sorted(value.lying):
        stored = reordered(weight, last, value.lying, 1).T
        network.add(Linear(name=name, inputs=(value.layer,), out_features=len(stored), bias=False), {"weight": stored})
        return Value(name, (out, (), ()), (*value.axes[:-1], out))
    value = with_channels(network, node, value, [len(value.axes) - 1])
    stored = reordered(weight, last, value.channels, 1).T[:, :, None, None]
    network.add(Conv2d(name=name, inputs=(value.layer,), out_channels=len(stored), kernel=1, bias=False), {"weight": stored})
    return Value(name, (out, *value.image[1:]), (*value.axes[:-1], out))


def _matrices(network: Network, node: Node, value: Value, weight: Array) -> Value:
    """A matrix of its own for each index of the axes before the last two: a convolution in groups."""
    batch = value.shape[:-2]
    if weight.shape[:-2] != batch[len(batch) - (weight.ndim - 2) :] or prod(batch) != prod(weight.shape[:-2]):
        raise InputError(f"multiplies {list(value.shape)} with {list(weight.shape)}; expected as many matrices in both")
    value = by_heads(network, node, value, -1)
    groups, stored = prod(batch), np.swapaxes(weight, -1, -2).reshape(-1, weight.shape[-2], 1, 1)
    name, out = network.name(node), atoms(weight.shape[-1])
    layer = Conv2d(name=name, inputs=(value.layer,), out_channels=len(stored), kernel=1, bias=False, groups=groups)
    network.add(layer, {"weight": stored})
    heads = tuple(atom for axis in value.axes[:-2] for atom in axis)
    return Value(name, (heads + out, *value.image[1:]), (*value.axes[:-1], out))
