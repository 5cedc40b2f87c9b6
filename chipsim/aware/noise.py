"""What is read of a weight some time after it was written: mean and spread for every weight in [-1, 1], from the simulator's own devices.

    value of a part = m(w, t) + k s(w, t) xi          m, s  mean and standard deviation over devices that were written to w
    sums            = E |read value| at 0 and at t    what the drift compensation is measured with
    variance        = v(w, t)                         of the noise that is drawn for every vector, where the array has it `fresh`

w weight, t age (s), xi standard normal, k `weight_noise`; all in full-scale cells. They are made from DRAWS devices for each of GRID
weights,
programmed by the experiment's programmer and read with its cell, conduction and read noise, so that a device or a cell from a plugin
needs
nothing of its own; between the weights they are linear. They are kept for FINE even steps; m - w (of a weight in parts: m, linear
between steps) and the others are those of the nearest. The tabulated weights stand closer near 0, where devices change most.

Accuracy: standard error of m s / 64, of s about 1.1 %, drawn once and kept; what is read is taken as normal, which it is not where
devices are cut
off at zero conductance. What is written by reads of the whole array (`gradient`) is taken from arrays full of weights from the grid.
Not for cells in slices, columns that float or whose resistances add up, and exact wires: see `by_crossbar` in `cells.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.faults import Faults
from chipsim.circuits.stored import Stored
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.programming.programmer import Programmer
from chipsim.streams import Stream

Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]
DRAWS, GRID, FINE = 4096, 97, 4096
_ARRAYS = 16  # at most, where whole arrays are written


class Plane(NamedTuple):
    """Devices at one place of every cell: the part they count for, and what they add to it, for each fine step (or all alike: one)."""

    name: str
    part: int
    factor: float
    mean: Numbers
    sigma: Numbers


class Readings(NamedTuple):
    """What is read at one age, for each part [parts, FINE + 1], the column that all refer to left out."""

    mean: Numbers
    sigma: Numbers
    before: Numbers  # E |value| right after programming
    now: Numbers  # E |value| when the compensation was measured
    variance: Numbers | None
    ideal: Numbers  # what devices without any error give, reference column included
    shared: tuple[float, float]  # mean and standard deviation of the reference column, 0 without one
    planes: tuple[Plane, ...]


def grid() -> Floats:
    """The weights that are tabulated, -1 to 1."""
    place = np.linspace(-1, 1, GRID)
    return (place * np.abs(place)).astype(np.float32)


@final
@dataclass
class _Sampled:
    """Devices that were written to weights of the grid; `which` says to which, (rows, columns)."""

    stored: Stored
    which: NDArray[np.int64]

    def mean_of(self, values: NDArray[np.floating]) -> Numbers:
        """Mean over all devices of each weight of the grid."""
        flat = self.which.reshape(-1)
        count = np.maximum(np.bincount(flat, minlength=GRID), 1)
        return np.bincount(flat, weights=np.asarray(values, np.float64).reshape(-1), minlength=GRID) / count

    def moments(self, values: NDArray[np.floating]) -> tuple[Numbers, Numbers]:
        """Mean and standard deviation for each weight of the grid."""
        mean = self.mean_of(values)
        return mean, np.sqrt(self.mean_of((values - mean[self.which]) ** 2))


@final
class NoiseTable:
    """Readings of one array, written by one programmer; made once for each age."""

    def __init__(self, array: Array, programmer: Programmer, access: Access, cell: Cell | None = None) -> None:
        self.array = array.having(faults=Faults(), weight_scaling="array")
        self.cell = cell or array.cell
        self._samples = _written(self.array, programmer, access, cell)
        self._known: dict[tuple[float, float], Readings] = {}

    def at(self, age: float, calibrated: float | None = None) -> Readings:
        """What is read at `age` (s), the drift compensation measured at `calibrated` (default: now)."""
        key = age, age if calibrated is None else calibrated
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, age: float, calibrated: float) -> Readings:
        parts, found = len(self.cell.part_weights), [_values(sample, age) for sample in self._samples]
        own = [sum(values for part, _, values in lines if part == p and values.shape[1] > 1) for lines in found for p in range(parts)]
        per_part = [own[p::parts] for p in range(parts)]
        moments = [self._merged([one.moments(np.asarray(v)) for one, v in zip(self._samples, mine, strict=True)]) for mine in per_part]
        mean, sigma = (np.array([fine(pair[i]) for pair in moments]) for i in range(2))
        before, now = (self._sums(time) for time in (0.0, calibrated))
        return Readings(mean, sigma, before, now, self._variance(age), self._ideal(), _shared(found), self._planes(found))

    def _ideal(self) -> Numbers:
        """What the targets themselves give."""
        sample = self._samples[0]
        lines = _contributions(sample.stored, [plane.target for plane in sample.stored.planes])
        return np.array([fine(sample.mean_of(_whole(lines, part))) for part in range(len(self.cell.part_weights))])

    def seen(self, conductance: Floats) -> Floats:
        """What conductances (S) count like, in S, before the factor of their plane."""
        chord = self._samples[0].stored.lines.chord
        return conductance if chord is None else chord.conductance(conductance)

    def _sums(self, age: float) -> Numbers:
        """E |value| of each part, that of the reference column with it."""
        parts = len(self.cell.part_weights)
        sums = [one.mean_of(np.abs(_whole(_values(one, age), p))) for p in range(parts) for one in self._samples]
        each = [np.mean(sums[p * len(self._samples) : (p + 1) * len(self._samples)], axis=0) for p in range(parts)]
        return np.array([fine(values) for values in each])

    def _merged(self, several: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
        """Mean and standard deviation of samples of equal size together."""
        means = np.array([mean for mean, _ in several])
        mean = means.mean(axis=0)
        return mean, np.sqrt(np.mean([sigma**2 for _, sigma in several], axis=0) + means.var(axis=0))

    def _variance(self, age: float) -> Numbers | None:
        """Variance of each part from product to product."""
        if self.array.read_noise != "fresh":
            return None
        total = np.zeros((len(self.cell.part_weights), GRID))
        for sample in self._samples:
            for plane, state in zip(sample.stored.planes, sample.stored.states, strict=True):
                noise = np.broadcast_to(sample.stored.lines.noise(plane, state, age), sample.which.shape)
                total[plane.part] += sample.mean_of(noise.astype(np.float64) ** 2) / len(self._samples)
        return np.array([fine(values) for values in total]) if total.any() else None

    def _planes(self, found: Sequence[Sequence[tuple[int, float, Floats]]]) -> tuple[Plane, ...]:
        """What every plane adds, of the first sample: for the few cells in which a device is stuck."""
        sample, planes = self._samples[0], []
        for plane, (part, factor, values) in zip(sample.stored.planes, found[0], strict=True):
            if values.shape[1] == 1:
                mean, sigma = np.array([values.mean()]), np.array([values.std()])
            else:
                mean, sigma = map(fine, sample.moments(values))
            planes.append(Plane(plane.name, part, factor, mean, sigma))
        return tuple(planes)


def fine(values: Numbers) -> Numbers:
    """Values at the weights of the grid, at FINE + 1 even steps."""
    return np.interp(np.linspace(-1, 1, FINE + 1), grid().astype(np.float64), values)


def _written(array: Array, programmer: Programmer, access: Access, cell: Cell | None) -> list[_Sampled]:
    """Devices that hold the weights of the grid, DRAWS of each or as many as a few whole arrays have."""
    stream = Stream().child("noise table")
    if isinstance(programmer, OneShot):
        stored = Stored(array, cell or array.cell, np.tile(grid(), (DRAWS, 1)), stream, stream)
        stored.write_once()
        return [_Sampled(stored, np.tile(np.arange(GRID), (DRAWS, 1)))]
    size = array.rows * array.outputs
    random, samples = np.random.default_rng(0), []
    for number in range(min(_ARRAYS, -(-DRAWS * GRID // size))):
        which = random.permutation(np.arange(size) % GRID).reshape(array.rows, array.outputs)
        crossbar = Crossbar(array, stream.child(str(number)))
        for _ in programmer.steps(crossbar, grid()[which], access, cell):
            pass
        samples.append(_Sampled(crossbar.stored, which))
    return samples


def _values(sample: _Sampled, age: float) -> list[tuple[int, float, Floats]]:
    """Part, factor and values (full-scale cells) of every plane at an age; a reference column has one column."""
    stored = sample.stored
    return _contributions(stored, [stored.conductance(index, age) for index in range(len(stored.planes))])


def _contributions(stored: Stored, conductances: Sequence[Floats]) -> list[tuple[int, float, Floats]]:
    return [(part, factor, np.float32(factor) * g) for part, factor, g in stored.lines.read(stored.planes, conductances)]


def _whole(lines: Sequence[tuple[int, float, Floats]], part: int) -> Numbers:
    """The value of a part as it is read, reference column included."""
    return np.asarray(sum(values.astype(np.float64) for number, _, values in lines if number == part), np.float64)


def _shared(found: Sequence[Sequence[tuple[int, float, Floats]]]) -> tuple[float, float]:
    """Mean and standard deviation of what the reference column adds to a weight."""
    values = [values for lines in found for _, _, values in lines if values.shape[1] == 1]
    return (float(np.mean(values)), float(np.std(values))) if values else (0.0, 0.0)
