"""The arguments of an analog MVM, checked and brought into the form the kernels read."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chipsim.kernels.blocks import Matrix, RowRule, row_rule, widened
from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, has_digits, is_linear, planes_of

Row = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]

NO_ROW: Row = np.empty(0, np.float32)


class Operands(NamedTuple):
    """The matrices and rows of one array; a matrix that is not needed is None, such a row is empty."""

    weights: Matrix
    variance: Matrix | None
    magnitude: Matrix | None
    droop: Matrix | None
    nonlinearity: Row
    gain: Row
    offset: Row
    correction: Row
    row_conductance: Row
    column_scale: Row
    rule: RowRule
    planes: int  # bit planes to multiply, 0 for one amplitude per input


class Batch(NamedTuple):
    """The vectors and their identity."""

    x: Matrix
    key: tuple[int, int]
    sample: Words
    vector: Words


def operands(
    weights: Matrix,
    settings: MVMSettings,
    variance: Matrix | None,
    magnitude: Matrix | None,
    droop: Matrix | None,
    nonlinearity: Row | None,
    gain: Row | None,
    offset: Row | None,
    correction: Row | None,
    row_conductance: Row | None,
    column_scale: Row | float | None,
) -> Operands:
    """Raises ValueError when a matrix or row is missing or has the wrong type or shape."""
    _check_matrix("weights", weights, None)
    rows, columns = weights.shape
    _check_presence(settings, magnitude, droop, row_conductance)
    for name, matrix in (("variance", variance), ("magnitude", magnitude), ("droop", droop)):
        if matrix is not None:
            _check_matrix(name, matrix, weights.shape)
    if nonlinearity is None and settings.nonlinearity > 0:
        nonlinearity = np.full(columns, settings.nonlinearity, np.float32)
    # Bit planes that nothing acts on add up to the amplitude product: one product instead of one per plane.
    shifted = offset is not None or correction is not None
    planes_matter = variance is not None or nonlinearity is not None or shifted or has_digits(settings) or not is_linear(settings)
    dropping = settings.ir_drop > 0
    return Operands(
        weights=widened(weights),
        variance=None if variance is None else widened(variance),
        magnitude=widened(magnitude) if dropping and magnitude is not None else None,
        droop=widened(droop) if dropping and droop is not None else None,
        nonlinearity=NO_ROW if nonlinearity is None else _row("nonlinearity", nonlinearity, columns),
        gain=_pair("gain", gain, offset, 1.0, columns),
        offset=_pair("offset", offset, gain, 0.0, columns),
        correction=NO_ROW if correction is None else _row("correction", correction, columns),
        row_conductance=NO_ROW if row_conductance is None else _row("row_conductance", row_conductance, rows),
        column_scale=_ones(columns) if column_scale is None else _row("column_scale", column_scale, columns),
        rule=row_rule(rows, max(columns, 2)),
        planes=planes_of(settings) if settings.encoding == Encoding.BIT_SERIAL and planes_matter else 0,
    )


def batch_of(x: Matrix, rows: int, key: tuple[int, int], sample: Words, vector: Words) -> Batch:
    """Raises ValueError when x does not fit the weights or the identities do not fit x."""
    if x.dtype != np.float32 or x.ndim != 2 or x.shape[1] != rows:
        raise ValueError(f"analog_mvm: x is {x.dtype} of shape {x.shape}; expected float32 (batch, {rows}) for weights with {rows} rows")
    if x.strides[1] != x.itemsize:
        x = np.ascontiguousarray(x)
    for name, words in (("sample", sample), ("vector", vector)):
        if words.dtype != np.uint32 or words.shape != (x.shape[0],):
            raise ValueError(f"analog_mvm: {name} is {words.dtype} of shape {words.shape}; expected uint32 ({x.shape[0]},)")
    if not all(0 <= word < 2**32 for word in key):
        raise ValueError(f"analog_mvm: key {key} is no pair of integers in [0, 2**32)")
    return Batch(x, key, np.ascontiguousarray(sample), np.ascontiguousarray(vector))


def _check_presence(settings: MVMSettings, magnitude: Matrix | None, droop: Matrix | None, row_conductance: Row | None) -> None:
    for name, matrix in (("magnitude", magnitude), ("droop", droop)):
        if settings.ir_drop > 0 and matrix is None:
            raise ValueError(f"analog_mvm: settings.ir_drop is {settings.ir_drop} but {name} is missing")
    if settings.energy != InputEnergy.NONE and row_conductance is None:
        raise ValueError(f"analog_mvm: settings.energy is {settings.energy!r} but row_conductance is missing")


def _check_matrix(name: str, matrix: Matrix, shape: tuple[int, ...] | None) -> None:
    if matrix.dtype != np.float32 or matrix.ndim != 2 or not matrix.flags.c_contiguous or 0 in matrix.shape:
        raise ValueError(
            f"analog_mvm: {name} is {matrix.dtype} of shape {matrix.shape}, strides {matrix.strides}; "
            "expected a C-contiguous float32 matrix (rows, columns): np.ascontiguousarray(matrix, np.float32)"
        )
    if shape is not None and matrix.shape != shape:
        raise ValueError(f"analog_mvm: {name} has shape {matrix.shape}; expected that of weights, {shape}")


def _row(name: str, values: Row | float, length: int) -> Row:
    row = np.ascontiguousarray(values, np.float32)
    if np.ndim(values) == 0:
        return np.full(length, row.reshape(-1)[0], np.float32)
    if row.shape != (length,):
        raise ValueError(f"analog_mvm: {name} has shape {row.shape}; expected ({length},)")
    return row


def _pair(name: str, values: Row | None, other: Row | None, neutral: float, length: int) -> Row:
    """One of two rows that are used together or not at all."""
    if values is None and other is None:
        return NO_ROW
    return _row(name, neutral if values is None else values, length)


@lru_cache(maxsize=256)
def _ones(length: int) -> Row:
    return np.ones(length, np.float32)
