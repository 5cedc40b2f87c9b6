"""A hand-made line of stations on one node, which write down who acts when: the smallest thing that has time in it."""

from collections.abc import Sequence

import numpy as np

from chipsim.clock import Clock
from chipsim.components.inbox import Inbox
from chipsim.components.outbox import Route
from chipsim.components.station import Port, Station, Work
from chipsim.fabric import Fabric
from chipsim.mapping.dataflow import Feed, Flow, Mode, Stage, Tensor
from chipsim.noc.network import Network
from chipsim.noc.topology import Mesh
from chipsim.recorder import Recorder

NODE = Network(topology=Mesh(columns=1, rows=1), clock=1e9, flit_width=64, payload=512, link_energy=0.0, pitch=1e-3)

Log = list[tuple[int, str]]


class Toy(Station):
    """A station with given delays; the first of a line makes `samples` samples, the others what comes in."""

    def __init__(self, line: "Line", stage: Stage, latency: int, interval: int, port: Port | None) -> None:
        self.log, self.latency, self.interval = line.log, latency, interval
        super().__init__(line.clock, stage, line.fabric, line.recorder, port)

    def work(self, sample: int, unit: int) -> Work:
        self.log.append((int(self.clock.now), f"{self.stage.layer}{sample}.{unit}"))
        tensor = self.stage.tensor
        return Work(np.zeros((tensor.vectors, 1), np.float32), self.latency, [self.interval] * tensor.vectors)


class Line:
    """Stations a, b, c ... with (latency, interval) each; every input buffer has `room` units."""

    def __init__(
        self,
        delays: Sequence[tuple[int, int]],
        room: int = 100,
        units: int = 1,
        vectors: int = 1,
        shared: Sequence[int] = (),
        order: Sequence[int] = (),
    ) -> None:
        self.clock, self.recorder, self.log = Clock(), Recorder(), Log()
        self.fabric = Fabric.of(self.clock, NODE)
        mode: Mode = "row"
        tensors = [Tensor(name, (1, units, vectors), mode) for name in "abcdefgh"[: len(delays)]]
        stages = [Stage(i, "vector", t.name, 0, t, (0, 1)) for i, t in enumerate(tensors)]
        for before, stage in zip(tensors, stages[1:], strict=False):
            stage.feeds.append(Feed(before, (0, 1), 1, identity=True))
        port = Port(self.clock)
        made = {i: Toy(self, stages[i], *delays[i], port if i in shared else None) for i in order or range(len(delays))}
        self.stations = [made[i] for i in range(len(delays))]
        self.routes = [self._connect(i, room) for i in range(len(delays) - 1)]

    def _connect(self, number: int, room: int) -> Route:
        sender, reader = self.stations[number], self.stations[number + 1]
        flow = Flow(number, number, number + 1, 0, 0, (0, 1), 8)
        route = Route(flow, reader.stage, Inbox(reader.stage, 0, lambda *_: sender.outbox.credit(route)), reader.wake, room)
        route.inbox.feeding.append(flow)
        reader.inboxes.append(route.inbox)
        sender.outbox.routes.append(route)
        return route

    def run(self, until: int) -> Log:
        """What happened before `until` ps."""
        self.clock.run(until)
        return self.log

    def starts(self, name: str) -> list[int]:
        """When the station of that name started its units."""
        return [time for time, what in self.log if what.startswith(name)]
