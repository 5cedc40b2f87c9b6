"""How many pulses meet on each cell of a row, with the sign of the direction.

The loops count common bits of two words of 31 slots and a sign (trains.py), or round products of line values (pulse_rules.py). They are
compiled into the kernel in pulses.py and never loaded by themselves.
"""

from typing import Any

import numpy as np
from numba import njit

from chipsim.kernels.rows import _ones

_u32, _i32, _f32 = np.uint32, np.int32, np.float32
SIGN = _u32(1 << 31)
SLOTS_MASK = _u32((1 << 31) - 1)


@njit(error_model="numpy")
def overlap(counts: Any, rows: Any, columns: Any, batch: Any, row: Any) -> Any:
    """counts = signed number of common slots of one row with all columns; True when there may be one."""
    some = False
    for word in range(rows.shape[1]):
        own = rows[batch, word, row]
        some = some or (own & SLOTS_MASK) != _u32(0)
    if not some:
        return False
    line = columns[batch, 0]
    own = rows[batch, 0, row]
    for j in range(counts.size):
        n = _ones(_i32(_u32(_u32(own & line[j]) & SLOTS_MASK)))
        counts[j] = -n if _u32(own ^ line[j]) >= SIGN else n
    for word in range(1, rows.shape[1]):
        line = columns[batch, word]
        own = rows[batch, word, row]
        for j in range(counts.size):
            n = _ones(_i32(_u32(_u32(own & line[j]) & SLOTS_MASK)))
            counts[j] += -n if _u32(own ^ line[j]) >= SIGN else n
    return True


@njit(error_model="numpy")
def multiply(counts: Any, own: Any, line: Any) -> Any:
    """counts = round(own * line), for multiplications without chance; True when there may be one."""
    if own == _f32(0):
        return False
    for j in range(counts.size):
        counts[j] = _i32(np.rint(_f32(own * line[j])))
    return True


@njit(error_model="numpy")
def drop_down(counts: Any) -> None:
    """No pulses downwards."""
    for j in range(counts.size):
        counts[j] = max(counts[j], _i32(0))


@njit(error_model="numpy")
def totals(counts: Any) -> Any:
    """Sum and largest of the magnitudes."""
    total, top = _i32(0), _i32(0)
    for j in range(counts.size):
        n = abs(counts[j])
        total = _i32(total + n)
        top = max(top, _i32(n))
    return total, top
