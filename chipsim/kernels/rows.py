"""Loops over one row of numbers, the parts of the two passes in stages.py.

Each loop does one thing with few arrays, which is what lets the compiler vectorise it; maxima are taken on integer bit
patterns, every integer is cast back to 32 bits after each operation, and nothing calls a mathematical library. The
loops are compiled into the kernels that call them and into their cache files, and are never loaded by themselves. Sums of a
row may run in any order ("reassoc"), hence with vector instructions; the order is the same in every call.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

_i32, _f32, _f64 = np.int32, np.float32, np.float64
_MAGNITUDE_BITS = _i32(0x7FFFFFFF)
INFINITY_BITS = _i32(0x7F800000)
# exp(r) = 1 + r + E1 r**2 + ... + E6 r**7, Taylor, error below 1e-8 for |r| <= ln(2) / 2; ln(2) in two parts.
_E1, _E2, _E3, _E4, _E5, _E6 = _f32(1 / 2), _f32(1 / 6), _f32(1 / 24), _f32(1 / 120), _f32(1 / 720), _f32(1 / 5040)
_LOG2_E, _LN2_HIGH, _LN2_LOW = _f32(1.4426950408889634), _f32(0.693359375), _f32(-2.12194440e-4)
_LARGEST_EXPONENT = _f32(88)

ROW = types.Array(types.float32, 1, "C")


def _row_of(context: Any, matrix: Any, index: Any, width: Any) -> Any:
    """The first `width` elements of a row, of any float32 matrix whose rows are contiguous.

    A slice would not do: of a column slice of a matrix it has a stride unknown to the compiler, which stops vectorisation,
    and it counts references with an atomic operation each, a tenth of the time of a pass. The view borrows the memory.
    """
    arrays: Any = arrayobj
    tools: Any = cgutils

    def build(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = arrays.make_array(signature.args[0])(target, builder, arguments[0])
        stride = tools.unpack_tuple(builder, source.strides)[0]
        start = tools.pointer_add(builder, source.data, builder.mul(arguments[1], stride))
        view = arrays.make_array(ROW)(target, builder)
        arrays.populate_array(view, data=start, shape=[arguments[2]], strides=[tools.intp_t(4)], itemsize=4, meminfo=None)
        return view._getvalue()

    return ROW(matrix, types.int64, types.int64), build


row_of: Any = intrinsic(_row_of)


@njit(error_model="numpy", fastmath={"contract"})
def largest_bits(row: Any) -> Any:
    # The order of non-negative floats is the order of their bit patterns, and integer maxima vectorise.
    bits = row.view(np.int32)
    top = _i32(0)
    for j in range(bits.size):
        top = max(top, _i32(bits[j] & _MAGNITUDE_BITS))
    return top


@njit(error_model="numpy", fastmath={"contract"})
def quantise(row: Any, target: Any, scale: Any, limit: Any, step: Any, order: Any) -> None:
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


@njit(error_model="numpy", fastmath={"contract", "reassoc"})
def row_energy(row: Any, conductance: Any, kind: Any, inverse_step: Any) -> Any:
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


@njit(error_model="numpy", fastmath={"contract", "reassoc"})
def product_energy(row: Any, other: Any, conductance: Any) -> Any:
    """sum_j x_j x'_j * conductance_j."""
    total = _f64(0)
    for j in range(row.size):
        total += _f64(row[j]) * _f64(other[j]) * _f64(conductance[j])
    return total


@njit(error_model="numpy", fastmath={"contract", "reassoc"})
def sum_of_squares(row: Any) -> Any:
    total = _f64(0)
    for j in range(row.size):
        total += _f64(row[j]) * _f64(row[j])
    return total


@njit(error_model="numpy", fastmath={"contract"})
def bit_planes(codes: Any, drive: Any, first: Any, planes: Any, voltage: Any, bits: Any) -> None:
    """Row first + p of `drive` becomes +-voltage d / (2**bits - 1), d the digit p of the magnitude of the integer `codes`."""
    largest = _i32((1 << bits) - 1)
    unit = _f32(voltage / _f32(largest))
    for plane in range(planes):
        target = row_of(drive, first + plane, codes.size)
        shift = _i32(bits * plane)
        for j in range(codes.size):
            code = _i32(codes[j])
            digit = _i32(_i32(abs(code) >> shift) & largest)
            target[j] = _f32(digit) * (unit if code >= 0 else -unit)


@njit(error_model="numpy", fastmath={"contract"})
def complement_planes(codes: Any, drive: Any, first: Any, planes: Any, voltage: Any, bits: Any, magnitude: Any) -> None:
    """The same for codes in two's complement with `magnitude` bits and a sign, which is the last plane."""
    largest = _i32((1 << bits) - 1)
    below = _i32((1 << magnitude) - 1)
    unit = _f32(voltage / _f32(largest))
    for plane in range(planes - 1):
        target = row_of(drive, first + plane, codes.size)
        shift = _i32(bits * plane)
        for j in range(codes.size):
            low = _i32(_i32(codes[j]) & below)
            target[j] = _f32(_i32(_i32(low >> shift) & largest)) * unit
    target = row_of(drive, first + planes - 1, codes.size)
    for j in range(codes.size):
        target[j] = voltage if codes[j] < 0 else _f32(0)


@njit(error_model="numpy", fastmath={"contract"})
def add(row: Any, other: Any, factor: Any) -> None:
    for j in range(row.size):
        row[j] += factor * other[j]


@njit(error_model="numpy", fastmath={"contract"})
def derive(row: Any, target: Any, exponent: Any) -> None:
    """target = |row| ** exponent, exponent 1 or 2."""
    if exponent == 1:
        for j in range(row.size):
            target[j] = abs(row[j])
    else:
        for j in range(row.size):
            target[j] = row[j] * row[j]


@njit(error_model="numpy", fastmath={"contract"})
def drop(row: Any, load: Any, loss: Any, ratio: Any, strength: Any) -> None:
    for j in range(row.size):
        a = _f32(ratio * load[j])
        share = _f32(a * _f32(_f32(0.5) + _f32(a * _f32(_f32(0.05) * a - _f32(0.2)))))
        row[j] -= strength * share * loss[j]


@njit(error_model="numpy", fastmath={"contract"})
def _add_spread(row: Any, variance: Any, common: Any, noise: Any) -> None:
    for j in range(row.size):
        row[j] += np.sqrt(_f32(variance[j] + common)) * noise[j]


@njit(error_model="numpy", fastmath={"contract"})
def disturb(row: Any, noise: Any, variance: Any, has_variance: Any, common: Any) -> None:
    """Add noise of the given variance per element plus a common one."""
    if has_variance:
        _add_spread(row, variance, common, noise)
    else:
        add(row, noise, np.sqrt(common))


@njit(error_model="numpy", fastmath={"contract"})
def compress(row: Any, nonlinearity: Any, slope: Any) -> None:
    for j in range(row.size):
        row[j] = slope * row[j] / (_f32(1) + nonlinearity[j] * abs(row[j]))


@njit(error_model="numpy", fastmath={"contract"})
def adjust(row: Any, gain: Any, offset: Any) -> None:
    for j in range(row.size):
        row[j] = gain[j] * row[j] + offset[j]


@njit(error_model="numpy", fastmath={"contract"})
def copy(row: Any, target: Any) -> None:
    for j in range(row.size):
        target[j] = row[j]


@njit(error_model="numpy", fastmath={"contract"})
def bend(row: Any, target: Any, selectivity: Any, scale: Any) -> None:
    """target = scale sinh(selectivity row), relative error 2e-7; ten times slower when both are one row."""
    for j in range(row.size):
        t = min(_f32(abs(row[j]) * selectivity), _LARGEST_EXPONENT)
        # exp(t) - 1 = 2**n (exp(r) - 1) + (2**n - 1), which keeps its precision near zero; |r| <= ln(2) / 2.
        n = np.rint(_f32(t * _LOG2_E))
        r = _f32(_f32(t - n * _LN2_HIGH) - n * _LN2_LOW)
        p = _f32(_f32(_f32(_E6 * r + _E5) * r + _E4) * r + _E3)
        p = _f32(_f32(_f32(p * r + _E2) * r + _E1) * r)
        power = _i32(_i32(_i32(n) + _i32(127)) << _i32(23)).view(np.float32)
        grown = _f32(power * _f32(p * r + r) + _f32(power - _f32(1)))
        sinh = _f32(_f32(0.5) * _f32(grown + _f32(grown / _f32(grown + _f32(1)))))
        target[j] = scale * (sinh if row[j] >= 0 else -sinh)


@njit(error_model="numpy", fastmath={"contract"})
def convert(row: Any, scale: Any, limit: Any, rounding: Any) -> Any:
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


@njit(error_model="numpy", fastmath={"contract"})
def compare(row: Any, limit: Any) -> Any:
    """row = limit where it is not negative, else -limit; returns bits above INFINITY_BITS where one was not finite, else 0."""
    top = _i32(0)
    for j in range(row.size):
        top = max(top, _i32(_f32(row[j]).view(np.int32) & _MAGNITUDE_BITS))
        row[j] = limit if row[j] >= 0 else -limit
    return top if top >= INFINITY_BITS else _i32(0)


@njit(error_model="numpy", fastmath={"contract"})
def write(row: Any, target: Any, scale: Any, column_scale: Any) -> None:
    for j in range(row.size):
        target[j] = _f32(row[j] * scale) * column_scale[j]
