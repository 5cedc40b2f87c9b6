"""Layers with a state: LSTM, GRU and RNN, forward, reverse or both, as [steps, batch, features] -> [steps, directions, batch, hidden].

Each direction becomes a layer, two of them are joined by a `concat`. Y_h is what a direction gives last: of the reverse one that is the
first step. ONNX orders the gates i o f c and z r h, PyTorch (and the layers here) i f g o and r z n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import GRU, LSTM, RNN, Concat, Cut, Recurrent
from chipsim.workload.onnx.layout import Value, atoms, reordered
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

KINDS: Mapping[str, type[LSTM] | type[GRU] | type[RNN]] = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}
ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
WAYS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
PLAIN = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}
PEEPHOLES = "sees its own memory in its gates (peepholes), which is not supported"


@converts("LSTM", "GRU", "RNN")
def recurrent(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """The states of all steps, or the last ones alone where nothing else is read."""
    value, ways = _sequence(node, tensor(read[0])), _ways(node)
    _check(network, node, read, value)
    shown, last = (any(name in network.uses for name in node.outputs[at : at + 1]) for at in (0, 1))
    layers = [_direction(network, node, read, value, at, back, not shown) for at, back in enumerate(ways)]
    outputs = [_joined(network, node, [layer.name for layer in layers], ".directions")]
    if last and shown:
        network.shared.update(layer.name for layer in layers)
        outputs.append(_joined(network, node, [_last(network, node, layer) for layer in layers], ".last"))
    steps, ways_, out = atoms(network.shapes[outputs[0]][1]), atoms(len(ways)), atoms(layers[0].hidden_size)
    first = option(node, "layout", 0)  # whether the batch comes first
    image, one = ((*ways_, *out), steps, ()), ((*ways_, *out), (), ())
    states = Value(outputs[0], image, ((), steps, ways_, out) if first else (steps, ways_, (), out))
    return states, Value(outputs[-1], one, ((), ways_, out) if first else (ways_, (), out), 0 if first else 1)


def _sequence(node: Node, value: Value) -> Value:
    """What is read as [steps, batch, features]."""
    return value.transposed((1, 0, 2)) if option(node, "layout", 0) and len(value.axes) == 3 else value


def _ways(node: Node) -> tuple[bool, ...]:
    """Of each direction, whether it goes backward."""
    direction = option(node, "direction", "forward")
    if direction not in WAYS:
        raise InputError(f"runs in direction '{direction}'; expected one of {', '.join(WAYS)}")
    return WAYS[direction]


def _direction(
    network: Network, node: Node, read: Sequence[Operand], value: Value, at: int, backward: bool, last_only: bool
) -> Recurrent:
    """The layer of one direction, added to the network."""
    gates, hidden, kind = ORDER[node.op], int(node.attributes["hidden_size"]), KINDS[node.op]
    weight, inner = (_ordered(constant(read[number], "weights")[at], gates) for number in (1, 2))
    weight = reordered(weight.T, value.axes[2], value.channels, 1).T
    given = constant(read[3], "a bias")[at] if len(read) > 3 and read[3] is not None else np.zeros(2 * len(weight), np.float32)
    bias = [_ordered(half, gates) for half in np.split(given, 2)]
    arrays = dict(zip(("weight", "bias"), kind.from_pytorch(weight, inner, *bias), strict=True))
    state = _first_state(node, read, at)
    if state is not None:
        arrays["state"] = state
    keys: dict[str, Any] = {"hidden_size": hidden, "last_only": last_only, "backward": backward, "first_state": state is not None}
    if node.op == "RNN":
        keys["function"] = _activations(node)[at].lower()
    layer = kind.model_validate({"name": network.name(node, ".reverse" if backward else ""), "inputs": (value.layer,)} | keys)
    network.add(layer, arrays)
    return layer


def _first_state(node: Node, read: Sequence[Operand], at: int) -> Array | None:
    """What a direction begins with, [states, hidden]; None where that is 0."""
    wanted = (5, 6) if node.op == "LSTM" else (5,)
    given = [constant(read[n], "a first state") if len(read) > n and read[n] is not None else None for n in wanted]
    if not any(array is not None and np.any(array) for array in given):
        return None
    zeros = np.zeros(int(node.attributes["hidden_size"]), np.float32)
    axis = 1 if option(node, "layout", 0) else 0
    rows = [np.take(array, at, axis) if array is not None else zeros[None] for array in given]  # [batch, hidden]
    if any((row != row[:1]).any() for row in rows):
        raise InputError("begins with another state in each sample of a batch; expected the same one for all")
    return np.stack([row[0] for row in rows])


def _joined(network: Network, node: Node, names: Sequence[str], suffix: str) -> str:
    """One layer that gives what these give, side by side."""
    if len(names) == 1:
        return names[0]
    layer = Concat(name=network.name(node, suffix), inputs=tuple(names))
    network.add(layer)
    return layer.name


def _last(network: Network, node: Node, layer: Recurrent) -> str:
    """What a direction gives after its last step, of all that it gives."""
    end = 1 if layer.backward else network.shapes[layer.name][1]
    cut = Cut(name=network.name(node, ".last"), inputs=(layer.name,), rows=(end - 1, end))
    network.add(cut)
    return cut.name


def _check(network: Network, node: Node, read: Sequence[Operand], value: Value) -> None:
    """InputError for what the layers here do not have."""
    if len(value.axes) != 3 or value.axes[1] or value.axes[0] != value.image[1] or not value.axes[0] or value.image[2]:
        raise InputError(f"reads {list(value.shape)}; expected several steps, a batch of 1 and features (export with batch_first=True)")
    if sorted(value.axes[2]) != sorted(value.channels):
        raise InputError("reads features that do not lie along the channels, which is not supported")
    for name, what in (("clip", "clips what its gates see"), ("input_forget", "couples the gates of input and forgetting")):
        if option(node, name, None):
            raise InputError(f"{what} ({name}: {node.attributes[name]}), which is not supported")
    _activations(node)
    if node.op == "GRU" and not option(node, "linear_before_reset", 0):
        raise InputError("resets the state before the product (linear_before_reset: 0): then the second product of a step waits for the "
                         "gates of the first, which is not supported; PyTorch's GRU has linear_before_reset: 1")  # fmt: skip
    if len(read) > 4 and read[4] is not None and np.any(constant(read[4], "lengths of the samples") != value.shape[0]):
        raise InputError(f"stops some samples early (sequence_lens); expected {value.shape[0]} steps in each")
    if len(read) > 7 and read[7] is not None and np.any(constant(read[7], "peepholes")):
        raise InputError(PEEPHOLES)
    if any(name in network.uses for name in node.outputs[2:]):
        raise InputError("gives its cell state, which only the layer itself can read")


def _activations(node: Node) -> list[str]:
    """The functions of each direction, one direction after the other."""
    plain = PLAIN[node.op] * len(_ways(node))
    given = [str(name.decode() if isinstance(name, bytes) else name) for name in option(node, "activations", plain)]
    known = [name.capitalize() for name in given]  # names do not depend on case
    if node.op == "RNN" and len(known) == len(plain) and set(known) <= {"Tanh", "Relu"}:
        return known
    if known != plain or option(node, "activation_alpha", None) or option(node, "activation_beta", None):
        allowed = "Tanh or Relu" if node.op == "RNN" else ", ".join(PLAIN[node.op])
        raise InputError(f"has other activations than the usual ones ({', '.join(given)}), which is not supported; expected {allowed}")
    return known


def _ordered(array: Array, gates: Sequence[int]) -> Array:
    """Rows of the gates in the order of PyTorch."""
    parts = np.split(array, len(gates))
    return np.concatenate([parts[gate] for gate in gates])
