"""The stages of a recurrent layer: products of a step, the cell that makes the state, the stage that hands on the last step or all."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import final

import numpy as np

from chipsim.architecture import Tile
from chipsim.architecture.cores import DigitalCores
from chipsim.circuits.circuit import NO_TIME, Takes
from chipsim.clock import Clock
from chipsim.components.array import ArrayStation
from chipsim.components.digital import DigitalStation, SumStation
from chipsim.components.station import Port, Work
from chipsim.components.token import Floats, Token
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.recorder import Recorder
from chipsim.recurrence import ProgrammedRecurrent
from chipsim.units import picoseconds


@final
class RecurrentArrayStation(ArrayStation):
    """One product of every step with one block; reads x_t, h_(t-1) or both, as far as its rows are driven."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        port: Port | None,
        tile: Tile,
        layer: ProgrammedRecurrent,
        activation_bits: int,
        limit: Callable[[], int],
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, port, tile, layer, activation_bits)
        self.recurrent, self.limit = layer, limit

    def more(self) -> bool:
        """A block of the state alone waits for nothing in the first step, so it must know how many samples there are."""
        return self.sample < self.limit()

    def vectors(self, sample: int, unit: int) -> tuple[Floats, int]:
        """The vector (1, rows) of this product of a step, and its number among those of the sample."""
        layer = self.recurrent.layer
        x, h = np.zeros((1, self.recurrent.features), np.float32), self.recurrent.start(1)[0]
        for inbox in self.inboxes:
            window = self.stage.window(inbox.number, unit)
            if not inbox.feed.lag:
                x = layer.steps(inbox.image(sample)[None, :, window.low : window.high + 1])[0]
            elif unit:
                h = inbox.image(sample)[None, :, window.low, 0]
        return self.recurrent.vectors(x, h)[:, self.stage.product], unit * layer.products + self.stage.product


class StepStation(SumStation):
    """Root of stages that make the sums of every product of a step."""

    def __init__(
        self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, tile: Tile, layer: ProgrammedRecurrent, sum_bits: int
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile, sum_bits)
        self.layer = layer

    def sums(self, sample: int, unit: int, columns: tuple[int, int]) -> tuple[Floats, Takes]:
        """The sums (1, products, columns) of a step, and what they take; they are noted."""
        partials = [inbox.parts(sample, unit) for inbox in self.inboxes]
        taken = self.summed(columns[1] - columns[0], sum(map(len, partials)), sums=len(partials))
        return self.layer.sums(columns, partials), taken


@final
class GateStation(StepStation):
    """Sums of a column block whose cell is on a digital core: they are sent there."""

    def work(self, sample: int, unit: int) -> Work:
        """The sums of one step, product after product."""
        products = self.layer.layer.products
        columns = self.stage.channels[0] // products, self.stage.channels[1] // products
        sums, taken = self.sums(sample, unit, columns)
        return Work(sums.reshape(1, -1), picoseconds(taken.latency), [picoseconds(taken.interval)])


@final
class CellStation(StepStation):
    """A column block's numbers of the state, step after step: sums and cell on one tile, or the cell alone on a digital core."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        tile: Tile,
        layer: ProgrammedRecurrent,
        sum_bits: int,
        core: DigitalCores | None = None,
    ) -> None:
        super().__init__(clock, stage, fabric, recorder, tile, layer, sum_bits)
        gates, (low, high) = layer.layer.gates, stage.channels
        self.columns, self.units, self.core = (gates * low, gates * high), high - low, core
        self.first = layer.start(1, (low, high))
        self.memory = self.first
        self.unit_part, self.unit_place, unit = "vector unit", "tile.vector_unit", tile.vector_unit
        if core is not None:
            self.unit_part, self.unit_place, unit = f"{stage.core} vector unit", f"cores.{stage.core}.vector_unit", core.vector_unit
            self.buffer_part, self.buffer = f"{stage.core} buffer", f"cores.{stage.core}.buffer"
        self.operations = dict(layer.layer.operations(self.units))
        self.cell = reduce(Takes.then, (unit.takes(*each) for each in self.operations.items()))

    def work(self, sample: int, unit: int) -> Work:
        """What the layer gives at one step; every sample begins with the first state."""
        if self.core is None:
            sums, taken = self.sums(sample, unit, self.columns)
        else:
            (sent,) = self.inboxes[0].parts(sample, unit)
            sums, taken = sent.reshape(1, self.layer.layer.products, -1), NO_TIME
            self.buffered(sent.size * self.sum_bits)
        self.memory = self.layer.step(sums, self.memory if unit else self.first)
        for action, items in self.operations.items():
            self.ledger.note(self.unit_part, self.unit_place, action, items)
        interval = picoseconds(max(taken.interval, self.cell.interval))
        return Work(self.memory[0], picoseconds(taken.latency + self.cell.latency), [interval])


@final
class LastStation(DigitalStation):
    """Hands on what a cell made, from the buffer in which it lies: the last step alone, or all in reverse; no time, no energy."""

    def work(self, sample: int, unit: int) -> Work:
        """The state after the step that belongs here."""
        low, high = self.stage.channels
        values = self.inboxes[0].image(sample)[None, low:high, self.stage.window(0, unit).low, 0]
        return Work(np.ascontiguousarray(values), 0, [0])

    def took(self, token: Token, bits: int) -> None:
        """The cell has paid for it."""
