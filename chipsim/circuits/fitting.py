"""Weights on their way into an array: whether they fit, and what a full-scale cell stands for.

    w' = w / s        s = max |w| of each column (`weight_scaling: column`) or of the whole matrix (`array`), 1 where all are 0

w weights (rows, columns) of any scale, w' those of the cells, in [-1, 1]. Exact for finite weights. Not modelled: scales that digital
circuits can hold with few bits only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.circuits.array import Array
from chipsim.errors import InputError

Floats = NDArray[np.float32]


def fitting(array: Array, weights: ArrayLike) -> Floats:
    """Weights as a matrix (rows, columns); InputError when they do not fit the array or are not finite."""
    try:
        matrix = np.asarray(weights, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"Crossbar.program: weights are no matrix of numbers ({error})") from None
    rows, columns = array.rows, array.outputs
    if matrix.ndim != 2 or not (0 < matrix.shape[0] <= rows and 0 < matrix.shape[1] <= columns):
        raise InputError(f"Crossbar.program: weights have shape {matrix.shape}, expected at most ({rows}, {columns})")
    if not np.isfinite(matrix).all():
        raise InputError("Crossbar.program: weights hold a value that is not finite")
    return matrix


def full_scale(array: Array, matrix: Floats) -> Floats:
    """What a full-scale cell stands for: per column (1, columns) or for the array (1, 1); 1 where all weights are zero."""
    axis = 0 if array.weight_scaling == "column" else None
    largest = np.abs(matrix).max(axis=axis, keepdims=True).astype(np.float32)
    return np.where(largest > 0, largest, np.float32(1))
