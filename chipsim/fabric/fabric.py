"""Fabric: what every model of the network in simulated time offers, and what it counts.

Transfers of `count` vectors move as packets. The head of a packet leaves a channel `delay` after it started there; the
channel is busy one cycle for each flit, a link with a rate of its own for t_flit. Behind a slower link a packet of L flits is put
together again: its head goes on L (t_flit - t_cycle) later, so that the rest follows at the speed of the chip. Energy goes with
flits, headers and padding included; they are counted here, and what they take is told later (`traffic.py`). A flit
counts once for each output of a router that it leaves through, so a multicast pays for its copies, not for the way they share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import ClassVar, final

from chipsim.clock import Clock
from chipsim.fabric.channels import Channels, Plan
from chipsim.fabric.traffic import Tariff, Traffic
from chipsim.noc.network import FlowControl, Network

Arrived = Callable[[int, int, int], None]
Relabel = Callable[[int, int], Hashable]


def order(flow: int, packet: int) -> int:
    """The key by which simultaneous events are ordered: by flow, then by packet (up to 2^32 packets a flow)."""
    return (flow << 32) + packet


@final
@dataclass(frozen=True, slots=True)
class Sending:
    """One checked call of `send`; `spread` (ps) is the time from the first to the last vector."""

    flow: int
    packet: int
    source: int
    plan: Plan
    bits: int
    count: int
    spread: int
    arrived: Arrived
    values: int
    early: bool


class Fabric(ABC):
    """Root of the models; `Fabric.of` chooses the one that plays the network's flow control."""

    players: ClassVar[dict[type[FlowControl], type[Fabric]]] = {}
    reliable: ClassVar[float] = 1.0
    """Largest utilisation of a link up to which the model's waiting times are trusted."""
    tail = 0
    """Time (ps) from the moment at which an array may begin to read a vector to that at which it is there completely."""

    def __init_subclass__(cls, plays: type[FlowControl]) -> None:
        super().__init_subclass__()
        cls.players[plays] = cls

    @classmethod
    def of(cls, clock: Clock, network: Network, ends: Iterable[int] = ()) -> Fabric:
        """The fabric of `network`; `ends` are senders that are no tiles."""
        return cls.players[type(network.flow_control)](clock, network, ends)

    def __init__(self, clock: Clock, network: Network, ends: Iterable[int] = ()) -> None:
        self.clock, self.network, self.cycle = clock, network, network.cycle
        self.channels = Channels(network, network.routes(ends))
        self.even = [time == self.cycle for time in self.channels.flit_time]
        self.flits = [0] * self.channels.count
        self.busy = [0] * self.channels.count
        self.saved = 0
        """Flits times links that multicasts did not have to carry, against a packet to each destination."""

    def send(
        self,
        flow: int,
        packet: int,
        source: int,
        destinations: tuple[int, ...],
        bits: int,
        count: int,
        first: int,
        last: int,
        arrived: Arrived,
        values: int = 0,
        early: bool = False,
    ) -> None:
        """Send `count` vectors of `bits` from `source` to all `destinations`.

        The first vector is ready now (`first`, ps), the last at `last`, the others evenly between. `arrived(node, first,
        last)` runs when the first vector is completely delivered at a node, with the times when the first and the last vector
        are delivered there. Sends at the same time are ordered by (flow, packet), which must be unique among transfers under
        way. A vector holds `values` values (0: not known). With `early`, `arrived` runs `tail` ps sooner, when arrays may begin to
        read. InputError when there is no route; ValueError when the numbers contradict each other.
        """
        if first != self.clock.now or last < first or count < 1 or bits < 0 or (count == 1 and last != first) or not destinations:
            raise ValueError(
                f"Fabric.send: flow {flow}, packet {packet}: {count} vectors of {bits} b from {first} to {last} ps at "
                f"{self.clock.now} ps to {len(destinations)} nodes; expected first = now <= last, equal for one vector"
            )
        wanted = tuple(sorted(set(destinations)))
        plan = self.channels.plan(source, wanted)
        if len(wanted) > 1:
            self.saved += self.channels.routes.saved(source, wanted) * count * self.load(bits, values)
        self._accept(Sending(flow, packet, source, plan, bits, count, last - first, arrived, values, early))

    @abstractmethod
    def _accept(self, sending: Sending) -> None:
        """Take a checked transfer."""

    def load(self, bits: int, values: int = 0) -> int:
        """What a vector counts for on each link that it takes: flits."""
        return self.network.flits(bits)

    @abstractmethod
    def state(self, now: int, relabel: Relabel) -> Hashable:
        """All that decides the future besides the clock's pending calls, relative to `now`; equal states behave equally.

        `relabel(flow, packet)` gives the names by which packets are compared (such as the packet number within its image).
        """

    @abstractmethod
    def busy_until(self, channel: int, now: int) -> int:
        """Time (ps) that a channel has been busy up to `now`."""

    def utilisation(self, now: int) -> dict[tuple[int, int], float]:
        """Part of the time up to `now` (ps) that each link was busy, in [0, 1]."""
        return {link: self.busy_until(k, now) / now if now else 0.0 for k, link in enumerate(self.channels.links)}

    def peak(self, now: int) -> tuple[tuple[int, int] | None, float]:
        """The busiest link and its utilisation (None and 0 in a network without links)."""
        return max(self.utilisation(now).items(), key=lambda item: item[1], default=(None, 0.0))

    def warning(self, now: int) -> str:
        """A sentence when the busiest link is beyond what this model is trusted for, else an empty text."""
        link, share = self.peak(now)
        if link is None or share <= self.reliable:
            return ""
        kind = self.network.flow_control.type_name
        return (
            f"link {link[0]} -> {link[1]} is busy {share:.0%} of the time; waiting times of the {kind} model are trusted up to "
            f"{self.reliable:.0%} (see the comparison with BookSim in tests/fabric/test_booksim.py)"
        )

    def routed(self, values: list[int]) -> list[int]:
        """What left each node through its router (links and ejection port), of counts by channel; 0 for nodes without one."""
        channels = self.channels
        total = [values[channels.ejection(node)] for node in range(channels.nodes)]
        for number, (source, _) in enumerate(channels.links):
            total[source] += values[number]
        return [count if router else 0 for count, router in zip(total, channels.is_router, strict=True)]

    def carried(self) -> Traffic:
        """All that was carried so far, without leakage."""
        flits = tuple(self.flits[: len(self.channels.links)])
        return Traffic(flits, flits, sum(self.routed(self.flits)))

    def paid(self, bits: int) -> tuple[int, int]:
        """What a vector is paid for on each link: values and steps, as `carried` counts them."""
        return self.network.flits(bits), 0

    def link_time(self, link: int, flits: float) -> float:
        """Time (ps) for which `flits`, as `flits` counts them, occupy a link."""
        return flits * self.channels.flit_time[link]

    def gathering(self, channel: int, flits: int) -> int:
        """Time (ps) that a packet needs behind a slower channel to be put together again."""
        return 0 if self.even[channel] else max(0, self.channels.span(channel, flits) - flits * self.cycle)

    def transfer_energy(self, tariff: Tariff, source: int, destinations: tuple[int, ...], bits: int, count: int = 1) -> float:
        """Energy (J) that sending `count` vectors of `bits` to all `destinations` takes; traffic has no part in it."""
        (values, steps), total = self.paid(bits), 0.0
        for node, ways in self.channels.plan(source, tuple(sorted(set(destinations)))).items():
            links = [way.channel for way in ways if way.target >= 0]
            each = len(ways) * tariff.router * self.channels.is_router[node] + sum(tariff.links[link] for link in links)
            total += values * each + len(links) * steps * tariff.step
        return total * count

    def latency(self, source: int, destination: int, bits: int) -> int:
        """Time (ps) from sending a vector of `bits` to its complete delivery in an idle network."""
        channels, node = self.channels, source
        time = channels.injection_delay + channels.pipeline[source] + channels.ejection_delay
        plan = channels.plan(source, (destination,))
        uneven = []
        while node != destination:
            (way,) = plan[node]
            time, node = time + way.delay, way.target
            uneven += [] if self.even[way.channel] else [way.channel]
        return time + (self._train(uneven, bits) if uneven else self.network.flits(bits) * self.cycle)

    def _train(self, uneven: list[int], bits: int) -> int:
        """Time (ps) that the packets of a vector take besides wires and pipelines, over links with rates of their own."""
        train = self.network.packets(bits)
        heads = [sum(train[:part]) * self.cycle for part in range(len(train))]
        for channel in uneven:
            free = 0
            for part, flits in enumerate(train):
                start = max(heads[part], free)
                free, heads[part] = start + self.channels.span(channel, flits), start + self.gathering(channel, flits)
        free = 0
        for head, flits in zip(heads, train, strict=True):
            free = max(head, free) + flits * self.cycle
        return free
