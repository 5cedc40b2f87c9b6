"""The loops over a row of cells that have pulses: all pulses of a vector at once, or one after the other.

A cell that goes down is looked at in the mirror (w -> -w, its bounds exchanged), so the loops of single pulses only know pulses that go
up. They are compiled into the kernel in pulses.py and never loaded by themselves. What is computed is told in pulsed_update.py.
"""

from typing import Any

import numpy as np
from numba import njit

from chipsim.kernels.philox import _logarithm, fill_normal
from chipsim.kernels.rows import _E1, _E2, _E3, _E4, _E5, _E6, _LN2_HIGH, _LN2_LOW, _LOG2_E

CONSTANT, LINEAR, EXPONENTIAL, POWER, PIECEWISE, TABLES = range(6)
LAYER = 1 << 20  # step of the last counter word from one pulse of a cell to the next

_u32, _i32, _f32, _i64 = np.uint32, np.int32, np.float32, np.int64
_LARGEST_EXPONENT = _f32(80)
_LEAST = _f32(1e-20)


@njit(error_model="numpy", fastmath={"contract"})
def _constant_group(state: Any, counts: Any, up: Any, down: Any, low: Any, high: Any, spread: Any, noise: Any) -> None:
    """All pulses of a row of cells with constant steps at once."""
    for j in range(state.size):
        n = _f32(counts[j])
        step = up[j] if counts[j] > 0 else down[j]
        moved = _f32(state[j] + _f32(step * _f32(n + _f32(spread * _f32(np.sqrt(abs(n)) * noise[j])))))
        moved = min(max(moved, low[j]), high[j])
        state[j] = moved if counts[j] != 0 else state[j]


@njit(error_model="numpy", fastmath={"contract"})
def _linear_group(
    state: Any, counts: Any, top: Any, up: Any, down: Any, up_shape: Any, down_shape: Any, low: Any, high: Any,
    relative: Any, fixed: Any, noise: Any, mean: Any, variance: Any, step: Any, slope: Any,
) -> None:  # fmt: skip
    """All pulses of a row of cells with linear steps at once, from the exact mean and variance; `state` holds w + reference."""
    for j in range(state.size):
        rises = counts[j] > 0
        mean[j] = state[j] if rises else -state[j]
        step[j] = up[j] if rises else down[j]
        slope[j] = up_shape[j] if rises else down_shape[j]
        variance[j] = _f32(0)
    square = _f32(relative * relative)
    for pulse in range(top):
        for j in range(state.size):
            change = _f32(step[j] - slope[j] * mean[j])
            kept = _f32(_f32(1) - slope[j])
            scatter = _f32(relative * change + fixed * step[j])
            grown = _f32(variance[j] * _f32(kept * kept + square * _f32(slope[j] * slope[j])) + scatter * scatter)
            active = abs(counts[j]) > _i32(pulse)
            mean[j] = _f32(mean[j] + change) if active else mean[j]
            variance[j] = grown if active else variance[j]
    for j in range(state.size):
        moved = _f32(mean[j] + _f32(np.sqrt(variance[j]) * noise[j]))
        moved = moved if counts[j] > 0 else -moved
        moved = min(max(moved, low[j]), high[j])
        state[j] = moved if counts[j] != 0 else state[j]


@njit(inline="always", fastmath={"contract"})
def _exponential(t: Any) -> Any:
    # As in rows.bend: 2**n exp(r) with |r| <= ln(2) / 2.
    bounded = min(max(_f32(t), -_LARGEST_EXPONENT), _LARGEST_EXPONENT)
    n = np.rint(_f32(bounded * _LOG2_E))
    r = _f32(_f32(bounded - n * _LN2_HIGH) - n * _LN2_LOW)
    p = _f32(_f32(_f32(_E6 * r + _E5) * r + _E4) * r + _E3)
    p = _f32(_f32(_f32(p * r + _E2) * r + _E1) * r)
    power = _i32(_i32(_i32(n) + _i32(127)) << _i32(23)).view(np.float32)
    return _f32(power * _f32(_f32(p * r + r) + _f32(1)))


@njit(error_model="numpy", fastmath={"contract"})
def _changes(
    change: Any, size: Any, law: Any, up_curve: Any, down_curve: Any, side: Any, state: Any, step: Any, shape: Any, low: Any, high: Any
) -> None:
    """change = mean of the next step of `size` cells; `side` is 1 where it goes up, -1 where it goes down."""
    if law == LINEAR:
        for p in range(size):
            change[p] = step[p] - shape[p] * state[p]
    elif law == EXPONENTIAL:
        up_factor, up_slope, up_offset = up_curve[0], up_curve[1], up_curve[2]
        down_factor, down_slope, down_offset = down_curve[0], down_curve[1], down_curve[2]
        for p in range(size):
            rises = side[p] > _f32(0)
            slope, offset = up_slope if rises else down_slope, up_offset if rises else down_offset
            width = max(_f32(high[p] - low[p]), _LEAST)
            falls = _f32((up_factor if rises else down_factor) * _exponential(_f32(_f32(slope * state[p]) / width + offset)))
            change[p] = step[p] * max(_f32(_f32(1) - falls), _f32(0))
    elif law == POWER:
        for p in range(size):
            width = max(_f32(high[p] - low[p]), _LEAST)
            share = max(_f32(_f32(high[p] - state[p]) / width), _LEAST)
            change[p] = step[p] * _exponential(_f32(shape[p] * _logarithm(share)))
    elif law == PIECEWISE:
        for p in range(size):
            curve = up_curve if side[p] > _f32(0) else down_curve
            width = max(_f32(high[p] - low[p]), _LEAST)
            place = _f32(_f32(_f32(state[p] - low[p]) / width) * _f32(curve.size - 1))
            place = min(max(place, _f32(0)), _f32(curve.size - 1))
            left = min(_i64(place), _i64(curve.size - 2))
            rest = _f32(place - _f32(left))
            change[p] = step[p] * _f32(curve[left] + rest * _f32(curve[left + 1] - curve[left]))
    else:
        for p in range(size):
            change[p] = step[p]


@njit(error_model="numpy", fastmath={"contract"})
def _look_up(
    change: Any, spread: Any, size: Any, relative: Any, up_curve: Any, down_curve: Any,
    side: Any, state: Any, step: Any, table: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """change, spread = mean and standard deviation of the next step of `size` cells, from the table that each cell names."""
    points = _i64(up_curve[0])
    for p in range(size):
        curve = up_curve if side[p] > _f32(0) else down_curve
        width = max(_f32(high[p] - low[p]), _LEAST)
        place = _f32(_f32(_f32(state[p] - low[p]) / width) * _f32(points - 1))
        place = min(max(place, _f32(0)), _f32(points - 1))
        left = min(_i64(place), points - 2)
        rest = _f32(place - _f32(left))
        mean = 1 + 2 * points * _i64(table[p]) + left
        sigma = mean + points
        change[p] = step[p] * _f32(curve[mean] + rest * _f32(curve[mean + 1] - curve[mean]))
        spread[p] = _f32(relative * step[p]) * _f32(curve[sigma] + rest * _f32(curve[sigma + 1] - curve[sigma]))


@njit(error_model="numpy", fastmath={"contract"})
def _move_by(state: Any, size: Any, change: Any, spread: Any, low: Any, high: Any, noise: Any) -> None:
    """One noisy pulse on `size` cells whose spread is known."""
    for p in range(size):
        state[p] = min(max(_f32(_f32(state[p] + change[p]) + spread[p] * noise[p]), low[p]), high[p])


@njit(error_model="numpy", fastmath={"contract"})
def _move(
    state: Any, size: Any, change: Any, step: Any, low: Any, high: Any, noise: Any, relative: Any, fixed: Any, floor: Any, share: Any
) -> None:
    """One noisy pulse on `size` cells."""
    for p in range(size):
        spread = _f32(_f32(relative * abs(change[p]) + fixed * step[p]) + _f32(share * abs(state[p]) + floor))
        state[p] = min(max(_f32(_f32(state[p] + change[p]) + spread * noise[p]), low[p]), high[p])


@njit(error_model="numpy")
def _ranked(counts: Any, order: Any, starts: Any, top: Any) -> None:
    """order = the cells, those with most pulses first; starts[n] = number of cells with n pulses or more. Without a branch."""
    starts[: top + 3] = 0
    for j in range(counts.size):
        starts[abs(counts[j]) + 1] += 1
    for n in range(top, -1, -1):
        starts[n + 1] += starts[n + 2]
    for j in range(counts.size):
        n = abs(counts[j])
        # What stands at n + 2 is the number of cells with more pulses, and counts on while the group is filled.
        order[starts[n + 2]] = j
        starts[n + 2] += 1
    # Now the number of cells with n pulses or more stands at n + 2.
    for n in range(top + 1):
        starts[n] = starts[n + 2]


@njit(error_model="numpy", fastmath={"contract"})
def _mirrored(
    counts: Any, state: Any, up: Any, down: Any, up_shape: Any, down_shape: Any, low: Any, high: Any, shaped: Any, work: Any
) -> None:
    """Rows 0 to 5 of `work`: state, step, bounds, direction and shape of every cell, as if its pulses went up."""
    own, step, floors, ceilings, side, shape = work[0], work[1], work[2], work[3], work[4], work[5]
    for j in range(counts.size):
        rises = counts[j] > 0
        held, least, most, first, second = state[j], low[j], high[j], up[j], down[j]
        own[j] = held if rises else -held
        step[j] = first if rises else second
        floors[j] = least if rises else -most
        ceilings[j] = most if rises else -least
        side[j] = _f32(1) if rises else _f32(-1)
    if shaped:
        for j in range(counts.size):
            first, second = up_shape[j], down_shape[j]
            shape[j] = first if counts[j] > 0 else second


@njit(error_model="numpy", fastmath={"contract"})
def _one_by_one(
    state: Any, counts: Any, top: Any, up: Any, down: Any, up_shape: Any, down_shape: Any, low: Any, high: Any,
    law: Any, up_curve: Any, down_curve: Any, relative: Any, fixed: Any, floor: Any, share: Any,
    key0: Any, key1: Any, vector: Any, sample: Any, last: Any, work: Any, order: Any, starts: Any,
) -> None:  # fmt: skip
    """The pulses of a row of cells, one after the other; a cell with n pulses takes part in the first n rounds."""
    shaped = law in (LINEAR, POWER, TABLES)
    _mirrored(counts, state, up, down, up_shape, down_shape, low, high, shaped, work)
    _ranked(counts, order, starts, top)
    own, step, floors, ceilings, side, shape, change, noise = work[8], work[9], work[10], work[11], work[12], work[13], work[14], work[15]
    size = starts[1]
    for p in range(size):
        j = order[p]
        own[p], step[p], floors[p], ceilings[p], side[p] = work[0, j], work[1, j], work[2, j], work[3, j], work[4, j]
    if shaped:
        for p in range(size):
            shape[p] = work[5, order[p]]
    for pulse in range(top):
        active = starts[pulse + 1]
        fill_normal(noise[:active], key0, key1, vector, sample, _u32(last | _u32(pulse * LAYER)))
        if law == TABLES:
            spread = work[23]
            _look_up(change, spread, active, relative, up_curve, down_curve, side, own, step, shape, floors, ceilings)
            _move_by(own, active, change, spread, floors, ceilings, noise)
            continue
        _changes(change, active, law, up_curve, down_curve, side, own, step, shape, floors, ceilings)
        _move(own, active, change, step, floors, ceilings, noise, relative, fixed, floor, share)
    for p in range(size):
        state[order[p]] = side[p] * own[p]


@njit(inline="always")  # a call would hand over a hundred words, a fifth of the time of a row
def pulse_cells(
    state: Any, counts: Any, top: Any, up: Any, down: Any, up_shape: Any, down_shape: Any, low: Any, high: Any,
    law: Any, grouped: Any, up_curve: Any, down_curve: Any, relative: Any, fixed: Any, floor: Any, share: Any,
    key0: Any, key1: Any, vector: Any, sample: Any, last: Any, work: Any, order: Any, starts: Any,
) -> None:  # fmt: skip
    """All pulses of one vector on cells whose `state` is w + reference."""
    noise = work[7][: counts.size]
    if grouped and relative + fixed > _f32(0):
        fill_normal(noise, key0, key1, vector, sample, last)
    elif grouped:
        noise[:] = _f32(0)
    if not grouped:
        _one_by_one(
            state, counts, top, up, down, up_shape, down_shape, low, high, law, up_curve, down_curve,
            relative, fixed, floor, share, key0, key1, vector, sample, last, work, order, starts,
        )  # fmt: skip
    elif law == CONSTANT:
        _constant_group(state, counts, up, down, low, high, _f32(relative + fixed), noise)
    else:
        _linear_group(
            state, counts, top, up, down, up_shape, down_shape, low, high, relative, fixed, noise, work[0], work[1], work[2], work[3]
        )
