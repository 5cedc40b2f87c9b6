"""Comparisons, logic and choices: what is true is a 1, what is not a 0, made by subtractions, signs and maxima of the vector unit.

    x > c     relu(sign(x - c))        x = c      1 - |sign(x - c)|        not x     1 - x
    x >= c    1 - relu(sign(c - x))    x and y    x y                      x or y    max(x, y)
    where c then x else y              c x + (1 - c) y
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Add, Maximum, Multiply, Subtract
from chipsim.workload.onnx.attention import Scores, masked
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.moves import expanded, matched, ranked
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.scores import real

LARGEST = 1e30  # in place of an infinity, which times 0 were no number
ONE, NONE = np.ones(1), np.zeros(1)
BOOL, WHOLE = 9, (2, 3, 4, 5, 6, 7, 12, 13)  # types of ONNX
Pair = type[Multiply] | type[Maximum] | type[Subtract] | type[Add]


@converts("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual")
def compared(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Of a tensor and a constant, or of two tensors."""
    first, second = read[:2]
    turned = node.op in ("Less", "GreaterOrEqual")
    sign = network.function(node, _difference(network, node, *((second, first) if turned else (first, second))), "sign")
    if node.op == "Equal":
        return (_true(network, _not(network, node, network.function(node, sign, "abs"))),)
    found = network.activated(node, sign, "relu")
    return (_true(network, _not(network, node, found) if node.op.endswith("OrEqual") else found),)


def _difference(network: Network, node: Node, first: Operand, second: Operand) -> Value:
    if isinstance(first, Value) and isinstance(second, Value):
        return _joined(network, node, Subtract, first, second)
    value, array = (first, second) if isinstance(first, Value) else (tensor(second), first)
    limit = np.clip(np.asarray(constant(array, "a term"), np.float64), -LARGEST, LARGEST)
    value = expanded(network, node, ranked(value, limit.ndim), np.broadcast_shapes(value.shape, limit.shape))
    sign = 1.0 if value is first or isinstance(first, Value) else -1.0
    return network.scaled(node, value, np.full(1, sign), -sign * limit) if sign < 0 or limit.any() else value


def _joined(network: Network, node: Node, kind: Pair, first: Value, second: Value) -> Value:
    rank = max(len(first.axes), len(second.axes))
    pair = matched(network, node, [ranked(first, rank), ranked(second, rank)])
    return network.alike(kind(name=network.name(node), inputs=tuple(value.layer for value in pair)), pair[0])


def _true(network: Network, value: Value) -> Value:
    network.whole[value.layer] = "bool"
    network.shared.add(value.layer)  # nothing that follows may be taken into it, or it were true no more
    return value


def _not(network: Network, node: Node, value: Value) -> Value:
    network.shared.add(value.layer)  # it may be read again
    return network.scaled(node, value, -ONE, ONE)


@converts("Not")
def negated(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Of a tensor of truths."""
    return (_true(network, _not(network, node, tensor(read[0]))),)


@converts("And", "Or")
def both(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Of two tensors of truths, one of which may be a constant."""
    first, second = read[:2]
    if isinstance(first, Value) and isinstance(second, Value):
        return (_true(network, _joined(network, node, Multiply if node.op == "And" else Maximum, first, second)),)
    value, array = (first, second) if isinstance(first, Value) else (tensor(second), first)
    fixed = np.asarray(constant(array, "a term"), np.float64)
    kept, always = (fixed, NONE) if node.op == "And" else (1 - fixed, fixed)
    return (_true(network, _affine(network, node, value, kept, always)),)


def _affine(network: Network, node: Node, value: Value, factor: Array, offset: Array) -> Value:
    """Times a constant plus a constant, of the shape that all three have together; what others read stays."""
    network.shared.add(value.layer)
    rank = max(np.ndim(factor), np.ndim(offset))
    shape = np.broadcast_shapes(value.shape, np.shape(factor), np.shape(offset))
    return network.scaled(node, expanded(network, node, ranked(value, rank), shape), factor, offset)


@converts("Where")
def where(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """One of two tensors or constants for every number, as a constant or a tensor of truths says."""
    condition, first, second = read[:3]
    if isinstance(condition, np.ndarray) and not (isinstance(first, Value) and isinstance(second, Value)):
        return (_mask(network, node, condition.astype(bool), first, second),)
    first, second = (real(network, node, one) if isinstance(one, Scores) else one for one in (first, second))
    if isinstance(condition, np.ndarray):
        chosen = condition.astype(np.float64)
        parts = [_affine(network, node, tensor(first), chosen, NONE), _affine(network, node, tensor(second), 1 - chosen, NONE)]
        return (_joined(network, node, Add, *parts),)
    truths = tensor(condition)
    network.shared.add(truths.layer)
    chosen_parts = [_part(network, node, truths, first, False), _part(network, node, truths, second, True)]
    found = [part for part in chosen_parts if part is not None] or [_affine(network, node, truths, NONE, NONE)]
    return (found[0] if len(found) == 1 else _joined(network, node, Add, *found),)


def _part(network: Network, node: Node, truths: Value, what: Operand, otherwise: bool) -> Value | None:
    """What is taken where it is true, or otherwise, and zeros; None for nothing but zeros."""
    if isinstance(what, Value):
        return _joined(network, node, Multiply, what, _not(network, node, truths) if otherwise else truths)
    array = np.clip(np.asarray(constant(what, "a number"), np.float64), -LARGEST, LARGEST)
    if not array.any() and np.broadcast_shapes(truths.shape, array.shape) == truths.shape:
        return None
    return _affine(network, node, truths, *((-array, array) if otherwise else (array, NONE)))


def _mask(network: Network, node: Node, chosen: Array, first: Operand, second: Operand) -> Operand:
    """A tensor where a constant says so, elsewhere a constant."""
    found, hidden = (first, second) if isinstance(second, np.ndarray) else (second, first)
    array, kept = np.asarray(constant(hidden, "a number"), np.float64), chosen if found is first else ~chosen
    if isinstance(found, Scores):
        done = masked(found, np.where(kept, 0.0, array)) if (array < -1e4).all() else None
        if done is not None:
            return done
        found = real(network, node, found)
    value = tensor(found)
    shape = np.broadcast_shapes(value.shape, kept.shape, array.shape)
    value = expanded(network, node, value, shape)
    finite = np.nan_to_num(np.clip(array, -LARGEST, LARGEST))
    return network.scaled(node, value, kept.astype(np.float64), np.where(kept, 0.0, finite))


@converts("Cast", "CastLike")
def cast(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Whole numbers and truths of others; all else stays as it is, as numbers are floats from the first to the last."""
    if isinstance(read[0], Scores):
        return (read[0],)
    value = tensor(read[0])
    kind, held = _kind(node, read), network.whole.get(value.layer)
    if kind == "bool" and held != "bool":
        return (_true(network, network.function(node, network.function(node, value, "sign"), "abs")),)
    if kind == "int" and held is None:
        network.shared.add(value.layer)
        size = network.function(node, network.function(node, value, "abs"), "floor")
        found = _joined(network, node, Multiply, network.function(node, value, "sign"), size)
        network.whole[found.layer] = "int"
        return (found,)
    return (value,)


def _kind(node: Node, read: Sequence[Operand]) -> str:
    if node.op == "CastLike":
        like = read[1]
        kind = like.dtype.kind if isinstance(like, np.ndarray) else "f"
        return {"b": "bool", "i": "int", "u": "int"}.get(kind, "float")
    to = option(node, "to", 1)
    if to == 8:
        raise InputError("makes text of numbers, which is not supported")
    return "bool" if to == BOOL else "int" if to in WHOLE else "float"
