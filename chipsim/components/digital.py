"""Digital stages of a tile: the neuron circuits of a column block, and the vector unit (pooling, additions)."""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.architecture import Tile
from chipsim.clock import Clock
from chipsim.components.station import Station, Work
from chipsim.components.token import Token
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.programmed import ProgrammedLayer, added
from chipsim.recorder import Recorder
from chipsim.units import picoseconds
from chipsim.workload.layers.layer import DigitalLayer


class DigitalStation(Station):
    """Root of the digital stages: results go through the tile's output buffer."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile) -> None:
        super().__init__(clock, stage, fabric, recorder)
        self.tile = tile

    def took(self, token: Token, bits: int) -> None:
        """A result is written to the output buffer and read when it leaves."""
        self.buffered("output buffer", bits * len(token.values))

    def buffered(self, part: str, bits: int) -> None:
        """Charge writing and reading `bits` once in the output buffer."""
        buffer = self.tile.output_buffer
        self.ledger.charge(part, buffer.cost("write", bits).energy + buffer.cost("read", bits).energy)


@final
class NeuronStation(DigitalStation):
    """Adds the partial sums of all row blocks, then scale, bias and activation."""

    def __init__(
        self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, layer: ProgrammedLayer, sum_bits: int
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.layer, self.sum_bits = layer, sum_bits

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the layer's output."""
        parts = self.inboxes[0].parts(sample, unit)
        values = self.layer.finish(self.stage.channels, parts)
        count, columns = values.shape
        additions = columns * (len(parts) - 1)
        add, neuron = self.tile.accumulator.cost("add", additions), self.tile.neuron.cost("apply", columns)
        self.ledger.charge("accumulator", add.energy * count)
        self.ledger.charge("neuron", neuron.energy * count)
        self.buffered("output buffer", columns * len(parts) * self.sum_bits * count)
        interval = picoseconds(max(add.interval, neuron.interval))
        return Work(values, picoseconds(add.latency + neuron.latency), [interval] * count)


@final
class AdderStation(DigitalStation):
    """Adds two partial sums on their way to the neuron circuits."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, sum_bits: int) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.sum_bits = sum_bits

    def work(self, sample: int, unit: int) -> Work:
        """The sum of one unit's terms."""
        parts = self.inboxes[0].parts(sample, unit)
        values = added(parts)
        count, columns = values.shape
        add = self.tile.accumulator.cost("add", columns * (len(parts) - 1))
        self.ledger.charge("accumulator", add.energy * count)
        self.buffered("output buffer", columns * len(parts) * self.sum_bits * count)
        return Work(values, picoseconds(add.latency), [picoseconds(add.interval)] * count)


@final
class VectorStation(DigitalStation):
    """Pooling, additions and other digital layers on the vector unit."""

    def __init__(
        self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, layer: DigitalLayer, bits: int
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile)
        self.layer, self.bits = layer, bits

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the layer's output, for the channels of this stage."""
        low, high = self.stage.channels
        y, x = self.stage.tensor.start(unit)
        count = self.stage.tensor.vectors
        images = [inbox.image(sample)[None, low:high] for inbox in self.inboxes]
        rows = self.layer.compute_rows(images, y, y + 1)[0, :, 0, x : x + count]
        latency = interval = 0.0
        for name, operations in self.layer.operations(high - low).items():
            cost = self.tile.vector_unit.cost(name, operations)
            latency, interval = latency + cost.latency, interval + cost.interval
            self.ledger.charge("vector unit", cost.energy * count)
        self.buffered("output buffer", (high - low) * len(images) * self.bits * count)
        return Work(np.ascontiguousarray(rows.T), picoseconds(latency), [picoseconds(interval)] * count)
