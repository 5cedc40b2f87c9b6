"""Normalisation: of batches, layers, groups, single images, roots of mean squares, neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import LayerNorm, LocalResponseNorm, Multiply
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import laid, matched, moved, reshaped, with_channels
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.reductions import reduced


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
    """Over the last axes."""
    given = tensor(read[0])
    axis = given.axis(option(node, "axis", -1))
    network.apart(given, [axis])
    value = with_channels(network, node, given, range(axis, len(given.axes)))
    over = tuple(atom for one in value.axes[axis:] for atom in one)
    own = Value(value.layer, (value.channels, (), ()), (over,))
    if any(one is not None and constant(one, "a scale").size not in (1, own.size[0]) for one in read[1:]):
        raise InputError(f"has a scale or an offset of another size than the axes {list(value.shape[axis:])} that it normalises")
    weight = own.laid(constant(read[1], "a scale").reshape(-1)).reshape(-1)
    bias = np.zeros(len(weight)) if len(read) < 3 or read[2] is None else own.laid(constant(read[2], "an offset").reshape(-1)).reshape(-1)
    layer = LayerNorm(name=network.name(node), inputs=(value.layer,), epsilon=option(node, "epsilon", 1e-5))
    return (network.stored(layer, value, weight=weight, bias=bias),)


@converts("InstanceNormalization", "GroupNormalization")
def group_norm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Mean 0 and variance 1 in every group of channels with all positions, then a scale and a shift of each channel."""
    value, (scale, bias) = tensor(read[0]), (constant(one, "a scale").astype(np.float64) for one in read[1:3])
    channels = value.shape[1]
    groups = channels if node.op == "InstanceNormalization" else int(node.attributes["num_groups"])
    if scale.size == groups != channels:
        scale, bias = (np.repeat(one, channels // groups) for one in (scale, bias))
    apart = reshaped(network, node, value, [1, groups, channels // groups, *value.shape[2:]])
    turned = laid(network, node, apart, range(2, len(apart.axes)), [1])
    layer = LayerNorm(name=network.name(node), inputs=(turned.layer,), epsilon=option(node, "epsilon", 1e-5), affine=False)
    normal = moved(network, node, network.alike(layer, turned), apart.image)
    shape = [-1] + [1] * (len(value.axes) - 2)
    return (network.scaled(node, normal.reshaped(value.shape), scale.reshape(shape), bias.reshape(shape)),)


@converts("RMSNormalization")
def rms_norm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Divided by the root of the mean square over the last axes."""
    value = tensor(read[0])
    axis = value.axis(option(node, "axis", -1))
    network.apart(value, [axis])
    mean = reduced(network, node, network.function(node, value, "square"), range(axis, len(value.axes)), "mean")
    shifted = network.scaled(node, mean, np.ones(1), np.full(1, option(node, "epsilon", 1e-5)))
    normal = divided(network, node, value, network.function(node, shifted, "power", -0.5))
    return (network.scaled(node, normal, constant(read[1], "a scale"), np.zeros(1)),)


@converts("LpNormalization")
def lp_norm(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Divided by the sum of absolute values, or the root of the sum of squares, along an axis."""
    value, power = tensor(read[0]), int(option(node, "p", 2))
    axis = value.axis(option(node, "axis", -1))
    network.apart(value, [axis])
    total = reduced(network, node, network.function(node, value, "square" if power == 2 else "abs"), [axis], "sum")
    return (divided(network, node, value, network.function(node, total, "power", -0.5 if power == 2 else -1.0)),)


def divided(network: Network, node: Node, value: Value, factor: Value) -> Value:
    """A tensor times a factor that is broadcast to it."""
    pair = matched(network, node, [value, factor])
    return network.alike(Multiply(name=network.name(node), inputs=(pair[0].layer, pair[1].layer)), pair[0])


@converts("LRN")
def local_response(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Every channel by what its neighbours amount to."""
    value = tensor(read[0])
    if value.channels != value.axes[1]:
        value = laid(network, node, value, [1])
    keys = {"alpha": option(node, "alpha", 1e-4), "beta": option(node, "beta", 0.75), "bias": option(node, "bias", 1.0)}
    layer = LocalResponseNorm.model_validate(
        {"name": network.name(node), "inputs": (value.layer,), "size": int(node.attributes["size"]), **keys}
    )
    return (network.alike(layer, value),)
