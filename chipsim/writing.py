"""Programming in simulated time: the weights travel from the host to their tiles, and every tile is written step by step.

Tiles are written at the same time, as many as the algorithm allows. When the last one is done, the chip is programmed: from then
on ages are counted, and whoever was done earlier has drifted in the meantime. These waits are kept to a `resolution` that nobody can see
at the ages that are asked for, so that chips that differ by nanoseconds on the way of their weights hold the same devices.
Pulses, reads and bits are counted; what they take is told by the prices of a description, afterwards.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import simpy

from chipsim.architecture import Architecture
from chipsim.clock import Clock
from chipsim.components.writer import Writer
from chipsim.errors import CheckError
from chipsim.fabric import Fabric, Tariff, Traffic
from chipsim.mapping.mapping import Mapping
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.prices import Prices
from chipsim.programming.programmer import Programmer, Step, Steps
from chipsim.recorder import Entry, Recorder
from chipsim.units import picoseconds
from chipsim.uses import checked

PICO = 1e-12
HOST, PULSES, READS = "host", "programming pulses", "programming reads"
NO_LIMIT = 1 << 20  # more tiles than any network has


@final
@dataclass
class Written:
    """What programming a chip took, at the prices of `architecture`; `writers` by block, in the order of the placements."""

    duration: float  # s
    writers: list[Writer]
    recorder: Recorder
    traffic: Traffic
    architecture: Architecture
    waits: tuple[float, ...] = ()  # s, by block: how much earlier it was done than the last one, as its devices are told

    def priced(self, architecture: Architecture) -> Written:
        """The same programming at the prices of an architecture that differs in nothing else."""
        return replace(self, architecture=architecture)

    @cached_property
    def prices(self) -> Prices:
        """What a pulse and a read take."""
        return Prices.of_tile(self.architecture.tile)

    def pulse_energy(self, writer: Writer) -> float:
        """Energy of the pulses of a block (J); CheckError where it is negative or not finite."""
        return checked(PULSES, writer.block.layer, writer.block.tile, self.prices.pulses(writer.taken))

    def read_energy(self, writer: Writer) -> float:
        """Energy of the reads of a block (J); CheckError where it is negative or not finite."""
        return checked(READS, writer.block.layer, writer.block.tile, self.prices.reads(writer.taken))

    @cached_property
    def spent(self) -> dict[Entry, float]:
        """Energy by part, layer and node (J), without the network."""
        found = self.recorder.priced(self.architecture)
        for writer in self.writers:
            for part, energy in ((PULSES, self.pulse_energy(writer)), (READS, self.read_energy(writer))):
                place = Entry(part, writer.block.layer, writer.block.tile)
                found[place] = found.get(place, 0.0) + energy
        return found

    @cached_property
    def network_energy(self) -> float:
        """Energy of routers and links (J)."""
        return Tariff.of(self.architecture.network, self.architecture.tile_pitch).carriage(self.traffic).total

    @property
    def energy(self) -> float:
        """Energy of everything but leakage (J)."""
        return sum(self.spent.values()) + self.network_energy


@final
class Writing:
    """The processes that write a network into a chip, for one run."""

    def __init__(self, architecture: Architecture, network: ProgrammedNetwork | Rehearsal, resolution: float = 0.0) -> None:
        """`resolution`: waits are rounded to multiples of it (s); 0: they are not."""
        self.architecture, self.network, self.resolution = architecture, network, resolution
        self.clock, self.recorder = Clock(), Recorder()
        self.fabric = Fabric.of(self.clock, architecture.network, [architecture.host.node])
        turn = simpy.PriorityResource(self.clock, network.programmer.tiles_at_once or NO_LIMIT)
        places = {(block.tile, block.array) for block in network.blocks.values()}
        arrays = {place: simpy.PriorityResource(self.clock, 1) for place in sorted(places)}
        self.writers = [
            Writer(self.clock, number, block, network.steps(name), self.recorder, arrays[block.tile, block.array], turn)
            for number, (name, block) in enumerate(network.blocks.items())
        ]

    def run(self) -> Written:
        """Write everything; afterwards the network is programmed and stands at age 0."""
        self.clock.process(self._send())
        self.clock.run()
        self._check_all_is_written()
        end = max(writer.finished for writer in self.writers)
        waits = tuple(self._rounded((end - writer.finished) * PICO) for writer in self.writers)
        for name, wait in zip(self.network.blocks, waits, strict=True):
            if wait > 0:
                self.network.crossbars[name].wait(wait)
        return Written(end * PICO, self.writers, self.recorder, self.fabric.carried(), self.architecture, waits)

    def _rounded(self, wait: float) -> float:
        return wait if self.resolution < PICO else round(wait / self.resolution) * self.resolution

    def _check_all_is_written(self) -> None:
        """CheckError when the clock has nothing more to do, but a block still waits for its weights, its array or its turn."""
        waiting = [writer.block.name for writer in self.writers if writer.finished < 0]
        if waiting:
            some = ", ".join(waiting[:5]) + (" ..." if waiting[5:] else "")
            raise CheckError(f"programming: {len(waiting)} of {len(self.writers)} blocks are never written: {some}")

    def _send(self) -> Generator[simpy.Event, Any, None]:
        """The host: block after block, row after row, as fast as the interface lets them through."""
        host, bits = self.architecture.host, self.network.programmer.weight_bits
        for writer in self.writers:
            rows, columns = writer.block.shape
            start = int(self.clock.now)
            interval = picoseconds(columns * bits / host.bandwidth)
            yield self.clock.timeout(interval)
            last = start + rows * interval
            self.recorder.ledger(writer.block.layer, host.node).note(HOST, "host", "move", columns * bits, rows)
            self._transport(writer, columns * bits, rows, last)
            yield self.clock.timeout(last - int(self.clock.now))

    def _transport(self, writer: Writer, bits: int, rows: int, last: int) -> None:
        def arrived(node: int, first: int, last: int) -> None:
            self.clock.call(last - int(self.clock.now), writer.number, writer.start, ("weights", writer.number))

        now = int(self.clock.now)
        target, source = (writer.block.tile,), self.architecture.host.node
        self.fabric.send(writer.number, 0, source, target, bits, rows, now, last if rows > 1 else now, arrived)


@final
class Rehearsal:
    """A mapped network that is written without devices: every block takes the time (s) that it is known to take."""

    def __init__(self, mapping: Mapping, programmer: Programmer, durations: Sequence[float]) -> None:
        self.blocks, self.programmer = {block.name: block for block in mapping.placements}, programmer
        self.durations = dict(zip(self.blocks, durations, strict=True))
        self.crossbars: dict[str, _NoDevices] = {name: _NoDevices() for name in self.blocks}

    def steps(self, block: str) -> Steps:
        """One step, as long as all steps of this block together."""
        yield Step(self.durations[block])
        return []


@final
class _NoDevices:
    def wait(self, seconds: float) -> None:
        """Nothing grows older."""
