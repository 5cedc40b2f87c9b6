"""Digital stages of a tile: the neuron circuits of a column block, and the vector unit (pooling, additions)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import final

import numpy as np

from chipsim.architecture import DigitalCores, Tile
from chipsim.circuits.circuit import NO_TIME, Takes
from chipsim.clock import Clock
from chipsim.components.station import Station, Work
from chipsim.components.token import Floats, Token
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.mapping.partition import added
from chipsim.programmed import ProgrammedLayer
from chipsim.recorder import Recorder
from chipsim.units import picoseconds
from chipsim.workload.layers.layer import DigitalLayer


class DigitalStation(Station):
    """Root of the digital stages: results go through the tile's output buffer."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile) -> None:
        super().__init__(clock, stage, fabric, recorder)
        self.tile, self.buffer, self.buffer_part = tile, "tile.output_buffer", "output buffer"

    def _earliest(self, ready: tuple[int, int]) -> int:
        """A stage that shares its circuit does not hold it while the vectors of a unit are still coming in."""
        if self.port is None:
            return ready[0]
        return max(ready[0], ready[1] - (self.stage.tensor.vectors - 1) * self.pace)

    @property
    def pace(self) -> int:
        """Time from one vector to the next (ps)."""
        return 0

    def took(self, token: Token, bits: int) -> None:
        """A result is written to the output buffer and read when it leaves."""
        self.buffered(bits * len(token.values))

    def buffered(self, bits: int, read: int | None = None) -> None:
        """Note that `bits` were written once into the buffer and read once, or `read` bits of them."""
        self.ledger.note(self.buffer_part, self.buffer, "write", bits)
        self.ledger.note(self.buffer_part, self.buffer, "read", bits if read is None else read)


class SumStation(DigitalStation):
    """Root of stages that add the partial sums of all row blocks, then scale and bias, with the circuits of the tile."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, sum_bits: int) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.sum_bits = sum_bits
        self._taken: dict[tuple[int, int], Takes] = {}

    def summed(self, columns: int, terms: int, sums: int = 1, count: int = 1) -> Takes:
        """What it takes to make `sums` sums of `terms` partial sums in all for each column; `count` of them are noted."""
        additions, applied = columns * (terms - sums), columns * sums
        self.ledger.note("accumulator", "tile.accumulator", "add", additions, count)
        self.ledger.note("neuron", "tile.neuron", "apply", applied, count)
        self.buffered(columns * terms * self.sum_bits * count)
        return self._together(additions, applied)

    def _together(self, additions: int, applied: int) -> Takes:
        """Additions, then what the neuron circuits do, one vector after the other."""
        if (additions, applied) not in self._taken:
            add, neuron = self.tile.accumulator.takes("add", additions), self.tile.neuron.takes("apply", applied)
            self._taken[additions, applied] = Takes(add.latency + neuron.latency, max(add.interval, neuron.interval))
        return self._taken[additions, applied]


@final
class NeuronStation(SumStation):
    """The sums of a layer without a state, with its activation."""

    def __init__(
        self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, layer: ProgrammedLayer, sum_bits: int
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile, sum_bits)
        self.layer = layer

    @property
    def pace(self) -> int:
        columns = self.stage.channels[1] - self.stage.channels[0]
        return picoseconds(self._together(columns * (self.stage.feeds[0].segments - 1), columns).interval)

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the layer's output."""
        parts = self.inboxes[0].parts(sample, unit)
        values = self.layer.finish(self.stage.channels, parts)
        count, columns = values.shape
        taken = self.summed(columns, len(parts), count=count)
        return Work(values, picoseconds(taken.latency), [picoseconds(taken.interval)] * count)


@final
class AdderStation(DigitalStation):
    """Adds two partial sums on their way to the neuron circuits."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, sum_bits: int) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.sum_bits = sum_bits

    @property
    def pace(self) -> int:
        return picoseconds(self.tile.accumulator.takes("add", self.stage.channels[1] - self.stage.channels[0]).interval)

    def work(self, sample: int, unit: int) -> Work:
        """The sum of one unit's terms."""
        parts = self.inboxes[0].parts(sample, unit)
        values = added(parts)
        count, columns = values.shape
        add = self.tile.accumulator.takes("add", columns * (len(parts) - 1))
        self.ledger.note("accumulator", "tile.accumulator", "add", columns * (len(parts) - 1), count)
        self.buffered(columns * len(parts) * self.sum_bits * count)
        return Work(values, picoseconds(add.latency), [picoseconds(add.interval)] * count)


@final
class VectorStation(DigitalStation):
    """Pooling, additions and other digital layers on the tile's vector unit, or on a digital core, whose layers take turns."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        tile: Tile,
        layer: DigitalLayer,
        bits: int,
        parameters: Sequence[Floats] = (),
        core: DigitalCores | None = None,
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.layer, self.bits = layer, bits
        low, high = stage.channels
        self.parameters = [parameter[:, low:high] for parameter in parameters]
        self.shapes, self.spans = [feed.tensor.shape for feed in stage.feeds], [feed.channels for feed in stage.feeds]
        self.unit_part, self.unit_place, self.vector_unit = "vector unit", "tile.vector_unit", tile.vector_unit
        if core is not None:
            self.unit_part, self.unit_place = f"{stage.core} vector unit", f"cores.{stage.core}.vector_unit"
            self.vector_unit = core.vector_unit
            self.buffer_part, self.buffer = f"{stage.core} buffer", f"cores.{stage.core}.buffer"
        self._operations: dict[int, dict[str, int]] = {}
        self._taken: dict[int, Takes] = {}

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the layer's output, for the channels of this stage."""
        low, high = self.stage.channels
        y, x = self.stage.tensor.start(unit)
        count = self.stage.tensor.vectors
        images = [inbox.image(sample)[None, first:last] for inbox, (first, last) in zip(self.inboxes, self.spans, strict=True)]
        rows = self.layer.compute_rows([*images, *self.parameters], y, y + 1)[0, :, 0, x : x + count]
        taken = self._takes(y)
        for action, items in self._operations[y].items():
            self.ledger.note(self.unit_part, self.unit_place, action, items, count)
        read = self.layer.fetched(y, high - low, self.shapes) * self.bits
        self.buffered(sum(last - first for first, last in self.spans) * self.bits * count, read * count)
        return Work(np.ascontiguousarray(rows.T), picoseconds(taken.latency), [picoseconds(taken.interval)] * count)

    def _takes(self, y: int) -> Takes:
        """All operations of a vector in row y, one kind after the other."""
        if y not in self._taken:
            low, high = self.stage.channels
            self._operations[y] = dict(self.layer.operations_at(y, high - low, self.shapes))
            each = (self.vector_unit.takes(*operation) for operation in self._operations[y].items())
            self._taken[y] = reduce(Takes.then, each, NO_TIME)
        return self._taken[y]

    def _earliest(self, ready: tuple[int, int]) -> int:
        """A layer does not hold a core while the vectors of a unit are still coming in."""
        if self.port is None:
            return ready[0]
        interval = picoseconds(self._takes(self.stage.tensor.start(self.unit)[0]).interval)
        return max(ready[0], ready[1] - (self.stage.tensor.vectors - 1) * interval)
