"""Cutting a weight matrix into blocks that fit an array.

Rows (inputs) are cut into row blocks whose partial sums are added afterwards, columns (outputs) into column blocks that
produce different outputs. `balanced` blocks differ by at most one row; `full` blocks fill arrays one after the other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

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
