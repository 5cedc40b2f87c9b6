"""The two passes around the matrix products of an analog MVM: `encode` on the inputs, `decode` on the outputs.

Both take one block of vectors, row by row, so that every intermediate row stays in the first-level cache; each loop does one
thing with few arrays, which is what lets the compiler vectorise it. All random numbers are a pure function of (key, sample,
vector, output, retry, bit plane, purpose): Philox counter = (output // 4, vector, sample, purpose | retry << 8 | plane << 16).
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numba.np import arrayobj

from chipsim.kernels.philox import fill_normal
from chipsim.kernels.settings import INPUT_NOISE, OUTPUT_NOISE, READ_NOISE

_u32, _i32, _f32, _f64 = np.uint32, np.int32, np.float32, np.float64
_MAGNITUDE_BITS = _i32(0x7FFFFFFF)
_INFINITY_BITS = _i32(0x7F800000)
# A vector below this has no usable scale: 1 / (alpha * step) must stay a finite float32.
_ZERO_BITS = _i32(np.float32(1e-30).view(np.int32))

_OPTIONS: Any = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
# Parts of the two kernels: compiled into them and into their cache files, never loaded by themselves.
_PART: Any = {"error_model": "numpy", "fastmath": {"contract"}}
# Sums of a row in any order, hence with vector instructions; the order is the same in every call.
_SUM: Any = {"error_model": "numpy", "fastmath": {"contract", "reassoc"}}

_ROW = types.Array(types.float32, 1, "C")
_ROW_IN = types.Array(types.float32, 1, "C", readonly=True)
_BLOCK = types.Array(types.float32, 2, "C")
_ANY_IN = types.Array(types.float32, 2, "A", readonly=True)
_WORDS_IN = types.Array(types.uint32, 1, "C", readonly=True)
_INDEX_IN = types.Array(types.int64, 1, "C", readonly=True)
_SUMS = types.Array(types.float64, 1, "C")
_FLAGS = types.Array(types.boolean, 1, "C")
_f, _d, _i, _w, _b = types.float32, types.float64, types.int64, types.uint32, types.boolean


def _contiguous_view(context: Any, row: Any) -> Any:
    """The same row with its stride known to be one element: a row of a column slice, which loops could not vectorise."""
    arrays: Any = arrayobj

    def build(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = arrays.make_array(signature.args[0])(target, builder, arguments[0])
        view = arrays.make_array(_ROW_IN)(target, builder)
        names = ("data", "shape", "strides", "itemsize", "meminfo", "parent")
        arrays.populate_array(view, **{name: getattr(source, name) for name in names})
        if target.enable_nrt:
            target.nrt.incref(builder, _ROW_IN, view._getvalue())
        return view._getvalue()

    return _ROW_IN(row), build


_contiguous: Any = intrinsic(_contiguous_view)


@njit(**_PART)
def _largest_bits(row: Any) -> Any:
    # The order of non-negative floats is the order of their bit patterns, and integer maxima vectorise.
    bits = row.view(np.int32)
    top = _i32(0)
    for j in range(bits.size):
        top = max(top, _i32(bits[j] & _MAGNITUDE_BITS))
    return top


@njit(**_PART)
def _quantise(row: Any, target: Any, scale: Any, limit: Any, step: Any, order: Any) -> None:
    """target = step * code; order: 0 rounds then clips, 1 clips then rounds, 2 only clips."""
    if order == 0:
        for j in range(row.size):
            target[j] = min(max(np.rint(_f32(row[j] * scale)), -limit), limit) * step
    elif order == 1:
        for j in range(row.size):
            target[j] = np.rint(min(max(_f32(row[j] * scale), -limit), limit)) * step
    else:
        for j in range(row.size):
            target[j] = min(max(_f32(row[j] * scale), -limit), limit)


@njit(inline="always")
def _ones(code: Any) -> Any:
    # Number of set bits: pairs, nibbles and bytes are summed side by side.
    pairs = _i32(code - _i32(_i32(code >> _i32(1)) & _i32(0x55555555)))
    nibbles = _i32(_i32(pairs & _i32(0x33333333)) + _i32(_i32(pairs >> _i32(2)) & _i32(0x33333333)))
    octets = _i32(_i32(nibbles + _i32(nibbles >> _i32(4))) & _i32(0x0F0F0F0F))
    return _i32(_i32(octets * _i32(0x01010101)) >> _i32(24))


@njit(**_SUM)
def _row_energy(row: Any, conductance: Any, kind: Any, inverse_step: Any) -> Any:
    """sum_j f(x_j) * conductance_j; kind is an InputEnergy."""
    total = _f64(0)
    if kind == 1:
        for j in range(row.size):
            total += _f64(abs(row[j])) * _f64(conductance[j])
    elif kind == 2:
        for j in range(row.size):
            total += _f64(row[j]) * _f64(row[j]) * _f64(conductance[j])
    else:
        for j in range(row.size):
            total += _f64(_ones(_i32(np.rint(_f32(abs(row[j]) * inverse_step))))) * _f64(conductance[j])
    return total


@njit(**_SUM)
def _sum_of_squares(row: Any) -> Any:
    total = _f64(0)
    for j in range(row.size):
        total += _f64(row[j]) * _f64(row[j])
    return total


@njit(**_PART)
def _bit_planes(codes: Any, drive: Any, voltage: Any) -> None:
    """Row p of `drive` becomes +-voltage where bit p of the magnitude of the integer `codes` is set, 0 elsewhere."""
    for plane in range(drive.shape[0]):
        target = drive[plane]
        for j in range(codes.size):
            code = _i32(codes[j])
            bit = _i32(_i32(abs(code) >> _i32(plane)) & _i32(1))
            target[j] = _f32(bit) * (voltage if code >= 0 else -voltage)


@njit(**_PART)
def _add(row: Any, other: Any, factor: Any) -> None:
    for j in range(row.size):
        row[j] += factor * other[j]


@njit(**_PART)
def _derive(row: Any, target: Any, exponent: Any) -> None:
    """target = |row| ** exponent, exponent 1 or 2."""
    if exponent == 1:
        for j in range(row.size):
            target[j] = abs(row[j])
    else:
        for j in range(row.size):
            target[j] = row[j] * row[j]


_ENCODE = _i(
    _ANY_IN, _INDEX_IN, _WORDS_IN, _WORDS_IN, _i, _w, _w,  # vectors, identity, retry, key
    _i, _d, _i, _d, _i, _f, _i, _i, _d,  # settings
    _BLOCK, _BLOCK, _BLOCK, _ROW, _ROW, _SUMS, _ROW_IN, _ROW,  # buffers
)  # fmt: skip


@njit(_ENCODE, **_OPTIONS)
def encode(
    x: Any, chosen: Any, sample: Any, vector: Any, retry: Any, key0: Any, key1: Any,
    scaling: Any, input_range: Any, steps: Any, bound: Any, order: Any, noise_sigma: Any, planes: Any, energy_kind: Any,
    energy_unit: Any, drive: Any, squares: Any, magnitudes: Any, power: Any, factor: Any, energy: Any, conductance: Any,
    scratch: Any,
) -> Any:  # fmt: skip
    """Write the voltages of x[chosen] to the rows of `drive`, one per vector (planes == 0) or one per bit plane.

    squares and magnitudes get theirs too where they have rows, power[row] becomes their sum of squares, factor[i] what the
    result of vector i is to be multiplied with; energy[chosen[i]] grows by energy_unit * sum f(x_j) * conductance_j.
    Returns -1, or the number of the first vector that holds a value that is not finite.
    """
    step = 2.0 * bound / steps if steps > 0 else 1.0
    limit = _f32(0.5 * steps) if steps > 0 else _f32(bound)
    rounding = order if steps > 0 else 2
    rows_each = max(planes, 1)
    buffer = scratch[: x.shape[1]]
    for i in range(chosen.size):
        index = chosen[i]
        row = _contiguous(x[index])
        top = _largest_bits(row)
        if top >= _INFINITY_BITS:
            return index
        alpha = input_range if scaling == 2 else 1.0
        if scaling == 1:
            alpha = _f64(_i32(top).view(np.float32)) if top >= _ZERO_BITS else 0.0
        scale = _f32(1.0 / (alpha * 2.0**retry * step)) if alpha > 0.0 else _f32(0)
        factor[i] = _f32(alpha * 2.0**retry)
        own = drive[i * rows_each : (i + 1) * rows_each]
        if planes == 0:
            _quantise(row, own[0], scale, limit, _f32(step), rounding)
            if energy_kind > 0:
                energy[index] += energy_unit * _row_energy(own[0], conductance, energy_kind, _f32(1.0 / step))
        else:
            _quantise(row, buffer, scale, limit, _f32(1), rounding)
            if energy_kind > 0:
                energy[index] += energy_unit * _row_energy(buffer, conductance, energy_kind, _f32(1))
            _bit_planes(buffer, own, _f32(bound))
        for plane in range(rows_each):
            target = own[plane]
            at = i * rows_each + plane
            if noise_sigma > 0:
                purpose = _u32(INPUT_NOISE | (retry << 8) | (plane << 16))
                fill_normal(buffer, key0, key1, vector[index], sample[index], purpose)
                _add(target, buffer, noise_sigma)
            if power.size > 0:
                power[at] = _f32(_sum_of_squares(target))
            if squares.shape[0] > 0:
                _derive(target, squares[at], 2)
            if magnitudes.shape[0] > 0:
                _derive(target, magnitudes[at], 1)
    return -1


@njit(**_PART)
def _drop(row: Any, load: Any, loss: Any, ratio: Any, strength: Any) -> None:
    for j in range(row.size):
        a = _f32(ratio * load[j])
        share = _f32(a * _f32(_f32(0.5) + _f32(a * _f32(_f32(0.05) * a - _f32(0.2)))))
        row[j] -= strength * share * loss[j]


@njit(**_PART)
def _add_spread(row: Any, variance: Any, common: Any, noise: Any) -> None:
    for j in range(row.size):
        row[j] += np.sqrt(_f32(variance[j] + common)) * noise[j]


@njit(**_PART)
def _disturb(row: Any, noise: Any, variance: Any, has_variance: Any, common: Any) -> None:
    """Add noise of the given variance per element plus a common one."""
    if has_variance:
        _add_spread(row, variance, common, noise)
    else:
        _add(row, noise, np.sqrt(common))


@njit(**_PART)
def _compress(row: Any, nonlinearity: Any) -> None:
    for j in range(row.size):
        row[j] = row[j] / (_f32(1) + nonlinearity[j] * abs(row[j]))


@njit(**_PART)
def _convert(row: Any, scale: Any, limit: Any, rounding: Any) -> Any:
    """row = clip(round(row * scale)); returns the bits of the largest magnitude before clipping."""
    top = _i32(0)
    if rounding:
        for j in range(row.size):
            code = np.rint(_f32(row[j] * scale))
            top = max(top, _i32(_f32(code).view(np.int32) & _MAGNITUDE_BITS))
            row[j] = min(max(code, -limit), limit)
    else:
        for j in range(row.size):
            code = row[j]
            top = max(top, _i32(_f32(code).view(np.int32) & _MAGNITUDE_BITS))
            row[j] = min(max(code, -limit), limit)
    return top


@njit(**_PART)
def _write(row: Any, target: Any, scale: Any, column_scale: Any) -> None:
    for j in range(row.size):
        target[j] = _f32(row[j] * scale) * column_scale[j]


_DECODE = _i(
    _BLOCK, _BLOCK, _BLOCK, _BLOCK, _ROW, _INDEX_IN, _WORDS_IN, _WORDS_IN, _i, _w, _w,  # products, vectors, identity, key
    _f, _f, _f, _f, _i, _d, _i, _d,  # settings
    _BLOCK, _FLAGS, _ROW, _ROW_IN, _ROW_IN, _ROW,  # results, scales, buffer
)  # fmt: skip


@njit(_DECODE, **_OPTIONS)
def decode(
    product: Any, variance: Any, load: Any, loss: Any, power: Any, chosen: Any, sample: Any, vector: Any, retry: Any,
    key0: Any, key1: Any, drop_ratio: Any, drop_strength: Any, cell_sigma: Any, noise_sigma: Any, steps: Any, bound: Any,
    planes: Any, plane_unit: Any, y: Any, saturated: Any, factor: Any, nonlinearity: Any, column_scale: Any, scratch: Any,
) -> Any:  # fmt: skip
    """Turn the products of the vectors `chosen` into results y[chosen] and flags saturated[chosen]; overwrites `product`.

    variance, load, loss, power and nonlinearity are empty where they are off. plane_unit is the value of bit plane 0.
    Returns -1, or the number of the first vector with an output that is not finite.
    """
    n = y.shape[1]
    noise = scratch[:n]
    step = 2.0 * bound / steps if steps > 0 else 1.0
    limit = _f32(0.5 * steps) if steps > 0 else _f32(bound)
    has_variance = variance.shape[0] > 0
    # Without a curve between them, read noise and output noise are one normal number.
    apart = nonlinearity.size > 0 and (has_variance or power.size > 0)
    rows_each = max(planes, 1)
    for i in range(chosen.size):
        index = chosen[i]
        top = _i32(0)
        total = product[i * rows_each, :n]
        for plane in range(rows_each):
            at = i * rows_each + plane
            row = product[at, :n]
            spread = variance[at, :n] if has_variance else row
            purpose = (retry << 8) | (plane << 16)
            common = _f32(cell_sigma * cell_sigma * power[at]) if power.size > 0 else _f32(0)
            if load.shape[0] > 0:
                _drop(row, load[at, :n], loss[at, :n], drop_ratio, drop_strength)
            if apart:
                fill_normal(noise, key0, key1, vector[index], sample[index], _u32(purpose | READ_NOISE))
                _disturb(row, noise, spread, has_variance, common)
            if nonlinearity.size > 0:
                _compress(row, nonlinearity)
            if noise_sigma > 0 or ((has_variance or common > 0) and not apart):
                fill_normal(noise, key0, key1, vector[index], sample[index], _u32(purpose | OUTPUT_NOISE))
                rest = _f32(0) if apart else common
                _disturb(row, noise, spread, has_variance and not apart, rest + noise_sigma * noise_sigma)
            top = max(top, _convert(row, _f32(1.0 / step), limit, steps > 0))
            if plane > 0:
                _add(total, row, _f32(2.0**plane))
        if top >= _INFINITY_BITS:
            return index
        saturated[index] = top > _f32(limit).view(np.int32)
        _write(total, y[index], _f32(_f64(factor[i]) * step * plane_unit), column_scale)
    return -1
