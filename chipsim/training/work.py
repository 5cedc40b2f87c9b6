"""What one mini-batch was for the arrays of a network: the record that the timed run plays.

Of every array: how often each product was repeated, what it drove through the cells, and what each sample's update took. The energy in
the cells of one product is `cells` times V**2 t g, g the conductance of a full-scale cell, V and t those of the converter that drives
the lines; repetitions are included, and arrays that are read exactly have none. Vectors are the products of one sample in the order
they are taken: 1 for a linear layer, output positions for a convolution, time steps for a recurrent layer (backward: the last first).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.training.rules.rule import Activity


class ArrayWork(NamedTuple):
    """One array, that is one block of a layer, in one mini-batch."""

    layer: str
    row_block: int
    column_block: int
    shape: tuple[int, int]  # rows, columns
    retries: NDArray[np.int64]  # (samples, vectors), how often each forward product was repeated
    cells: NDArray[np.float64]  # (samples, vectors), sum over the cells of |w| times the energy function of their input
    back_retries: NDArray[np.int64]  # the same of the transposed products; (samples, 0) where nothing is handed back
    back_cells: NDArray[np.float64]
    updates: tuple[Activity, ...]  # what the update from each sample took


class StepWork(NamedTuple):
    """All arrays in one mini-batch."""

    first: int  # running number of its first sample
    samples: int
    arrays: tuple[ArrayWork, ...]
