"""What is done to each value: activations, arithmetic with constants and of two tensors, softmax."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Add, Layer, Multiply, Softmax, Subtract
from chipsim.workload.layers.nonlinearity import ActivationName
from chipsim.workload.onnx.attention import Scores, masked, scaled, softmaxed
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

PLAIN: dict[str, ActivationName] = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "HardSwish": "hard_silu", "Softplus": "softplus", "Swish": "silu",
    "Silu": "silu",
}  # fmt: skip


@converts(*PLAIN)
def plain(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A function without options."""
    if option(node, "alpha", 1.0) != 1.0:
        raise InputError(f"has alpha {node.attributes['alpha']:g}, expected 1")
    return (network.activated(node, tensor(read[0]), PLAIN[node.op]),)


@converts("Gelu", "Elu", "LeakyRelu", "PRelu", "HardSigmoid")
def with_options(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A function with options."""
    value = tensor(read[0])
    if node.op == "Gelu":
        return (network.activated(node, value, "gelu_tanh" if option(node, "approximate", "none") == "tanh" else "gelu"),)
    if node.op == "Elu":
        if option(node, "alpha", 1.0) != 1.0:
            raise InputError(f"has alpha {node.attributes['alpha']:g}, expected 1")
        return (network.activated(node, value, "elu"),)
    if node.op == "HardSigmoid":
        alpha, beta = option(node, "alpha", 0.2), option(node, "beta", 0.5)
        if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
            return (network.activated(node, value, "hard_sigmoid"),)
        return (network.clipped(node, network.scaled(node, value, np.full(1, alpha), np.full(1, beta)), 0.0, 1.0),)
    slope = option(node, "alpha", 0.01) if node.op == "LeakyRelu" else _one(constant(read[1], "a slope"), "slopes")
    return (network.activated(node, value, "leaky_relu", float(slope)),)


@converts("Clip")
def clip(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Limits from attributes (opset 6) or inputs; one that is out of reach of 32-bit floats is none."""
    given = [option(node, "min", None), option(node, "max", None)]
    for number, operand in enumerate(read[1:3]):
        given[number] = None if operand is None else _one(constant(operand, "a limit"), "limits")
    low, high = (None if limit is None or abs(limit) > 3e38 else float(limit) for limit in given)
    return (network.clipped(node, tensor(read[0]), low, high),)


@converts("Neg")
def negative(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Times -1."""
    return (network.scaled(node, tensor(read[0]), np.full(1, -1.0), np.zeros(1)),)


@converts("Softmax", "LogSoftmax")
def softmax(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Over the channels, or the scores of attention; before opset 13 over all axes from the named one on."""
    if isinstance(read[0], Scores) and node.op == "Softmax":
        return (softmaxed(read[0], option(node, "axis", -1 if network.opset >= 13 else 1)),)
    value, later = tensor(read[0]), network.opset >= 13
    axis = value.axis(option(node, "axis", -1 if later else 1))
    over = [atom for one in (value.axes[axis : axis + 1] if later else value.axes[axis:]) for atom in one]
    if sorted(over) != sorted(value.channels):
        raise InputError("is taken over other axes than the channels, which is not supported")
    return (network.alike(Softmax(name=network.name(node), inputs=(value.layer,), log=node.op == "LogSoftmax"), value),)


@converts("Add", "Sub", "Mul", "Div")
def arithmetic(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Of a tensor and a constant, or of two tensors."""
    first, second = read[:2]
    for found, other in ((first, second), (second, first)):
        if isinstance(found, Scores):
            return (scaled(found, node.op, constant(other, "a term"), found is first),)
    if isinstance(first, Value) and isinstance(second, Value):
        return (_of_two(network, node, first, second),)
    value, number = (first, second) if isinstance(first, Value) else (second, first)
    value, array = tensor(value), np.asarray(constant(number, "a term"), np.float64)
    value = _with_rank(value, array.ndim)
    one, none = np.ones(1), np.zeros(1)
    if node.op == "Add":
        return (network.scaled(node, value, one, array),)
    if node.op == "Mul":
        return (network.scaled(node, value, array, none),)
    if node.op == "Sub":
        turned = (one, -array) if isinstance(first, Value) else (-one, array)
        return (network.scaled(node, value, *turned),)
    if not isinstance(first, Value):
        raise InputError("divides a constant by a tensor, which is not supported")
    with np.errstate(divide="ignore"):
        factor = 1 / array
    if not np.isfinite(factor).all():
        raise InputError("divides by a constant that holds a 0")
    return (network.scaled(node, value, factor, none),)


def _of_two(network: Network, node: Node, first: Value, second: Value) -> Value:
    rank = max(len(first.axes), len(second.axes))
    first, second = _with_rank(first, rank), _with_rank(second, rank)
    if first.shape != second.shape and node.op == "Mul":
        return _gated(network, node, first, second)
    if first.shape != second.shape or not first.same_places(second):
        lying = "" if first.shape != second.shape else ", whose numbers lie in different orders"
        raise InputError(f"reads tensors {list(first.shape)} and {list(second.shape)}{lying}; expected equal ones")
    if node.op == "Div":
        raise InputError("divides a tensor by another one, which is not supported")
    kinds: dict[str, type[Add] | type[Subtract] | type[Multiply]] = {"Add": Add, "Sub": Subtract, "Mul": Multiply}
    return network.alike(kinds[node.op](name=network.name(node), inputs=(first.layer, second.layer)), first)


def _gated(network: Network, node: Node, first: Value, second: Value) -> Value:
    """A tensor times one factor for each channel."""
    image, factors = (first, second) if first.size[1:] != (1, 1) else (second, first)
    if factors.size[1:] != (1, 1) or not image.of_channels().same_places(factors):
        shapes = f"{list(first.shape)} and {list(second.shape)}"
        raise InputError(f"multiplies tensors {shapes}; expected equal ones, or one with a factor for each channel")
    return network.alike(Multiply(name=network.name(node), inputs=(image.layer, factors.layer)), image)


@converts("Where")
def where(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """A mask of attention: scores where a constant says so, elsewhere a very small number."""
    chosen, (first, second) = constant(read[0], "a condition").astype(bool), read[1:3]
    found, hidden = (first, second) if isinstance(first, Scores) else (second, first)
    if not isinstance(found, Scores):
        raise InputError("chooses between values, which is not supported; only a mask of attention is")
    kept = chosen if found is first else ~chosen
    return (masked(found, np.where(kept, 0.0, np.asarray(constant(hidden, "a number"), np.float64))),)


@converts("Sum")
def total(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Of several tensors."""
    values = [tensor(operand) for operand in read]
    if len(values) == 1:
        return (values[0],)
    if any(value.shape != values[0].shape or not values[0].same_places(value) for value in values[1:]):
        raise InputError("adds tensors of different shapes, or whose numbers lie in different orders")
    layer: Layer = Add(name=network.name(node), inputs=tuple(value.layer for value in values))
    return (network.alike(layer, values[0]),)


def _with_rank(value: Value, rank: int) -> Value:
    """With axes of length 1 in front, as broadcasting demands."""
    missing = rank - len(value.axes)
    return value if missing <= 0 else Value(value.layer, value.image, ((),) * missing + value.axes)


def _one(array: Array, what: str) -> float:
    """The number that all elements of a constant have."""
    numbers = np.asarray(array).reshape(-1)
    if len(numbers) == 0 or (numbers != numbers[0]).any():
        raise InputError(f"has {what} that differ from channel to channel, which is not supported")
    return float(numbers[0])
