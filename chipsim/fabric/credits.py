"""Virtual cut-through with credits: packets wait in finite buffers until the next router has room for all of them.

Each input port of a router has V virtual channels (VCs), each a first-in-first-out buffer of B flits. The packet at the
head of a VC starts on an output channel at the first moment s at which

    s >= a + t_router              the pipeline has seen its head, which arrived at a
    s >= s' + (L' + 1) t_cycle     the packet before it in this VC, L' flits long, has left; allocating a VC takes a cycle
    the output channel and the input port are free, each for L t_cycle after a start
    a VC at the far end is free (L' + 1 cycles after the start of its last packet) and has room for L flits

Packets share a channel in round-robin order. The room of a packet is free again t_credit after it starts on its next channel,
because it drains as fast as the next one can follow. With one VC a channel thus carries L flits in L + 1 cycles.
A link that is slower than the chip has room for one packet in front of it: its packet leaves the VC at the speed of the chip.
The ejection port always drains, the queue in the sending tile is unbounded. A multicast copies a packet to each output as that
becomes free; the packet leaves its buffer with the last copy. Transfers of several vectors are played packet by packet, but
the time of the last vector is announced together with the first, as if the network were idle in between; how much later it
came at most is kept in `lateness`. With several VCs packets of one flow may overtake one another.
Kermani and Kleinrock, Computer Networks 3, 267 (1979), doi:10.1016/0376-5075(79)90032-1; virtual channels: Dally, IEEE Trans.
Parallel and Distributed Systems 3, 194 (1992), doi:10.1109/71.127260.
Not modelled: flits of several packets interleaved on one link, losses of a real switch allocator, packets longer than a
buffer (refused).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from itertools import chain
from typing import final

from chipsim.clock import Clock
from chipsim.errors import InputError
from chipsim.fabric.buffers import Packet, Queue, Transfer
from chipsim.fabric.channels import Branch
from chipsim.fabric.fabric import Fabric, Relabel, Sending
from chipsim.noc.network import Credits, Network

_LAST = 1 << 80  # key of arbitrations: after everything else that happens at the same time
_ANY = -1  # lane of the injection channel: a packet may wait in any VC of the local port
_NEVER = 1 << 100


@final
class CreditFabric(Fabric, plays=Credits):
    """The model with finite buffers and back-pressure."""

    reliable = 0.85

    def __init__(self, clock: Clock, network: Network, ends: Iterable[int] = ()) -> None:
        super().__init__(clock, network, ends)
        assert isinstance(network.flow_control, Credits)
        self._refuse_misfits(network.flow_control)
        self.lateness = 0
        """How much later than announced (ps) the last vector of a transfer came, at most."""
        channels, vcs = self.channels, network.flow_control.virtual_channels
        lanes = channels.routes.lanes
        self._lanes = {lane: [vc for vc in range(vcs) if vc % lanes == lane] for lane in range(lanes)} | {_ANY: list(range(vcs))}
        self._credit_delay = network.flow_control.credit_delay * self.cycle
        self._first_ejection = channels.ejection(0)
        self._free = [0] * channels.count
        self._vc_free = [[0] * vcs for _ in range(channels.count)]
        self._room = [[network.flow_control.buffer] * vcs for _ in range(channels.count)]
        self._last_rank = [0] * channels.count
        self._waiting: list[list[Queue]] = [[] for _ in range(channels.count)]
        self._wakes: set[tuple[int, int]] = set()
        self._build_queues(vcs)

    def _refuse_misfits(self, control: Credits) -> None:
        longest = max(self.network.packets(int(self.network.payload)))
        if longest > control.buffer:
            raise InputError(
                f"Credits.buffer: a packet of {longest} flits does not fit in a buffer of {control.buffer} flits, which would "
                "spread it over several routers (wormhole); take larger buffers, wider flits or a smaller payload"
            )
        lanes = self.channels.routes.lanes
        if control.virtual_channels < lanes:
            raise InputError(
                f"Credits.virtual_channels: {control.virtual_channels} is too few: the routes of this topology are free of "
                f"deadlock with {lanes} classes of virtual channels; take {lanes} or more, or the routing 'up_down'"
            )

    def _build_queues(self, vcs: int) -> None:
        """Sites 0..n-1 are routers, n..2n-1 the tiles that feed them; ports are numbered like the channels that fill them."""
        channels = self.channels
        targets = [target for _, target in channels.links] + list(range(channels.nodes))
        self._queues = [
            [Queue(channel, vc, channel, site, channel * vcs + vc) for vc in range(vcs)] for channel, site in enumerate(targets)
        ]
        first = len(self._queues)
        self._tiles = [
            Queue(channels.injection(node), -1, first + node, channels.nodes + node, 0) for node in range(channels.nodes)
        ]
        self._port_free = [0] * (first + channels.nodes)
        self._reading: list[Packet | None] = [None] * len(self._port_free)
        self._outputs: list[list[int]] = [[channels.ejection(node)] for node in range(channels.nodes)]
        self._outputs += [[channels.injection(node)] for node in range(channels.nodes)]
        for channel, (source, _) in enumerate(channels.links):
            self._outputs[source].append(channel)

    def _accept(self, sending: Sending) -> None:
        train, what = self.network.packets(sending.bits), (sending.flow, sending.packet, sending.source, sending.plan)
        transfer = Transfer(*what, train, sending.count, sending.spread, sending.arrived)
        self._call(0, transfer, 0)

    def _call(self, delay: int, transfer: Transfer, vector: int) -> None:
        label = (transfer.flow, transfer.packet, "inject", transfer.source, vector, transfer.count, transfer.spread)
        self.clock.call(delay, transfer.key, partial(self._inject, transfer, vector), label)

    def _inject(self, transfer: Transfer, vector: int) -> None:
        """A vector is ready: its packets join the queue of the tile."""
        node, channels = transfer.source, self.channels
        way = Branch(channels.injection(node), node, channels.injection_delay + channels.pipeline[node], _ANY)
        for part in range(len(transfer.train)):
            self._join(self._tiles[node], Packet(transfer, vector, part, self._now, (way,)))
        if vector + 1 < transfer.count:
            self._call(transfer.ready(vector + 1) - transfer.ready(vector), transfer, vector + 1)

    @property
    def _now(self) -> int:
        return self.clock.now  # type: ignore[return-value]  # integer picoseconds

    def _join(self, queue: Queue, packet: Packet) -> None:
        queue.packets.append(packet)
        if len(queue.packets) == 1:
            self._lead(queue, packet.ready)

    def _lead(self, queue: Queue, earliest: int) -> None:
        """The packet at the head of a queue will compete for its outputs from `earliest` on."""
        packet = queue.packets[0]
        delay = max(packet.ready, earliest) - self._now
        label = (packet.transfer.flow, packet.transfer.packet, "head", queue.port, queue.vc, packet.vector, packet.part)
        self.clock.call(delay, packet.transfer.key, partial(self._compete, queue), label)

    def _compete(self, queue: Queue) -> None:
        for way in queue.packets[0].ways:
            self._waiting[way.channel].append(queue)
        self._wake(queue.site, self._now)

    def _wake(self, site: int, time: int) -> None:
        if (time, site) not in self._wakes:
            self._wakes.add((time, site))
            self.clock.call(time - self._now, _LAST + site, partial(self._arbitrate, site, time))

    def _arbitrate(self, site: int, time: int) -> None:
        self._wakes.discard((time, site))
        for channel in self._outputs[site]:
            if self._waiting[channel]:
                retry = self._grant(channel, time)
                if retry < _NEVER:
                    self._wake(site, retry)

    def _grant(self, channel: int, now: int) -> int:
        """Start the next waiting packet that can on a channel; the time to try again (never: a credit or a packet will tell)."""
        if self._free[channel] > now:
            return self._free[channel]
        last, retry = self._last_rank[channel], _NEVER
        for queue in sorted(self._waiting[channel], key=lambda queue: (queue.rank <= last, queue.rank)):
            packet = queue.packets[0]
            if self._port_free[queue.port] > now and not self._just_read(queue.port, packet, now):
                retry = min(retry, self._port_free[queue.port])
                continue
            way = next(way for way in packet.ways if way.channel == channel)
            vc, later = self._choose(channel, way.lane, packet.flits, now)
            if vc >= 0:
                self._start(queue, packet, way, vc, now)
                return self._free[channel] if self._waiting[channel] else _NEVER
            retry = min(retry, later)
        return retry

    def _just_read(self, port: int, packet: Packet, now: int) -> bool:
        """Whether a port began to read this packet at this very moment: several outputs may take the same flits."""
        return self._reading[port] is packet and self._port_free[port] == now + packet.flits * self.cycle

    def _choose(self, channel: int, lane: int, flits: int, now: int) -> tuple[int, int]:
        """The emptiest free VC with room (the first among equals), or -1 and when one with room becomes free."""
        room, free = self._room[channel], self._vc_free[channel]
        fitting = [vc for vc in self._lanes[lane] if room[vc] >= flits]
        ready = [vc for vc in fitting if free[vc] <= now]
        if ready:
            return max(ready, key=room.__getitem__), now
        return -1, min((free[vc] for vc in fitting), default=_NEVER)

    def _start(self, queue: Queue, packet: Packet, way: Branch, vc: int, now: int) -> None:
        """A packet enters a channel: `queue` holds it until all its copies are under way."""
        channel, busy = way.channel, packet.flits * self.cycle
        span = busy if self.even[channel] else self.channels.span(channel, packet.flits)
        gap = 0 if queue.vc < 0 else self.cycle  # a tile allocates the next VC while it still sends
        self._free[channel], self._port_free[queue.port] = now + span, now + busy
        self._vc_free[channel][vc] = now + span + gap
        self._reading[queue.port] = packet
        self._last_rank[channel] = queue.rank
        self._waiting[channel].remove(queue)
        self.busy[channel] += span
        self.flits[channel] += packet.flits
        packet.ways.remove(way)
        if way.target < 0:
            self._fly(packet, way, busy)
        else:
            self._room[channel][vc] -= packet.flits
            ways, ready = packet.transfer.plan[way.target], now + way.delay + self.gathering(channel, packet.flits)
            self._join(self._queues[channel][vc], Packet(packet.transfer, packet.vector, packet.part, ready, ways))
        if not packet.ways:
            self._leave(queue, packet, now + busy + gap)

    def _leave(self, queue: Queue, packet: Packet, free: int) -> None:
        queue.packets.popleft()
        if queue.packets:
            self._lead(queue, free)
        if queue.vc >= 0:
            label = (packet.transfer.flow, packet.transfer.packet, "credit", queue.channel, queue.vc, packet.flits)
            action = partial(self._credit, queue.channel, queue.vc, packet.flits)
            self.clock.call(self._credit_delay, packet.transfer.key, action, label)

    def _credit(self, channel: int, vc: int, flits: int) -> None:
        self._room[channel][vc] += flits
        if self._waiting[channel]:
            self._wake(self._waiting[channel][0].site, self._now)

    def _fly(self, packet: Packet, way: Branch, busy: int) -> None:
        node = way.channel - self._first_ejection
        transfer = packet.transfer
        label = (transfer.flow, transfer.packet, "deliver", node, packet.vector, packet.part)
        self.clock.call(way.delay + busy, transfer.key, partial(self._deliver, transfer, packet.vector, node), label)

    def _deliver(self, transfer: Transfer, vector: int, node: int) -> None:
        if 0 < vector < transfer.count - 1 or transfer.missing(vector, node):
            return
        if vector == 0:
            busy = round(sum(transfer.train) * self.channels.slowest(transfer.source, node))
            transfer.told[node] = self._now + max(transfer.spread, (transfer.count - 1) * busy)
            transfer.arrived(node, self._now, transfer.told[node])
        elif node in transfer.told:
            self.lateness = max(self.lateness, self._now - transfer.told[node])

    def busy_until(self, channel: int, now: int) -> int:
        return self.busy[channel] - max(0, self._free[channel] - now)

    def warning(self, now: int) -> str:
        late = f"the last vector of a transfer came up to {self.lateness} ps later than announced; send vectors one by one"
        return "; ".join(text for text in (super().warning(now), late if self.lateness else "") if text)

    def state(self, now: int, relabel: Relabel) -> Hashable:
        times = chain(self._free, self._port_free, *self._vc_free)
        queues = chain(*self._queues, self._tiles)
        return (
            tuple(max(0, time - now) for time in times),
            tuple(chain(*self._room)),
            tuple(self._last_rank),
            tuple(tuple(packet.state(now, relabel) for packet in queue.packets) for queue in queues),
            tuple(tuple(sorted((queue.port, queue.vc) for queue in waiting)) for waiting in self._waiting),
            frozenset((time - now, site) for time, site in self._wakes),
        )
