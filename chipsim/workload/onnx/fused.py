"""Attention as one node: the operator of opset 23."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.onnx.attention import Scores, masked, softmaxed
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import expanded, reshaped, with_channels
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.pointwise import softmax, with_constant
from chipsim.workload.onnx.scores import attention, multiplied, real, scores

FAR = -1e9  # in place of what a mask of truth values hides


@converts("Attention")
def fused(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """softmax(factor q k + mask) v for all heads; q, k, v [1, heads, tokens, size] or [1, tokens, heads * size]."""
    odd = [name for name in ("softcap", "qk_matmul_output_mode") if option(node, name, 0)]
    if odd or any(one is not None for one in read[4:]) or any(name in network.uses for name in node.outputs[1:]):
        raise InputError(f"has {', '.join(odd) or 'a state of past tokens'}, which is not supported")
    queries, keys, values = (tensor(one) for one in read[:3])
    flat = len(queries.axes) == 3
    if flat:
        heads, others = int(node.attributes["q_num_heads"]), int(node.attributes["kv_num_heads"])
        queries, keys, values = (
            reshaped(network, node, one, [1, one.shape[1], count, one.shape[2] // count]).transposed([0, 2, 1, 3])
            for one, count in ((queries, heads), (keys, others), (values, others))
        )
    keys, values = (_for_every_head(network, node, one, queries.shape[1]) for one in (keys, values))
    factor = option(node, "scale", 1 / sqrt(queries.shape[-1]))
    causal = bool(option(node, "is_causal", 0))
    found = replace(scores(network, node, queries, keys.transposed([0, 1, 3, 2])), factor=factor, causal=causal)
    mask = None if len(read) < 4 or read[3] is None else constant(read[3], "a mask")
    made = _attended(network, node, found, mask, values)
    if not flat:
        return (made,)
    turned = made.transposed([0, 2, 1, 3])
    return (reshaped(network, node, turned, [1, turned.shape[1], turned.shape[2] * turned.shape[3]]),)


def _for_every_head(network: Network, node: Node, value: Value, heads: int) -> Value:
    """Keys or values of fewer heads than there are queries, each for several of these."""
    batch, own, tokens, size = value.shape
    if own == heads:
        return value
    apart = reshaped(network, node, value, [batch, own, 1, tokens, size])
    several = expanded(network, node, apart, [batch, own, heads // own, tokens, size])
    return reshaped(network, node, several, [batch, heads, tokens, size])


def _attended(network: Network, node: Node, found: Scores, mask: np.ndarray | None, values: Value) -> Value:
    if found.causal and found.shape[-1] != found.shape[-2]:
        raise InputError(f"hides later tokens of {found.shape[-1]} from {found.shape[-2]}; expected as many queries as keys")
    if mask is None:
        return attention(network, node, softmaxed(found), values)
    given = np.where(mask, 0.0, FAR) if mask.dtype == bool else mask.astype(np.float64)
    known = masked(found, given)
    if known is not None:
        return attention(network, node, softmaxed(known), values)
    plain = replace(node, op="Add", attributes={})
    value = with_constant(network, plain, real(network, node, found), given)
    value = with_channels(network, node, value, [3])
    (shares,) = softmax(network, replace(node, op="Softmax", attributes={"axis": -1}), [value])
    return multiplied(network, node, tensor(shares), values)
