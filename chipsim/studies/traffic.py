"""Random packets on a network in simulated time: how late they come, and how many get through.

Every tile makes a packet in a slot with probability load / L (Bernoulli); the queue of a tile is unbounded and counts into the latency.

    load      flits that a tile offers in a cycle: the share of time for which it would keep its port busy
    L         flits of a packet (of its train, where it is longer than the payload), headers included
    slot      one cycle; with `durations` one step, L the steps of a vector, load the vectors of a step in each step

A packet counts when it was made after the warm-up; after the last slot nobody makes any, and all that are under way arrive.
Beyond saturation queues grow as long as packets are made, so latencies there say how long the run was, not how long one waits.
"""

from __future__ import annotations

import math
from functools import partial
from random import Random
from typing import NamedTuple, final

from chipsim.clock import Clock
from chipsim.fabric import Fabric
from chipsim.noc.network import Durations, Network
from chipsim.studies.traffic_patterns import Pattern
from chipsim.units import picoseconds


class Packet(NamedTuple):
    """When it was made, its latency, what it would be in an idle network (ps)."""

    made: int
    latency: int
    idle: int


def slot_of(network: Network) -> int:
    """Time (ps) in which a tile may make one packet."""
    control = network.flow_control
    return picoseconds(control.step) if isinstance(control, Durations) else network.cycle


def idle_fabric(network: Network) -> Fabric:
    """A fabric on which nothing moves."""
    return Fabric.of(Clock(), network)


def slots_of(network: Network, bits: int, fabric: Fabric) -> int:
    """Slots for which a packet of `bits` keeps the port of a tile busy."""
    control = network.flow_control
    flits = fabric.load(bits)
    return -(-flits // control.wires) if isinstance(control, Durations) else flits


@final
class Traffic:
    """One run: packets of `bits` at one load for `slots` slots, of which the first `warm` are not counted."""

    def __init__(self, network: Network, pattern: Pattern, bits: int, load: float, slots: int, warm: int, seed: int) -> None:
        self.clock = Clock()
        self.fabric = Fabric.of(self.clock, network)
        self.pattern, self.bits = pattern, bits
        self.slot, self.length = slot_of(network), slots_of(network, bits, self.fabric)
        self.rate = load / self.length
        self.random = Random(seed)
        self.warm, self.end = warm * self.slot, slots * self.slot
        self.packets: list[Packet] = []
        self.made = self.delivered = 0
        self._idle: dict[tuple[int, int], int] = {}
        for tile in pattern.tiles:
            self._next(tile)
        self.clock.run()

    @property
    def accepted(self) -> float:
        """Flits that arrived at a tile in a cycle after the warm-up, while packets were made; like `load`."""
        return self.delivered * self.length * self.slot / ((self.end - self.warm) * len(self.pattern.tiles))

    @property
    def excess(self) -> float:
        """Mean latency above that of an idle network, over the same paths (ps)."""
        return sum(packet.latency - packet.idle for packet in self.packets) / len(self.packets)

    def _next(self, tile: int) -> None:
        """The geometric time to the next packet of a tile: the gaps of a Bernoulli process."""
        gap = 1 + int(math.log(1 - self.random.random()) / math.log(1 - self.rate))
        if self.clock.now + gap * self.slot < self.end:
            self.clock.call(gap * self.slot, tile, partial(self._make, tile))

    def _make(self, tile: int) -> None:
        now, self.made = int(self.clock.now), self.made + 1
        target = self.pattern.draw(self.random, tile)
        if (tile, target) not in self._idle:
            self._idle[tile, target] = self.fabric.latency(tile, target, self.bits)
        idle = self._idle[tile, target]

        def arrived(_: int, first: int, __: int) -> None:
            self.delivered += self.warm < first <= self.end
            if now > self.warm:
                self.packets.append(Packet(now, first - now, idle))

        self.fabric.send(tile, self.made, tile, (target,), self.bits, 1, now, now, arrived)
        self._next(tile)
