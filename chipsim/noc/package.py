"""Several chips in one package or on one board, joined by links between their edges.

A chip-to-chip link has a data rate, a latency and an energy of its own; pads and transceivers of both ends take area and static power.
A packet that comes from a slower link is put together again before it goes on (see `fabric`). Chips stand in columns and rows;
neighbours are joined through gateways: nodes with a router, one for each edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self, final

import networkx as nx

from chipsim.errors import InputError
from chipsim.noc.topology import LARGEST, ChipLinks, Position, Topology, distance
from chipsim.spec import Spec, check, key
from chipsim.units import Area, DataRate, EnergyPerBit, Power, Time

GAP = 2.0  # tile pitches between the outermost tiles of neighbouring chips, for the drawing only


@final
class ChipLink(Spec):
    """One link between two chips, the same in both directions."""

    bandwidth: DataRate = key("data rate of one lane in each direction", gt=0)
    lanes: int = key("lanes side by side; rate, area and leakage are those of one lane times this", default=1, ge=1, le=65536)
    latency: Time = key("time of a bit from chip to chip: transmitter, wire, receiver", default=0.0, ge=0)
    energy: EnergyPerBit = key("energy of one bit from chip to chip, both ends together", default=0.0, ge=0)
    area: Area = key("area of pads and transceiver of one lane at one end, both directions together", default=0.0, ge=0)
    leakage: Power = key("static power of one lane at one end, both directions together", default=0.0, ge=0)


@final
class Package(Topology, type="package"):
    """Equal chips in columns and rows; node i of chip k is node k x (nodes of a chip) + i, chips counted along the rows."""

    chip: Topology = key("nodes and links of one chip: any topology but a bus")
    columns: int = key("chips in a row", ge=1, le=1024)
    rows: int = key("chips in a column", default=1, ge=1, le=1024)
    link: ChipLink = key("the link between two neighbouring chips")
    gateway: int | None = key(
        "node of each chip that all its links start from; without it, for each edge the router nearest to its middle",
        default=None,
        ge=0,
    )
    default_routing = "up_down"

    @property
    def routers_per_tile(self) -> float:
        return self.chip.routers_per_tile

    @property
    def chip_links(self) -> ChipLinks:
        inside, chips = self.chip.chip_links, self.columns * self.rows
        ends = 2 * sum(1 for _ in self._neighbours())
        area, leakage = ends * self.link.lanes * self.link.area, ends * self.link.lanes * self.link.leakage
        return ChipLinks(ends + chips * inside.ends, area + chips * inside.area, leakage + chips * inside.leakage)

    @check
    def _bounded(self) -> Self:
        if self.chip.type_name == "bus":
            raise ValueError("chip: a bus cannot be joined to other chips (its wire has one direction); take a mesh, ring, tree or file")
        if self.columns * self.rows > LARGEST:
            raise ValueError(f"{self.columns * self.rows} chips are more than the {LARGEST} nodes that can be simulated")
        return self

    def graph(self) -> nx.DiGraph[int]:
        """InputError when the chips have too many nodes together, or the gateway is no router."""
        chip = self.chip.graph()
        size, count = len(chip), self.columns * self.rows
        if size * count > LARGEST:
            raise InputError(f"Package: {size * count} nodes are more than the {LARGEST} that can be simulated; take fewer chips")
        if self.gateway is not None and not chip.nodes.get(self.gateway, {}).get("router"):
            raise InputError(f"Package.gateway: node {self.gateway} of a chip is no router; take a node that is, or leave it out")
        graph: nx.DiGraph[int] = nx.DiGraph()
        for number in range(count):
            self._add_chip(graph, chip, number)
        for one, other in self._neighbours():
            self._join(graph, chip, one, other)
        return graph

    def _add_chip(self, graph: nx.DiGraph[int], chip: nx.DiGraph[int], number: int) -> None:
        (left, top), (right, bottom) = _box(chip)
        across, down = (number % self.columns) * (right - left + GAP), (number // self.columns) * (bottom - top + GAP)
        first = number * len(chip)
        for node, given in chip.nodes(data=True):
            x, y = given["position"]
            chips = {"chip": (number, *given["chip"]) if isinstance(given.get("chip"), tuple) else (number,)}
            graph.add_node(first + node, **(given | chips | {"position": (x + across, y + down)}))
        for source, target, given in chip.edges(data=True):
            graph.add_edge(first + source, first + target, **given)

    def _neighbours(self) -> Iterator[tuple[int, int]]:
        for chip in range(self.columns * self.rows):
            if chip % self.columns + 1 < self.columns:
                yield chip, chip + 1
            if chip // self.columns + 1 < self.rows:
                yield chip, chip + self.columns

    def _join(self, graph: nx.DiGraph[int], chip: nx.DiGraph[int], one: int, other: int) -> None:
        (left, top), (right, bottom) = _box(chip)
        middle = (left + right) / 2, (top + bottom) / 2
        beside = other == one + 1 and self.columns > 1
        leaving = self._gateway(chip, (right, middle[1]) if beside else (middle[0], bottom))
        entering = self._gateway(chip, (left, middle[1]) if beside else (middle[0], top))
        link, ends = self.link, (one * len(chip) + leaving, other * len(chip) + entering)
        for source, target in (ends, ends[::-1]):
            graph.add_edge(
                source, target, length=0.0, delay=0, chips=True, bandwidth=link.bandwidth * link.lanes, latency=link.latency,
                energy=link.energy,
            )  # fmt: skip

    def _gateway(self, chip: nx.DiGraph[int], edge: Position) -> int:
        if self.gateway is not None:
            return self.gateway
        routers: list[int] = [node for node, router in chip.nodes(data="router") if router]
        if not routers:
            raise InputError("Package.chip: no node of the chip is a router, so no link can start from it")
        return min(routers, key=lambda node: (distance(chip.nodes[node]["position"], edge), node))


def _box(chip: nx.DiGraph[int]) -> tuple[Position, Position]:
    """The left upper and the right lower corner of the nodes of a chip."""
    places: list[Position] = [chip.nodes[node]["position"] for node in chip]
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return (min(xs), min(ys)), (max(xs), max(ys))
