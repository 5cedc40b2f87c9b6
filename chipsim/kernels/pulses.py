"""The kernel of a pulsed update: for each row of cells all vectors of the batch, one after the other.

Rows without a pulse cost nothing; of vectors that leave most columns without a pulse, the cells of the others are gathered. What is
computed is told in pulsed_update.py, the loops over cells are in pulse_laws.py.
"""

from typing import Any

import numpy as np
from numba import njit, types

from chipsim.kernels.coincidences import SLOTS_MASK, drop_down, multiply, overlap, totals
from chipsim.kernels.philox import fill_normal
from chipsim.kernels.pulse_laws import LAYER, LINEAR, POWER, TABLES, pulse_cells

NOISE = 2 << 30  # of the cells, highest bits of the last counter word; then 10 bits for the pulse and 20 for the row
WRITING = 1023  # the "pulse" whose number is the write noise
_SPARSE = 0.3  # share of columns with a pulse below which it pays to gather their cells

_u32, _f32 = np.uint32, np.float32

_IN = types.Array(types.float32, 2, "C", readonly=True)
_OUT = types.Array(types.float32, 2, "C")
_CURVE = types.Array(types.float32, 1, "C", readonly=True)
_TRAINS = types.Array(types.uint32, 3, "C", readonly=True)
_NAMES = types.Array(types.uint32, 1, "C", readonly=True)
_i, _w, _f, _b = types.int64, types.uint32, types.float32, types.boolean

_UPDATE = types.void(
    _OUT, _OUT, _TRAINS, _TRAINS, _IN, _IN, _NAMES, _NAMES, _w, _w,  # weights, lines, identity, key
    _IN, _IN, _IN, _IN, _IN, _IN, _IN,  # cells
    _i, _b, _b, _CURVE, _CURVE, _f, _f, _f, _f, _f,  # law and noise
    types.Array(types.int64, 1, "C"), types.Array(types.float32, 2, "C"), types.Array(types.int32, 2, "C"),  # results, buffers
)  # fmt: skip


@njit(error_model="numpy")
def _live_columns(trains: Any, lines: Any, batch: Any, columns: Any, live: Any, packed_trains: Any, packed_lines: Any) -> Any:
    """The columns with a pulse in this vector, their trains or lines side by side; -1 when they are too many for it to pay."""
    size = 0
    for j in range(columns):
        some = lines.shape[0] > 0 and lines[batch, j] != _f32(0)
        for word in range(trains.shape[1] if trains.shape[0] > 0 else 0):
            some = some or (trains[batch, word, j] & SLOTS_MASK) != _u32(0)
        if some:
            live[batch, size] = j
            size += 1
    if size > _SPARSE * columns:
        return -1
    for p in range(size):
        if lines.shape[0] > 0:
            packed_lines[batch, p] = lines[batch, live[batch, p]]
        for word in range(trains.shape[1] if trains.shape[0] > 0 else 0):
            packed_trains[batch, word, p] = trains[batch, word, live[batch, p]]
    return size


@njit(error_model="numpy")
def _gather(target: Any, values: Any, places: Any) -> None:
    for p in range(places.size):
        target[p] = values[places[p]]


@njit(error_model="numpy", fastmath={"contract"})
def _add(target: Any, values: Any, others: Any) -> None:
    for j in range(target.size):
        target[j] = values[j] + others[j]


@njit(error_model="numpy", fastmath={"contract"})
def _subtract(target: Any, values: Any, others: Any, counts: Any) -> None:
    """target = values - others where there was a pulse."""
    for j in range(target.size):
        target[j] = values[j] - others[j] if counts[j] != 0 else target[j]


@njit(error_model="numpy", fastmath={"contract"})
def _show(visible: Any, held: Any, counts: Any, write_noise: Any, noise: Any) -> None:
    """visible = held + write noise, drawn anew where there was a pulse."""
    for j in range(visible.size):
        seen = _f32(held[j] + write_noise * noise[j])
        visible[j] = seen if counts[j] != 0 else visible[j]


@njit(_UPDATE, nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def update(
    weights: Any, hidden: Any, row_trains: Any, column_trains: Any, row_lines: Any, column_lines: Any, sample: Any, vector: Any,
    key0: Any, key1: Any, up: Any, down: Any, low: Any, high: Any, up_shape: Any, down_shape: Any, reference: Any,
    law: Any, grouped: Any, one_sided: Any, up_curve: Any, down_curve: Any, relative: Any, fixed: Any, floor: Any, share: Any,
    write_noise: Any, pulses: Any, work: Any, numbers: Any,
) -> None:  # fmt: skip
    """The updates of a batch; pulses[b] grows by the pulses of vector b.

    hidden, up_shape, down_shape and reference have no rows where they are off, trains or lines no vectors. `work` holds 24 rows of
    floats, `numbers` 3 rows of integers, each as long as a row of cells and at least 1026 long.
    """
    columns = weights.shape[1]
    order, starts = numbers[1], numbers[2]
    all_counts, all_noise, all_states = numbers[0][:columns], work[7][:columns], work[6][:columns]  # a view costs as much as ten cells
    masked, shifted, shaped = hidden.shape[0] > 0, reference.shape[0] > 0, law in (LINEAR, POWER, TABLES)
    counted = row_trains.shape[0] == 0
    live, sizes = np.empty((sample.size, columns), np.int32), np.empty(sample.size, np.int64)
    packed_trains, packed_lines = np.empty(column_trains.shape, np.uint32), np.empty(column_lines.shape, np.float32)
    for b in range(sample.size):
        sizes[b] = _live_columns(column_trains, column_lines, b, columns, live, packed_trains, packed_lines)
    for row in range(weights.shape[0]):
        held = hidden[row] if masked else weights[row]
        up_step, down_step, lowest, highest = up[row], down[row], low[row], high[row]
        up_row, down_row, base = up_shape[row], down_shape[row], reference[row]  # never read where they are off
        last = _u32(_u32(NOISE) | _u32(row))
        for b in range(sample.size):
            sparse = sizes[b] >= 0
            size = sizes[b] if sparse else columns
            counts = all_counts[:size] if sparse else all_counts
            if counted:
                some = multiply(counts, row_lines[b, row], packed_lines[b] if sparse else column_lines[b])
            else:
                some = overlap(counts, row_trains, packed_trains if sparse else column_trains, b, row)
            if not some:
                continue
            if one_sided:
                drop_down(counts)
            total, top = totals(counts)
            if top == 0:
                continue
            pulses[b] += total
            if not sparse:
                if shifted:
                    _add(all_states, held, base)
                pulse_cells(
                    all_states if shifted else held, counts, top, up_step, down_step, up_row, down_row, lowest, highest,
                    law, grouped, up_curve, down_curve, relative, fixed, floor, share,
                    key0, key1, vector[b], sample[b], last, work, order, starts,
                )  # fmt: skip
                if shifted:
                    _subtract(held, all_states, base, counts)
                if masked:
                    fill_normal(all_noise, key0, key1, vector[b], sample[b], _u32(last | _u32(WRITING * LAYER)))
                    _show(weights[row], held, counts, write_noise, all_noise)
                continue
            places, state, noise, offset = live[b][:size], all_states[:size], all_noise[:size], work[22][:size]
            _gather(state, held, places)
            _gather(work[16], up_step, places)
            _gather(work[17], down_step, places)
            _gather(work[18], lowest, places)
            _gather(work[19], highest, places)
            if shaped:
                _gather(work[20], up_row, places)
                _gather(work[21], down_row, places)
            if shifted:
                _gather(offset, base, places)
                _add(state, state, offset)
            pulse_cells(
                state, counts, top, work[16], work[17], work[20], work[21], work[18], work[19],
                law, grouped, up_curve, down_curve, relative, fixed, floor, share,
                key0, key1, vector[b], sample[b], last, work, order, starts,
            )  # fmt: skip
            if shifted:
                _subtract(state, state, offset, counts)
            for p in range(size):
                if counts[p] != 0:
                    held[places[p]] = state[p]
            if masked:
                fill_normal(noise, key0, key1, vector[b], sample[b], _u32(last | _u32(WRITING * LAYER)))
                for p in range(size):
                    if counts[p] != 0:
                        weights[row, places[p]] = _f32(state[p] + write_noise * noise[p])
