"""One crossbar with weights in it: program, let drift, multiply. Used by the chip, and alone as if it were a matrix.

    xbar = Crossbar(array)                 # an Array spec; weights are drawn to its conductances when programmed
    xbar.program(weights)                  # (rows, columns), any scale
    xbar.drift_to(86400.0)                 # one day later
    y = x @ xbar                           # (vectors, rows) -> (vectors, columns)

Conductances and drift exponents belong to the devices: they are drawn once at programming and kept; every later time is
computed from the programmed state, so the order in which times are asked for changes nothing.
"""

from __future__ import annotations

import math
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.circuits import sensing
from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.fitting import fitting, full_scale
from chipsim.circuits.readout import Readout, of_columns, of_rows
from chipsim.circuits.row_groups import in_groups
from chipsim.circuits.stored import Stored
from chipsim.errors import CheckError, InputError
from chipsim.kernels.mvm import MVMResult, analog_mvm, position_weighted
from chipsim.kernels.settings import MVMSettings, Scaling
from chipsim.streams import Stream
from chipsim.units import DIMENSIONS, parse

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@final
class Crossbar:
    """The state of one array: conductances (S) and exponents of all devices, and the matrices read from them."""

    __array_priority__ = 1000  # so that `ndarray @ crossbar` comes here

    def __init__(
        self, array: Array, stream: Stream | None = None, input_range: float | None = None, chip: Stream | None = None
    ) -> None:
        """An empty crossbar; `input_range` is the layer's own range, for arrays with `input_scaling: fixed`.

        `stream` is the source of all noise; `chip`, by default the same, of what is fixed for the chip: faults, mismatch.
        """
        self.array = array
        self.stream = stream or Stream()
        self.chip = chip or self.stream
        self.settings = array.settings if input_range is None else array.settings._replace(input_range=input_range)
        self.age = 0.0
        purposes = ("products", "programming products", "balancing products", "balancing programming products")
        self._keys = {purpose: self.stream.child(purpose).key for purpose in purposes}
        self._key_back = self.stream.child("transposed products").key
        self._transposed: tuple[sensing.Sensed, Floats, Readout] | None = None
        self._stored: Stored | None = None
        self._calls = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that hold weights; (0, 0) before programming."""
        return (0, 0) if self._stored is None else (self._stored.rows, self._columns)

    @property
    def input_range(self) -> float:
        """Largest input that is not clipped, where all vectors share one range; else 1."""
        return self.settings.input_range if self.settings.scaling == Scaling.FIXED_RANGE else 1.0

    @property
    def input_limits(self) -> tuple[float, float]:
        """What inputs are clipped to; infinite where every vector is brought to the range of the DAC."""
        scaled = self.settings.scaling == Scaling.ABSOLUTE_MAXIMUM
        largest = math.inf if scaled else self.input_range * self.settings.input_bound
        return 0.0 if self.array.dac.unsigned else -largest, largest

    def program(self, weights: ArrayLike, cell: Cell | None = None) -> None:
        """Write weights (rows, columns) once; InputError when they do not fit the array or are not finite.

        `cell`: another cell than the array's own to keep them in, such as one with optimised targets.
        """
        self.prepare(weights, cell).write_once()
        self.settle()

    def prepare(self, weights: ArrayLike, cell: Cell | None = None) -> Stored:
        """The devices that are to hold `weights`, for a programming algorithm to write; it calls `settle` when it is done."""
        matrix = fitting(self.array, weights)
        self.scale = full_scale(self.array, matrix)
        self._columns = matrix.shape[1]
        normalised = np.clip(matrix / self.scale, -1, 1)
        self._stored = Stored(self.array, cell or self.array.cell, normalised, self.stream, self.chip)
        self._readout = of_columns(self.array, len(self._stored.cell.part_weights), self._columns, self.chip)
        return self._stored

    def settle(self) -> None:
        """End the programming: from now on ages are counted, and drift is compared with what is stored now."""
        self._load(0.0)
        self._reference = self._column_sums(self.weights)
        self._correct(np.ones_like(self._reference))

    def wait(self, seconds: float) -> None:
        """Let programming end `seconds` later than the last device of this array was written, as others are still being written."""
        for index in range(len(self.stored.planes)):
            self.stored.age(index, seconds)
        self.settle()

    @property
    def stored(self) -> Stored:
        """The devices; InputError before anything is written."""
        if self._stored is None or not self._stored.states:
            raise InputError("Crossbar: holds no weights yet; call program(weights) first")
        return self._stored

    def drift_to(self, age: float, calibrated: float | None = None) -> None:
        """Bring the devices to `age` seconds after programming (from the programmed state, whatever was asked before).

        The drift compensation was measured at the age `calibrated`, by default now.
        """
        age = float(age)  # the noise that is held for this time is known by its text: 3600, 3600.0 and a NumPy number are one time
        self._load(age)
        then = self.weights if calibrated in (None, age) else self._weights_then(float(calibrated))
        self._correct(self._compensation(then))

    def _load(self, age: float, moment: str = "") -> None:
        """Read the weights at `age`; `moment` names a reading with noise of its own."""
        self._raw, conductance = self.stored.weights_at(age, moment)
        self._sensed = sensing.forward(self.array, self.stored, self._raw, self.stored.variance_at(age, self._raw), age, moment)
        self.weights, self._moment = self._sensed.weights, moment
        self.age = age
        conductance = self._paid_for(conductance)
        self._row_conductance = conductance.sum(axis=1, dtype=np.float64).astype(np.float32)
        self._column_conductance = conductance.sum(axis=0, dtype=np.float64).astype(np.float32)
        self._transposed = None
        droop = self.settings.ir_drop > 0
        self._magnitude = np.abs(self.weights) if droop else None
        self._droop = position_weighted(self.weights) if droop else None

    def _paid_for(self, conductance: Floats) -> Floats:
        """What the inputs pay for in every cell and part (rows, parts * columns): its conductance (S), or its capacitance (F)."""
        cell = self.array.cell
        if cell.capacitance is None:
            return conductance
        return np.full_like(conductance, cell.capacitance * (1 + cell.reference_columns / conductance.shape[1]))

    def _correct(self, compensation: NDArray[np.float64]) -> None:
        """Factors of the physical columns in digital: their part of a weight, their scale, their drift compensation."""
        self.compensation = compensation
        parts = np.asarray(self.stored.cell.part_weights, np.float32)
        scale = np.broadcast_to(self.scale, (1, self._columns))
        self._driven_scale = ((parts[:, None] * scale).reshape(-1) * self.compensation).astype(np.float32)
        digital = self._sensed.scale
        self._column_scale = self._driven_scale if digital is None else self._driven_scale * digital

    def _weights_then(self, age: float) -> Floats:
        """The weights that the converters saw at another age."""
        return sensing.forward(self.array, self.stored, self.stored.weights_at(age)[0], None, age, "").weights

    def probe(self, x: Floats, turn: int) -> MVMResult:
        """Products of x (n, rows) in one turn of a programming algorithm: read anew, noise of its own, no drift compensation."""
        self._load(0.0, f"programming turn {turn}")
        self._correct(np.ones(self.weights.shape[1]))
        turns, numbers = np.full(len(x), turn, np.uint32), np.arange(len(x), dtype=np.uint32)
        if not self.array.dac.unsigned:
            return self._product(x, "programming products", turns, numbers)
        plus = self._product(x, "programming products", turns, numbers)
        minus = self._product(-x, "balancing programming products", turns, numbers)  # the other sign as a product of its own
        retries = plus.retries + minus.retries + 1
        return MVMResult(plus.y - minus.y, retries, plus.energy_sum + minus.energy_sum, plus.saturated | minus.saturated)

    def multiply(self, x: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products of vectors x (n, rows), known to the noise by (sample, vector), in the weights' own scale (n, columns)."""
        return self._product(x, "products", sample, vector)

    def _product(self, x: Floats, purpose: str, sample: Words, vector: Words) -> MVMResult:
        result = self._read(np.maximum(x, np.float32(0)) if self.array.dac.unsigned else x, purpose, sample, vector)
        if not self.array.balance:
            return result
        turned = self._read(-x, f"balancing {purpose}", sample, vector)
        y, retries = (result.y - turned.y) * np.float32(0.5), result.retries + turned.retries
        return MVMResult(y, retries, result.energy_sum + turned.energy_sum, result.saturated | turned.saturated)

    def _read(self, x: Floats, purpose: str, sample: Words, vector: Words) -> MVMResult:
        """All rows at once, or group by group."""
        size = self.array.rows_at_once or len(self.weights)
        if size >= len(self.weights):
            return self._rows(x, slice(None), self.settings, self._keys[purpose], sample, vector)
        stream = self.stream.child(purpose)
        return in_groups(
            x, size, self.settings,
            lambda part, rows, settings: self._rows(part, rows, settings, stream.child(f"rows from {rows.start}").key, sample, vector),
        )

    def _rows(self, x: Floats, rows: slice, settings: MVMSettings, key: tuple[int, int], sample: Words, vector: Words) -> MVMResult:
        cell, converters = self.stored.cell, self._readout.shifted(self._sensed.offset)
        variance, magnitude, droop = (None if m is None else m[rows] for m in (self._sensed.variance, self._magnitude, self._droop))
        try:
            result = analog_mvm(
                x, self.weights[rows], settings, key=key, sample=sample, vector=vector,
                variance=variance, magnitude=magnitude, droop=droop,
                nonlinearity=converters.nonlinearity, gain=converters.gain, offset=converters.offset,
                correction=converters.correction, row_conductance=self._row_conductance[rows],
                column_scale=converters.scaled(self._column_scale),
            )  # fmt: skip
        except ValueError as error:  # numbers beyond float32, mostly
            raise CheckError(f"Crossbar.multiply: {'.'.join(self.stream.path) or 'crossbar'}: {error}") from error
        parts = len(cell.part_weights)
        return result if parts == 1 else result._replace(y=_added(result.y.reshape(len(x), parts, self._columns)))

    @property
    def stuck(self) -> dict[str, Floats]:
        """Conductance (S) at which devices are stuck, NaN where they work: one array (rows, columns) for each plane of the cell."""
        stored = self.stored
        return {plane.name: stored.stuck.get(plane.name, np.full_like(plane.target, np.nan)).copy() for plane in stored.planes}

    @property
    def matrix(self) -> Floats:
        """The weights (rows, columns) that are read now, in the scale of those written, drift compensation included."""
        rows = self.stored.rows
        parts = (self.weights * self._column_scale).reshape(rows, -1, self._columns)
        return _added(parts)

    def backward(self, d: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products with the transposed matrix: d (n, columns) -> (n, rows); columns are driven, rows are read.

        The columns' scales are applied to d before the DAC. The static IR drop, which runs along the columns, is left out.
        InputError where the drivers have no sign.
        """
        if self.array.dac.unsigned:
            raise InputError("Crossbar.backward: the dac applies no negative inputs, which errors have; set dac.sign: polarity")
        cell = self.stored.cell
        if self._transposed is None:
            variance = self.stored.variance_at(self.age, self._raw)
            sensed = sensing.backward(self.array, self.stored, self._raw, variance, self.age, self._moment)
            self._transposed = sensed, self._column_conductance, of_rows(self.array, len(self.weights), self.chip)
        sensed, conductance, converters = self._transposed
        driven = np.tile(d, len(cell.part_weights)) * self._driven_scale
        return analog_mvm(
            np.ascontiguousarray(driven, np.float32), sensed.weights, self.settings._replace(ir_drop=0.0), key=self._key_back,
            sample=sample, vector=vector, variance=sensed.variance, nonlinearity=converters.nonlinearity, gain=converters.gain,
            offset=converters.offset, correction=converters.correction, row_conductance=conductance,
            column_scale=converters.scale if sensed.scale is None else converters.scaled(sensed.scale),
        )  # fmt: skip

    def __rmatmul__(self, x: ArrayLike) -> Floats:
        """x @ crossbar for x (rows,) or (vectors, rows); every call draws new noise."""
        return self.forward(x)

    def forward(self, x: ArrayLike, t: float | str | None = None) -> Floats:
        """Products of x, (rows,) or (vectors, rows), in the weights' own scale; every call draws new noise.

        `t`: drift first to this time after programming (seconds, or text such as "1 d"); by default read as things stand.
        """
        if t is not None:
            self.drift_to(_seconds(t))
        vectors = np.ascontiguousarray(np.atleast_2d(np.asarray(x, np.float32)))
        if vectors.ndim != 2 or vectors.shape[1] != self.stored.rows:
            raise InputError(f"Crossbar: x has shape {np.shape(x)}, expected (vectors, {self.stored.rows})")
        if not np.isfinite(vectors).all():
            raise InputError("Crossbar: x holds a value that is not finite")
        self._calls += 1
        count = len(vectors)
        ids = np.full(count, self._calls - 1, np.uint32)
        y = self.multiply(vectors, ids, np.arange(count, dtype=np.uint32)).y
        return y[0] if np.ndim(x) == 1 else y

    def _column_sums(self, weights: Floats) -> NDArray[np.float64]:
        """Sum of |currents| of each physical column for inputs given one row at a time, as drift compensation measures it."""
        sums: NDArray[np.float64] = np.abs(weights).sum(axis=0, dtype=np.float64)
        return sums

    def _compensation(self, weights: Floats) -> NDArray[np.float64]:
        """Factor of each physical column that brings the currents of `weights` back to those right after programming."""
        now, before = self._column_sums(weights), self._reference
        if self.array.drift_compensation == "global":
            now, before = np.full_like(now, now.sum()), np.full_like(before, before.sum())
        if self.array.drift_compensation == "none":
            return np.ones_like(now)
        return np.divide(before, now, out=np.ones_like(now), where=now > 0)


def _seconds(time: float | str) -> float:
    try:
        return parse(time, DIMENSIONS["time"]) if isinstance(time, str) else float(time)
    except ValueError as error:
        raise InputError(f"Crossbar.forward: t: {error}") from None


def _added(parts: Floats) -> Floats:
    """Sum of the parts of each weight, (n, parts, columns) -> (n, columns), in a fixed order."""
    total = parts[:, 0].copy()
    for part in range(1, parts.shape[1]):
        total += parts[:, part]
    return total
