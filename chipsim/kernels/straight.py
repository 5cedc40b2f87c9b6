"""The passes of a training step over inputs and outputs of an array, each in one go; what they mean stands in `aware/fused.py`.

    send      q = clip(round(x f), -k, k)                              f one number for each column, or one for all
    receive   z = a y - droop + sqrt(v s + w) xi,   r += c alpha clip(round(z), -k, k)
    pass_back d = g c alpha, 0 where r was clipped

`receive` and `pass_back` read and write numbers of images b, outputs o and places p; those of y, s and d lie at
b * image + o * output + p, those of r, g and the marks of what was clipped in the order [b, o, p].
The normals xi are those of `philox.py` with the counters (p // 4, o, b).
"""

from typing import Any

import numpy as np
from numba import njit, types

from chipsim.kernels.philox import fill_normal

_f32, _u32, _u8 = np.float32, np.uint32, np.uint8
_f, _i, _w = types.float32, types.int64, types.uint32
_FLAT, _MARKS = types.Array(_f, 1, "C"), types.Array(types.uint8, 1, "C")
_TABLE = types.Array(_f, 2, "C")
_COUNTS = types.Tuple((_i, _i))(_TABLE, _FLAT, _TABLE, _f)  # type: ignore[no-untyped-call]
_PIECE, _LEAST = 1024, _f32(1e-30)
_OPTIONS: Any = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}


@njit(types.void(_TABLE, _FLAT), **_OPTIONS)
def largest(x: Any, tops: Any) -> None:
    """The largest magnitude of each column of x [rows, columns]; 0 below what can be scaled by."""
    tops[:] = 0
    for row in range(x.shape[0]):
        own = x[row]
        for j in range(own.size):
            tops[j] = max(tops[j], abs(own[j]))
    for j in range(tops.size):
        tops[j] = tops[j] if tops[j] >= _LEAST else _f32(0)


@njit(_COUNTS, **_OPTIONS)
def send(x: Any, factors: Any, codes: Any, limit: Any) -> Any:
    """Codes [rows, columns] of x, which may be the same memory; returns how many are clipped and how many are negative."""
    beyond, negative = 0, 0
    piece = np.empty(_PIECE, np.float32)  # what is scaled in its place could not be vectorised
    for row in range(x.shape[0]):
        source, goal = x[row], codes[row]
        over, below = np.int32(0), np.int32(0)
        for low in range(0, source.size, _PIECE):
            own, goals = source[low : low + _PIECE], goal[low : low + _PIECE]
            factor = factors if factors.size == 1 else factors[low : low + _PIECE]
            for j in range(own.size):
                piece[j] = own[j]
            if factors.size == 1:
                for j in range(own.size):
                    piece[j] = _f32(piece[j] * factor[0])
            else:
                for j in range(own.size):
                    piece[j] = _f32(piece[j] * factor[j])
            for j in range(own.size):
                code = np.rint(piece[j])
                over += np.int32(abs(code) > limit)
                below += np.int32(code < 0)
                goals[j] = min(max(code, -limit), limit)
        beyond += int(over)
        negative += int(below)
    return beyond, negative


@njit(
    _i(_FLAT, _FLAT, _FLAT, _FLAT, _i, _i, _FLAT, _FLAT, _f, _f, _f, _f, _f, _f, _w, _w, _i, _i, _i, _i, _FLAT, _MARKS), **_OPTIONS
)
def receive(
    y: Any, spread: Any, load: Any, placed: Any, image: Any, output: Any, scale: Any, alpha: Any,
    step: Any, variance: Any, added: Any, wires: Any, droop: Any, limit: Any, key0: Any, key1: Any,
    images: Any, outputs: Any, places: Any, first: Any, result: Any, over: Any,
) -> Any:  # fmt: skip
    """Adds to `result`, [images, outputs of all, places], from output `first`; marks what is clipped and returns how many are.

    `spread`, and `load` with `placed`, may be empty: no such noise, no IR drop.
    """
    z, xi = np.empty(places, np.float32), np.empty(places, np.float32)
    every, beyond = result.size // (images * places), 0
    for b in range(images):
        for o in range(outputs):
            start = b * image + o * output
            own = y[start : start + places]
            for p in range(places):
                z[p] = _f32(own[p] * step)
            if load.size:
                loads, at = load[start : start + places], placed[start : start + places]
                for p in range(places):
                    n = _f32(loads[p] * wires)
                    share = _f32(_f32(_f32(_f32(_f32(_f32(0.05) * n) - _f32(0.2)) * n) + _f32(0.5)) * n)
                    z[p] -= _f32(_f32(share * droop) * at[p])
            if spread.size:
                fill_normal(xi, key0, key1, _u32(o), _u32(b), _u32(0))
                spreads = spread[start : start + places]
                for p in range(places):
                    z[p] += _f32(np.sqrt(_f32(_f32(spreads[p] * variance) + added)) * xi[p])
            elif added > 0:
                fill_normal(xi, key0, key1, _u32(o), _u32(b), _u32(0))
                deviation = _f32(np.sqrt(added))
                for p in range(places):
                    z[p] += _f32(deviation * xi[p])
            goal = result[(b * every + first + o) * places : (b * every + first + o + 1) * places]
            marks = over[(b * outputs + o) * places : (b * outputs + o + 1) * places]
            factors = alpha if alpha.size == 1 else alpha[b * places : (b + 1) * places]
            count, digital = np.int32(0), scale[o]
            for p in range(places):
                code = np.rint(z[p])
                clipped = abs(code) > limit
                count += np.int32(clipped)
                marks[p] = _u8(clipped)
                factor = factors[0] if factors.size == 1 else factors[p]
                goal[p] += _f32(_f32(min(max(code, -limit), limit) * digital) * factor)
            beyond += int(count)
    return beyond


@njit(types.void(_FLAT, _MARKS, _FLAT, _FLAT, _i, _i, _i, _i, _i, _i, _i, _FLAT), **_OPTIONS)
def pass_back(
    gradient: Any, over: Any, scale: Any, alpha: Any, image: Any, output: Any,
    images: Any, outputs: Any, places: Any, first: Any, every: Any, result: Any,
) -> None:  # fmt: skip
    """Gradients of y from those of all results; `over` may be empty, nothing is clipped, and `alpha` too: 1."""
    for b in range(images):
        for o in range(outputs):
            own = gradient[(b * every + first + o) * places : (b * every + first + o + 1) * places]
            goal = result[b * image + o * output : b * image + o * output + places]
            digital = scale[o]
            if alpha.size:
                factors = alpha[b * places : (b + 1) * places]
                for p in range(places):
                    goal[p] = _f32(_f32(own[p] * digital) * factors[p])
            else:
                for p in range(places):
                    goal[p] = _f32(own[p] * digital)
            if over.size:
                marks = over[(b * outputs + o) * places : (b * outputs + o + 1) * places]
                for p in range(places):
                    goal[p] = _f32(goal[p] * _f32(_u8(1) - marks[p]))


@njit(types.void(_TABLE, _TABLE, _f, _f, _w, _w, _TABLE, _TABLE, types.Array(types.float64, 2, "C")), **_OPTIONS)
def draw(weights: Any, table: Any, noise: Any, short: Any, key0: Any, key1: Any, values: Any, variance: Any, sums: Any) -> None:
    """What cells written to weights [columns, rows] in [-1, 1] give, from table [steps + 1, 4]: shift, sigma, |value| before and now.

    value = w + shift + noise sigma xi; variance = short |value|, unless it is empty; sums [2, columns] of the other two.
    """
    xi, place = np.empty(weights.shape[1], np.float32), np.empty(weights.shape[1], np.int32)
    half = _f32((table.shape[0] - 1) / 2)
    for column in range(weights.shape[0]):
        own, goal = weights[column], values[column]
        fill_normal(xi, key0, key1, _u32(column), _u32(0), _u32(0))
        for j in range(own.size):
            place[j] = np.int32(_f32(_f32(own[j] * half) + _f32(half + _f32(0.5))))
        before, now = np.float32(0), np.float32(0)
        for j in range(own.size):
            line = table[np.uint64(place[j])]
            goal[j] = _f32(_f32(own[j] + line[0]) + _f32(_f32(noise * line[1]) * xi[j]))
            before += line[2]
            now += line[3]
        sums[0, column], sums[1, column] = before, now
        if variance.size:
            spread = variance[column]
            for j in range(own.size):
                spread[j] = _f32(abs(goal[j]) * short)
