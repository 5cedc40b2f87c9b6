"""Packets and the buffers that hold them in the credit model."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import final

from chipsim.fabric.channels import Branch, Plan
from chipsim.fabric.fabric import Arrived, Relabel, order


@final
class Transfer:
    """One call of `send` under way.

    `left`: packets still missing of the first (True) and the last vector (False) at each node; `told`: when the last vector
    was announced for, at each node.
    """

    __slots__ = ("arrived", "count", "flow", "key", "left", "packet", "plan", "source", "spread", "told", "train")

    def __init__(
        self, flow: int, packet: int, source: int, plan: Plan, train: tuple[int, ...], count: int, spread: int, arrived: Arrived
    ) -> None:
        self.flow, self.packet, self.source, self.plan, self.key = flow, packet, source, plan, order(flow, packet)
        self.train, self.count, self.spread, self.arrived = train, count, spread, arrived
        self.left: dict[tuple[bool, int], int] = {}
        self.told: dict[int, int] = {}

    def ready(self, vector: int) -> int:
        """When a vector is ready at the source, after the first (ps)."""
        return self.spread * vector // max(1, self.count - 1)

    def missing(self, vector: int, node: int) -> int:
        """Note one more packet of a vector delivered at `node`: how many of its packets are still missing there."""
        place = vector == 0, node
        self.left[place] = self.left.get(place, len(self.train)) - 1
        return self.left[place]


@final
class Packet:
    """A packet in one buffer: the ways it has still to start on, and when its head has passed the pipeline of the router."""

    __slots__ = ("flits", "part", "ready", "transfer", "vector", "ways")

    def __init__(self, transfer: Transfer, vector: int, part: int, ready: int, ways: tuple[Branch, ...]) -> None:
        self.transfer, self.vector, self.part, self.flits = transfer, vector, part, transfer.train[part]
        self.ready, self.ways = ready, list(ways)

    def state(self, now: int, relabel: Relabel) -> Hashable:
        """The packet as part of a snapshot relative to `now`."""
        transfer = self.transfer
        name = relabel(transfer.flow, transfer.packet)
        return name, self.vector, self.part, max(0, self.ready - now), tuple(way.channel for way in self.ways)


@final
class Queue:
    """One virtual channel of an input port, or the queue of a sending tile (`vc` -1, unbounded).

    `channel`: the channel that fills it (for a tile: the one it feeds); `port`: the port it is read through; `site`: where its
    packets compete; `rank`: its place in the round of the site.
    """

    __slots__ = ("channel", "packets", "port", "rank", "site", "vc")

    def __init__(self, channel: int, vc: int, port: int, site: int, rank: int) -> None:
        self.channel, self.vc, self.port, self.site, self.rank = channel, vc, port, site, rank
        self.packets: deque[Packet] = deque()
