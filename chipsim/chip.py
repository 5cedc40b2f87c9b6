"""The chip in simulated time: stations built from a dataflow, run until the last result is out.

A stream of samples soon becomes periodic. At every completed sample the whole state (pending events, buffers, credits,
calendars, all relative to now) is compared with the states before; time is an integer and buffers are finite, so equal
states prove that the chip will repeat itself. The rest of the stream is then shortened by whole periods: what is left is
simulated to its end, because the end of a stream, when the source falls silent, is not periodic.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.clock import Clock
from chipsim.components.array import ArrayStation
from chipsim.components.bus import BusLine
from chipsim.components.digital import AdderStation, NeuronStation, VectorStation
from chipsim.components.host import SinkStation, SourceStation
from chipsim.components.inbox import Inbox
from chipsim.components.outbox import Route
from chipsim.components.period import Period, Repetition
from chipsim.components.recurrent import CellStation, GateStation, LastStation, RecurrentArrayStation
from chipsim.components.station import Port, Station
from chipsim.deadlock import deadlock_message
from chipsim.errors import CheckError
from chipsim.fabric import Carriage, Fabric, Tariff, Traffic
from chipsim.mapping.dataflow import Dataflow, Stage
from chipsim.mapping.rooms import rooms
from chipsim.mapping.sharing import circuit_of
from chipsim.programmed import ProgrammedLayer, ProgrammedNetwork
from chipsim.recorder import Entry, Recorder
from chipsim.recurrence import ProgrammedRecurrent
from chipsim.workload.layers.layer import DigitalLayer

Floats = NDArray[np.float32]


@final
@dataclass
class TimedRun:
    """What a stream of `stream` samples did; times in ps. What it took is told by the prices of `architecture`."""

    architecture: Architecture
    stream: int
    finished: dict[int, int]
    started: dict[int, int]
    outputs: dict[int, Floats]
    recorder: Recorder
    fabric: Fabric
    stations: list[Station]
    period: Period | None = None
    buses: list[BusLine] = field(default_factory=list)

    def priced(self, architecture: Architecture) -> TimedRun:
        """The same run at the prices (energies, powers, areas) of an architecture that differs in nothing else; nothing is simulated."""
        return replace(self, architecture=architecture)

    @cached_property
    def energy(self) -> dict[Entry, float]:
        """Energy of all samples simulated by part, layer and node (J), without network and leakage; CheckError where one is negative."""
        return self.recorder.priced(self.architecture)

    @property
    def spent(self) -> float:
        """The sum of `energy` (J)."""
        return sum(self.energy.values())

    @cached_property
    def tariff(self) -> Tariff:
        """Prices of the network."""
        return Tariff.of(self.architecture.network, self.architecture.tile_pitch)

    @cached_property
    def carriage(self) -> Carriage:
        """Energy in the network for one sample (J)."""
        return self.tariff.carriage(self.traffic)

    @property
    def simulated(self) -> int:
        """Samples that were really simulated."""
        return len(self.finished)

    def completion(self, sample: int) -> int:
        """When a sample of the whole stream is complete, skipped periods included."""
        p = self.period
        if p is None or p.skipped == 0 or sample < p.after + p.samples:
            return self.finished[sample]
        position = sample - p.skipped * p.samples
        if position >= p.after + p.samples:
            return self.finished[position] + p.skipped * p.time
        periods, offset = divmod(sample - p.after, p.samples)
        return self.finished[p.after + offset] + periods * p.time

    @cached_property
    def interval(self) -> float:
        """Mean time between results in steady state (ps); for one sample its latency.

        Where no steady state is proven: the mean over the later half, but never less than the busiest part works for a sample.
        """
        if self.period:
            return self.period.time / self.period.samples
        half = self.simulated // 2
        start = self.finished[half - 1] if half else 0
        return max((self.finished[self.simulated - 1] - start) / (self.simulated - half), self._most_work())

    @cached_property
    def traffic(self) -> Traffic:
        """What the network carries for one sample, in steady state where one is proven."""
        return self.period.traffic if self.period else self.fabric.carried().over(self.simulated)

    def work(self, station: Station) -> float:
        """Time for which a station works for one sample (ps): mean of its units, times its share of a sample's units."""
        name, stage = station.stage.name, station.stage
        count = self.recorder.count[name]
        return self.recorder.busy[name] / count * stage.tensor.units / stage.copies if count else 0.0

    def _most_work(self) -> float:
        """The longest time (ps) for which one part of the chip works for a sample; stages that share a circuit take turns."""
        turns: dict[object, float] = defaultdict(float)
        for station in self.stations:
            turns[station.port or station.stage.name] += self.work(station)
        for line in self.buses:
            turns[line] += line.busy / self.simulated
        links = max((self.fabric.link_time(k, flits) for k, flits in enumerate(self.traffic.flits)), default=0.0)
        return max(links, *turns.values())

    @property
    def end(self) -> int:
        """When the whole stream is complete."""
        return max(self.completion(sample) for sample in range(max(0, self.stream - 64), self.stream))


@final
@dataclass
class Chip:
    """One chip with one workload on it, for one run."""

    architecture: Architecture
    dataflow: Dataflow
    network: ProgrammedNetwork
    images: Floats  # [N, C, H, W]; sample s of the stream is image s mod N, with noise of its own
    stream: int = 1
    fast_forward: bool = True
    clock: Clock = field(default_factory=Clock)
    recorder: Recorder = field(default_factory=Recorder)
    routes: dict[int, Route] = field(default_factory=dict, init=False)  # by flow
    delays: dict[int, int] = field(default_factory=dict, init=False)  # by flow: time until a credit is back (ps)

    def __post_init__(self) -> None:
        host = self.architecture.host
        ends = [host.node, *(node for nodes in self.architecture.core_nodes.values() for node in nodes)]
        self.fabric = Fabric.of(self.clock, self.architecture.network, ends)
        circuits = Counter(place for stage in self.dataflow.stages if (place := circuit_of(stage, self.architecture.tile.arrays)))
        self.ports = {place: Port(self.clock) for place, count in circuits.items() if count > 1}
        self.buses: dict[int, BusLine] = {}
        self.rooms = rooms(self.dataflow, self.architecture)
        self.stations = [self._station(stage) for stage in self.dataflow.stages]
        for station in self.stations:
            self._share(station)
            self._add_inboxes(station)
        for flow in self.dataflow.flows:
            self._connect(flow.number)
        settled = self.architecture.tile.array.bound_management == 0  # else time depends on the data: nothing repeats
        self.fast_forward = self.fast_forward and settled
        self.repetition = Repetition()
        self.period: Period | None = None

    def run(self) -> TimedRun:
        """Play the stream to its end; CheckError with who waits for whom when nothing moves any more."""
        sink, source = self.stations[-1], self.stations[0]
        assert isinstance(sink, SinkStation)
        assert isinstance(source, SourceStation)
        while not self.clock.idle:  # also after the last result: units that nobody needs are made and paid for, too
            self.clock.step()
        if len(sink.finished) < source.limit:
            raise CheckError(deadlock_message(self.stations, self.architecture))
        ends, buses = (self.stream, sink.finished, source.started, sink.outputs), list(self.buses.values())
        return TimedRun(self.architecture, *ends, self.recorder, self.fabric, self.stations, self.period, buses)

    # --- building ----------------------------------------------------------------------------------------------------

    def _station(self, stage: Stage) -> Station:
        tile, layers, bits = self.architecture.tile, self.network.layers, self.architecture.activation_bits
        common = (self.clock, stage, self.fabric, self.recorder)
        if stage.kind == "source":
            return SourceStation(*common, self.architecture.host, self._image, bits, self.stream)
        if stage.kind == "sink":
            return SinkStation(*common, self.architecture.host, bits, self._completed)
        programmed = layers.get(stage.layer)
        if isinstance(programmed, ProgrammedRecurrent):
            return self._recurrent(stage, programmed)
        if stage.kind == "array":
            return ArrayStation(*common, None, tile, layers[stage.layer], bits)
        if stage.kind == "neuron":
            assert isinstance(programmed, ProgrammedLayer)
            return NeuronStation(*common, tile, programmed, self.architecture.partial_sum_bits)
        if stage.kind == "adder":
            return AdderStation(*common, tile, self.architecture.partial_sum_bits)
        layer = self.network.workload.layers[stage.layer]
        assert isinstance(layer, DigitalLayer)
        parameters = self.network.workload.parameters.get(stage.layer, ())
        core = (self.architecture.cores or {}).get(stage.core)
        return VectorStation(*common, tile, layer, bits, parameters, core)

    def _recurrent(self, stage: Stage, layer: ProgrammedRecurrent) -> Station:
        tile, common = self.architecture.tile, (self.clock, stage, self.fabric, self.recorder)
        if stage.kind == "array":
            return RecurrentArrayStation(*common, None, tile, layer, self.architecture.activation_bits, self._limit)
        if stage.kind == "adder":
            return AdderStation(*common, tile, self.architecture.partial_sum_bits)
        if stage.kind == "cell":
            core = (self.architecture.cores or {}).get(stage.core)
            return CellStation(*common, tile, layer, self.architecture.partial_sum_bits, core)
        if stage.kind == "gates":
            return GateStation(*common, tile, layer, self.architecture.partial_sum_bits)
        return LastStation(*common, tile)

    def _share(self, station: Station) -> None:
        """Give a station the port of the circuit that it shares, and the bus of its tile."""
        tile, node = self.architecture.tile, station.stage.node
        station.port = self.ports.get(circuit_of(station.stage, tile.arrays))  # type: ignore[arg-type]  # None has no port
        if tile.bus is not None and station.stage.kind == "array":
            bits = self.architecture.activation_bits, self.architecture.partial_sum_bits
            station.bus = self.buses.setdefault(node, BusLine(self.clock, tile.bus, node, *bits))

    def _limit(self) -> int:
        """Samples of the stream, as far as they are simulated."""
        source = self.stations[0]
        assert isinstance(source, SourceStation)
        return source.limit

    def _image(self, sample: int) -> Floats:
        image: Floats = self.images[sample % len(self.images)]
        return image

    def _add_inboxes(self, station: Station) -> None:
        for number in range(len(station.stage.feeds)):
            station.inboxes.append(Inbox(station.stage, number, self._releaser(station, number)))

    def _releaser(self, station: Station, feed: int) -> Callable[[int, int], None]:
        """Gives room back: the reader's word reaches every sender after an idle network's time for the way back."""

        def released(sample: int, unit: int) -> None:
            for flow in station.inboxes[feed].feeding:
                sender, route = self.stations[flow.source], self.routes[flow.number]
                label = ("credit", flow.number, sample * sender.stage.tensor.units + unit)
                self.clock.call(self.delays[flow.number], flow.number, partial(sender.outbox.credit, route), label)

        return released

    def _connect(self, number: int) -> None:
        flow = self.dataflow.flows[number]
        sender, reader = self.stations[flow.source], self.stations[flow.target]
        inbox = reader.inboxes[flow.feed]
        inbox.feeding.append(flow)
        route = Route(flow, reader.stage, inbox, reader.wake, self.rooms[reader.stage.number, flow.feed])
        sender.outbox.routes.append(route)
        self.routes[number] = route
        there, back = sender.stage.node, reader.stage.node
        self.delays[number] = 0 if there == back else self.fabric.latency(back, there, 0)

    # --- recognising a repeated state --------------------------------------------------------------------------------

    def _completed(self, sample: int) -> None:
        source = self.stations[0]
        assert isinstance(source, SourceStation)
        if not self.fast_forward or self.period is not None or source.sample >= source.limit:
            return
        self.period = self.repetition.found(self.state(sample + 1), sample + 1, int(self.clock.now), self.fabric.carried())
        if self.period is None:
            return
        self.period.skipped = max(0, (source.limit - 1 - source.sample) // self.period.samples)
        source.limit -= self.period.skipped * self.period.samples

    def state(self, completed: int) -> Hashable:
        """All that decides what happens next, relative to now and to the number of completed samples."""
        units = [self.dataflow.stages[flow.source].tensor.units for flow in self.dataflow.flows]

        def relabel(flow: int, packet: int) -> int:
            return packet - completed * units[flow]

        dealing = tuple((completed * stage.tensor.shape[1]) % stage.copies for stage in self.dataflow.stages)
        pending = sorted((time, self._relative(label, completed, relabel)) for time, label in self.clock.pending())
        stations = tuple(station.state(completed) for station in self.stations)
        return dealing, tuple(pending), stations, self.fabric.state(int(self.clock.now), relabel)

    def _relative(self, label: tuple[object, ...], completed: int, relabel: Callable[[int, int], int]) -> tuple[str, ...]:
        """A label with its packet number counted from the completed samples."""
        if not label or label[0] == "port":
            return tuple(map(str, label))
        flow, packet, *rest = [item for item in label if isinstance(item, int)]
        kind = [str(item) for item in label if not isinstance(item, int)]
        return (*kind, str(flow), str(relabel(flow, packet)), *map(str, rest))
