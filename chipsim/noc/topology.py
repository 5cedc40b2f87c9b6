"""Topologies: which nodes exist, where they lie on the chip and which directed links join them.

`graph()` returns a directed graph with nodes 0..n-1 and

    node   position: (x, y) in tile pitches; tile: whether a tile can sit here; router: whether packets pass a router here
    link   length: in tile pitches; delay: crossing time as a multiple of the network's `link_delay`

Further attributes have defaults. A node's `transit` (true): whether a packet may go through it on its way elsewhere; `chip`: which chip
of a package it is on. A link's `width` (1): flits in a cycle; `bandwidth` (b/s) in its place; `latency` (0 s) and `energy` (0 J/b) on top
of its wire; `chips` (false): whether it joins two chips.

Links join neighbours in both directions (except on the bus). The length of a link is the Manhattan distance of its ends
unless a file says otherwise. Tori and rings are laid out folded, so that no link is longer than two pitches and none spans
the chip (Dally and Towles, Principles and Practices of Interconnection Networks, 2004, section 5.2). Grids carry their
logical size in `graph.graph["sides"]` = (columns, rows) and in `graph.graph["wraps"]` whether they close on themselves.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable
from itertools import product
from typing import ClassVar, NamedTuple, Self, TypeVar, final

import networkx as nx

from chipsim.spec import Family, check, key

Position = tuple[float, float]
LARGEST = 16384  # nodes
T = TypeVar("T")


class ChipLinks(NamedTuple):
    """Ends of all links between chips, their area (m2) and static power (W) together."""

    ends: int
    area: float
    leakage: float


class Topology(Family):
    """Root of the topologies; `default_routing` is the routing used when a network names none (free of deadlock here)."""

    default_routing: ClassVar[str]

    @abstractmethod
    def graph(self) -> nx.DiGraph[int]:
        """The directed graph with the node and link attributes described above."""

    @property
    def routers_per_tile(self) -> float:
        """Share of a router that stands beside each tile; it makes a tile's place larger."""
        return 1.0

    @property
    def chip_links(self) -> ChipLinks:
        """Pads and transceivers of the links between chips."""
        return ChipLinks(0, 0.0, 0.0)


class Grid(Topology):
    """Root of the regular grids: node = row * columns + column, counted along the rows."""

    default_routing = "xy"
    wraps: ClassVar[bool]

    @property
    @abstractmethod
    def sides(self) -> tuple[int, int]:
        """Logical columns and rows."""

    def place(self, column: int, row: int) -> Position:
        """Where the node of a logical column and row lies."""
        return float(column), float(row)

    def graph(self) -> nx.DiGraph[int]:
        columns, rows = self.sides
        places = [self.place(column, row) for row in range(rows) for column in range(columns)]
        links = []
        for row, column in product(range(rows), range(columns)):
            node = row * columns + column
            if column + 1 < columns or (self.wraps and columns > 2):
                links.append((node, row * columns + (column + 1) % columns))
            if row + 1 < rows or (self.wraps and rows > 2):
                links.append((node, (row + 1) % rows * columns + column))
        graph = drawn(places, links)
        graph.graph["sides"], graph.graph["wraps"] = (columns, rows), self.wraps
        return graph


@final
class Mesh(Grid, type="mesh"):
    """A rectangular mesh."""

    columns: int = key("nodes in a row", ge=1, le=1024)
    rows: int = key("nodes in a column", ge=1, le=1024)
    wraps = False

    @property
    def sides(self) -> tuple[int, int]:
        return self.columns, self.rows

    @check
    def _bounded(self) -> Self:
        return _not_too_many(self, self.columns * self.rows)


@final
class Torus(Grid, type="torus"):
    """A mesh whose rows and columns are closed to rings, laid out folded."""

    columns: int = key("nodes in a row", ge=1, le=1024)
    rows: int = key("nodes in a column", ge=1, le=1024)
    wraps = True

    @property
    def sides(self) -> tuple[int, int]:
        return self.columns, self.rows

    def place(self, column: int, row: int) -> Position:
        return folded(column, self.columns), folded(row, self.rows)

    @check
    def _bounded(self) -> Self:
        return _not_too_many(self, self.columns * self.rows)


@final
class Ring(Grid, type="ring"):
    """A closed ring, laid out as two rows: nodes count to the right in the first row and back in the second."""

    nodes: int = key("nodes of the ring", ge=2, le=1024)
    wraps = True

    @property
    def sides(self) -> tuple[int, int]:
        return self.nodes, 1

    def place(self, column: int, row: int) -> Position:
        half = (self.nodes + 1) // 2
        return (float(column), 0.0) if column < half else (float(self.nodes - 1 - column), 1.0)


@final
class Tree(Topology, type="tree"):
    """A tree of routers with tiles at the leaves only.

    Nodes 0..arity^levels - 1 are the leaves; above them the routers are counted level by level, the root last. Node k of a
    level is the parent of the nodes arity * k to arity * k + arity - 1 of the level below. Leaves fill a rectangle block by
    block (four children as an H-tree), routers sit in the middle of their children.
    """

    arity: int = key("children of each router", ge=2, le=64)
    levels: int = key("levels of routers", ge=1, le=14)
    default_routing = "shortest"

    @check
    def _bounded(self) -> Self:
        return _not_too_many(self, self.arity**self.levels)

    def graph(self) -> nx.DiGraph[int]:
        level = leaf_places(self.arity, self.levels)
        places, links, leaves = list(level), [], len(level)
        while len(level) > 1:
            below = len(places) - len(level)
            links += [(below + child, len(places) + child // self.arity) for child in range(len(level))]
            level = [_middle(level[k : k + self.arity]) for k in range(0, len(level), self.arity)]
            places += level
        graph = drawn(places, links)
        for node in range(len(places)):
            graph.nodes[node]["tile"] = node < leaves
            graph.nodes[node]["router"] = node >= leaves
        return graph


@final
class Bus(Topology, type="bus"):
    """One shared bus: every packet passes the arbiter (node n) and the one wire to the taps (node n + 1).

    Nodes 0..n-1 are the tiles, side by side. Only the arbiter costs a router delay and only the wire, which spans all tiles,
    costs a link delay, length and energy. One packet holds the bus at a time; a multicast holds it once.
    """

    nodes: int = key("tiles on the bus", ge=1, le=1024)
    default_routing = "shortest"

    def graph(self) -> nx.DiGraph[int]:
        graph: nx.DiGraph[int] = nx.DiGraph()
        arbiter, tap = self.nodes, self.nodes + 1
        for node in range(self.nodes):
            graph.add_node(node, position=(float(node), 0.0), tile=True, router=False)
        for node, end in ((arbiter, 0.0), (tap, self.nodes - 1.0)):
            graph.add_node(node, position=(end, 0.0), tile=False, router=node == arbiter)
        for node in range(self.nodes):
            graph.add_edge(node, arbiter, length=0.0, delay=0)
            graph.add_edge(tap, node, length=0.0, delay=0)
        graph.add_edge(arbiter, tap, length=self.nodes - 1.0, delay=1)
        return graph


def drawn(places: list[Position], links: Iterable[tuple[int, int]]) -> nx.DiGraph[int]:
    """A graph with tiles and routers at `places` and, for each pair, one link in either direction."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for node, place in enumerate(places):
        graph.add_node(node, position=place, tile=True, router=True)
    for one, other in links:
        for source, target in ((one, other), (other, one)):
            graph.add_edge(source, target, length=distance(places[source], places[target]), delay=1)
    return graph


def distance(one: Position, other: Position) -> float:
    """Manhattan distance of two positions: on-chip wires run along the axes."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def folded(index: int, count: int) -> float:
    """Place of logical node `index` of a ring of `count` laid into a line: 0, 2, 4, ... out and ..., 3, 1 back."""
    return float(2 * index if index < (count + 1) // 2 else 2 * (count - 1 - index) + 1)


def leaf_places(arity: int, levels: int) -> list[Position]:
    """Places of the arity^levels leaves of a tree: blocks set side by side along the shorter edge (square arities: a square)."""
    side = math.isqrt(arity)
    places, width, height = [(0, 0)], 1, 1
    for _ in range(levels):
        across = side if side * side == arity else arity if width <= height else 1
        steps = [(k % across * width, k // across * height) for k in range(arity)]
        places = [(x + dx, y + dy) for dx, dy in steps for x, y in places]
        width, height = width * across, height * (arity // across)
    return [(float(x), float(y)) for x, y in places]


def _middle(places: list[Position]) -> Position:
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)


def _not_too_many(topology: T, nodes: int) -> T:
    if nodes > LARGEST:
        raise ValueError(f"{nodes} nodes are more than the {LARGEST} that can be simulated; take fewer columns, rows or levels")
    return topology
