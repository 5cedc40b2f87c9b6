"""The chip in simulated time: stations built from a dataflow, run until the last result is out.

A stream of samples soon becomes periodic. At every completed sample the whole state (pending events, buffers, credits,
calendars, all relative to now) is compared with the states before; time is an integer and buffers are finite, so equal
states prove that the chip will repeat itself. The rest of the stream is then shortened by whole periods: what is left is
simulated to its end, because the end of a stream, when the source falls silent, is not periodic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.clock import Clock
from chipsim.components.array import ArrayStation
from chipsim.components.digital import AdderStation, NeuronStation, VectorStation
from chipsim.components.host import SinkStation, SourceStation
from chipsim.components.inbox import Inbox
from chipsim.components.outbox import Route
from chipsim.components.station import Port, Station
from chipsim.deadlock import deadlock_message
from chipsim.errors import CheckError, InputError
from chipsim.fabric import Fabric
from chipsim.mapping.dataflow import Dataflow, Feed, Stage
from chipsim.programmed import ProgrammedNetwork
from chipsim.recorder import Recorder
from chipsim.workload.layers.layer import DigitalLayer

Floats = NDArray[np.float32]
MOST_STATES = 64  # completions among which a repetition is looked for
UNLIMITED = 1 << 40  # the host takes every result at once


@final
@dataclass
class Period:
    """A proven repetition: the chip's state after `after` + `samples` samples equals that after `after`; it took `time` ps."""

    after: int
    samples: int
    time: int
    skipped: int = 0  # whole periods left out of the simulation


@final
@dataclass
class TimedRun:
    """What a stream of `stream` samples did; times in ps."""

    stream: int
    finished: dict[int, int]
    started: dict[int, int]
    outputs: dict[int, Floats]
    recorder: Recorder
    fabric: Fabric
    stations: list[Station]
    period: Period | None = None

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

    @property
    def interval(self) -> float:
        """Mean time between results in steady state (ps); for one sample its latency."""
        if self.period:
            return self.period.time / self.period.samples
        if self.simulated == 1:
            return float(self.finished[0])
        half = self.simulated // 2
        return (self.finished[self.simulated - 1] - self.finished[half - 1]) / (self.simulated - half)

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
    images: Floats  # [N, C, H, W]; sample s of the stream is image s mod N
    stream: int = 1
    fast_forward: bool = True
    clock: Clock = field(default_factory=Clock)
    recorder: Recorder = field(default_factory=Recorder)
    routes: dict[int, Route] = field(default_factory=dict, init=False)  # by flow
    delays: dict[int, int] = field(default_factory=dict, init=False)  # by flow: time until a credit is back (ps)

    def __post_init__(self) -> None:
        host = self.architecture.host
        self.fabric = Fabric.of(self.clock, self.architecture.network, self.pitch, [host.node])
        self.ports: dict[int, Port] = {}
        self.stations = [self._station(stage) for stage in self.dataflow.stages]
        for station in self.stations:
            self._add_inboxes(station)
        for flow in self.dataflow.flows:
            self._connect(flow.number)
        self.states: dict[object, tuple[int, int]] = {}
        self.period: Period | None = None

    @property
    def pitch(self) -> float:
        """Distance of neighbouring tiles (m): the edge of a square tile."""
        return math.sqrt(sum(self.architecture.tile.area_parts.values()) + self.architecture.network.router_area)

    def run(self) -> TimedRun:
        """Play the stream to its end; CheckError with who waits for whom when nothing moves any more."""
        sink, source = self.stations[-1], self.stations[0]
        assert isinstance(sink, SinkStation)
        assert isinstance(source, SourceStation)
        while len(sink.finished) < source.limit:
            if self.clock.idle:
                raise CheckError(deadlock_message(self.stations))
            self.clock.step()
        return TimedRun(
            self.stream, sink.finished, source.started, sink.outputs, self.recorder, self.fabric, self.stations, self.period
        )

    # --- building ----------------------------------------------------------------------------------------------------

    def _station(self, stage: Stage) -> Station:
        tile, layers, bits = self.architecture.tile, self.network.layers, self.architecture.activation_bits
        common = (self.clock, stage, self.fabric, self.recorder)
        if stage.kind == "source":
            return SourceStation(*common, self.architecture.host, self._image, bits, self.stream)
        if stage.kind == "sink":
            return SinkStation(*common, self.architecture.host, bits, self._completed)
        if stage.kind == "array":
            port = self.ports.setdefault(stage.node, Port(self.clock))
            return ArrayStation(*common, port, tile, layers[stage.layer], bits, self._identity)
        if stage.kind == "neuron":
            return NeuronStation(*common, tile, layers[stage.layer], self.architecture.partial_sum_bits)
        if stage.kind == "adder":
            return AdderStation(*common, tile, self.architecture.partial_sum_bits)
        layer = self.network.workload.layers[stage.layer]
        assert isinstance(layer, DigitalLayer)
        return VectorStation(*common, tile, layer, bits)

    def _image(self, sample: int) -> Floats:
        image: Floats = self.images[self._identity(sample)]
        return image

    def _identity(self, sample: int) -> int:
        """The number by which the noise of a sample is known: that of its image."""
        return sample % len(self.images)

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
        route = Route(flow, reader.stage, inbox, reader.wake, self._room(reader.stage, inbox.feed))
        sender.outbox.routes.append(route)
        self.routes[number] = route
        there, back = sender.stage.node, reader.stage.node
        self.delays[number] = 0 if there == back else self.fabric.latency(back, there, 0)

    def _room(self, stage: Stage, feed: Feed) -> int:
        """Units of a feed that fit its share of the tile's buffer; InputError when the stage could never start."""
        if stage.kind == "sink":
            return UNLIMITED
        tile = self.architecture.tile
        digital = stage.kind != "array"
        buffer = tile.output_buffer if digital else tile.input_buffer
        sharing = [s for s in self.dataflow.stages if s.node == stage.node and s.kind not in ("source", "sink")]
        shares = sum(len(s.feeds) for s in sharing if (s.kind != "array") == digital)
        width = (feed.channels[1] - feed.channels[0]) * (feed.segments if feed.stacked else 1)
        bits = self.architecture.partial_sum_bits if feed.stacked else self.architecture.activation_bits
        unit = width * bits * feed.tensor.vectors
        room = int(buffer.capacity / shares) // unit
        needed = stage.deepest(stage.feeds.index(feed))
        if room < needed:
            which = "output_buffer" if digital else "input_buffer"
            raise InputError(
                f"tile.{which}: {stage.name} must hold {needed} units of {feed.tensor.name} ({needed * unit:.0f} b) at once, its "
                f"share is {buffer.capacity / shares:.0f} b (1/{shares} of {buffer.capacity:.0f} b); "
                "take a larger buffer, more arrays per layer, or token 'vector'"
            )
        return room

    # --- recognising a repeated state --------------------------------------------------------------------------------

    def _completed(self, sample: int) -> None:
        source = self.stations[0]
        assert isinstance(source, SourceStation)
        if not self.fast_forward or self.period is not None or sample >= MOST_STATES or source.sample >= source.limit:
            return
        count, now = sample + 1, int(self.clock.now)
        state = self.state(count)
        if state not in self.states:
            self.states[state] = count, now
            return
        before, then = self.states[state]
        self.period = Period(before, count - before, now - then)
        self.period.skipped = max(0, (source.limit - 1 - source.sample) // self.period.samples)
        source.limit -= self.period.skipped * self.period.samples

    def state(self, completed: int) -> object:
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
        numbers = [item for item in label if isinstance(item, int)]
        kind = [str(item) for item in label if not isinstance(item, int)]
        flow, packet, rest = numbers[0], numbers[1], numbers[2:]
        return (*kind, str(flow), str(relabel(flow, packet)), *map(str, rest))
