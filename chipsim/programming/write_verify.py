"""Program-and-verify, device by device: read, compare with the target, correct by a pulse, until the read lies in a margin.

    change = target - read,    accepted once |change| <= margin (g_max - g_min) / counts
    read   = g + sqrt(sigma_r**2 + s**2 g (g_max - g_min)) xi / sqrt(n) + noise (g_max - g_min) / counts xi', in whole counts

g conductance of a device (S); sigma_r its accumulated read noise at the moment of programming (S); s short-term noise of the
array; n reads that are averaged; xi, xi' standard normals, new for every read; `counts` is what the converter counts for a
device at full range in a verify read, noise and margin are in counts. What a pulse really does is `Device.pulsed`.

Rows are written one after the other, all devices of a plane (or `devices_at_once`) of a row together: a group takes as many
turns as its most stubborn device. Every device waits, and drifts, until the last row of its tile is done. A stuck device is
given up after `iterations` turns. Devices begin erased; those with few states begin with a write of their state, which is
repeated while a read is nearer to another state.

References: margin of 5 counts and 30 turns, M. Le Gallo et al., Nature Electronics 6, 680, 2023, DOI 10.1038/s41928-023-01010-1;
rows of 512 devices at once, P. Narayanan et al., IEEE Trans. Electron Devices 68, 2021, DOI 10.1109/TED.2021.3115993.
Not modelled: a pulse shape that is learnt for each device, disturb of neighbours, wear.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.stored import Stored
from chipsim.kernels.philox import normal
from chipsim.programming.access import Access
from chipsim.programming.programmer import Floats, Point, Programmer, Step, Steps, nearest_state
from chipsim.spec import key

LE_GALLO = "Le Gallo et al., Nature Electronics 6, 680, 2023, doi:10.1038/s41928-023-01010-1"


class _Tuned(NamedTuple):
    """What the devices of one plane took: columns of every group, its turns (rows, groups), pulses of every row, errors found."""

    widths: NDArray[np.int64]
    turns: NDArray[np.int64]
    pulses: NDArray[np.int64]
    points: list[Point]


@final
class WriteVerify(Programmer, type="write_verify"):
    """Corrects every device until its own read is within a margin of its target."""

    cites = ("legallo2023", "narayanan2021")

    iterations: int = key("turns after which a device is given up", default=30, ge=1, le=10_000, source=LE_GALLO)
    margin: float = key("a read within this many counts of the target is accepted", default=5.0, gt=0, source=LE_GALLO)
    counts: int = key("counts that a device at full range makes in a verify read", default=100, ge=2, source="assumed")
    noise: float = key("noise of the converter in a verify read, in counts", default=1.0, ge=0, source="assumed")
    reads: int = key("reads that are averaged for each comparison", default=1, ge=1)
    devices_at_once: int | None = key("devices of a row that are written together; not given: the whole row", default=None, ge=1)

    def steps(self, crossbar: Crossbar, weights: Floats, access: Access, cell: Cell | None = None) -> Steps:
        """One step for each row: its planes one after the other."""
        stored = crossbar.prepare(weights, cell)
        if stored.cell.device.states:
            stored.write_once()
        else:
            stored.erase()
        tuned = [self._tune(stored, index, access) for index in range(len(stored.planes))]
        steps = [[self._step(stored, found, row, access) for found in tuned] for row in range(stored.rows)]
        self._let_wait(stored, np.array([[step.duration for step in row] for row in steps]))
        crossbar.settle()
        for row in steps:
            yield reduce(Step.then, row)
        return _together([found.points for found in tuned])

    def _tune(self, stored: Stored, index: int, access: Access) -> _Tuned:
        """Bring all devices of a plane to their targets, as if every row had its turn now."""
        target, span = nearest_state(stored.cell.device, stored.planes[index].target), stored.cell.span
        rows, columns = target.shape
        margin = np.float32(self._margin(stored.cell))
        starts = np.arange(0, columns, min(self.devices_at_once or columns, columns))
        turns = np.zeros((rows, len(starts)), np.int64)
        pulses = np.full(rows, columns, np.int64)  # those that erased the row
        still_open, found = np.ones(target.shape, bool), []
        for turn in range(self.iterations):
            change = target - self._read(stored, index, turn)
            still_open &= np.abs(change) > margin
            found.append((float(np.sqrt(np.mean(np.square(change / span, dtype=np.float64)))), float(still_open.mean())))
            if not still_open.any():
                break
            turns += np.logical_or.reduceat(still_open, starts, axis=1)
            pulses += still_open.sum(axis=1)
            stored.pulse(index, np.where(still_open, change, np.float32(0)), f"pulse {turn}")
        times = [rows * stored.cell.device.pulse.duration + self._time(stored.cell, turns, turn, access) for turn in range(len(found))]
        points = [Point(turn, *each, times[turn]) for turn, each in enumerate(found)]
        return _Tuned(np.diff(starts, append=columns), turns, pulses, points)

    def _margin(self, cell: Cell) -> float:
        """Distance (S) from its target at which a read is accepted."""
        states = cell.device.states
        return self.margin * cell.span / self.counts if not states else float(np.diff(states).min()) / 2

    def _looks(self, turns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Reads of every group: one before each pulse, and one that ends it."""
        return np.minimum(turns + 1, self.iterations) * self.reads

    def _time(self, cell: Cell, turns: NDArray[np.int64], limit: int, access: Access) -> float:
        """How long (s) groups of these turns take that get no more than `limit` pulses, and a read thereafter."""
        pulses = np.minimum(turns, limit)
        return int(pulses.sum()) * cell.device.pulse.duration + int(self._looks(pulses).sum()) * access.read_time

    def _read(self, stored: Stored, index: int, turn: int) -> Floats:
        """Conductance (S) of the devices of a plane as a verify read finds it."""
        cell, name = stored.cell, stored.planes[index].name
        value = stored.mean(index)
        count = np.float32(cell.span / self.counts)
        variance = stored.read_sigma(index) ** 2 + np.float32(stored.array.short_term_noise**2 * cell.span) * value
        noise = np.sqrt((variance + (np.float32(self.noise) * count) ** 2) / np.float32(self.reads))
        found = value + noise * normal(value.shape, stored.stream.child(name).child(f"verify {turn}").key)
        rounded: Floats = np.rint(found / count) * count
        return rounded

    def _step(self, stored: Stored, found: _Tuned, row: int, access: Access) -> Step:
        """Write a row's devices of one plane for the first time, then a read and a pulse in every turn and a read at the end."""
        pulse, turns = stored.cell.device.pulse, found.turns[row]
        looks = self._looks(turns)
        duration = pulse.duration + self._time(stored.cell, turns, self.iterations, access)
        reads = int(looks.sum())
        return Step(duration, int(found.pulses[row]), reads, driven=reads, converted=int(looks @ found.widths))

    def _let_wait(self, stored: Stored, durations: NDArray[np.float64]) -> None:
        """Every device grows older while the rest of its tile is written; `durations` (rows, planes) in s."""
        ends = np.cumsum(durations.reshape(-1)).reshape(durations.shape)
        for index in range(len(stored.planes)):
            stored.age(index, (ends[-1, -1] - ends[:, index : index + 1]).astype(np.float32))


def _together(curves: list[list[Point]]) -> list[Point]:
    """One curve for all planes: root mean square error, mean open share, whole time; a plane that is done keeps its last point."""
    length = max(len(curve) for curve in curves)
    rows = [[curve[min(turn, len(curve) - 1)] for curve in curves] for turn in range(length)]
    return [
        Point(turn, float(np.sqrt(np.mean([p.error**2 for p in row]))), float(np.mean([p.open for p in row])), sum(p.time for p in row))
        for turn, row in enumerate(rows)
    ]
