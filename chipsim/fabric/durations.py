"""A circuit-switched mesh of pulse durations: a vector holds all links of its route at the same time.

    start of vector i     s_i = the first moment >= ready_i from which all links of the route have w wires free for n T
    steps of a vector     n = ceil(values / W), each on w = min(values, W) of the W wires of a link
    arrival at a node     s_i + n T + delay of the way;  T earlier for an array that reads while the last step arrives
    energy                values (routers e_router + length e_link) + links n e_switch

Symbols: T step (ps); e_router (J) and e_link (J/m) of one pulse, the network's figures for one bit; e_switch (J). Requests are
served in the order in which their first vectors are ready, ties by (flow, packet); who comes later may use a gap, but moves nobody.
All vectors of a request are placed when it comes. Ports of tiles are as many as their links and are not waited for.
Reference: Narayanan et al., IEEE T-ED 68, 6629, 2021, doi:10.1109/TED.2021.3115993. Range: exact for requests of one vector.
Not modelled: errors of transport (give `input_noise` to the array: jitter / longest pulse), the time to configure a route, which of its
wires a value takes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable
from functools import partial
from typing import final

from chipsim.clock import Clock
from chipsim.fabric.channels import Plan
from chipsim.fabric.fabric import Fabric, Relabel, Sending, order
from chipsim.fabric.traffic import Traffic
from chipsim.noc.network import Durations, Network
from chipsim.units import picoseconds

BITS = 8  # of a transfer that does not say how many values it has (weights on their way to be written) make one value


@final
class DurationFabric(Fabric, plays=Durations):
    """Vectors as parallel pulses; `flits` counts wires that were held for a step, `values` pulses, `steps` vectors on each channel."""

    def __init__(self, clock: Clock, network: Network, ends: Iterable[int] = ()) -> None:
        super().__init__(clock, network, ends)
        control = network.flow_control
        assert isinstance(control, Durations)
        self.control, self.step = control, picoseconds(control.step)
        self.tail = self.step if control.overlap else 0
        graph = self.channels.routes.graph
        given = [graph.edges[link] for link in self.channels.links]
        self._wire = [picoseconds(link["delay"] * control.hop_delay + link.get("latency", 0.0)) for link in given]
        self.values = [0] * self.channels.count
        self.steps = [0] * self.channels.count
        self._longest = 0  # of all that was ever taken: nothing that began longer ago than this is still there
        self._taken: list[list[tuple[int, int, int]]] = [[] for _ in self.channels.links]  # from, until, wires; in order

    def load(self, bits: int, values: int = 0) -> int:
        return self._shape(bits, values)[0] * self._shape(bits, values)[1]

    def _shape(self, bits: int, values: int = 0) -> tuple[int, int]:
        """Steps that a vector takes, and the wires that it holds in each."""
        count = values or -(-bits // BITS)
        return -(-count // self.control.wires), min(count, self.control.wires)

    def _accept(self, sending: Sending) -> None:
        label = (sending.flow, sending.packet, "reserve", sending.source, sending.spread, sending.early)
        self.clock.call(0, order(sending.flow, sending.packet), partial(self._reserve, sending), label)

    def _reserve(self, sending: Sending) -> None:
        now, (steps, wires) = int(self.clock.now), self._shape(sending.bits, sending.values)
        links = sorted(way.channel for ways in sending.plan.values() for way in ways if way.target >= 0)
        starts, length = [now], max(1, steps) * self.step
        self._longest = max(self._longest, length)
        for link in links:
            self._taken[link] = [taken for taken in self._taken[link] if taken[1] > now]
        for vector in range(sending.count):
            ready = now + sending.spread * vector // max(1, sending.count - 1)
            starts.append(self._earliest(links, max(ready, starts[-1]), length, wires))
            for link in links:
                insort(self._taken[link], (starts[-1], starts[-1] + length, wires))
        self._count(sending, steps, wires)
        held = length - (self.tail if sending.early else 0)
        for node, delay in self._ends(sending.plan, sending.source):
            self._deliver_at(starts[1] + held + delay - now, sending, node, starts[-1] - starts[1])

    def _earliest(self, links: list[int], ready: int, length: int, wires: int) -> int:
        """The first moment from `ready` on from which all `links` have so many `wires` free for `length`."""
        start = ready
        while (later := max((self._after(link, start, length, wires) for link in links), default=start)) > start:
            start = later
        return start

    def _after(self, link: int, start: int, length: int, wires: int) -> int:
        """`start`, moved behind what leaves too few wires of this link."""
        taken = self._taken[link]
        while True:
            first, last = bisect_left(taken, (start - self._longest,)), bisect_left(taken, (start + length,))
            others = [other for other in taken[first:last] if start < other[1]]
            moments = [start, *(begin for begin, _, _ in others if begin > start)]
            most = max(sum(held for begin, end, held in others if begin <= moment < end) for moment in moments)
            if most + wires <= self.control.wires:
                return start
            start = min(end for _, end, _ in others)

    def _count(self, sending: Sending, steps: int, wires: int) -> None:
        values = sending.count * (sending.values or -(-sending.bits // BITS))
        injection = self.channels.injection(sending.source)
        for channel in [injection, *(way.channel for ways in sending.plan.values() for way in ways)]:
            self.values[channel] += values
            self.steps[channel] += steps * sending.count
            self.flits[channel] += steps * sending.count * wires
            self.busy[channel] += steps * sending.count * wires * self.step // self.control.wires

    def _ends(self, plan: Plan, source: int) -> list[tuple[int, int]]:
        """Each destination, with the time of the wires on the way to it (ps)."""
        found, front = [], [(source, 0)]
        while front:
            node, wires = front.pop()
            for way in plan[node]:
                if way.target >= 0:
                    front.append((way.target, wires + self._wire[way.channel]))
                else:
                    found.append((node, wires))
        return sorted(found)

    def _deliver_at(self, delay: int, sending: Sending, node: int, spread: int) -> None:
        label = (sending.flow, sending.packet, "deliver", node, spread)
        self.clock.call(delay, order(sending.flow, sending.packet), partial(self._deliver, sending, node, spread), label)

    def _deliver(self, sending: Sending, node: int, spread: int) -> None:
        now = int(self.clock.now)
        sending.arrived(node, now, now + spread)

    def latency(self, source: int, destination: int, bits: int) -> int:
        ((_, wires),) = self._ends(self.channels.plan(source, (destination,)), source)
        return wires + self._shape(bits)[0] * self.step

    def link_time(self, link: int, flits: float) -> float:
        return flits * self.step / self.control.wires

    def carried(self) -> Traffic:
        flits, values, steps = (tuple(counts[: len(self.channels.links)]) for counts in (self.flits, self.values, self.steps))
        return Traffic(flits, values, sum(self.routed(self.values)), steps)

    def paid(self, bits: int) -> tuple[int, int]:
        return -(-bits // BITS), self._shape(bits)[0]

    def busy_until(self, channel: int, now: int) -> int:
        taken = self._taken[channel] if channel < len(self._taken) else []
        left = sum((end - max(begin, now)) * wires for begin, end, wires in taken if end > now)
        return self.busy[channel] - left // self.control.wires

    def state(self, now: int, relabel: Relabel) -> Hashable:
        return tuple(tuple((max(begin - now, 0), end - now, wires) for begin, end, wires in taken if end > now) for taken in self._taken)
