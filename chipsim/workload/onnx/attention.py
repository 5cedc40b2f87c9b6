"""Attention written as products: softmax(factor q k + mask) v, for every head by itself, becomes one layer.

What lies between the two products is carried along as Scores: no layer makes them, and only what belongs to attention may be done to
them. q [..., tokens, size], k [..., size, tokens'], v [..., tokens', size], the heads on the axes before; in the images of all three the
channels are (heads, size) and the positions the tokens, so the projections before may cut, reshape and transpose as they like.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import final

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Attention
from chipsim.workload.onnx.layout import Atoms, Value, length
from chipsim.workload.onnx.model import Array

HIDDEN = -1e4  # what a mask adds to scores that count for nothing, or less


@final
@dataclass(frozen=True)
class Scores:
    """Products of queries and keys on their way to the values."""

    queries: Value
    keys: Value
    factor: float = 1.0
    causal: bool = False
    shares: bool = False  # after the softmax

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return (*self.queries.shape[:-1], self.keys.shape[-1])


def scores(queries: Value, keys: Value) -> Scores:
    """The first product; InputError where it is none of attention."""
    sizes = queries.shape[:-2] == keys.shape[:-2] and queries.shape[-1] == keys.shape[-2]
    if not sizes or not _by_heads(queries, -1, -2) or not _by_heads(keys, -2, -1):
        shapes = f"{list(queries.shape)} and {list(keys.shape)}"
        raise InputError(f"multiplies two tensors {shapes} that depend on the input, not as attention does; this is not supported")
    return Scores(queries, keys)


def _by_heads(value: Value, size: int, tokens: int) -> bool:
    """Whether the channels are (heads, size) and the positions the tokens."""
    heads: Atoms = tuple(atom for axis in value.axes[:-2] for atom in axis)
    return value.channels == heads + value.axes[size] and value.places == value.axes[tokens]


def scaled(found: Scores, op: str, number: Array, first: bool) -> Scores:
    """Scores times or divided by a number, or with a mask added; `first`: whether the scores are the first operand."""
    _before_softmax(found)
    if op in ("Mul", "Div") and number.size == 1 and (first or op == "Mul"):
        value = float(number.reshape(()))
        return replace(found, factor=found.factor * (value if op == "Mul" else 1 / value))
    if op == "Add":
        return masked(found, np.asarray(number, np.float64))
    raise InputError("does to the scores of attention what is not supported; expected a factor, a mask, a softmax")


def masked(found: Scores, mask: Array) -> Scores:
    """With a mask that hides nothing, or all tokens after the own one."""
    _before_softmax(found)
    hidden = np.broadcast_to(mask, found.shape) <= HIDDEN
    if (np.broadcast_to(mask, found.shape)[~hidden] != 0).any():
        raise InputError("adds numbers to the scores of attention that are no mask, which is not supported")
    later = np.triu(np.ones(found.shape[-2:], bool), 1)
    if hidden.any() and (found.shape[-2] != found.shape[-1] or (hidden != later).any()):
        raise InputError("has a mask other than the causal one, which is not supported")
    return replace(found, causal=found.causal or bool(hidden.any()))


def softmaxed(found: Scores, axis: int) -> Scores:
    """Shares of the keys."""
    _before_softmax(found)
    if axis % len(found.shape) != len(found.shape) - 1:
        raise InputError("takes the softmax of scores over other axes than the keys")
    return replace(found, shares=True)


def attended(name: str, queries: str, found: Scores, values: Value) -> tuple[Attention, Value]:
    """The second product: the layer, and what it makes."""
    heads, size = found.queries.shape[:-2], found.queries.shape[-1]
    fits = values.shape == (*heads, found.keys.shape[-1], size) and _by_heads(values, -1, -2)
    if not found.shares or not fits:
        raise InputError(f"multiplies scores {list(found.shape)} with {list(values.shape)}, not as attention does; this is not supported")
    inputs = queries, found.keys.layer, values.layer
    layer = Attention(name=name, inputs=inputs, head_size=size, causal=found.causal)
    return layer, Value(name, found.queries.image, found.queries.axes)


def extra(found: Scores) -> float:
    """What the queries must be multiplied with, as the layer itself divides by the root of the size of a head."""
    return found.factor * sqrt(length(found.queries.axes[-1]))


def _before_softmax(found: Scores) -> None:
    if found.shares:
        raise InputError("changes the shares of attention after the softmax, which is not supported")
