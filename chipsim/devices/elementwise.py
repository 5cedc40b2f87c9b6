"""Float32 arrays with one element for each device: zeros that cost nothing, cut-offs, formulas worked on piece by piece."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
PIECE = 3 << 13  # devices; ten float32 arrays of this length fill a core's second cache


def in_pieces(law: Callable[..., Floats], first: Floats, *others: Floats | float, out: Floats | None = None) -> Floats:
    """law(first, *others), element by element, in pieces small enough that what it makes stays in the cache.

    All arrays have the shape of `first`; a float goes to every piece as it is. `out` is the array for the result and may be one of
    the arguments; None makes one.
    """
    out = np.empty(first.shape, np.float32) if out is None else out
    flat = [item if isinstance(item, float) else item.reshape(-1) for item in (first, *others)]
    row = out.reshape(-1)
    for start in range(0, row.size, PIECE):
        piece = slice(start, start + PIECE)
        row[piece] = law(*(item if isinstance(item, float) else item[piece] for item in flat))
    return out


def zeros_like(values: ArrayLike) -> Floats:
    """Float32 zeros in the shape of `values`."""
    return np.zeros(np.shape(values), np.float32)


def nothing_like(values: ArrayLike) -> Floats:
    """Float32 zeros in the shape of `values` that take no memory and cannot be written to."""
    return np.broadcast_to(np.float32(0), np.shape(values))


def positive(values: Floats) -> Floats:
    """`values` with what is below zero cut off: no device conducts backwards."""
    return at_least(np.float32(0), values)


def at_least(least: np.float32, values: Floats) -> Floats:
    """The larger of `least` and each of `values`; twice as fast as np.maximum with a number."""
    return np.clip(values, least, np.float32(np.inf))
