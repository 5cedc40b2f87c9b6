"""An array stage: the products of one block with the vectors of a unit, on real values, in simulated time."""

from __future__ import annotations

from typing import final

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
from chipsim.units import picoseconds


@final
class ArrayStation(Station):
    """Plays one array stage; a product takes the tile's product time, times the repetitions of bound management."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        port: Port | None,
        tile: Tile,
        layer: ProgrammedLayer,
        activation_bits: int,
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, port)
        assert stage.block is not None
        self.block: Placement = stage.block
        self.tile, self.layer = tile, layer
        self.activation_bits = activation_bits
        self.product_time = picoseconds(tile.product_time)
        self.retries = 0
        self.clipped = 0  # products with an output beyond the converter's range, after all repetitions
        self.products = 0

    def work(self, sample: int, unit: int) -> Work:
        """The partial sums of one unit."""
        y, x = self.stage.tensor.start(unit)
        width, count = self.stage.tensor.shape[2], self.stage.tensor.vectors
        vectors = self.layer.vectors(self.inboxes[0].image(sample)[None], y, y + 1)[0, 0, x : x + count]
        ids = np.full(count, sample, np.uint32)
        result = self.layer.partial(self.block, vectors, ids, (y * width + np.arange(x, x + count)).astype(np.uint32))
        self._charge(result.energy_sum, int(result.retries.sum()), count)
        intervals = [self.product_time * (1 + int(retry)) for retry in result.retries]
        self.retries += int(result.retries.sum())
        self.clipped += int(result.saturated.sum())
        self.products += count
        return Work(result.y, intervals[0], intervals)

    def _earliest(self, ready: tuple[int, int]) -> int:
        """A stage that shares its array does not hold it while the vectors of a unit are still coming in."""
        if self.port is None:
            return ready[0]
        return max(ready[0], ready[1] - (self.stage.tensor.vectors - 1) * self.product_time)

    def _charge(self, energy_sum: NDArray[np.float64], retries: int, count: int) -> None:
        """Cells from the actual inputs and conductances, converters by the number of conversions."""
        array, (rows, columns) = self.tile.array, self.block.shape
        products = count + retries
        cells = float(energy_sum.sum()) * array.energy_per_conductance
        inputs = array.dac.cost("convert", rows * products).energy
        outputs = array.adc.cost("convert", columns * products * array.dac.planes * len(array.cell.part_weights)).energy
        self.ledger.charge("array", cells)
        self.ledger.charge("dac", inputs)
        self.ledger.charge("adc", outputs)
        if self.tile.measured:
            rest = self.tile.measured.energy * products - cells - inputs - outputs
            self.ledger.charge("unaccounted", max(rest, 0.0))
        bits = rows * self.activation_bits * count
        buffer = self.tile.input_buffer
        self.ledger.charge("input buffer", buffer.cost("write", bits).energy + buffer.cost("read", bits).energy)

    @property
    def crossbar(self) -> Crossbar:
        """The crossbar this stage reads."""
        return self.layer.crossbars[self.block.name]
