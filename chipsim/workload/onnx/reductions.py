"""One number of several: sums, means, products, norms, the largest or the smallest along axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from chipsim.workload.layers import Layer, Reduce
from chipsim.workload.layers.function import FunctionName
from chipsim.workload.onnx.layout import Atom, Atoms, Value
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import with_channels
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.windows import whole

WAYS: dict[str, tuple[FunctionName | None, str, FunctionName | None]] = {  # function before, reduction, function after
    "ReduceMean": (None, "mean", None), "ReduceSum": (None, "sum", None), "ReduceMax": (None, "max", None),
    "ReduceMin": (None, "min", None), "ReduceProd": (None, "product", None), "ReduceL1": ("abs", "sum", None),
    "ReduceL2": ("square", "sum", "sqrt"), "ReduceSumSquare": ("square", "sum", None), "ReduceLogSum": (None, "sum", "log"),
    "ReduceLogSumExp": ("exp", "sum", "log"),
}  # fmt: skip


@converts(*WAYS)
def reduce(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Along any axes; the mean and the largest of all positions are a pool."""
    value = tensor(read[0])
    given = constant(read[1], "axes").reshape(-1).tolist() if len(read) > 1 and read[1] is not None else option(node, "axes", None)
    before, function, after = WAYS[node.op]
    value = network.function(node, value, before) if before else value
    if not given and option(node, "noop_with_empty_axes", 0):
        return (network.function(node, value, after) if after else value,)
    gone = sorted(value.axis(axis) for axis in (given or range(len(value.axes))))
    network.apart(value, gone)
    found = reduced(network, node, value, gone, function)
    found = network.function(node, found, after) if after else found
    kept = range(len(value.axes)) if option(node, "keepdims", 1) else [i for i in range(len(value.axes)) if i not in gone]
    return (found.transposed(kept),)


def reduced(network: Network, node: Node, value: Value, gone: Sequence[int], function: str) -> Value:
    """Along these axes, which stay with length 1."""
    over = {atom for axis in gone for atom in value.axes[axis]}
    places, channels = set(value.places), set(value.channels)
    if not over:
        return value
    pooled = function in ("mean", "sum", "max")
    if over not in (channels, places, places | channels) or (over != channels and not pooled):
        value = with_channels(network, node, value, gone)
        places, channels = set(), set(value.channels)
    if places and places <= over:
        value = _over_places(network, node, value, function)
    if channels and channels <= over:
        layer: Layer = Reduce.model_validate({"name": network.name(node), "inputs": (value.layer,), "function": function})
        network.add(layer)
        value = Value(layer.name, ((), value.image[1], value.image[2]), _without(value.axes, channels))
    return value


def _over_places(network: Network, node: Node, value: Value, function: str) -> Value:
    layer = whole(network, node, value, function == "max")
    network.add(layer)
    found = Value(layer.name, (value.channels, (), ()), _without(value.axes, set(value.places)))
    if function == "sum":
        return network.scaled(node, found, np.full(1, float(prod(value.size[1:]))), np.zeros(1))
    return found


def _without(axes: Sequence[Atoms], gone: set[Atom]) -> tuple[Atoms, ...]:
    return tuple(tuple(atom for atom in axis if atom not in gone) for axis in axes)
