"""The analog matrix-vector product of one array, on batches of vectors.

For each vector x (rows) with weights W (rows, columns), in this order:

    x' = DAC(x / alpha / b) + input_noise xi   alpha from settings.scaling, b = 2**retry
    x' = sinh(u x') / sinh(u)                  u = settings.selectivity
    y  = x' @ W                                bit serial: one product and conversion per bit plane, added in digital
    y -= ir_drop c (x' @ droop)                c = 0.5 a - 0.2 a**2 + 0.05 a**3, a = rows / conductance_ratio (|x'| @ |W|)
    y += sqrt(x'**2 @ variance + cell_noise**2 |x'|**2) xi          read noise of the cells, new for every vector
    y  = F y / (1 + n |y|)                     F = settings.slope, n = settings.nonlinearity, or one per column
    y += output_noise xi
    y  = gain y + offset                       one of each per column
    y  = ADC(y)                                a vector with a clipped output is repeated with b doubled, up to max_retries
    result = (y - correction) alpha b column_scale                  correction: one per column, subtracted from each conversion

Read noise of independent Gaussian cells that is new for each vector is exactly a Gaussian on each output with this variance,
so it costs one more product instead of rows * columns normals. Without a curve between them both noises are drawn as one.
Symbols and units: settings.py. Energy is that of the DAC's values before input noise.

Every result is a pure function of its own vector, the key and its (sample, vector) numbers: the same bits for any split or
order of a batch and for any thread. Valid for finite values; the IR drop acts along the columns only. Not modelled: noise
held for several vectors (add it to the weights), correlated cells, converters whose steps differ.

Reference for the order of the steps and the IR drop: M. Rasch et al., Nature Communications 14, 5282 (2023),
DOI 10.1038/s41467-023-40770-4.
"""

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chipsim.kernels.arguments import NO_ROW, Batch, Operands, Row, Words, batch_of, operands
from chipsim.kernels.blocks import BLOCK, Matrix, aligned, product
from chipsim.kernels.settings import MVMSettings, bend_scale, check, plane_weights, pulse_energy
from chipsim.kernels.stages import decode, encode

Index = npt.NDArray[np.int64]

_NOTHING: Matrix = np.empty((0, 0), np.float32)
_memory = threading.local()


class MVMResult(NamedTuple):
    """What came out, per vector of the batch."""

    y: Matrix  # (batch, columns)
    retries: npt.NDArray[np.int32]  # (batch,) repetitions by bound management
    energy_sum: npt.NDArray[np.float64]  # (batch,) sum_j f(x'_j) row_conductance_j, repetitions included
    saturated: npt.NDArray[np.bool_]  # (batch,) an output is still clipped


def analog_mvm(
    x: Matrix,
    weights: Matrix,
    settings: MVMSettings,
    *,
    key: tuple[int, int],
    sample: Words,
    vector: Words,
    variance: Matrix | None = None,
    magnitude: Matrix | None = None,
    droop: Matrix | None = None,
    nonlinearity: Row | None = None,
    gain: Row | None = None,
    offset: Row | None = None,
    correction: Row | None = None,
    row_conductance: Row | None = None,
    column_scale: Row | float | None = None,
) -> MVMResult:
    """Send a batch of vectors through an array.

    x                (batch, rows) float32; a column slice of a larger matrix is read in place
    weights          (rows, columns) float32, C-contiguous, in units of the full-scale cell. The product with the transposed
                     matrix is the same call with np.ascontiguousarray(weights.T), best kept by the caller
    settings         MVMSettings
    key              two 32-bit words: the random stream of this array
    sample, vector   (batch,) uint32: the identity of each vector; noise is a pure function of (key, sample, vector, output)
    variance         (rows, columns) variance of the read noise of each cell, or None
    magnitude, droop (rows, columns) |weights| and position_weighted(weights), needed when settings.ir_drop > 0
    nonlinearity     (columns,) n of each column instead of settings.nonlinearity
    gain, offset     (columns,) what each converter makes of its column before it rounds and clips; 1 and 0 where only one is given
    correction       (columns,) subtracted from each converted output, in digital
    row_conductance  (rows,) weight of each input in the array energy, needed when settings.energy is not NONE
    column_scale     (columns,) or a number, multiplies the results

    Raises ValueError for wrong shapes, types or settings, for a missing matrix, and for values that are not finite.
    """
    check(settings)
    array = operands(weights, settings, variance, magnitude, droop, nonlinearity, gain, offset, correction, row_conductance, column_scale)
    batch = batch_of(x, weights.shape[0], key, sample, vector)
    result = _empty_result(x.shape[0], weights.shape[1])
    chosen = np.arange(x.shape[0])
    for retry in range(settings.max_retries + 1):
        _run(batch, array, settings, chosen, retry, result)
        chosen = chosen[result.saturated[chosen]]
        if retry == settings.max_retries or chosen.size == 0:
            break
        result.retries[chosen] += 1
    return result


def position_weighted(weights: Matrix) -> Matrix:
    """W_jk (1 - (1 - j / rows)**2): the matrix `droop` of the IR drop, (rows, columns)."""
    rows = weights.shape[0]
    position = 1.0 - (1.0 - np.arange(rows) / rows) ** 2
    return np.ascontiguousarray(weights * position[:, None], np.float32)


class _Buffers(NamedTuple):
    """Where one block of vectors is worked on; buffers of what is off are empty."""

    drive: Matrix
    squares: Matrix
    magnitudes: Matrix
    outputs: Matrix
    spread: Matrix
    load: Matrix
    loss: Matrix
    power: Row
    factor: Row
    scratch: Row


def _run(batch: Batch, array: Operands, settings: MVMSettings, chosen: Index, retry: int, result: MVMResult) -> None:
    """One pass of the vectors `chosen`, block by block."""
    buffers = _buffers(array.weights.shape, array.variance is not None, array.magnitude is not None, settings.cell_noise > 0)
    each = max(array.planes, 1)
    vectors = BLOCK // each
    for first in range(0, chosen.size, vectors):
        part = chosen[first : first + vectors]
        _encode(batch, array, settings, part, retry, result, buffers)
        _multiply(array, buffers, part.size * each)
        _decode(batch, array, settings, part, retry, result, buffers)


def _encode(batch: Batch, array: Operands, settings: MVMSettings, part: Index, retry: int, result: MVMResult, buffers: _Buffers) -> None:
    energy_kind, energy_unit = pulse_energy(settings)
    magnitude = (settings.input_steps // 2).bit_length() if settings.twos_complement and array.planes else 0
    bad = encode(
        batch.x, part, batch.sample, batch.vector, retry, *batch.key,
        int(settings.scaling), settings.input_range, settings.input_steps, settings.input_bound,
        int(settings.input_order), settings.input_noise, settings.selectivity, bend_scale(settings),
        array.planes, settings.plane_bits, magnitude, energy_kind, energy_unit,
        buffers.drive, buffers.squares, buffers.magnitudes, buffers.power, buffers.factor,
        result.energy_sum, array.row_conductance, buffers.scratch,
    )  # fmt: skip
    if bad >= 0:
        raise ValueError(f"analog_mvm: x[{bad}] holds a value that is not finite; look for an overflow before the array")


def _multiply(array: Operands, buffers: _Buffers, rows: int) -> None:
    product(buffers.drive, array.weights, buffers.outputs, rows, array.rule)
    if array.variance is not None:
        product(buffers.squares, array.variance, buffers.spread, rows, array.rule)
    if array.magnitude is not None and array.droop is not None:
        product(buffers.magnitudes, array.magnitude, buffers.load, rows, array.rule)
        product(buffers.drive, array.droop, buffers.loss, rows, array.rule)


def _decode(batch: Batch, array: Operands, settings: MVMSettings, part: Index, retry: int, result: MVMResult, buffers: _Buffers) -> None:
    plane_unit, sign_plane = plane_weights(settings) if array.planes else (1.0, 0.0)
    bad = decode(
        buffers.outputs, buffers.spread, buffers.load, buffers.loss, buffers.power, part,
        batch.sample, batch.vector, retry, *batch.key,
        batch.x.shape[1] / settings.conductance_ratio, settings.ir_drop, settings.cell_noise, settings.slope, settings.output_noise,
        settings.output_steps, settings.output_bound, array.planes, settings.plane_bits, plane_unit, sign_plane,
        result.y, result.saturated, buffers.factor, array.nonlinearity, array.gain, array.offset, array.correction,
        array.column_scale, buffers.scratch,
    )  # fmt: skip
    if bad >= 0:
        raise ValueError(
            f"analog_mvm: an output of vector {bad} is not finite; weights or variance hold a value that is not finite "
            "or negative, or the product overflows float32"
        )


def _empty_result(size: int, columns: int) -> MVMResult:
    return MVMResult(
        aligned(size, columns),
        np.zeros(size, np.int32),
        np.zeros(size, np.float64),
        np.zeros(size, np.bool_),
    )


def _buffers(shape: tuple[int, ...], noisy: bool, dropping: bool, powered: bool) -> _Buffers:
    """This thread's own buffers, kept from call to call: fresh pages would cost a tenth of the product."""
    kept: dict[tuple[object, ...], _Buffers] = _memory.__dict__.setdefault("buffers", {})
    wanted = (shape, noisy, dropping, powered)
    if wanted not in kept:
        kept[wanted] = _new_buffers(shape[0], shape[1], noisy, dropping, powered)
    return kept[wanted]


def _new_buffers(rows: int, columns: int, noisy: bool, dropping: bool, powered: bool) -> _Buffers:
    return _Buffers(
        drive=_buffer("drive", rows),
        squares=_buffer("squares", rows) if noisy else _NOTHING,
        magnitudes=_buffer("magnitudes", rows) if dropping else _NOTHING,
        outputs=_buffer("outputs", columns),
        spread=_buffer("spread", columns) if noisy else _NOTHING,
        load=_buffer("load", columns) if dropping else _NOTHING,
        loss=_buffer("loss", columns) if dropping else _NOTHING,
        power=_buffer("power", 1).reshape(-1) if powered else NO_ROW,
        factor=_buffer("factor", 1).reshape(-1),
        scratch=_buffer("scratch", max(rows, columns))[0],
    )


def _buffer(name: str, width: int) -> Matrix:
    """BLOCK rows of the memory of that name; matrices of all shapes share it."""
    flat: Row | None = getattr(_memory, name, None)
    if flat is None or flat.size < BLOCK * width:
        flat = aligned(BLOCK, width).reshape(-1)
        setattr(_memory, name, flat)
        # Views of the smaller memory would keep it alive.
        _memory.buffers.clear()
    return flat[: BLOCK * width].reshape(BLOCK, width)
