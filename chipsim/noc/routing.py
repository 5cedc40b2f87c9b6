"""Routings: which way packets go from each node to all others, as a tree of links rooted at the source.

`reach(graph, source)` gives for every node that can be reached the last link on the way to it. Paths and multicasts are
read from that one tree, so every path to a node on the way is the beginning of the longer path, and the union of paths
from one source visits each node once: a multicast can copy packets at the branches and never delivers twice.

A link has lanes: classes of virtual channels. Two lanes break the cycle of waiting on closed rings.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar, NamedTuple, final

import networkx as nx

from chipsim.errors import InputError
from chipsim.spec import Family, key


class Link(NamedTuple):
    """A directed link from node `source` to node `target`, and the class of virtual channels used on it."""

    source: int
    target: int
    lane: int = 0


class Routing(Family):
    """Root of the routings; deterministic, oblivious of traffic."""

    lanes: ClassVar[int] = 1

    @abstractmethod
    def reach(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        """The last link on the way from `source` to each other node; nodes that cannot be reached are missing."""


@final
class DimensionOrder(Routing, type="xy"):
    """First along the row, then along the column; the shorter way round on a torus or ring (ties: towards higher numbers).

    A packet starts each row or column in lane 0 and changes to lane 1 with the link that closes the ring (the dateline):
    no lane of a ring is then closed to a cycle (Dally and Seitz, IEEE Trans. Computers C-36, 547, 1987,
    doi:10.1109/TC.1987.1676939). Meshes never use lane 1. On a concentrated mesh the tiles are leaves of the grid of routers.
    """

    lanes = 2

    def reach(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        if "sides" not in graph.graph:
            raise InputError(
                "DimensionOrder: xy needs a mesh, torus or ring, or a concentrated mesh; try the routing 'shortest' or 'up_down'"
            )
        if "concentration" in graph.graph:
            return self._with_leaves(graph, source)
        return self._grid(graph, source)

    def _with_leaves(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        each, (columns, rows) = graph.graph["concentration"], graph.graph["sides"]
        tiles = columns * rows * each
        router = source - tiles if source >= tiles else source // each
        found = {tiles + node: Link(tiles + link.source, tiles + link.target) for node, link in self._grid(graph, router).items()}
        found |= {leaf: Link(tiles + leaf // each, leaf) for leaf in range(tiles) if leaf != source}
        return found if source >= tiles else found | {tiles + router: Link(source, tiles + router)}

    def _grid(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        (columns, rows), wraps = graph.graph["sides"], graph.graph["wraps"]
        own_row, own_column = divmod(source, columns)
        along_row = _line(own_column, columns, wraps)
        along_column = _line(own_row, rows, wraps)
        found: dict[int, Link] = {}
        for column in range(columns):
            if column != own_column:
                before, lane = along_row[column]
                target = own_row * columns + column
                found[target] = Link(own_row * columns + before, target, lane)
            for row, (before, lane) in along_column.items():
                found[row * columns + column] = Link(before * columns + column, row * columns + column, lane)
        return found


@final
class Shortest(Routing, type="shortest"):
    """Fewest links; among equals the path whose node numbers come first in order, node by node."""

    def reach(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        return _flood(graph, {source: 0}, lambda _: True)


@final
class UpDown(Routing, type="up_down"):
    """Up towards the root of a spanning tree, then down: free of deadlock on any graph (Autonet).

    A link goes up when its end is nearer to node 0, or as near with a lower number. Nodes reached by going up alone get their
    shortest upward path, all others the shortest way down from one of these. Paths may be longer than the shortest.
    Schroeder et al., IEEE J. Selected Areas in Communications 9, 1318 (1991), doi:10.1109/49.105178.
    """

    def reach(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        depth = nx.single_source_shortest_path_length(graph, 0)
        rank = {node: (hops, node) for node, hops in depth.items()}
        if source not in rank:
            return {}
        up = _flood(graph, {source: 0}, lambda link: link.target in rank and rank[link.target] < rank[link.source])
        above = {source: 0} | {node: _hops(up, source, node) for node in up}
        down = _flood(graph, above, lambda link: link.target in rank and rank[link.target] > rank[link.source])
        return up | down


@final
class Table(Routing, type="table"):
    """Routes listed one by one; only pairs that begin or lie on a listed route can be used.

    The routes of one source must not enter a node by two different links (else a multicast would deliver twice).
    """

    routes: tuple[tuple[int, ...], ...] = key("routes, each as the list of its nodes from source to destination", min_length=1)

    def reach(self, graph: nx.DiGraph[int], source: int) -> dict[int, Link]:
        found: dict[int, Link] = {}
        for route in self.routes:
            if not route or route[0] != source:
                continue
            if len(set(route)) < len(route):
                raise InputError(f"Table.routes: the route {list(route)} visits a node twice")
            for ends in pairwise(route):
                if ends not in graph.edges:
                    raise InputError(f"Table.routes: the route {list(route)} uses {ends[0]} -> {ends[1]}, which is no link")
                link = found.setdefault(ends[1], Link(*ends))
                if link.source != ends[0]:
                    raise InputError(
                        f"Table.routes: the routes from node {source} enter node {ends[1]} from {link.source} and from {ends[0]}"
                        "; let them share the way"
                    )
        return found


def _line(start: int, count: int, wraps: bool) -> dict[int, tuple[int, int]]:
    """For every other index of a line or ring of `count`: the index before it on the way from `start`, and the lane."""
    found: dict[int, tuple[int, int]] = {}
    for index in range(count):
        ahead = (index - start) % count
        step = (1 if index > start else -1) if not wraps else 1 if 2 * ahead <= count else -1
        if ahead == 0:
            continue
        crossed = index < start if step == 1 else index > start
        found[index] = ((index - step) % count, int(crossed))
    return found


def _flood(graph: nx.DiGraph[int], start: dict[int, int], allowed: Callable[[Link], bool]) -> dict[int, Link]:
    """The last link to each node outside `start` (node -> hops so far) over allowed links, layer by layer.

    Nodes of a layer are visited in the order of their paths and neighbours by number, so among shortest paths the first in
    lexicographic order wins.
    """
    found: dict[int, Link] = {}
    layer: list[int] = []
    hops, last = 0, max(start.values())
    while layer or hops <= last:
        layer = layer + sorted(node for node, at in start.items() if at == hops)
        entered: list[int] = []
        for node in layer:
            if hops and not graph.nodes[node].get("transit", True):
                continue
            for neighbour in sorted(graph.successors(node)):
                link = Link(node, neighbour)
                if neighbour not in start and neighbour not in found and allowed(link):
                    found[neighbour] = link
                    entered.append(neighbour)
        layer, hops = entered, hops + 1
    return found


def _hops(reach: dict[int, Link], source: int, node: int) -> int:
    hops = 0
    while node != source:
        node, hops = reach[node].source, hops + 1
    return hops
