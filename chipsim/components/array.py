"""An array stage: the products of one block with the vectors of a unit, on real values, in simulated time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Tile
from chipsim.circuits.crossbar import Crossbar
from chipsim.clock import Clock
from chipsim.components.station import Port, Station, Work
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.mapping.mapping import Placement
from chipsim.programmed import ProgrammedLayer
from chipsim.recorder import Recorder
from chipsim.recurrence import ProgrammedRecurrent
from chipsim.units import picoseconds


class ArrayStation(Station):
    """Plays one array stage; a product takes the tile's product time, once more for each repetition of bound management."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        port: Port | None,
        tile: Tile,
        layer: ProgrammedLayer | ProgrammedRecurrent,
        activation_bits: int,
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, port)
        assert stage.block is not None
        self.block: Placement = stage.block
        self.tile, self.layer = tile, layer
        self.activation_bits = activation_bits
        cadence, measured = tile.array.cadence_of(self.block.shape[0]), tile.core_time is not None
        self.product_time = picoseconds(tile.product_time if measured else cadence.latency)
        self.product_interval = picoseconds(tile.product_interval if measured else cadence.interval)
        self.retries = 0
        self.clipped = 0  # products with an output beyond the converter's range, after all repetitions
        self.products = 0

    def work(self, sample: int, unit: int) -> Work:
        """The partial sums of one unit."""
        vectors, first = self.vectors(sample, unit)
        count = len(vectors)
        ids, numbers = np.full(count, sample, np.uint32), np.arange(first, first + count, dtype=np.uint32)
        result = self.layer.partial(self.block, vectors, ids, numbers)
        self._note(result.energy_sum, int(result.retries.sum()), count)
        repeated = [self.product_time // self.tile.array.reads * int(retry) for retry in result.retries]  # once the result is known
        moving, wait = self._moved(count)
        intervals = [max(self.product_interval, moving) + more for more in repeated]
        self.retries += int(result.retries.sum())
        self.clipped += int(result.saturated.sum())
        self.products += count
        return Work(result.y, moving + self.product_time + repeated[0], intervals, wait)

    def vectors(self, sample: int, unit: int) -> tuple[NDArray[np.float32], int]:
        """The vectors (count, rows of the layer) of one unit, and the number of the first among those of the sample."""
        assert isinstance(self.layer, ProgrammedLayer)
        y, x = self.stage.tensor.start(unit)
        rows = self.layer.vectors(self.inboxes[0].image(sample)[None], y, y + 1)[0, 0]
        return rows[x : x + self.stage.tensor.vectors], y * self.stage.tensor.shape[2] + x

    def _moved(self, count: int) -> tuple[int, int]:
        """Time for which the tile's bus carries one of `count` vectors and its results, and how long it is taken until then (ps)."""
        if self.bus is None:
            return 0, 0
        for bits in self.bus.moves(*self.block.shape):
            self.ledger.note("bus", "tile.bus", "move", bits, count)
        time = self.bus.time(*self.block.shape)
        return time, self.bus.book(count * time)

    def _earliest(self, ready: tuple[int, int]) -> int:
        """A stage that shares its array does not hold it while the vectors of a unit are still coming in."""
        if self.port is None:
            return ready[0]
        return max(ready[0], ready[1] - (self.stage.tensor.vectors - 1) * self.product_interval)

    def _note(self, energy_sum: NDArray[np.float64], retries: int, count: int) -> None:
        """Cells from the actual inputs and conductances; how often all else was used."""
        array = self.tile.array
        self.ledger.product(self.block.shape, array.reads * count + retries, float(energy_sum.sum()) * array.energy_per_conductance)
        bits = self.block.shape[0] * self.activation_bits * count
        for action in ("write", "read"):
            self.ledger.note("input buffer", "tile.input_buffer", action, bits)

    @property
    def crossbar(self) -> Crossbar:
        """The crossbar this stage reads."""
        return self.layer.crossbars[self.block.name]
