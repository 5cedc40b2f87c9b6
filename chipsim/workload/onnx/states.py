"""Layers with a state: LSTM and GRU in one direction, from zero, as [steps, batch, features] -> [steps, 1, batch, hidden].

ONNX orders the gates i o f c and z r h, PyTorch (and the layers here) i f g o and r z n.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import GRU, LSTM, Cut
from chipsim.workload.onnx.layout import Value, atoms, reordered
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
PLAIN = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


@converts("LSTM", "GRU")
def recurrent(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """The states of all steps, or the last one alone where nothing else is read."""
    value = tensor(read[0])
    _check(network, node, read, value)
    gates, hidden = ORDER[node.op], int(node.attributes["hidden_size"])
    weight, inner = (_ordered(constant(read[number], "weights")[0], gates) for number in (1, 2))
    weight = reordered(weight.T, value.axes[2], value.channels, 1).T
    stored = constant(read[3], "a bias")[0] if len(read) > 3 and read[3] is not None else np.zeros(2 * len(weight), np.float32)
    bias = [_ordered(half, gates) for half in np.split(stored, 2)]
    kind = LSTM if node.op == "LSTM" else GRU
    shown, last = (any(name in network.uses for name in node.outputs[at : at + 1]) for at in (0, 1))
    layer = kind(name=network.name(node), inputs=(value.layer,), hidden_size=hidden, last_only=not shown)
    shape = network.add(layer, dict(zip(("weight", "bias"), kind.from_pytorch(weight, inner, *bias), strict=True)))
    out, steps = atoms(hidden), atoms(shape[1])
    states = Value(layer.name, (out, steps, ()), (steps, (), (), out))
    if not last:
        return (states,)
    if shown:
        network.shared.add(layer.name)
        cut = Cut(name=network.name(node, ".last"), inputs=(layer.name,), rows=(shape[1] - 1, shape[1]))
        network.add(cut)
        return states, Value(cut.name, (out, (), ()), ((), (), out))
    return states, Value(layer.name, (out, (), ()), ((), (), out))


def _check(network: Network, node: Node, read: Sequence[Operand], value: Value) -> None:
    """InputError for what the layers here do not have."""
    if option(node, "direction", "forward") != "forward":
        raise InputError(f"runs in direction '{node.attributes['direction']}'; only forward is supported")
    if len(value.axes) != 3 or value.axes[1] or value.axes[0] != value.image[1] or not value.axes[0] or value.image[2]:
        raise InputError(f"reads {list(value.shape)}; expected several steps, a batch of 1 and features (export with the batch first)")
    if sorted(value.axes[2]) != sorted(value.channels):
        raise InputError("reads features that do not lie along the channels, which is not supported")
    odd = [name for name in ("clip", "input_forget", "layout", "activation_alpha", "activation_beta") if option(node, name, None)]
    if option(node, "activations", PLAIN[node.op]) != PLAIN[node.op] or odd:
        raise InputError(f"has {', '.join(odd) or 'other activations than the usual ones'}, which is not supported")
    if node.op == "GRU" and not option(node, "linear_before_reset", 0):
        raise InputError("resets the state before the product (linear_before_reset: 0), which is not supported")
    for number in (5, 6, 7):
        if len(read) > number and read[number] is not None and np.any(constant(read[number], "a first state")):
            raise InputError("has peepholes or a first state other than 0, which is not supported")
    if any(name in network.uses for name in node.outputs[2:]):
        raise InputError("gives its cell state, which only the layer itself can read")


def _ordered(array: Array, gates: Sequence[int]) -> Array:
    """Rows of the gates in the order of PyTorch."""
    parts = np.split(array, len(gates))
    return np.concatenate([parts[gate] for gate in gates])
