"""Cutting a weight matrix into blocks that fit an array.

Rows (inputs) are cut into row blocks whose partial sums are added afterwards, columns (outputs) into column blocks that
produce different outputs. `balanced` blocks differ by at most one row; `full` blocks fill arrays one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Span = tuple[int, int]
Split = Literal["balanced", "full"]


def spans(length: int, limit: int, split: Split = "balanced") -> list[Span]:
    """Half-open ranges that cover 0..length in order, none longer than `limit`, as few as possible."""
    if length < 1 or limit < 1:
        raise ValueError(f"spans: length {length} and limit {limit} must be positive")
    count = -(-length // limit)
    if split == "full":
        return [(start, min(start + limit, length)) for start in range(0, length, limit)]
    short, longer = divmod(length, count)
    edges = [0]
    for index in range(count):
        edges.append(edges[-1] + short + (index < longer))
    return list(pairwise(edges))


def added(terms: Sequence[Floats]) -> Floats:
    """The sum of arrays of one shape, one after the other; always a new array."""
    total = terms[0].copy()
    for term in terms[1:]:
        total += term
    return total


def added_pairwise(terms: Sequence[Floats]) -> list[Floats]:
    """The sum in the order of a tree of adders: neighbours first, level by level, as `lay_out` connects them."""
    level = list(terms)
    while len(level) > 1:
        pairs = [added(pair) for pair in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return level
