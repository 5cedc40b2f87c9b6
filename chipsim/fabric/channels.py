"""The channels of a network as numbers: every directed link, every injection port and every ejection port, in one list.

Channel k < links is the k-th link (ordered by source, then target); then come the injection ports of all nodes, then the
ejection ports. A multicast becomes a plan: for each node on its tree, the channels that a copy leaves through.
"""

from __future__ import annotations

from typing import Any, NamedTuple, final

from chipsim.noc.network import Network
from chipsim.noc.routes import Routes
from chipsim.units import picoseconds


class Branch(NamedTuple):
    """One way out of a node: the channel, where it leads, the time from its start to the next decision, its lane.

    `target` is -1 for the ejection port. `delay` (ps): the wire, plus the pipeline of the router that follows.
    """

    channel: int
    target: int
    delay: int
    lane: int


Plan = dict[int, tuple[Branch, ...]]


def _flit_time(network: Network, link: dict[str, Any]) -> float:
    if "bandwidth" in link:
        return float(network.flit_width * 1e12 / link["bandwidth"])
    width = link.get("width", 1)
    return network.cycle if width == 1 else float(network.cycle / width)


@final
class Channels:
    """Numbers and delays of the channels of one network."""

    def __init__(self, network: Network, routes: Routes) -> None:
        graph, cycle = routes.graph, network.cycle
        self.routes = routes
        self.nodes = len(graph)
        self.links: list[tuple[int, int]] = sorted(graph.edges)
        self.count = len(self.links) + 2 * self.nodes
        self.is_router = [bool(graph.nodes[node]["router"]) for node in range(self.nodes)]
        self.pipeline = [network.router_delay * cycle * router for router in self.is_router]
        given = [graph.edges[link] for link in self.links]
        self.wire = [link["delay"] * network.link_delay * cycle + picoseconds(link.get("latency", 0.0)) for link in given]
        self.between_chips = [bool(link.get("chips", False)) for link in given]
        self.flit_time: list[float] = [_flit_time(network, link) for link in given] + [cycle] * (2 * self.nodes)
        """Time (ps) of a flit on each channel; a whole number but on links with a width or a bandwidth of their own."""
        self.injection_delay = network.injection_delay * cycle
        self.ejection_delay = network.ejection_delay * cycle
        self._number = {link: number for number, link in enumerate(self.links)}
        self._plans: dict[tuple[int, tuple[int, ...]], Plan] = {}

    def injection(self, node: int) -> int:
        """The channel from the tile on `node` into the network."""
        return len(self.links) + node

    def ejection(self, node: int) -> int:
        """The channel from the network to the tile on `node`."""
        return len(self.links) + self.nodes + node

    def span(self, channel: int, flits: int) -> int:
        """Time (ps) for which `flits` occupy a channel."""
        return round(flits * self.flit_time[channel])

    def slowest(self, source: int, node: int) -> float:
        """Time (ps) of a flit on the slowest channel from `source` to `node`."""
        links = [self._number[link.source, link.target] for link in self.routes.path(source, node)]
        return max(self.flit_time[channel] for channel in [self.injection(source), *links])

    def plan(self, source: int, destinations: tuple[int, ...]) -> Plan:
        """For each node of the tree from `source` to all `destinations`: the ways out, by channel number."""
        wanted = (source, destinations)
        if wanted not in self._plans:
            self._plans[wanted] = self._planned(source, destinations)
        return self._plans[wanted]

    def _planned(self, source: int, destinations: tuple[int, ...]) -> Plan:
        branches: dict[int, list[Branch]] = {source: []}
        for link in self.routes.tree(source, destinations):
            number = self._number[link.source, link.target]
            onward = self.wire[number] + self.pipeline[link.target]
            branches[link.source].append(Branch(number, link.target, onward, link.lane))
            branches[link.target] = []
        for node in destinations:
            branches[node].append(Branch(self.ejection(node), -1, self.ejection_delay, 0))
        return {node: tuple(sorted(ways)) for node, ways in branches.items()}
