"""Arithmetic of tensors, and of a tensor and a constant; softmax."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Add, Layer, Maximum, Minimum, Multiply, Softmax, Subtract
from chipsim.workload.onnx.attention import Scores, scaled, softmaxed
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.moves import expanded, matched, ranked, with_channels
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.scores import real

FAR = 3e38  # a limit beyond it is none
WHOLE = "divides whole numbers, which leaves their rests out; cast them to floating point before"
HIDDEN = -1e30  # in place of minus infinity, where a softmax follows


@converts("Softmax", "LogSoftmax")
def softmax(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Over some axes, or the scores of attention; before opset 13 over all axes from the named one on."""
    if isinstance(read[0], Scores):
        if node.op == "Softmax" and _within(read[0], option(node, "axis", -1), network.opset):
            return (softmaxed(read[0]),)
        return softmax(network, node, [real(network, node, read[0])])
    value, later = tensor(read[0]), network.opset >= 13
    axis = value.axis(option(node, "axis", -1 if later else 1))
    network.apart(value, [axis])
    value = with_channels(network, node, value, [axis] if later else range(axis, len(value.axes)))
    return (network.alike(Softmax(name=network.name(node), inputs=(value.layer,), log=node.op == "LogSoftmax"), value),)


def _within(found: Scores, axis: int, opset: int) -> bool:
    """Whether the softmax of scores is that of attention."""
    last = len(found.shape) - 1
    return axis % len(found.shape) == last and not found.shares if opset >= 13 else axis in (-1, last) and not found.shares


@converts("Add", "Sub", "Mul", "Div")
def arithmetic(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Of a tensor and a constant, or of two tensors."""
    first, second = _old(node, read[0], read[1])
    for found, other in ((first, second), (second, first)):
        if isinstance(found, Scores):
            done = scaled(found, node.op, other, found is first) if isinstance(other, np.ndarray) else None
            if done is not None:
                return (done,)
    first, second = (real(network, node, one) if isinstance(one, Scores) else one for one in (first, second))
    if isinstance(first, Value) and isinstance(second, Value):
        return (_of_two(network, node, first, second),)
    turned = not isinstance(first, Value)
    value, array = tensor(second if turned else first), constant(first if turned else second, "a term")
    return (with_constant(network, node, value, array, turned),)


def _old(node: Node, first: Operand, second: Operand) -> tuple[Operand, Operand]:
    """Before opset 7 the second operand was put at an axis by name."""
    axis = option(node, "axis", None)
    rank = len(first.axes) if isinstance(first, Value) else getattr(first, "ndim", 0)
    if axis is None or not option(node, "broadcast", 0):
        return first, second
    if isinstance(second, Value):
        return first, Value(second.layer, second.image, second.axes + ((),) * (rank - axis % rank - len(second.axes)))
    array = constant(second, "a term")
    return first, array.reshape(array.shape + (1,) * (rank - axis % rank - array.ndim))


def with_constant(network: Network, node: Node, value: Value, array: Array, turned: bool = False) -> Value:
    """Add, Sub, Mul or Div of a tensor and a constant; `turned`: the constant comes first."""
    shape = np.broadcast_shapes(value.shape, array.shape)
    value = expanded(network, node, ranked(value, array.ndim), shape)
    one, none, whole = np.ones(1), np.zeros(1), value.layer in network.whole and array.dtype.kind in "iu"
    array = np.asarray(array, np.float64)
    array = np.where(np.isneginf(array), HIDDEN, array) if node.op == "Add" else array
    if node.op == "Add":
        return network.scaled(node, value, one, array)
    if node.op == "Sub":
        return network.scaled(node, value, *((-one, array) if turned else (one, -array)))
    if node.op == "Div" and turned:
        value = network.function(node, value, "reciprocal")
    elif node.op == "Div":
        if whole:
            raise InputError(WHOLE)
        if not array.all():
            raise InputError("divides by a constant that holds a 0")
        array = 1 / array
    return network.scaled(node, value, array, none)


def _of_two(network: Network, node: Node, first: Value, second: Value) -> Value:
    if node.op == "Mul" and first == second:
        return network.function(node, first, "square")
    if node.op == "Div" and first.layer in network.whole and second.layer in network.whole:
        raise InputError(WHOLE)
    if node.op == "Div":
        second = network.function(node, second, "reciprocal")
    rank = max(len(first.axes), len(second.axes))
    first, second = ranked(first, rank), ranked(second, rank)
    if node.op in ("Mul", "Div") and (gated := _gated(network, node, first, second)):
        return gated
    pair = matched(network, node, [first, second])
    kinds: dict[str, type[Add] | type[Subtract] | type[Multiply]] = {"Add": Add, "Sub": Subtract, "Mul": Multiply, "Div": Multiply}
    return network.alike(kinds[node.op](name=network.name(node), inputs=tuple(value.layer for value in pair)), pair[0])


def _gated(network: Network, node: Node, first: Value, second: Value) -> Value | None:
    """A tensor times one factor for each channel, if the second or the first is that."""
    image, factors = (first, second) if first.size[1:] != (1, 1) else (second, first)
    if image.shape == factors.shape or factors.size[1:] != (1, 1) or image.size[1:] == (1, 1):
        return None
    own = image.of_channels()
    if own.shape != factors.shape or not own.same_places(factors) or image.layer == factors.layer:
        return None
    return network.alike(Multiply(name=network.name(node), inputs=(image.layer, factors.layer)), image)


@converts("Pow")
def power(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Of a tensor to a constant exponent, one for all."""
    exponents = constant(read[1], "an exponent").reshape(-1)
    if exponents.size == 0 or (exponents != exponents[0]).any():
        raise InputError("has exponents that differ from each other, which is not supported")
    exponent, value = float(exponents[0]), tensor(read[0])
    if exponent == 1:
        return (value,)
    if exponent in (2, 0.5, -1):
        return (network.function(node, value, "square" if exponent == 2 else "sqrt" if exponent == 0.5 else "reciprocal"),)
    return (network.function(node, value, "power", exponent),)


@converts("Sum", "Mean", "Max", "Min")
def of_several(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Sum, mean, largest or smallest of several tensors."""
    values = [tensor(operand) for operand in read if not isinstance(operand, np.ndarray)]
    fixed = [operand for operand in read if isinstance(operand, np.ndarray)]
    if fixed:
        return (_with_limits(network, node, values, fixed),)
    if len(values) == 1:
        return (values[0],)
    values = matched(network, node, values)
    names, inputs = network.name(node), tuple(value.layer for value in values)
    kinds: dict[str, type[Add] | type[Maximum] | type[Minimum]] = {"Sum": Add, "Mean": Add, "Max": Maximum, "Min": Minimum}
    layer: Layer = kinds[node.op](name=names, inputs=inputs)
    found = network.alike(layer, values[0])
    return (network.scaled(node, found, np.full(1, 1 / len(values)), np.zeros(1)) if node.op == "Mean" else found,)


def _with_limits(network: Network, node: Node, values: Sequence[Value], fixed: Sequence[Array]) -> Value:
    """Max or Min of one tensor and constants c: max(x, c) = c + relu(x - c), min(x, c) = c - relu(c - x)."""
    if len(values) != 1 or node.op not in ("Max", "Min"):
        raise InputError("reads several tensors and constants together; expected one tensor")
    least = node.op == "Min"
    limit = reduce(np.minimum if least else np.maximum, [np.asarray(array, np.float64) for array in fixed])
    value = ranked(values[0], limit.ndim)
    number = float(limit.reshape(-1)[0]) if limit.size else 0.0
    if abs(number) > FAR and (limit == number).all() and (number > 0) == least:
        return value
    if (np.abs(limit) > FAR).any():
        raise InputError("has limits some of which are infinite; expected finite ones, or all of them infinite")
    if limit.size == 1:
        return network.clipped(node, value, None if least else number, number if least else None)
    sign = np.full(1, -1.0 if least else 1.0)
    above = network.activated(node, network.scaled(node, value, sign, -sign * limit), "relu")
    return network.scaled(node, above, sign, limit)
