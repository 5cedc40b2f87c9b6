"""The pulsed update in float64, slot by slot with plain NumPy: the twin that the kernels are held against.

Same model as pulsed_update.py, without its shortcuts: every slot is an outer product, every pulse is applied by itself, down is not
the mirror of up. Only the noise-free part and the trains agree number by number; noise agrees in distribution.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from chipsim.kernels.philox import fill_words
from chipsim.kernels.pulsed_update import EXPONENTIAL, LINEAR, PIECEWISE, POWER, TABLES, Curve, Law, Matrix, PulsedCells, Words
from chipsim.kernels.trains import DIGITS, SLOTS

Floats = npt.NDArray[np.float64]
Noise = Callable[[tuple[int, int]], Floats]


def pulses_of(
    values: Floats, gain: float, length: int, key: tuple[int, int], sample: int, vector: int, side: int
) -> npt.NDArray[np.bool_]:
    """Whether each line has a pulse in each slot, (length, lines), from the same random words as kernels.trains."""
    codes = np.rint(np.minimum(np.abs(np.float32(values) * np.float32(gain)), 1) * 2.0**DIGITS).astype(np.int64)
    parts = [_word(codes, key, sample, vector, side | word) for word in range(-(-length // SLOTS))]
    return np.concatenate(parts)[:length] if parts else np.zeros((0, codes.size), np.bool_)


def _word(codes: npt.NDArray[np.int64], key: tuple[int, int], sample: int, vector: int, last: int) -> npt.NDArray[np.bool_]:
    lines = codes.size
    raised = np.zeros((SLOTS, lines), np.bool_)
    for block in range(DIGITS // 4):
        words = np.empty(4 * lines, np.uint32)
        fill_words(words, *key, vector, sample, last | block << 16)
        for lane in range(4):
            bits = (words[lane::4] >> np.arange(SLOTS, dtype=np.uint32)[:, None] & 1).astype(np.bool_)
            digit = (codes >> (4 * block + lane) & 1).astype(np.bool_)
            raised = np.where(digit, raised | bits, raised & bits)
    return raised | (codes >= 1 << DIGITS)


def unpacked(words: Words) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Slots (31 words, lines) and signs (lines,) of one vector's trains (words, lines)."""
    slots = np.concatenate([(word >> np.arange(SLOTS, dtype=np.uint32)[:, None] & 1).astype(np.bool_) for word in words])
    return slots, np.where(words[0] >> np.uint32(31), -1, 1)


def reference_update(
    weights: Floats, cells: PulsedCells, law: Law, *, noise: Noise, trains: tuple[Words, Words], hidden: Floats | None = None
) -> None:
    """Apply a batch of trains to float64 weights in place; `noise(shape)` gives standard normals."""
    held = weights if hidden is None else hidden
    for row_words, column_words in zip(*trains, strict=True):
        rows, row_sign = unpacked(row_words)
        columns, column_sign = unpacked(column_words)
        rises = np.multiply.outer(row_sign, column_sign) > 0
        wanted = rises if law.one_sided else np.ones_like(rises)
        touched = np.zeros(held.shape, np.bool_)
        for row, column in zip(rows, columns, strict=True):
            pulsed = np.logical_and.outer(row, column) & wanted
            touched |= pulsed
            held[...] = np.where(pulsed, one_pulse(held, rises, cells, law, noise(held.shape)), held)
        if hidden is not None:
            weights[...] = np.where(touched, held + law.write_noise * noise(held.shape), weights)


def one_pulse(weights: Floats, rises: npt.NDArray[np.bool_], cells: PulsedCells, law: Law, noise: Floats) -> Floats:
    """Every cell after one pulse of its direction."""
    reference = cells.reference.astype(np.float64) if cells.reference.size else 0.0
    state = weights + reference
    change, spread = (
        np.where(rises, known(state, True, cells, law), known(state, False, cells, law)) for known in (mean_change, spread_of_change)
    )
    moved = state + np.where(rises, 1.0, -1.0) * (change + spread * noise)
    bounded: Floats = np.clip(moved, cells.low, cells.high) - reference
    return bounded


def mean_change(state: Floats, rises: bool, cells: PulsedCells, law: Law) -> Floats:
    """How far (0 or more, for most laws) the next pulse moves cells at `state` = w + reference on average."""
    step, low, high = (matrix.astype(np.float64) for matrix in (cells.up if rises else cells.down, cells.low, cells.high))
    curve, width = law.up_curve if rises else law.down_curve, np.maximum(high - low, 1e-20)
    mirrored = state if rises else -state
    if law.kind == LINEAR:
        return step - _shape(cells, rises) * mirrored
    if law.kind == EXPONENTIAL:
        factor, slope, offset = (float(value) for value in curve)
        return step * np.maximum(1 - factor * np.exp(np.clip(slope * mirrored / width + offset, -80, 80)), 0)
    place = np.clip((high - state if rises else state - low) / width, 0, 1)  # what is left of the way
    if law.kind == TABLES:
        tabled: Floats = step * _looked_up(curve, _shape(cells, rises), 1 - place, 0)
        return tabled
    if law.kind == POWER:
        powered: Floats = step * np.maximum(place, 1e-20) ** _shape(cells, rises)
        return powered
    if law.kind == PIECEWISE:
        table: Floats = step * np.interp(1 - place, np.linspace(0, 1, len(curve)), np.asarray(curve, np.float64))
        return table
    return step


def spread_of_change(state: Floats, rises: bool, cells: PulsedCells, law: Law) -> Floats:
    """Standard deviation of the next step of cells at `state` = w + reference, before bounds."""
    step, low, high = (matrix.astype(np.float64) for matrix in (cells.up if rises else cells.down, cells.low, cells.high))
    if law.kind == TABLES:
        passed = np.clip((state - low if rises else high - state) / np.maximum(high - low, 1e-20), 0, 1)
        tabled = _looked_up(law.up_curve if rises else law.down_curve, _shape(cells, rises), passed, 1)
        spread: Floats = law.relative * step * tabled
        return spread
    found: Floats = (
        law.relative * np.abs(mean_change(state, rises, cells, law)) + law.fixed * step + law.floor + law.share * np.abs(state)
    )
    return found


def _looked_up(curve: Curve, table: Floats, passed: Floats, part: int) -> Floats:
    """Mean (part 0) or standard deviation (part 1) in the table of each cell, the share `passed` of its way."""
    numbers = np.asarray(curve, np.float64)
    points = int(numbers[0])
    tables = numbers[1:].reshape(-1, 2, points)[:, part]
    place = passed * (points - 1)
    left = np.minimum(place.astype(np.int64), points - 2)
    number = np.broadcast_to(table.astype(np.int64), left.shape)
    found: Floats = tables[number, left] + (place - left) * (tables[number, left + 1] - tables[number, left])
    return found


def _shape(cells: PulsedCells, rises: bool) -> Floats:
    matrix: Matrix = cells.up_shape if rises else cells.down_shape
    return matrix.astype(np.float64)
