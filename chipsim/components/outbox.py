"""The output side of a stage: a short queue of finished units and the credits of everyone who reads them.

A unit leaves when its first vector is ready and every reader that wants it has room. One transfer serves all readers
(multicast); readers on the same node are reached without the network.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Hashable
from functools import partial
from typing import Any, final

import simpy

from chipsim.clock import Clock
from chipsim.components.inbox import Inbox
from chipsim.components.token import Token
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Flow, Stage

DEPTH = 2  # one unit leaves while the next one is made; a pipeline holds as many more as are on their way through it


@final
class Route:
    """One flow at run time: its reader's inbox, and how many units, counted from the start, the reader has promised room for.

    The units that a reader wants are numbered, and room is promised in that order: copies of a stage that feed one reader
    share its buffer without taking the room of an earlier row from each other.
    """

    def __init__(self, flow: Flow, target: Stage, inbox: Inbox, wake: Callable[[], None], room: int) -> None:
        self.flow, self.target, self.inbox, self.wake = flow, target, inbox, wake
        self.room = self.promised = room

    def wants(self, token: Token) -> bool:
        """Whether the reader needs this unit at all."""
        return token.unit in self.target.wanted(token.sample, self.flow.feed)

    def has_room(self, token: Token) -> bool:
        """Whether the reader has promised room for this unit."""
        place = self.target.wanted(token.sample, self.flow.feed)[token.unit]
        return self.target.wanted_before(token.sample, self.flow.feed) + place < self.promised

    def ahead(self, completed: int) -> int:
        """Units promised beyond those of the first `completed` samples."""
        return self.promised - self.target.wanted_before(completed, self.flow.feed)


@final
class Outbox:
    """Queue, credits and sending process of one stage."""

    def __init__(self, clock: Clock, stage: Stage, fabric: Fabric, took: Callable[[Token, int], None]) -> None:
        self.clock, self.stage, self.fabric, self.took = clock, stage, fabric, took
        self.routes: list[Route] = []
        self.queue: deque[Token] = deque()
        self.depth = DEPTH
        self.leaving: Token | None = None
        self.blocked: Route | None = None
        self.wake_sender = clock.event()
        self.wake_worker: Callable[[], None] = lambda: None
        self.process = clock.process(self._send())

    @property
    def full(self) -> bool:
        """Whether the stage must wait before it makes another unit."""
        return len(self.queue) + (self.leaving is not None) >= self.depth

    def put(self, token: Token) -> None:
        """Queue a unit; its time stamps may lie in the future."""
        self.queue.append(token)
        self._wake()

    def credit(self, route: Route) -> None:
        """A reader has room for one more unit."""
        route.promised += 1
        self._wake()

    def _wake(self) -> None:
        if not self.wake_sender.triggered:
            self.wake_sender.succeed()

    def _send(self) -> Generator[simpy.Event, Any, None]:
        while True:
            while not self.queue:
                yield self._sleep()
            self.leaving = self.queue.popleft()
            if self.leaving.first > self.clock.now:
                yield self.clock.timeout(self.leaving.first - int(self.clock.now))
            wanting = [route for route in self.routes if route.wants(self.leaving)]
            for route in wanting:
                while not route.has_room(self.leaving):
                    self.blocked = route
                    yield self._sleep()
                self.blocked = None
            now = int(self.clock.now)
            self._ship(self.leaving.at(now, max(now, self.leaving.last)), wanting)
            self.leaving = None
            self.wake_worker()

    def _sleep(self) -> simpy.Event:
        self.wake_sender = self.clock.event()
        return self.wake_sender

    def _ship(self, token: Token, routes: list[Route]) -> None:
        """Send a unit: one transfer for all readers of the same channels."""
        packet = token.sample * self.stage.tensor.units + token.unit
        slices = sorted({route.flow.channels for route in routes})
        self.took(token, sum(next(r.flow.bits for r in routes if r.flow.channels == channels) for channels in slices))
        for channels in slices:
            readers = [route for route in routes if route.flow.channels == channels]
            low = channels[0] - self.stage.channels[0]
            part = token.of(slice(low, low + channels[1] - channels[0]))
            for route in (route for route in readers if route.target.node == self.stage.node):
                label = ("local", route.flow.number, packet)
                self.clock.call(0, route.flow.number, partial(self._deliver, route, part), label)
            self._transfer(part, packet, [route for route in readers if route.target.node != self.stage.node])

    def _transfer(self, token: Token, packet: int, routes: list[Route]) -> None:
        if not routes:
            return

        def arrived(node: int, first: int, last: int) -> None:
            for route in routes:
                if route.target.node == node:
                    tail = 0 if route.target.kind == "array" else self.fabric.tail  # others wait for the whole vector
                    self._deliver(route, token.at(first + tail, last + tail))

        nodes = tuple(sorted({route.target.node for route in routes}))
        flow, count = routes[0].flow, len(token.values)
        values = flow.channels[1] - flow.channels[0]
        stamps = token.first, token.last, arrived
        self.fabric.send(flow.number, packet, self.stage.node, nodes, flow.bits, count, *stamps, values=values, early=True)

    def _deliver(self, route: Route, token: Token) -> None:
        route.inbox.put(token, route.flow.segment, route.flow.channels)
        route.wake()

    def state(self, now: int, completed: int) -> Hashable:
        """Queue and credits, relative to now and to the samples completed."""
        waiting = ([self.leaving] if self.leaving else []) + list(self.queue)
        units = tuple((t.sample - completed, t.unit, max(t.first - now, 0), max(t.last - now, 0)) for t in waiting)
        blocked = self.blocked.flow.number if self.blocked else -1
        return units, blocked, self.leaving is not None, tuple(route.ahead(completed) for route in self.routes)
