"""What the devices of a block give in one mini-batch: written anew, aged, read.

    Tabulated    values drawn from the tables of `noise.py`, with stuck devices drawn by the array's own `Faults`
    ByCrossbar   the simulator's own Crossbar, programmed with the weights: for cells in slices, columns that float or whose resistances
    add
                 up, and exact wires, of which no table of single weights can be made; slow, but right

Not felt by a drift compensation of `Tabulated`: that the sums of a real array are those of its own devices, not of the mean of many.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chipsim.aware.noise import FINE, NoiseTable, Plane, Readings
from chipsim.aware.quantise import normals
from chipsim.circuits import sensing
from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.cell import Plane as Targets
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.faults import Faults
from chipsim.kernels import straight
from chipsim.mapping.mapping import Placement
from chipsim.programming.access import Access
from chipsim.programming.programmer import Programmer
from chipsim.streams import Stream

Floats = NDArray[np.float32]


class Moment(NamedTuple):
    """When arrays are read: their age and that at which drift was measured (s), and the random stream of the mini-batch."""

    age: float
    calibrated: float
    stream: Stream


class Held(NamedTuple):
    """What a block gives, in full-scale cells: values and variances [parts, columns, rows]; further factors and offsets [parts, columns].

    `compensation` is that of drift; `sensed` undoes what a floating column divides by; `offset` is added before the converter.
    """

    values: Tensor
    variance: Tensor | None = None
    compensation: Tensor | None = None
    sensed: Tensor | None = None
    offset: Floats | None = None


class Cells(Protocol):
    """A way to find what a block gives."""

    strength: float

    def held(self, weights: Tensor, block: Placement, moment: Moment) -> Held:
        """For weights [columns, rows] in [-1, 1]."""


def needs_crossbar(array: Array) -> bool:
    """Whether what is read of an array is more than a table of single weights."""
    return array.cell.type_name == "sliced" or array.sensing != "current" or (array.ir_drop_model == "exact" and array.ir_drop > 0)


@final
class Tabulated:
    """Devices by their moments; `weight_noise` is a factor on their spread, `strength` on all that they do amiss."""

    def __init__(self, array: Array, table: NoiseTable, generator: torch.Generator, weight_noise: float = 1.0) -> None:
        self.array, self.table, self.generator, self.weight_noise, self.strength = array, table, generator, weight_noise, 1.0
        self._looked_up: dict[tuple[float, float], _Tables] = {}
        self._sound = array.faults == Faults()

    def held(self, weights: Tensor, block: Placement, moment: Moment) -> Held:
        tables = self._tables(moment.age, moment.calibrated)
        if tables.beside is not None and self.strength == 1 and self._sound and weights.dtype == torch.float32:
            return self._at_once(tables, tables.beside, weights.contiguous())
        flat, shape = weights.reshape(-1), (tables.parts, *weights.shape)
        steps = torch.add(FINE / 2 + 0.5, flat, alpha=FINE / 2).to(torch.int32)
        values = self._values(tables, flat, steps).reshape(shape)
        self._refer(values, tables)
        sums = None if tables.sums is None else _looked(tables.sums, steps).reshape(2, *shape)
        self._break(values, sums, steps, block, moment)
        if self.strength < 1:
            ideal = _between(tables.ideal, flat).reshape(shape)
            values = ideal + self.strength * (values - ideal)
        return Held(values, self._variance(tables, steps, values), None if sums is None else self._compensation(sums))

    def _at_once(self, tables: _Tables, beside: Floats, weights: Tensor) -> Held:
        """What devices of which none is stuck give, in one pass."""
        short = self.array.short_term_noise**2
        values, sums = torch.empty_like(weights), np.empty((2, len(weights)))
        variance = torch.empty_like(weights) if short else torch.empty(0, 0)
        high, low = torch.randint(2**32, (2,), generator=self.generator).tolist()
        straight.draw(weights.numpy(), beside, self.weight_noise, short, high, low, values.numpy(), variance.numpy(), sums)
        compensation = None
        if tables.sums is not None:
            compensation = self._factors(*torch.from_numpy(sums.astype(np.float32))[:, None])
        return Held(values[None], variance[None] if short else None, compensation)

    def _tables(self, age: float, calibrated: float) -> _Tables:
        key = age, calibrated
        if key not in self._looked_up:
            self._looked_up[key] = _Tables(self.table.at(*key), self.array.drift_compensation != "none")
        return self._looked_up[key]

    def _values(self, tables: _Tables, weights: Tensor, steps: Tensor) -> Tensor:
        """Values drawn for each part and weight, [parts, weights]."""
        values = _looked(tables.shift, steps).add_(weights) if tables.parts == 1 else _between(tables.mean, weights)
        if tables.sigma is None or self.weight_noise == 0:
            return values
        xi = normals(tuple(values.shape), self.generator)
        return values.addcmul_(_looked(tables.sigma, steps), xi, value=self.weight_noise)

    def _refer(self, values: Tensor, tables: _Tables) -> None:
        """Add what a reference column adds to all weights of a row."""
        mean, sigma = tables.shared
        if mean or sigma:
            xi = normals((values.shape[2],), self.generator)
            values += mean + self.weight_noise * sigma * xi

    def _variance(self, tables: _Tables, steps: Tensor, values: Tensor) -> Tensor | None:
        """From product to product: that of the devices, where it is drawn anew for each, and that of the cells."""
        found = None if tables.variance is None else _looked(tables.variance, steps).reshape(values.shape)
        if self.array.short_term_noise > 0:
            short = values.abs().mul_(self.array.short_term_noise**2)
            found = short if found is None else found.add_(short)
        return found

    def _compensation(self, sums: Tensor) -> Tensor:
        """Factor of every column [parts, columns] from the sums of its values before and now, [2, parts, columns, rows]."""
        return self._factors(*sums.sum(dim=-1))

    def _factors(self, before: Tensor, now: Tensor) -> Tensor:
        """Factor of every column [parts, columns] from its sums."""
        if self.array.drift_compensation == "global":
            before, now = before.sum().expand_as(before), now.sum().expand_as(now)
        return 1 + self.strength * (torch.where(now > 0, before / now, torch.ones_like(now)) - 1)

    def _break(self, values: Tensor, sums: Tensor | None, steps: Tensor, block: Placement, moment: Moment) -> None:
        """Give the cells with a stuck device what these and the others add up to."""
        columns, rows = values.shape[1:]
        planes = self.table.at(moment.age, moment.calibrated).planes
        shapes = [Targets(p.name, np.zeros((rows, 1 if len(p.mean) == 1 else columns), np.float32), p.factor, p.part) for p in planes]
        stuck = self.array.faults.stuck(shapes, self.array.cell.device, moment.stream.child("chip").child(block.name), self.array.outputs)
        if not stuck:
            return
        at = {name: np.broadcast_to(where, (rows, columns)) for name, where in stuck.items()}
        row, column = np.nonzero(np.any([~np.isnan(where) for where in at.values()], axis=0))
        if len(row) == 0:
            return
        which = steps.reshape(columns, rows).numpy()[column, row]
        random = np.random.default_rng(moment.stream.child(block.name).key)
        total = np.zeros((values.shape[0], len(row)))
        for plane in planes:
            total[plane.part] += _added(self.table, plane, at[plane.name][row, column], which, random, self.weight_noise)
        changed = torch.from_numpy(total.astype(np.float32))
        values[:, column, row] = changed
        if sums is not None:
            sums[:, :, column, row] = changed.abs()


def _added(
    table: NoiseTable, plane: Plane, stuck: Floats, which: NDArray[np.int32], random: np.random.Generator, noise: float
) -> Floats:
    """What a plane's devices add in some cells: those that are stuck (S, NaN: works) as they are, the others from the tables."""
    place = which if len(plane.mean) > 1 else np.zeros_like(which)
    working = plane.mean[place] + noise * plane.sigma[place] * random.standard_normal(len(place))
    broken = ~np.isnan(stuck)
    result = working.astype(np.float32)
    result[broken] = plane.factor * table.seen(stuck[broken])
    return result


@final
class _Tables:
    """Readings as tensors; None for what there is none of."""

    def __init__(self, readings: Readings, compensated: bool) -> None:
        self.parts = len(readings.mean)
        self.mean, self.ideal = _tensor(readings.mean), _tensor(readings.ideal)
        self.shift = _tensor(readings.mean - np.linspace(-1, 1, FINE + 1))  # of a weight that is in one piece
        self.sigma = _tensor(readings.sigma) if readings.sigma.any() else None
        self.variance = None if readings.variance is None else _tensor(readings.variance)
        self.shared = readings.shared
        drifts = compensated and not np.array_equal(readings.before, readings.now)
        self.sums = _tensor(np.concatenate([readings.before, readings.now])) if drifts else None
        self.beside: Floats | None = None  # what one weight needs lies together
        if self.parts == 1 and self.variance is None and self.shared == (0.0, 0.0):
            each = [readings.mean[0] - np.linspace(-1, 1, FINE + 1), readings.sigma[0], readings.before[0], readings.now[0]]
            self.beside = np.ascontiguousarray(np.stack(each, axis=1), np.float32)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _looked(table: Tensor, steps: Tensor) -> Tensor:
    """[tables, FINE + 1] at steps [n] -> [tables, n]."""
    if len(table) == 1:
        return table[0].index_select(0, steps)[None]
    return torch.stack([row.index_select(0, steps) for row in table])


def _between(table: Tensor, weights: Tensor) -> Tensor:
    """[tables, FINE + 1] at weights [n], linear between the steps -> [tables, n]."""
    place = weights.add(1).mul_(FINE / 2)
    low = place.floor().clamp_(max=FINE - 1)
    steps, share = low.to(torch.int32), place - low
    return torch.stack([torch.addcmul(row.index_select(0, steps), row.diff().index_select(0, steps), share) for row in table])


@final
class ByCrossbar:
    """Devices of the simulator's own Crossbar."""

    def __init__(self, array: Array, programmer: Programmer, access: Access, cell: Cell | None = None) -> None:
        self.array, self.programmer, self.access, self.cell, self.strength = array, programmer, access, cell, 1.0

    def held(self, weights: Tensor, block: Placement, moment: Moment) -> Held:
        stream, chip = moment.stream.child(block.name), moment.stream.child("chip").child(block.name)
        crossbar = Crossbar(self.array, stream, None, chip)
        for _ in self.programmer.steps(crossbar, np.ascontiguousarray(weights.t().numpy()), self.access, self.cell):
            pass
        crossbar.drift_to(moment.age, moment.calibrated)
        raw, _ = crossbar.stored.weights_at(moment.age)
        variance = crossbar.stored.variance_at(moment.age, raw)
        seen = sensing.forward(self.array, crossbar.stored, raw, variance, moment.age, "")
        parts, (columns, rows) = len(crossbar.stored.cell.part_weights), weights.shape

        def by_part(values: Floats | None) -> Tensor | None:
            if values is None:
                return None
            shape = (parts, columns, rows) if values.ndim == 2 else (parts, columns)
            return torch.from_numpy(np.ascontiguousarray(values.T, np.float32)).reshape(shape)

        whole = by_part(seen.weights)
        assert whole is not None
        offset = None if seen.offset is None else seen.offset.reshape(parts, columns)
        compensation = by_part(crossbar.compensation.astype(np.float32))
        return Held(whole, by_part(seen.variance), compensation, by_part(seen.scale), offset)
