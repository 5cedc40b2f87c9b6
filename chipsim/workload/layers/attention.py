"""Scaled dot-product attention: every token of one sequence takes a weighted mean over the tokens of another.

    out_t = sum over s of a_ts v_s,    a_ts = exp(z_ts - max_s z_ts) / sum over s of exp(z_ts - max_s z_ts),    z_ts = q_t . k_s / sqrt(d)

for every group of d = `head_size` channels by itself (a head; features / d of them). Inputs are q [features, T, 1], k and v
[features, S, 1], in this order; the output is [features, T, 1]. With `causal`, token t sees the tokens s <= t only, so T = S. Tokens may
also fill rows, [features, H, W]: their order is then that of reading, row by row. The projections before and after are layers of their
own (a convolution with kernel 1 is the same linear layer for every token).

Operations of a token that sees n tokens, for each head: 2 n d multiply-accumulates (scores, weighted values), d multiplications
(q / sqrt(d)), n - 1 maxima, n subtractions, n exponentials, n - 1 additions, one reciprocal and d multiplications with it. Keys and
values of what it sees are read from the buffer again for every token. Scores that a causal mask hides are neither computed nor paid
for; of the tokens in a row each pays for the mean.

Reference: A. Vaswani et al., Advances in Neural Information Processing Systems 30, 2017, arXiv:1706.03762, section 3.2.
Sums are taken in an order that depends on the shapes alone; a product of the same shape is computed for every token
(`kernels/blocks.py`). Not modelled: a mask other than the causal one, dropout, fewer heads of k and v than of q, rounding to the bits of
the vector unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from chipsim.kernels.blocks import BLOCK, aligned, product, row_rule, widened
from chipsim.spec import key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Attention(DigitalLayer, type="attention"):
    """Softmax of the products of queries and keys, applied to the values."""

    head_size: int | None = key("channels of one head; heads = features / head_size (default: one head)", default=None, ge=1)
    causal: bool = key("whether a token sees only itself and the tokens before it", default=False)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) != 3:
            raise self.complaint("inputs", f"reads {len(input_shapes)} layers, expected three: queries, keys, values")
        queries, keys, values = input_shapes
        if keys != values or queries[0] != keys[0]:
            shapes = ", ".join(str(list(shape)) for shape in input_shapes)
            raise self.complaint("inputs", f"reads {shapes}; expected queries, keys and values of equal features, keys as many as values")
        if queries[0] % self.grain(queries[0]):
            raise self.complaint("head_size", f"cuts {queries[0]} features into heads of {self.head_size}, expected a divisor")
        if self.causal and queries != keys:
            raise self.complaint("causal", f"has queries {list(queries)} and keys {list(keys)}, expected as many, in the same rows")
        return queries

    def grain(self, channels: int) -> int:
        return self.head_size or channels

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def needs_of(self, number: int, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        _, height, width = input_shape
        if number == 0:
            return self.needs(y, x, input_shape)
        if self.causal:
            return (0, 0), (y, width - 1 if y else x)
        return (0, 0), (height - 1, width - 1)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        queries, keys, values = inputs
        batch, channels, _, width = queries.shape
        size, first = self.grain(channels), y0 * width
        result = np.empty((batch, channels, (y1 - y0) * width), np.float32)
        for sample in range(batch):
            for low in range(0, channels, size):
                head = slice(low, low + size)
                q, k, v = (x[sample, head].reshape(size, -1) for x in (queries[:, :, y0:y1], keys, values))
                result[sample, head] = self._head(q.T, k, v.T, first).T
        return result.reshape(batch, channels, y1 - y0, width)

    def _head(self, queries: Floats, keys: Floats, values: Floats, first: int) -> Floats:
        """Tokens `first`, ... of one head: queries [n, d], keys [d, S], values [S, d] -> [n, d]."""
        size, last = queries.shape[1], first + len(queries)
        if self.causal:
            keys, values = keys.copy(), values.copy()  # of one shape whatever is known of the tokens to come
            keys[:, last:] = values[last:] = 0
        scores = row_product(queries * np.float32(1 / np.sqrt(size)), keys)
        if self.causal:
            scores[np.arange(keys.shape[1]) > np.arange(first, last)[:, None]] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        weights: Floats = np.exp(scores)
        sums = np.cumsum(weights, axis=1, dtype=np.float64)[:, -1:]  # one by one: NumPy's own sum depends on the shape of the array
        return row_product(weights, values) * (1 / sums).astype(np.float32)

    def operations_at(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> Mapping[str, int]:
        seen = self._seen(y, input_shapes)
        heads = channels // self.grain(input_shapes[0][0])
        return {
            "multiply": 2 * channels, "mac": 2 * seen * channels, "max": heads * (seen - 1), "add": heads * (2 * seen - 1),
            "exponential": heads * seen, "reciprocal": heads,
        }  # fmt: skip

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        return channels * (1 + 2 * self._seen(y, input_shapes))

    def _seen(self, y: int, input_shapes: Sequence[Shape]) -> int:
        """Tokens that one of row y sees; with a mask the mean of the row, rounded up."""
        _, height, width = input_shapes[1]
        return y * width + width // 2 + 1 if self.causal else height * width


def row_product(left: Floats, right: Floats) -> Floats:
    """left [n, k] times right [k, m], each row with the same bits whatever n is."""
    columns, right = right.shape[1], widened(np.ascontiguousarray(right))
    rule = row_rule(*right.shape)
    result = np.empty((len(left), right.shape[1]), np.float32)
    rows, out = aligned(BLOCK, right.shape[0]), aligned(BLOCK, right.shape[1])
    for first in range(0, len(left), BLOCK):
        count = min(BLOCK, len(left) - first)
        rows[:count] = left[first : first + count]
        product(rows, right, out, count, rule)
        result[first : first + count] = out[:count]
    return result[:, :columns]
