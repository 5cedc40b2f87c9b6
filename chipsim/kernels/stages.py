"""The two passes around the matrix products of an analog MVM: `encode` on the inputs, `decode` on the outputs.

Both take one block of vectors, row by row, so that every intermediate row stays in the first-level cache. All random numbers
are a pure function of (key, sample, vector, output, retry, bit plane, purpose): the Philox counter is
(output // 4, vector, sample, purpose | retry << 8 | plane << 16).
"""

from typing import Any

import numpy as np
from numba import njit, types

from chipsim.kernels.philox import fill_normal
from chipsim.kernels.rows import (
    INFINITY_BITS,
    ROW,
    add,
    adjust,
    bend,
    bit_planes,
    compare,
    complement_planes,
    compress,
    convert,
    copy,
    derive,
    disturb,
    drop,
    largest_bits,
    product_energy,
    quantise,
    row_energy,
    row_of,
    sum_of_squares,
    write,
)
from chipsim.kernels.settings import INPUT_NOISE, OUTPUT_NOISE, READ_NOISE

_u32, _i32, _f32, _f64 = np.uint32, np.int32, np.float32, np.float64
# A vector below this has no usable scale: 1 / (alpha * step) must stay a finite float32.
_ZERO_BITS = _i32(np.float32(1e-30).view(np.int32))

_OPTIONS: Any = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
_ROW_IN = types.Array(types.float32, 1, "C", readonly=True)
_BLOCK = types.Array(types.float32, 2, "C")
_ANY_IN = types.Array(types.float32, 2, "A", readonly=True)
_WORDS_IN = types.Array(types.uint32, 1, "C", readonly=True)
_INDEX_IN = types.Array(types.int64, 1, "C", readonly=True)
_SUMS = types.Array(types.float64, 1, "C")
_FLAGS = types.Array(types.boolean, 1, "C")
_f, _d, _i, _w = types.float32, types.float64, types.int64, types.uint32

_ENCODE = _i(
    _ANY_IN, _INDEX_IN, _WORDS_IN, _WORDS_IN, _i, _w, _w,  # vectors, identity, retry, key
    _i, _d, _i, _d, _i, _f, _f, _f, _i, _i, _i, _i, _d,  # settings
    _BLOCK, _BLOCK, _BLOCK, ROW, ROW, _SUMS, _ROW_IN, ROW,  # buffers
)  # fmt: skip
_DECODE = _i(
    _BLOCK, _BLOCK, _BLOCK, _BLOCK, ROW, _INDEX_IN, _WORDS_IN, _WORDS_IN, _i, _w, _w,  # products, vectors, identity, key
    _f, _f, _f, _f, _f, _i, _d, _i, _i, _d, _d,  # settings
    _BLOCK, _FLAGS, ROW, _ROW_IN, _ROW_IN, _ROW_IN, _ROW_IN, _ROW_IN, ROW,  # results, columns, buffer
)  # fmt: skip


@njit(error_model="numpy", fastmath={"contract"})
def _alpha(top: Any, scaling: Any, input_range: Any) -> Any:
    """What the vector with the largest magnitude `top` (bits) is divided by; 0 for a vector that counts as zero."""
    if scaling == 1:
        return _f64(_i32(top).view(np.float32)) if top >= _ZERO_BITS else 0.0
    return input_range if scaling == 2 else 1.0


@njit(error_model="numpy", fastmath={"contract"})
def _converter(steps: Any, bound: Any) -> Any:
    """(step, limit in steps); without rounding a step is 1."""
    if steps > 0:
        return 2.0 * bound / steps, _f32(0.5 * steps)
    return 1.0, _f32(bound)


@njit(error_model="numpy", fastmath={"contract"})
def _drive(
    row: Any, drive: Any, first: Any, codes: Any, scale: Any, limit: Any, step: Any, rounding: Any, bound: Any, planes: Any,
    plane_bits: Any, magnitude: Any, energy_kind: Any, energy_unit: Any, conductance: Any, selectivity: Any, bend_scale: Any,
) -> Any:  # fmt: skip
    """Write the voltages of one vector to its rows of `drive`; returns its array energy."""
    values = row_of(drive, first, row.size) if planes == 0 else codes
    unit = _f32(step) if planes == 0 else _f32(1)
    quantise(row, values, scale, limit, unit, rounding)
    energy = _f64(0)
    if energy_kind > 3:
        pass
    elif energy_kind == 2 and selectivity > 0:
        bend(values, codes, selectivity, bend_scale)
        energy = energy_unit * product_energy(values, codes, conductance)
    elif energy_kind > 0:
        energy = energy_unit * row_energy(values, conductance, energy_kind, _f32(1) / unit)
    if planes > 0 and magnitude > 0:
        complement_planes(values, drive, first, planes, _f32(bound), plane_bits, magnitude)
    elif planes > 0:
        bit_planes(values, drive, first, planes, _f32(bound), plane_bits)
    if energy_kind > 3:
        for plane in range(planes):
            target = row_of(drive, first + plane, row.size)
            if energy_kind == 6:
                bend(target, codes, selectivity, bend_scale)
                energy += energy_unit * product_energy(target, codes, conductance)
            else:
                energy += energy_unit * row_energy(target, conductance, energy_kind - 3, _f32(1))
    return energy


@njit(_ENCODE, **_OPTIONS)
def encode(
    x: Any, chosen: Any, sample: Any, vector: Any, retry: Any, key0: Any, key1: Any,
    scaling: Any, input_range: Any, steps: Any, bound: Any, order: Any, noise_sigma: Any, selectivity: Any, bend_scale: Any,
    planes: Any, plane_bits: Any, magnitude: Any, energy_kind: Any, energy_unit: Any,
    drive: Any, squares: Any, magnitudes: Any, power: Any, factor: Any, energy: Any,
    conductance: Any, scratch: Any,
) -> Any:  # fmt: skip
    """Write the voltages of x[chosen] to the rows of `drive`, one per vector (planes == 0) or one per bit plane.

    `magnitude`: bits besides the sign where codes are in two's complement, else 0.
    squares and magnitudes get theirs too where they have rows, power[row] becomes their sum of squares, factor[i] what the
    result of vector i is to be multiplied with; energy[chosen[i]] grows by energy_unit * sum f(x_j) * conductance_j.
    Returns -1, or the number of the first vector that holds a value that is not finite.
    """
    step, limit = _converter(steps, bound)
    rounding = order if steps > 0 else 2
    halvings = 2.0**retry
    each = max(planes, 1)
    n = x.shape[1]
    buffer = scratch[:n]
    for i in range(chosen.size):
        index = chosen[i]
        row = row_of(x, index, n)
        top = largest_bits(row)
        if top >= INFINITY_BITS:
            return index
        alpha = _alpha(top, scaling, input_range)
        scale = _f32(1.0 / (alpha * halvings * step)) if alpha > 0.0 else _f32(0)
        factor[i] = _f32(alpha * halvings)
        energy[index] += _drive(
            row, drive, i * each, buffer, scale, limit, step, rounding, bound, planes, plane_bits, magnitude, energy_kind, energy_unit,
            conductance, selectivity, bend_scale,
        )  # fmt: skip
        for plane in range(each):
            at = i * each + plane
            target = row_of(drive, at, n)
            if noise_sigma > 0:
                purpose = _u32(INPUT_NOISE | (retry << 8) | (plane << 16))
                fill_normal(buffer, key0, key1, vector[index], sample[index], purpose)
                add(target, buffer, noise_sigma)
            if selectivity > 0:
                bend(target, buffer, selectivity, bend_scale)
                copy(buffer, target)
            if power.size > 0:
                power[at] = _f32(sum_of_squares(target))
            if squares.shape[0] > 0:
                derive(target, row_of(squares, at, n), 2)
            if magnitudes.shape[0] > 0:
                derive(target, row_of(magnitudes, at, n), 1)
    return -1


@njit(error_model="numpy", fastmath={"contract"})
def _plane_weight(plane: Any, planes: Any, plane_bits: Any, sign_plane: Any) -> Any:
    """What a plane counts in units of plane 0; `sign_plane` is that of the last one, 0 where it is like the others."""
    if sign_plane != 0.0 and plane == planes - 1:
        return sign_plane
    return _f64(1 << (plane_bits * plane))


@njit(_DECODE, **_OPTIONS)
def decode(
    product: Any, variance: Any, load: Any, loss: Any, power: Any, chosen: Any, sample: Any, vector: Any, retry: Any,
    key0: Any, key1: Any, drop_ratio: Any, drop_strength: Any, cell_sigma: Any, slope: Any, noise_sigma: Any, steps: Any,
    bound: Any, planes: Any, plane_bits: Any, plane_unit: Any, sign_plane: Any,
    y: Any, saturated: Any, factor: Any, nonlinearity: Any, gain: Any, offset: Any,
    correction: Any, column_scale: Any, scratch: Any,
) -> Any:  # fmt: skip
    """Turn the products of the vectors `chosen` into results y[chosen] and flags saturated[chosen]; overwrites `product`.

    variance, load, loss, power, nonlinearity, gain (with offset) and correction are empty where they are off. plane_unit is the
    value of bit plane 0, sign_plane what the sign bit counts in units of it, 0 where signs are polarities.
    Returns -1, or the number of the first vector with an output that is not finite.
    """
    n = y.shape[1]
    noise = scratch[:n]
    step, limit = _converter(steps, bound)
    inverse_step = _f32(1.0 / step)
    has_variance, curved = variance.shape[0] > 0, nonlinearity.size > 0
    read_noise = has_variance or power.size > 0
    # Without a curve between them, read noise and output noise are one normal number.
    apart = curved and read_noise
    each = max(planes, 1)
    for i in range(chosen.size):
        index = chosen[i]
        top = _i32(0)
        total = row_of(product, i * each, n)
        for plane in range(each):
            at = i * each + plane
            row = row_of(product, at, n)
            spread = row_of(variance, at, n) if has_variance else row
            common = _f32(cell_sigma * cell_sigma * power[at]) if power.size > 0 else _f32(0)
            purpose = (retry << 8) | (plane << 16)
            if load.shape[0] > 0:
                drop(row, row_of(load, at, n), row_of(loss, at, n), drop_ratio, drop_strength)
            if apart:
                fill_normal(noise, key0, key1, vector[index], sample[index], _u32(purpose | READ_NOISE))
                disturb(row, noise, spread, has_variance, common)
            if curved:
                compress(row, nonlinearity, slope)
            if noise_sigma > 0 or (read_noise and not apart):
                fill_normal(noise, key0, key1, vector[index], sample[index], _u32(purpose | OUTPUT_NOISE))
                rest = _f32(0) if apart else common
                disturb(row, noise, spread, has_variance and not apart, rest + noise_sigma * noise_sigma)
            if gain.size > 0:
                adjust(row, gain, offset)
            top = max(top, compare(row, limit) if steps == 1 else convert(row, inverse_step, limit, steps > 0))
            if plane > 0:
                add(total, row, _f32(_plane_weight(plane, each, plane_bits, sign_plane)))
        if top >= INFINITY_BITS:
            return index
        if correction.size > 0:
            # Every plane was converted with its offset.
            converted = 0.0
            for plane in range(each):
                converted += _plane_weight(plane, each, plane_bits, sign_plane)
            add(total, correction, -inverse_step * _f32(converted))
        saturated[index] = top > _f32(limit).view(np.int32)
        write(total, row_of(y, index, n), _f32(_f64(factor[i]) * step * plane_unit), column_scale)
    return -1
