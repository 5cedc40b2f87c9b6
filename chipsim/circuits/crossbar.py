"""One crossbar with weights in it: program, let drift, multiply. Used by the chip, and alone as if it were a matrix.

    xbar = Crossbar(array)                 # an Array spec; weights are drawn to its conductances when programmed
    xbar.program(weights)                  # (rows, columns), any scale
    xbar.drift_to(86400.0)                 # one day later
    y = x @ xbar                           # (vectors, rows) -> (vectors, columns)

Conductances and drift exponents belong to the devices: they are drawn once at programming and kept; every later time is
computed from the programmed state, so the order in which times are asked for changes nothing.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Plane
from chipsim.devices.device import Programmed
from chipsim.errors import CheckError, InputError
from chipsim.kernels.mvm import MVMResult, analog_mvm, position_weighted
from chipsim.kernels.philox import normal
from chipsim.streams import Stream

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@final
class Crossbar:
    """The state of one array: conductances (S) and exponents of all devices, and the matrices read from them."""

    __array_priority__ = 1000  # so that `ndarray @ crossbar` comes here

    def __init__(self, array: Array, stream: Stream | None = None, input_range: float | None = None) -> None:
        """An empty crossbar; `input_range` is the layer's own range, for arrays with `input_scaling: fixed`."""
        self.array = array
        self.stream = stream or Stream()
        self.settings = array.settings if input_range is None else array.settings._replace(input_range=input_range)
        self.age = 0.0
        self._key = self.stream.child("products").key
        self._key_back = self.stream.child("transposed products").key
        self._transposed: tuple[Floats, Floats | None, Floats] | None = None
        self._planes: list[tuple[Plane, Programmed]] = []
        self._calls = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that hold weights; (0, 0) before programming."""
        return (0, 0) if not self._planes else (len(self.weights), self._columns)

    def program(self, weights: ArrayLike) -> None:
        """Write weights (rows, columns); InputError when they do not fit the array or are not finite."""
        matrix = self._checked(weights)
        self.scale = self._scales(matrix)
        planes = self.array.cell.planes(np.clip(matrix / self.scale, -1, 1))
        self._planes = [(p, self._written(p)) for p in planes]
        self._columns = matrix.shape[1]
        faults, device = self.array.faults, self.array.cell.device
        self._stuck = {p.name: faults.stuck_at(p.target.shape, device, self.stream.child(p.name)) for p in planes if faults.share}
        self._reference = self._column_sums(self._read(0.0)[0])
        self.drift_to(0.0)

    def drift_to(self, age: float) -> None:
        """Bring the devices to `age` seconds after programming (from the programmed state, whatever was asked before)."""
        self._need_weights()
        age = float(age)  # the noise that is held for this time is known by its text: 3600, 3600.0 and a NumPy number are one time
        self.weights, conductance = self._read(age)
        self.age = age
        self._row_conductance = conductance.sum(axis=1, dtype=np.float64).astype(np.float32)
        self._column_conductance = conductance.sum(axis=0, dtype=np.float64).astype(np.float32)
        self._transposed = None
        self._variance = self._fresh_variance(age)
        droop = self.settings.ir_drop > 0
        self._magnitude = np.abs(self.weights) if droop else None
        self._droop = position_weighted(self.weights) if droop else None
        self.compensation = self._compensation()
        parts = np.asarray(self.array.cell.part_weights, np.float32)
        scale = np.broadcast_to(self.scale, (1, self._columns))
        self._column_scale = ((parts[:, None] * scale).reshape(-1) * self.compensation).astype(np.float32)

    def forward(self, x: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products of vectors x (n, rows), known to the noise by (sample, vector), in the weights' own scale (n, columns)."""
        self._need_weights()
        try:
            result = analog_mvm(
                x, self.weights, self.settings, key=self._key, sample=sample, vector=vector,
                variance=self._variance, magnitude=self._magnitude, droop=self._droop,
                row_conductance=self._row_conductance, column_scale=self._column_scale,
            )  # fmt: skip
        except ValueError as error:  # numbers beyond float32, mostly
            raise CheckError(f"Crossbar.forward: {'.'.join(self.stream.path) or 'crossbar'}: {error}") from error
        parts = len(self.array.cell.part_weights)
        return result if parts == 1 else result._replace(y=_added(result.y.reshape(len(x), parts, self._columns)))

    @property
    def matrix(self) -> Floats:
        """The weights (rows, columns) that are read now, in the scale of those written, drift compensation included."""
        self._need_weights()
        parts = (self.weights * self._column_scale).reshape(len(self.weights), -1, self._columns)
        return _added(parts)

    def backward(self, d: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products with the transposed matrix: d (n, columns) -> (n, rows); columns are driven, rows are read.

        The columns' scales are applied to d before the DAC. The static IR drop, which runs along the columns, is left out.
        """
        self._need_weights()
        if self._transposed is None:
            variance = None if self._variance is None else np.ascontiguousarray(self._variance.T)
            self._transposed = np.ascontiguousarray(self.weights.T), variance, self._column_conductance
        weights, variance, conductance = self._transposed
        driven = np.tile(d, len(self.array.cell.part_weights)) * self._column_scale
        return analog_mvm(
            np.ascontiguousarray(driven, np.float32), weights, self.settings._replace(ir_drop=0.0), key=self._key_back,
            sample=sample, vector=vector, variance=variance, row_conductance=conductance,
        )  # fmt: skip

    def __rmatmul__(self, x: ArrayLike) -> Floats:
        """x @ crossbar for x (rows,) or (vectors, rows); every call draws new noise."""
        self._need_weights()
        vectors = np.ascontiguousarray(np.atleast_2d(np.asarray(x, np.float32)))
        if vectors.ndim != 2 or vectors.shape[1] != self.shape[0]:
            raise InputError(f"Crossbar: x has shape {np.shape(x)}, expected (vectors, {self.shape[0]})")
        if not np.isfinite(vectors).all():
            raise InputError("Crossbar: x holds a value that is not finite")
        self._calls += 1
        count = len(vectors)
        ids = np.full(count, self._calls - 1, np.uint32)
        y = self.forward(vectors, ids, np.arange(count, dtype=np.uint32)).y
        return y[0] if np.ndim(x) == 1 else y

    # --- from weights to conductances and back -------------------------------------------------------------------------

    def _checked(self, weights: ArrayLike) -> Floats:
        try:
            matrix = np.asarray(weights, np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"Crossbar.program: weights are no matrix of numbers ({error})") from None
        rows, columns = self.array.rows, self.array.outputs
        if matrix.ndim != 2 or not (0 < matrix.shape[0] <= rows and 0 < matrix.shape[1] <= columns):
            raise InputError(f"Crossbar.program: weights have shape {matrix.shape}, expected at most ({rows}, {columns})")
        if not np.isfinite(matrix).all():
            raise InputError("Crossbar.program: weights hold a value that is not finite")
        return matrix

    def _scales(self, matrix: Floats) -> Floats:
        """What a full-scale cell stands for: per column (1, columns) or for the array (1, 1); 1 where all weights are zero."""
        axis = 0 if self.array.weight_scaling == "column" else None
        largest = np.abs(matrix).max(axis=axis, keepdims=True).astype(np.float32)
        return np.where(largest > 0, largest, np.float32(1))

    def _written(self, plane: Plane) -> Programmed:
        """What the device makes of a plane's targets; InputError when the device's own code breaks the contract."""
        device = self.array.cell.device
        found = device.program(plane.target, self.stream.child(plane.name))
        if not isinstance(found, Programmed) or found.conductance.shape != plane.target.shape:
            wanted = f"expected Programmed arrays of shape {plane.target.shape}"
            raise InputError(f"{type(device).__name__}.program: {wanted}, got {found!r:.80}")
        if not (found.conductance >= 0).all():  # catches NaN too
            lowest = float(found.conductance.min())
            raise InputError(f"{type(device).__name__}.program: made a conductance of {lowest} S; expected 0 or more")
        return found

    def _read(self, age: float) -> tuple[Floats, Floats]:
        """Weights in full-scale cells and total conductance (S) of every cell and part at `age`, (rows, parts * columns)."""
        rows, parts = len(self._planes[0][0].target), len(self.array.cell.part_weights)
        weights = np.zeros((rows, parts, self._columns), np.float32)
        conductance = np.zeros_like(weights)
        for plane, programmed in self._planes:
            value = self._conductance(plane, programmed, age)
            weights[:, plane.part] += np.float32(plane.factor) * value
            share = value / np.float32(self._columns) if value.shape[1] < self._columns else value
            conductance[:, plane.part] += share
        return weights.reshape(rows, -1), conductance.reshape(rows, -1)

    def _conductance(self, plane: Plane, programmed: Programmed, age: float) -> Floats:
        """Conductance of the devices of one plane (S) at `age`, with noise that is held for this time."""
        device = self.array.cell.device
        mean = device.mean_at(programmed, age)
        if self.array.read_noise == "held":
            sigma = device.read_sigma_at(programmed, age)
            if sigma.any():
                key = self.stream.child(plane.name).child(f"read at {age!r} s").key
                mean = np.maximum(mean + sigma * normal(mean.shape, key), np.float32(0))
        stuck = self._stuck.get(plane.name)
        return mean if stuck is None else np.where(np.isnan(stuck), mean, stuck)

    def _fresh_variance(self, age: float) -> Floats | None:
        """Variance of each weight from product to product, in full-scale cells; None when there is none."""
        array = self.array
        parts = len(array.cell.part_weights)
        variance = np.zeros((len(self.weights), parts, self._columns), np.float32)
        if array.read_noise == "fresh":
            for plane, programmed in self._planes:
                sigma = array.cell.device.read_sigma_at(programmed, age) * np.float32(plane.factor)
                stuck = self._stuck.get(plane.name)
                sigma = sigma if stuck is None else np.where(np.isnan(stuck), sigma, np.float32(0))
                variance[:, plane.part] += sigma * sigma
        whole = variance.reshape(self.weights.shape)
        whole += np.float32(array.short_term_noise**2) * np.abs(self.weights)
        return whole if whole.any() else None

    def _column_sums(self, weights: Floats) -> NDArray[np.float64]:
        """Sum of |currents| of each physical column for inputs given one row at a time, as drift compensation measures it."""
        sums: NDArray[np.float64] = np.abs(weights).sum(axis=0, dtype=np.float64)
        return sums

    def _compensation(self) -> NDArray[np.float64]:
        """Factor of each physical column that brings its currents back to those right after programming."""
        now, before = self._column_sums(self.weights), self._reference
        if self.array.drift_compensation == "global":
            now, before = np.full_like(now, now.sum()), np.full_like(before, before.sum())
        if self.array.drift_compensation == "none":
            return np.ones_like(now)
        return np.divide(before, now, out=np.ones_like(now), where=now > 0)

    def _need_weights(self) -> None:
        if not self._planes:
            raise InputError("Crossbar: holds no weights yet; call program(weights) first")


def _added(parts: Floats) -> Floats:
    """Sum of the parts of each weight, (n, parts, columns) -> (n, columns), in a fixed order."""
    total = parts[:, 0].copy()
    for part in range(1, parts.shape[1]):
        total += parts[:, part]
    return total
