"""Products of two tensors that depend on the input: as scores of attention, or as layers of their own where they are something else."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Offset, Product, Softmax
from chipsim.workload.onnx.attention import Scores, attended, extra
from chipsim.workload.onnx.layout import Value, atoms
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import apart, copied, expanded, laid, moved, ranked, with_channels
from chipsim.workload.onnx.network import Network

NEVER = -1e30  # added to what a causal mask hides: its share is 0


def scores(network: Network, node: Node, left: Value, right: Value) -> Scores:
    """left [..., m, k] times right [..., k, n], both brought into the order of heads."""
    if min(len(left.axes), len(right.axes)) < 2 or left.shape[-1] != right.shape[-2]:
        raise InputError(f"multiplies {list(left.shape)} with {list(right.shape)}, which do not fit each other")
    left, right = _one_batch(network, node, left, right)
    queries, keys = by_heads(network, node, left, -1), by_heads(network, node, right, -2)
    if queries.layer == keys.layer:
        keys = copied(network, node, keys)
    return Scores(queries, keys)


def _one_batch(network: Network, node: Node, left: Value, right: Value) -> tuple[Value, Value]:
    rank = max(len(left.axes), len(right.axes))
    left, right = ranked(left, rank), ranked(right, rank)
    try:
        batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    except ValueError:
        raise InputError(f"multiplies {list(left.shape)} with {list(right.shape)}, which do not fit each other") from None
    return expanded(network, node, left, (*batch, *left.shape[-2:])), expanded(network, node, right, (*batch, *right.shape[-2:]))


def by_heads(network: Network, node: Node, value: Value, size: int) -> Value:
    """A tensor with (batch, axis `size`) as its channels and the other one of the last two as its positions."""
    rank = len(value.axes)
    channels, places = [*range(rank - 2), rank + size], [2 * rank - 3 - (rank + size)]
    wanted = tuple(atom for axis in channels for atom in value.axes[axis])
    if value.channels == wanted and value.places == value.axes[places[0]]:
        return value
    return laid(network, node, value, channels, places)


def attention(network: Network, node: Node, found: Scores, values: Value) -> Value:
    """Scores times values: one layer if that is attention, else the scores as a tensor and another product."""
    heads, size, tokens = found.queries.shape[:-2], found.queries.shape[-1], found.keys.shape[-1]
    if not found.shares or values.shape != (*heads, tokens, size):
        return multiplied(network, node, real(network, node, found), values)
    queries, keys, values = found.queries, found.keys, by_heads(network, node, values, -1)
    if keys.size[1:] != values.size[1:] or (found.causal and queries.size[1:] != keys.size[1:]):
        queries, keys, values = (_in_rows(network, node, one) for one in (queries, keys, values))
    factor = extra(found)
    if abs(factor - 1) > 1e-6:
        queries = network.scaled(node, queries, np.full(1, factor), np.zeros(1))
    queries, keys, values = apart(network, node, [queries, keys, values])
    ready = replace(found, queries=queries, keys=keys)
    layer, made = attended(network.name(node), queries.layer, ready, values)
    network.add(layer)
    return made


def _in_rows(network: Network, node: Node, value: Value) -> Value:
    """All positions as the height."""
    return moved(network, node, value, (value.channels, value.places, ()))


def multiplied(network: Network, node: Node, left: Value, right: Value) -> Value:
    """A product as a layer, factor 1."""
    if left.shape[-1] == right.shape[-2]:
        left, right = _one_batch(network, node, left, right)
        rank = len(right.axes)
        wanted = tuple(atom for axis in (*range(rank - 2), rank - 1) for atom in right.axes[axis])
        if right.channels == wanted and right.places == right.axes[rank - 2]:  # as values of attention lie
            queries = by_heads(network, node, left, -1)
            return _product(network, node, queries, right, 1.0, "positions")
    return real(network, node, scores(network, node, left, right))


def _product(network: Network, node: Node, left: Value, right: Value, factor: float, along: str = "channels") -> Value:
    left, right = apart(network, node, [left, right])
    groups, out = prod(left.shape[:-2]), atoms(right.shape[-1])
    keys = {"name": network.name(node), "inputs": (left.layer, right.layer), "groups": groups, "along": along, "factor": factor}
    layer = Product.model_validate(keys)
    network.add(layer)
    heads = tuple(atom for axis in left.axes[:-2] for atom in axis)
    return Value(layer.name, (heads + out, *left.image[1:]), (*left.axes[:-1], out))


def real(network: Network, node: Node, found: Scores) -> Value:
    """Scores as a tensor: product, mask, softmax."""
    if found not in network.made:
        network.made[found] = _made(network, node, found)
    return network.made[found]


def _made(network: Network, node: Node, found: Scores) -> Value:
    value = _product(network, node, found.queries, found.keys, found.factor)
    if found.causal:
        hidden = np.where(np.triu(np.ones(found.shape[-2:], bool), 1), NEVER, 0.0)
        value = network.stored(Offset(name=network.name(node), inputs=(value.layer,)), value, bias=network.lying(value, hidden))
    if found.shares:
        value = with_channels(network, node, value, [len(value.axes) - 1])
        value = network.alike(Softmax(name=network.name(node), inputs=(value.layer,)), value)
    return value
