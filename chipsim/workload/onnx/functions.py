"""Functions of each value, one input and constants: activations, elementary functions, limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import PReLU
from chipsim.workload.layers.function import FunctionName
from chipsim.workload.layers.nonlinearity import ActivationName
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

ACTIVATIONS: dict[str, ActivationName] = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "HardSwish": "hard_silu", "Softplus": "softplus", "Silu": "silu",
    "GeluTanh": "gelu_tanh",
}  # fmt: skip
ELEMENTARY: dict[str, FunctionName] = {
    "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Reciprocal": "reciprocal", "Abs": "abs", "Sign": "sign", "Floor": "floor",
    "Ceil": "ceil", "Round": "round", "Erf": "erf", "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "asin", "Acos": "acos",
    "Atan": "atan", "Sinh": "sinh", "Cosh": "cosh", "Asinh": "asinh", "Acosh": "acosh", "Atanh": "atanh", "Softsign": "softsign",
    "Mish": "mish",
}  # fmt: skip
FAR = 3e38  # a limit beyond it is none


@converts(*ACTIVATIONS)
def plain(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """What a neuron circuit can do."""
    return (network.activated(node, tensor(read[0]), ACTIVATIONS[node.op]),)


@converts(*ELEMENTARY)
def elementary(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """What only the vector unit can do."""
    found = network.function(node, tensor(read[0]), ELEMENTARY[node.op])
    if node.op in ("Floor", "Ceil", "Round", "Sign"):
        network.whole[found.layer] = "int"
    return (found,)


@converts("Gelu")
def gelu(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """The exact form, or the approximation with tanh."""
    return (network.activated(node, tensor(read[0]), "gelu_tanh" if option(node, "approximate", "none") == "tanh" else "gelu"),)


@converts("Swish")
def swish(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """x sigmoid(alpha x)."""
    alpha, value = option(node, "alpha", 1.0), tensor(read[0])
    if alpha == 1:
        return (network.activated(node, value, "silu"),)
    if alpha == 0:
        return (network.scaled(node, value, np.full(1, 0.5), np.zeros(1)),)
    inner = network.scaled(node, value, np.full(1, alpha), np.zeros(1))
    return (network.scaled(node, network.activated(node, inner, "silu"), np.full(1, 1 / alpha), np.zeros(1)),)


@converts("Elu", "Selu", "Celu", "ThresholdedRelu", "Shrink")
def bent(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """With their numbers."""
    value = tensor(read[0])
    if node.op == "Shrink":
        return (network.function(node, value, "shrink", option(node, "lambd", 0.5), option(node, "bias", 0.0)),)
    alpha = option(node, "alpha", 1.6732632 if node.op == "Selu" else 1.0)
    if node.op == "Elu" and alpha == 1:
        return (network.activated(node, value, "elu"),)
    names: dict[str, FunctionName] = {"Elu": "elu", "Selu": "selu", "Celu": "celu", "ThresholdedRelu": "thresholded"}
    return (network.function(node, value, names[node.op], alpha, option(node, "gamma", 1.0507010) if node.op == "Selu" else 1.0),)


@converts("HardSigmoid")
def hard_sigmoid(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """min(max(alpha x + beta, 0), 1)."""
    value, alpha, beta = tensor(read[0]), option(node, "alpha", 0.2), option(node, "beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return (network.activated(node, value, "hard_sigmoid"),)
    return (network.clipped(node, network.scaled(node, value, np.full(1, alpha), np.full(1, beta)), 0.0, 1.0),)


@converts("LeakyRelu", "PRelu")
def leaky(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One slope, or one of each channel or place."""
    value = tensor(read[0])
    if node.op == "LeakyRelu":
        return (network.activated(node, value, "leaky_relu", float(option(node, "alpha", 0.01))),)
    given = constant(read[1], "a slope")
    if network.opset < 9 and given.ndim == 1 and len(value.axes) > 1 and given.size == value.shape[1]:
        given = given.reshape(-1, *[1] * (len(value.axes) - 2))  # before opset 9 slopes were those of axis 1
    if given.size == 1:
        return (network.activated(node, value, "leaky_relu", float(given.reshape(()))),)
    slopes = network.lying(value, given)
    each = bool((slopes != slopes[:, :1, :1]).any())
    layer = PReLU(name=network.name(node), inputs=(value.layer,), each_place=each)
    return (network.stored(layer, value, weight=slopes if each else slopes[:, 0, 0]),)


@converts("Clip")
def clip(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Limits from attributes (opset 6) or inputs; one that is out of reach of 32-bit floats is none."""
    given = [option(node, "min", None), option(node, "max", None)]
    for number, operand in enumerate(read[1:3]):
        given[number] = None if operand is None else _one(constant(operand, "a limit"), "limits")
    low, high = (None if limit is None or abs(limit) > FAR else float(limit) for limit in given)
    return (network.clipped(node, tensor(read[0]), low, high),)


@converts("Neg")
def negative(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Times -1."""
    return (network.scaled(node, tensor(read[0]), np.full(1, -1.0), np.zeros(1)),)


def _one(array: Array, what: str) -> float:
    """The number that all elements of a constant have."""
    numbers = np.asarray(array).reshape(-1)
    if len(numbers) == 0 or (numbers != numbers[0]).any():
        raise InputError(f"has {what} that differ from channel to channel, which is not supported")
    return float(numbers[0])
