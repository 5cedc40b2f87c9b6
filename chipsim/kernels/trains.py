"""Pulse trains on the rows and columns of an array: 31 time slots and a sign in each 32-bit word.

    P = min(1, gain |value|),    slot k of a line holds a pulse with probability P, independently of all other slots and lines

Bit 31 of a word is the sign of the value, bits 0 to 30 are time slots; word m holds the slots 31 m to 31 m + 30. Where a row and a
column have a pulse in the same slot, the cell between them moves by one step; both being bits of lines, the pulses of cells that
share a line are correlated, as they are in the array.

31 slots come at once out of 24 random words u_0 ... u_23, from the bits p_0 (2**-24) ... p_23 (1/2) of P:

    r <- r | u_k where p_k = 1, r & u_k where p_k = 0;    probability of a 1 in r: P rounded to 2**-24

The words are a pure function of (key, sample, vector, line, side): the Philox counter is (line, vector, sample, m | k // 4 << 16 |
side), hence independent of the batch, its order and threads. A value of 0 never has a pulse; one with P = 1 has all of them.

Arrays: values (batch, lines) float32, gain (batch,) float64, length (batch,) int64 time slots, words (batch, words, lines) uint32.

Reference: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (stochastic multiplication).
Not modelled: probabilities finer than 2**-24; more than 65,536 words a line; trains of their own for values above and below zero
(a sign is a mark of the whole line, which shares its column's pulses with rows of both signs).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types

from chipsim.kernels.philox import _philox

Words = npt.NDArray[np.uint32]
Matrix = npt.NDArray[np.float32]
Lengths = npt.NDArray[np.int64]
Gains = npt.NDArray[np.float64]

SLOTS = 31  # time slots in a word
ROWS, COLUMNS = 0, 1 << 30  # the side of the array, highest bits of the last counter word; 2 << 30 is the noise of the cells
DIGITS = 24  # binary digits of a probability
_SIGN = np.uint32(1 << 31)
_ALL = np.uint32((1 << SLOTS) - 1)

_u32, _f32 = np.uint32, np.float32
_LINE = types.Array(types.uint32, 1, "C")
_VALUES = types.Array(types.float32, 1, "C", readonly=True)
_w = types.uint32
_BATCH = types.void(
    types.Array(types.uint32, 3, "C"), _LINE, types.Array(types.float32, 2, "C", readonly=True),
    types.Array(types.float64, 1, "A", readonly=True), types.Array(types.int64, 1, "A", readonly=True),
    _w, _w, types.Array(types.uint32, 1, "A", readonly=True), types.Array(types.uint32, 1, "A", readonly=True), _w,
)  # fmt: skip


@njit(types.void(_LINE, _LINE, _VALUES, types.float32, _w, _w, _w, _w, _w, _w), nogil=True, cache=True, error_model="numpy")
def fill_train(
    out: Any, code: Any, values: Any, gain: Any, slots: Any, key0: Any, key1: Any, vector: Any, sample: Any, last: Any
) -> None:
    """One word of every line: `slots` (a mask of time slots) with pulses of probability min(1, gain |value|), and the sign.

    `code` is memory for as many words; `last` is the last counter word without the number of the block.
    """
    whole = _u32(1 << DIGITS)
    for line in range(out.size):
        share = min(_f32(abs(values[line]) * gain), _f32(1))
        code[line] = _u32(np.int32(np.rint(_f32(share * _f32(1 << DIGITS)))))
        out[line] = _u32(0)
    for block in range(DIGITS // 4):
        counter = _u32(last | _u32(block << 16))
        digit = _u32(4 * block)
        for line in range(out.size):
            a, b, c, d = _philox(_u32(line), vector, sample, counter, key0, key1)
            digits = _u32(code[line] >> digit)
            r = out[line]
            r = _u32(_u32(r & a) | _u32(_u32(r | a) & _u32(-_u32(digits & _u32(1)))))
            r = _u32(_u32(r & b) | _u32(_u32(r | b) & _u32(-_u32(_u32(digits >> _u32(1)) & _u32(1)))))
            r = _u32(_u32(r & c) | _u32(_u32(r | c) & _u32(-_u32(_u32(digits >> _u32(2)) & _u32(1)))))
            r = _u32(_u32(r & d) | _u32(_u32(r | d) & _u32(-_u32(_u32(digits >> _u32(3)) & _u32(1)))))
            out[line] = r
    for line in range(out.size):
        r = slots if code[line] >= whole else _u32(out[line] & slots)
        out[line] = _u32(r | (_SIGN if values[line] < _f32(0) else _u32(0)))


@njit(_BATCH, nogil=True, cache=True, error_model="numpy")
def fill_trains(
    out: Any, code: Any, values: Any, gain: Any, length: Any, key0: Any, key1: Any, vector: Any, sample: Any, side: Any
) -> None:
    """The words of every vector: out (batch, words, lines), values (batch, lines), length (batch,) in slots."""
    for number in range(values.shape[0]):
        left = length[number]
        for word in range((left + SLOTS - 1) // SLOTS):
            slots = _u32((1 << min(SLOTS, left - SLOTS * word)) - 1)
            last = _u32(side | _u32(word))
            line, factor = values[number], _f32(gain[number])
            fill_train(out[number, word], code, line, factor, slots, key0, key1, vector[number], sample[number], last)


def trains(values: Matrix, gain: Gains, length: Lengths, key: tuple[int, int], sample: Words, vector: Words, side: int) -> Words:
    """Pulse trains of a batch of vectors, (batch, words, lines) uint32; `side` is ROWS or COLUMNS.

    sample, vector: (batch,) uint32, the identity of each vector. Raises ValueError when shapes, types or counters do not fit or a
    value is not finite.
    """
    batch, lines = _checked(values, gain, length, sample, vector)
    out = np.zeros((batch, max(1, words_of(length)), lines), np.uint32)
    code = np.empty(lines, np.uint32)
    fill_trains(out, code, values, gain, length, *key, vector, sample, side)
    return out


def clipped_share(values: Matrix, gain: Gains) -> float:
    """Share of the lines with a value that would need a probability above 1 (trains saturate: their update is too small)."""
    lines = int(np.count_nonzero(values))
    return float(np.count_nonzero(np.abs(values) * gain[:, None] > 1 + 1e-6)) / lines if lines else 0.0


def words_of(length: Lengths) -> int:
    """Words that hold the longest of the trains."""
    return -(-int(length.max(initial=0)) // SLOTS)


def _checked(values: Matrix, gain: Gains, length: Lengths, sample: Words, vector: Words) -> tuple[int, int]:
    if values.dtype != np.float32 or values.ndim != 2 or not values.flags.c_contiguous:
        raise ValueError(f"trains: values are {values.dtype} of shape {values.shape}; expected C-contiguous float32 (batch, lines)")
    batch, lines = values.shape
    for name, row, kind in (
        ("gain", gain, np.float64),
        ("length", length, np.int64),
        ("sample", sample, np.uint32),
        ("vector", vector, np.uint32),
    ):
        if row.dtype != kind or row.shape != (batch,):
            raise ValueError(f"trains: {name} is {row.dtype} of shape {row.shape}; expected {np.dtype(kind)} ({batch},)")
    if not np.isfinite(values).all() or not np.isfinite(gain).all() or gain.min(initial=0) < 0:
        raise ValueError("trains: a value or gain is not finite, or a gain is below 0; look at the gradient and the learning rate")
    if length.min(initial=0) < 0 or length.max(initial=0) > SLOTS << 16:
        raise ValueError(f"trains: a length of {length.min()} to {length.max()} slots; expected 0 to {SLOTS << 16}")
    return batch, lines
