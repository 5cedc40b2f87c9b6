"""The pulsed update of an array: W <- W + G x d^T by coincidences of pulses on its rows and columns.

For each vector of the batch, one after the other, and each cell (i, j) with n = |n_ij| > 0 pulses in the direction of n_ij:

    n_ij = sign(x_i d_j) * (common slots of the trains of row i and column j), or round(a_i b_j) from line values

    v <- w + r;    n times:  v <- clip(v +- (f + s xi), low, high);    w <- v - r
    f = step of the law,   s = relative f + fixed step + floor + share |v|,    xi standard normal, new for each pulse

    CONSTANT     f = step                                        up and down have steps, shapes and curves of their own
    LINEAR       f = step - shape v'
    EXPONENTIAL  f = step max(0, 1 - A exp(a v' / (high - low) + b))                (A, a, b) = curve
    POWER        f = step ((high' - v') / (high - low))**shape
    PIECEWISE    f = step table((v' - low') / (high - low))       table = curve, linear between equal distances
    TABLES       as PIECEWISE, table number `shape` of many, and s = relative step sigma((v' - low') / (high - low)) from another one;
                 curve = (points of a table, then for each number the table of means and that of standard deviations)

v' = v upwards; downwards everything is seen in the mirror: v' = -v, low' = -high, high' = -low, and the table is given reversed. Symbols:
w weight, r reference of the cell, step > 0 mean change at v = 0, all in units of the full-scale weight, on arrays (rows, columns).

With write noise the cells keep hidden weights to which the above applies; what is seen is w + write_noise xi', drawn at each pulse.

`grouped` does all pulses of one vector on a cell at once: constant and linear steps with the exact mean m and variance V,

    m <- m + f(m),    V <- V ((1 - shape)**2 + relative**2 shape**2) + (relative f(m) + fixed step)**2        n times

taken as normal and clipped at the end. That is the same as pulse by pulse for as long as a pulse hardly ever goes the wrong way (spread
below a third of its mean); a single pulse is exact in any case. Otherwise pulses follow each other.

All random numbers are a pure function of (key, sample, vector, row, pulse) and of the place of a cell in its row or among those cells of
its row that the vector reaches, so results do not depend on how vectors are split into batches, nor on threads.

Reference of the laws: M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
Not modelled: half-selected cells, pulses of finite rise time, resistance of the lines, more than 992 pulses in one update of a cell.
"""

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chipsim.kernels.pulse_laws import CONSTANT, EXPONENTIAL, LINEAR, PIECEWISE, POWER, TABLES
from chipsim.kernels.pulses import update
from chipsim.kernels.trains import SLOTS

__all__ = ["CONSTANT", "EXPONENTIAL", "LINEAR", "PIECEWISE", "POWER", "TABLES", "Curve", "Law", "PulsedCells", "pulsed_update"]

Matrix = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
Curve = tuple[float, ...] | Matrix  # a float32 array where it is long

LONGEST = 32 * SLOTS  # the numbers of the noise of a cell go no further
NOTHING: Matrix = np.empty((0, 0), np.float32)
_NO_CURVE: Matrix = np.empty(0, np.float32)
_NO_TRAINS: Words = np.empty((0, 0, 0), np.uint32)
_NAMES = "CONSTANT", "LINEAR", "EXPONENTIAL", "POWER", "PIECEWISE", "TABLES"
_memory = threading.local()


class PulsedCells(NamedTuple):
    """What belongs to each cell, (rows, columns) float32, C-contiguous; shapes and reference may be NOTHING."""

    up: Matrix  # step upwards at v = 0, 0 or more
    down: Matrix  # step downwards at v = 0, 0 or more
    low: Matrix  # bounds of v = w + reference
    high: Matrix
    up_shape: Matrix = NOTHING  # slope (LINEAR), exponent (POWER) or number of the table (TABLES)
    down_shape: Matrix = NOTHING
    reference: Matrix = NOTHING


class Law(NamedTuple):
    """What all cells have in common: how a step depends on the weight, and its noise."""

    kind: int = CONSTANT
    up_curve: Curve = ()  # (A, a, b) of EXPONENTIAL, the table of PIECEWISE, all TABLES
    down_curve: Curve = ()
    relative: float = 0.0  # standard deviation of one pulse: in units of its mean (TABLES: of the tabled standard deviation),
    fixed: float = 0.0  # in units of the step of the cell at v = 0,
    floor: float = 0.0  # in units of the weight,
    share: float = 0.0  # and of |v|
    write_noise: float = 0.0  # standard deviation of what is seen about what is held
    grouped: bool = False  # all pulses of a vector at once
    one_sided: bool = False  # pulses downwards are left out: one device of a pair, whose other one gets them upwards


def pulsed_update(
    weights: Matrix,
    cells: PulsedCells,
    law: Law,
    *,
    key: tuple[int, int],
    sample: Words,
    vector: Words,
    trains: tuple[Words, Words] | None = None,
    lines: tuple[Matrix, Matrix] | None = None,
    hidden: Matrix | None = None,
) -> npt.NDArray[np.int64]:
    """Apply a batch of updates to `weights` in place; returns the number of pulses of each vector, (batch,).

    weights         (rows, columns) float32, C-contiguous: what is seen; a cell without a pulse keeps its bits
    cells, law      PulsedCells and Law
    key             two 32-bit words: the random stream of this array
    sample, vector  (batch,) uint32, the identity of each vector; no two updates of an array may share one, or they share their noise
    trains          words of the rows and of the columns, (batch, words, rows) and (batch, words, columns): kernels.trains.trains
    lines           or line values, (batch, rows) and (batch, columns) float32: kernels.pulse_rules.implicit or counted
    hidden          (rows, columns) float32, changed in place: what the cells hold, needed with write noise

    Raises ValueError when something is missing or does not fit.
    """
    _check(weights, cells, law, hidden)
    pair = _pair(weights.shape, sample, vector, trains, lines)
    pulses = np.zeros(sample.size, np.int64)
    work, numbers = _buffers(weights.shape[1])
    update(
        weights, NOTHING if hidden is None or law.write_noise == 0 else hidden, *pair, sample, vector, *key, *cells,
        law.kind, law.grouped, law.one_sided, _curve(law.up_curve), _curve(law.down_curve),
        law.relative, law.fixed, law.floor, law.share, law.write_noise, pulses, work, numbers,
    )  # fmt: skip
    return pulses


def _curve(values: Curve) -> Matrix:
    return np.ascontiguousarray(values, np.float32) if len(values) else _NO_CURVE


def _buffers(columns: int) -> tuple[Matrix, npt.NDArray[np.int32]]:
    """This thread's own memory for one row of cells."""
    length = max(columns, 1026)
    kept: tuple[Matrix, npt.NDArray[np.int32]] | None = getattr(_memory, "buffers", None)
    if kept is None or kept[0].shape[1] < length:
        kept = np.empty((24, length), np.float32), np.empty((3, length), np.int32)
        _memory.buffers = kept
    return kept


def _pair(
    shape: tuple[int, ...], sample: Words, vector: Words, trains: tuple[Words, Words] | None, lines: tuple[Matrix, Matrix] | None
) -> tuple[Words, Words, Matrix, Matrix]:
    """(row trains, column trains, row lines, column lines), two of them empty."""
    for name, words in (("sample", sample), ("vector", vector)):
        if words.dtype != np.uint32 or words.shape != (sample.size,) or not words.flags.c_contiguous:
            raise ValueError(f"pulsed_update: {name} is {words.dtype} of shape {words.shape}; expected uint32 ({sample.size},)")
    if trains is not None and lines is None:
        words_each = trains[0].shape[1] if trains[0].ndim == 3 else 0
        for side, words, count in (("rows", trains[0], shape[0]), ("columns", trains[1], shape[1])):
            fits = words.shape == (sample.size, words_each, count) and 1 <= words_each <= LONGEST // SLOTS
            if words.dtype != np.uint32 or not fits or not words.flags.c_contiguous:
                raise ValueError(
                    f"pulsed_update: trains of the {side} are {words.dtype} of shape {words.shape}; expected uint32 "
                    f"({sample.size}, 1 to {LONGEST // SLOTS}, {count}), the same number of words for both"
                )
        return *trains, NOTHING, NOTHING
    if lines is None or trains is not None:
        raise ValueError("pulsed_update: expected either trains or lines; see kernels.trains and kernels.pulse_rules")
    for side, line, count in (("rows", lines[0], shape[0]), ("columns", lines[1], shape[1])):
        if line.dtype != np.float32 or line.shape != (sample.size, count) or not line.flags.c_contiguous:
            raise ValueError(
                f"pulsed_update: lines of the {side} are {line.dtype} {line.shape}; expected float32 ({sample.size}, {count})"
            )
    if sample.size and not float((np.abs(lines[0]).max(axis=1) * np.abs(lines[1]).max(axis=1)).max()) <= LONGEST:
        raise ValueError(f"pulsed_update: line values that give more than {LONGEST} pulses, or are not finite; use shorter trains")
    return _NO_TRAINS, _NO_TRAINS, *lines


def _check(weights: Matrix, cells: PulsedCells, law: Law, hidden: Matrix | None) -> None:
    if weights.ndim != 2 or weights.shape[0] > 1 << 20 or not weights.flags.writeable:
        raise ValueError(
            f"pulsed_update: weights of shape {weights.shape}; expected a matrix with at most 2**20 rows that can be written to"
        )
    if not CONSTANT <= law.kind <= TABLES:
        raise ValueError(
            f"pulsed_update: law {law.kind}; expected {', '.join(f'{number} ({name})' for number, name in enumerate(_NAMES))}"
        )
    shaped = law.kind in (LINEAR, POWER, TABLES)
    needed = {"weights": weights, "up": cells.up, "down": cells.down, "low": cells.low, "high": cells.high}
    needed |= {"up_shape": cells.up_shape, "down_shape": cells.down_shape} if shaped else {}
    needed |= {"reference": cells.reference} if cells.reference.size else {}
    if law.write_noise > 0:
        if hidden is None:
            raise ValueError(f"pulsed_update: a write noise of {law.write_noise} needs `hidden`, what the cells hold")
        needed["hidden"] = hidden
    for name, matrix in needed.items():
        if matrix.dtype != np.float32 or matrix.shape != weights.shape or not matrix.flags.c_contiguous:
            raise ValueError(
                f"pulsed_update: {name} is {matrix.dtype} of shape {matrix.shape}; expected C-contiguous float32 {weights.shape}"
            )
    least = {EXPONENTIAL: 3, PIECEWISE: 2, TABLES: 5}.get(law.kind, 0)
    for name, curve in (("up_curve", law.up_curve), ("down_curve", law.down_curve)):
        if len(curve) < least or (law.kind == EXPONENTIAL and len(curve) != 3):
            raise ValueError(
                f"pulsed_update: {name} has {len(curve)} numbers; {_NAMES[law.kind]} needs {least}" + " or more" * (least != 3)
            )
    if law.kind == TABLES:
        _check_tables(cells, law)
    if law.grouped and (law.kind not in (CONSTANT, LINEAR) or law.floor != 0 or law.share != 0):
        raise ValueError("pulsed_update: only constant and linear steps with relative and fixed noise can be grouped; pulse by pulse")


def _check_tables(cells: PulsedCells, law: Law) -> None:
    for name, curve, numbers in (("up_curve", law.up_curve, cells.up_shape), ("down_curve", law.down_curve, cells.down_shape)):
        points = int(curve[0])
        whole, rest = divmod(len(curve) - 1, 2 * max(points, 1))
        if points < 2 or points != curve[0] or points != law.up_curve[0] or rest:
            raise ValueError(f"pulsed_update: {name} of {len(curve)} numbers begins with {curve[0]:g}; expected 1 + 2 points * tables")
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < whole:
            raise ValueError(f"pulsed_update: {name} holds {whole} tables; cells name {numbers.min():g} to {numbers.max():g}")
    if law.fixed or law.floor or law.share:
        raise ValueError("pulsed_update: TABLES hold the noise themselves; expected no fixed, floor or share")
