"""Program-and-verify, device by device: read, compare with the target, correct by a pulse, until the read lies in a margin.

    change = target - read,    accepted once |change| <= margin (g_max - g_min) / counts
    read   = g + sqrt(sigma_r**2 + s**2 g (g_max - g_min)) xi / sqrt(n) + noise (g_max - g_min) / counts xi', in whole counts

g conductance of a device (S); sigma_r its accumulated read noise at the moment of programming (S); s short-term noise of the
array; n reads that are averaged; xi, xi' standard normals, new for every read; `counts` is what the converter counts for a
device at full range in a verify read, noise and margin are in counts. What a pulse really does is `Device.pulsed`.

Rows are written one after the other, all devices of a plane (or `devices_at_once`) of a row together: a group takes as many
turns as its most stubborn device. Every device waits, and drifts, until the last row of its tile is done. A stuck device is
given up after `iterations` turns.

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
from chipsim.programming.programmer import Floats, Point, Programmer, Step, Steps
from chipsim.spec import key

LE_GALLO = "Le Gallo et al., Nature Electronics 6, 680, 2023, doi:10.1038/s41928-023-01010-1"


class _Tuned(NamedTuple):
    """What the devices of one plane took: turns of every group (rows, groups), pulses of every row, errors found."""

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
        stored.erase()
        tuned = [self._tune(stored, index) for index in range(len(stored.planes))]
        steps = [[self._step(stored, found, row, access) for found in tuned] for row in range(stored.rows)]
        self._let_wait(stored, np.array([[step.duration for step in row] for row in steps]))
        crossbar.settle()
        for row in steps:
            yield reduce(Step.then, row)
        return _together([found.points for found in tuned])

    def _tune(self, stored: Stored, index: int) -> _Tuned:
        """Bring all devices of a plane to their targets, as if every row had its turn now."""
        target, span = stored.planes[index].target, stored.cell.span
        shape = target.shape
        at_once = min(self.devices_at_once or shape[1], shape[1])
        turns = np.zeros((shape[0], -(-shape[1] // at_once)), np.int64)
        pulses = np.full(shape[0], shape[1], np.int64)  # those that erased the row
        still_open, points = np.ones(shape, bool), []
        for turn in range(self.iterations):
            change = target - self._read(stored, index, turn)
            still_open &= np.abs(change) > np.float32(self.margin * span / self.counts)
            points.append(Point(turn, float(np.sqrt(np.mean(np.square(change / span, dtype=np.float64)))), float(still_open.mean())))
            if not still_open.any():
                break
            turns += np.logical_or.reduceat(still_open, np.arange(0, shape[1], at_once), axis=1)
            pulses += still_open.sum(axis=1)
            stored.pulse(index, np.where(still_open, change, np.float32(0)), f"pulse {turn}")
        return _Tuned(turns, pulses, points)

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
        """Erase a row's devices of one plane, then a read and a pulse in every turn and a read at the end."""
        pulse, turns = stored.cell.device.pulse, found.turns[row]
        reads = int(np.sum(np.minimum(turns + 1, self.iterations))) * self.reads
        width = min(self.devices_at_once or stored.columns, stored.columns)
        duration = pulse.duration * (1 + int(turns.sum())) + reads * access.read_time
        pulses = int(found.pulses[row])
        return Step(duration, pulses * pulse.energy, reads * access.energy(1, width), pulses, reads)

    def _let_wait(self, stored: Stored, durations: NDArray[np.float64]) -> None:
        """Every device grows older while the rest of its tile is written; `durations` (rows, planes) in s."""
        ends = np.cumsum(durations.reshape(-1)).reshape(durations.shape)
        for index in range(len(stored.planes)):
            stored.age(index, (ends[-1, -1] - ends[:, index : index + 1]).astype(np.float32))


def _together(curves: list[list[Point]]) -> list[Point]:
    """One curve for all planes: root mean square error and mean open share; a plane that is done keeps its last point."""
    length = max(len(curve) for curve in curves)
    rows = [[curve[min(turn, len(curve) - 1)] for curve in curves] for turn in range(length)]
    return [
        Point(turn, float(np.sqrt(np.mean([p.error**2 for p in row]))), float(np.mean([p.open for p in row])))
        for turn, row in enumerate(rows)
    ]
