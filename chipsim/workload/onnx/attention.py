"""Attention written as products: softmax(factor q k + mask) v, for every head by itself, becomes one layer.

What lies between the two products is carried along as Scores: no layer makes them as long as only what belongs to attention is done
to them; else they are made as products (`scores.py`). q [..., tokens, size], k [..., size, tokens'], v [..., tokens', size], the heads
on the axes before; in the images of all three the channels are (heads, size) and the positions the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import final

import numpy as np

from chipsim.workload.layers import Attention
from chipsim.workload.onnx.layout import Value, length
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


def scaled(found: Scores, op: str, number: Array, first: bool) -> Scores | None:
    """Scores times or divided by a number, or with a mask added; None if it is another thing. `first`: scores are the first operand."""
    if found.shares:
        return None
    if op in ("Mul", "Div") and number.size == 1 and (first or op == "Mul"):
        value = float(number.reshape(()))
        return replace(found, factor=found.factor * (value if op == "Mul" else 1 / value)) if value else None
    return masked(found, np.asarray(number, np.float64)) if op == "Add" else None


def masked(found: Scores, mask: Array) -> Scores | None:
    """With a mask that hides nothing, or all tokens after the own one; None if it is another one."""
    if found.shares or np.broadcast_shapes(mask.shape, found.shape) != found.shape:
        return None
    hidden = np.broadcast_to(mask, found.shape) <= HIDDEN
    if (np.broadcast_to(mask, found.shape)[~hidden] != 0).any():
        return None
    later = np.triu(np.ones(found.shape[-2:], bool), 1)
    if hidden.any() and (found.shape[-2] != found.shape[-1] or (hidden != later).any()):
        return None
    return replace(found, causal=found.causal or bool(hidden.any()))


def softmaxed(found: Scores) -> Scores:
    """Shares of the keys."""
    return replace(found, shares=True)


def attended(name: str, queries: str, found: Scores, values: Value) -> tuple[Attention, Value]:
    """The second product: the layer, and what it makes; the values lie by heads."""
    size = found.queries.shape[-1]
    inputs = queries, found.keys.layer, values.layer
    layer = Attention(name=name, inputs=inputs, head_size=size, causal=found.causal)
    return layer, Value(name, found.queries.image, found.queries.axes)


def extra(found: Scores) -> float:
    """What the queries must be multiplied with, as the layer itself divides by the root of the size of a head."""
    return found.factor * sqrt(length(found.queries.axes[-1]))
