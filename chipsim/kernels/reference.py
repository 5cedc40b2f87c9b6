"""The analog matrix-vector product of mvm.py once more, in plain NumPy and float64: slow, short, made to be read.

It is the oracle of the tests. Symbols, order and units are those of mvm.py and settings.py; no step is merged, folded or
skipped. The noise is either that of the kernels (the same generator, written again in NumPy) or any function handed in.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chipsim.kernels.settings import (
    INPUT_NOISE,
    OUTPUT_NOISE,
    READ_NOISE,
    Encoding,
    InputEnergy,
    MVMSettings,
    RoundingOrder,
    Scaling,
    check,
    has_digits,
    planes_of,
)

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]
# noise(purpose, retry, plane, vectors, width) -> (len(vectors), width) standard normals; vectors are rows of the batch.
Noise = Callable[[int, int, int, npt.NDArray[np.int64], int], Array]


class ReferenceResult(NamedTuple):
    """The fields of MVMResult, in float64."""

    y: Array
    retries: npt.NDArray[np.int64]
    energy_sum: Array
    saturated: npt.NDArray[np.bool_]


def philox(counter: npt.NDArray[np.uint32], key: tuple[int, int]) -> npt.NDArray[np.uint32]:
    """Philox 4x32-10 of each row of `counter`, shape (..., 4)."""
    c0, c1, c2, c3 = (counter[..., lane].astype(np.uint64) for lane in range(4))
    word, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> word) ^ c1 ^ np.uint64(k0), p1 & low, (p0 >> word) ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def normals(words: npt.NDArray[np.uint32]) -> Array:
    """Box-Muller on pairs of words, shape (..., even)."""
    a, b = words[..., 0::2], words[..., 1::2]
    radius = np.sqrt(-2.0 * np.log(((a >> 1) + 0.5) / 2.0**31))
    angle = np.pi / 4 * (b << np.uint32(2)).view(np.int32) / 2.0**31
    cosine = np.cos(angle) * np.where(b & np.uint32(0x80000000), -1.0, 1.0)
    sine = np.sin(angle)
    swap = (b & np.uint32(0x40000000)) != 0
    pairs = np.where(swap, sine, cosine), np.where(swap, cosine, sine)
    return np.asarray(np.stack(pairs, axis=-1).reshape(words.shape) * np.repeat(radius, 2, axis=-1))


def philox_noise(key: tuple[int, int], sample: Words, vector: Words) -> Noise:
    """The noise the kernels draw for these vectors."""

    def noise(purpose: int, retry: int, plane: int, vectors: npt.NDArray[np.int64], width: int) -> Array:
        counter = np.zeros((len(vectors), -(-width // 4), 4), np.uint32)
        counter[:, :, 0] = np.arange(counter.shape[1])
        counter[:, :, 1] = vector[vectors, None]
        counter[:, :, 2] = sample[vectors, None]
        counter[:, :, 3] = purpose | retry << 8 | plane << 16
        return normals(philox(counter, key)).reshape(len(vectors), -1)[:, :width]

    return noise


def analog_mvm(
    x: npt.ArrayLike,
    weights: npt.ArrayLike,
    settings: MVMSettings,
    *,
    noise: Noise,
    variance: npt.ArrayLike | None = None,
    magnitude: npt.ArrayLike | None = None,
    droop: npt.ArrayLike | None = None,
    nonlinearity: npt.ArrayLike | None = None,
    gain: npt.ArrayLike | None = None,
    offset: npt.ArrayLike | None = None,
    correction: npt.ArrayLike | None = None,
    row_conductance: npt.ArrayLike | None = None,
    column_scale: npt.ArrayLike | None = None,
) -> ReferenceResult:
    """As mvm.analog_mvm, with `noise` in place of key, sample and vector."""
    check(settings)
    inputs = np.asarray(x, np.float64)
    size, columns = inputs.shape[0], np.shape(weights)[1]
    result = ReferenceResult(np.zeros((size, columns)), np.zeros(size, np.int64), np.zeros(size), np.zeros(size, np.bool_))
    scale = 1.0 if column_scale is None else np.asarray(column_scale, np.float64)
    chosen = np.arange(size)
    for retry in range(settings.max_retries + 1):
        alpha = _alpha(inputs[chosen], settings) * 2.0**retry
        total, clipped = np.zeros((len(chosen), columns)), np.zeros(len(chosen), np.bool_)
        for value, voltages, plane in _planes(inputs[chosen], alpha, settings):
            result.energy_sum[chosen] += _energy(voltages, settings, row_conductance)
            draw = partial(_draw, noise, retry, plane, chosen)
            y = _array(voltages, weights, settings, draw, variance, magnitude, droop, nonlinearity)
            y = y * (1.0 if gain is None else np.asarray(gain)) + (0.0 if offset is None else np.asarray(offset))
            converted, over = _converted(y, settings)
            total += value * (converted - (0.0 if correction is None else np.asarray(correction)))
            clipped |= over
        result.y[chosen] = total * alpha[:, None] * scale
        result.saturated[chosen] = clipped
        chosen = chosen[clipped]
        if retry == settings.max_retries or chosen.size == 0:
            break
        result.retries[chosen] += 1
    return result


def _draw(noise: Noise, retry: int, plane: int, vectors: npt.NDArray[np.int64], purpose: int, width: int) -> Array:
    return noise(purpose, retry, plane, vectors, width)


def _alpha(inputs: Array, settings: MVMSettings) -> Array:
    if settings.scaling == Scaling.ABSOLUTE_MAXIMUM:
        largest = abs(inputs).max(axis=1)
        return np.where(largest >= 1e-30, largest, 0.0)
    return np.full(len(inputs), settings.input_range if settings.scaling == Scaling.FIXED_RANGE else 1.0)


def _dac(inputs: Array, alpha: Array, settings: MVMSettings) -> Array:
    """DAC values in units of one step (of 1 when it does not round)."""
    scaled = np.divide(inputs, alpha[:, None], out=np.zeros_like(inputs), where=alpha[:, None] > 0)
    if settings.input_steps == 0:
        return np.clip(scaled, -settings.input_bound, settings.input_bound)
    limit = settings.input_steps / 2
    codes = scaled / (2 * settings.input_bound / settings.input_steps)
    if settings.input_order == RoundingOrder.ROUND_THEN_CLIP:
        return np.clip(np.rint(codes), -limit, limit)
    return np.rint(np.clip(codes, -limit, limit))


def _planes(inputs: Array, alpha: Array, settings: MVMSettings) -> list[tuple[float, Array, int]]:
    """(digital value, voltages, number) of each product."""
    codes = _dac(inputs, alpha, settings)
    if settings.encoding == Encoding.AMPLITUDE:
        step = 2 * settings.input_bound / settings.input_steps if settings.input_steps else 1.0
        return [(1.0, codes * step, 0)]
    lowest, width = 2.0 / settings.input_steps, settings.plane_bits
    largest, magnitude = 2**width - 1, (settings.input_steps // 2).bit_length()
    signs = np.ones_like(codes) if settings.twos_complement else np.sign(codes)
    whole = codes.astype(np.int64) % 2**magnitude if settings.twos_complement else abs(codes).astype(np.int64)
    count = planes_of(settings) - bool(settings.twos_complement)
    digits = [signs * (whole >> width * plane & largest) for plane in range(count)]
    drives = [settings.input_bound * digit / largest for digit in digits]
    planes = [(lowest * largest * 2.0 ** (width * plane), drive, plane) for plane, drive in enumerate(drives)]
    if settings.twos_complement:
        planes.append((-lowest * 2.0**magnitude, settings.input_bound * (codes < 0), count))
    return planes


def _energy(voltages: Array, settings: MVMSettings, row_conductance: npt.ArrayLike | None) -> Any:
    if settings.energy == InputEnergy.NONE:
        return 0.0
    conductance = np.asarray(row_conductance, np.float64)
    if has_digits(settings) and settings.energy == InputEnergy.SET_BITS:
        return (voltages / settings.input_bound) ** 2 @ conductance
    if settings.energy == InputEnergy.MAGNITUDE:
        return abs(voltages) @ conductance
    if settings.energy == InputEnergy.SQUARE:
        return voltages * _bent(voltages, settings) @ conductance if settings.selectivity else voltages**2 @ conductance
    if settings.encoding == Encoding.BIT_SERIAL:
        return (voltages != 0) @ conductance
    codes = np.rint(abs(voltages) / (2 * settings.input_bound / settings.input_steps)).astype(np.int64)
    return np.bitwise_count(codes) @ conductance


def _bent(voltages: Array, settings: MVMSettings) -> Array:
    """What a selector makes of voltages."""
    return np.asarray(np.sinh(settings.selectivity * voltages) / np.sinh(settings.selectivity))


def _array(
    voltages: Array,
    weights: npt.ArrayLike,
    settings: MVMSettings,
    draw: Callable[[int, int], Array],
    variance: npt.ArrayLike | None,
    magnitude: npt.ArrayLike | None,
    droop: npt.ArrayLike | None,
    nonlinearity: npt.ArrayLike | None,
) -> Array:
    """The analog outputs: product, IR drop, read noise, curve, output noise."""
    rows, columns = np.shape(weights)
    if settings.input_noise > 0:
        voltages = voltages + settings.input_noise * draw(INPUT_NOISE, rows)
    if settings.selectivity > 0:
        voltages = _bent(voltages, settings)
    y: Array = voltages @ np.asarray(weights, np.float64)
    if settings.ir_drop > 0:
        load = rows / settings.conductance_ratio * (abs(voltages) @ np.asarray(magnitude, np.float64))
        share = 0.5 * load - 0.2 * load**2 + 0.05 * load**3
        y = y - settings.ir_drop * share * (voltages @ np.asarray(droop, np.float64))
    spread = settings.cell_noise**2 * (voltages**2).sum(axis=1, keepdims=True) * np.ones(columns)
    if variance is not None:
        spread = spread + voltages**2 @ np.asarray(variance, np.float64)
    if nonlinearity is not None or settings.nonlinearity > 0:
        y = y + np.sqrt(spread) * draw(READ_NOISE, columns)
        y = settings.slope * y / (1 + np.asarray(settings.nonlinearity if nonlinearity is None else nonlinearity) * abs(y))
        spread = np.zeros_like(y)
    return np.asarray(y + np.sqrt(spread + settings.output_noise**2) * draw(OUTPUT_NOISE, columns))


def _converted(y: Array, settings: MVMSettings) -> tuple[Array, npt.NDArray[np.bool_]]:
    """ADC values and, per vector, whether one was clipped; a single step is a comparator."""
    if settings.output_steps == 1:
        return np.where(y >= 0, 1.0, -1.0) * settings.output_bound, np.zeros(len(y), np.bool_)
    step = 2 * settings.output_bound / settings.output_steps if settings.output_steps else 1.0
    codes = np.rint(y / step) if settings.output_steps else y
    limit = settings.output_bound / step
    return np.clip(codes, -limit, limit) * step, np.asarray((abs(codes) > limit).any(axis=1))
