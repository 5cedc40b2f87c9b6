"""Routes of one network: paths, multicast trees and reduction trees, proven free of deadlock before the clock starts.

A packet that holds link a while it waits for link b makes b a dependency of a. When the graph of all dependencies has no
cycle, some packet can always move on (Dally and Seitz, IEEE Trans. Computers C-36, 547, 1987, doi:10.1109/TC.1987.1676939).
Lanes of a link (classes of virtual channels) count as different links. The ejection port is taken to drain always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import final

import networkx as nx

from chipsim.errors import InputError
from chipsim.noc.routing import Link, Routing

Path = tuple[Link, ...]


@final
class Routes:
    """All routes of `graph` under `routing` between the tiles and the further nodes `ends` (such as a host interface).

    InputError when packets between these nodes could block one another for ever; with `circuits`, whole routes are taken at once, which
    cannot happen.
    """

    def __init__(self, graph: nx.DiGraph[int], routing: Routing, ends: Iterable[int] = (), circuits: bool = False) -> None:
        self.graph = graph
        self.routing = routing
        self._reach: dict[int, dict[int, Link]] = {}
        self.ends = sorted({node for node, tile in graph.nodes(data="tile") if tile} | set(ends))
        waiting = dependencies(self)
        self.lanes = 1 + max((link.lane for link in waiting), default=0)
        if not circuits:
            self._refuse_cycle(waiting)

    def path(self, source: int, destination: int) -> Path:
        """The links from `source` to `destination` in order (none when they are the same); InputError when there is no way."""
        reach, links, node = self._from(source), [], destination
        while node != source:
            if node not in reach:
                raise self._no_route(source, destination)
            links.append(reach[node])
            node = reach[node].source
        return tuple(reversed(links))

    def tree(self, source: int, destinations: Iterable[int]) -> Path:
        """The links of a multicast, each once, parents before children: the union of the paths to all destinations.

        Every node has one way in (see `routing`), so the union is a tree and each link carries the packet once.
        """
        reach, entered = self._from(source), {source}
        found: list[Link] = []
        for destination in sorted(set(destinations)):
            branch, node = [], destination
            while node not in entered:
                if node not in reach:
                    raise self._no_route(source, destination)
                entered.add(node)
                branch.append(reach[node])
                node = reach[node].source
            found += reversed(branch)
        return tuple(found)

    def reduction(self, sources: Iterable[int], destination: int) -> Path:
        """The links of a reduction, each once, leaves first: the multicast tree from `destination` turned round.

        Each node adds what arrives and sends one sum on, so no packet holds a link while it waits for the next: lanes and
        deadlock do not matter. InputError when a link cannot be used in the other direction.
        """
        turned = []
        for link in reversed(self.tree(destination, sources)):
            if (link.target, link.source) not in self.graph.edges:
                raise InputError(
                    f"Routes: a reduction from node {link.target} to node {link.source} needs a link that does not exist; "
                    "send every partial sum on its own"
                )
            turned.append(Link(link.target, link.source))
        return tuple(turned)

    def saved(self, source: int, destinations: Iterable[int]) -> int:
        """Links that one multicast uses less than a packet to each destination would."""
        wanted = sorted(set(destinations))
        return sum(len(self.path(source, destination)) for destination in wanted) - len(self.tree(source, wanted))

    def _no_route(self, source: int, destination: int) -> InputError:
        return InputError(
            f"Routes: there is no route from node {source} to node {destination} ({self.routing.type_name} routing, "
            f"{len(self.graph)} nodes); add a link or choose another routing"
        )

    def _from(self, source: int) -> dict[int, Link]:
        if source not in self._reach:
            if source not in self.graph:
                raise InputError(f"Routes: there is no node {source}; nodes are 0 to {len(self.graph) - 1}")
            self._reach[source] = self.routing.reach(self.graph, source)
        return self._reach[source]

    def _refuse_cycle(self, waiting: nx.DiGraph[Link]) -> None:
        try:
            cycle = nx.find_cycle(waiting)
        except nx.NetworkXNoCycle:
            return
        shown = ", ".join(f"{a.source} -> {a.target}" + f" (lane {a.lane})" * bool(a.lane) for a, *_ in cycle)
        raise InputError(
            f"Routes: the {self.routing.type_name} routing can deadlock: packets on the links {shown} may wait for one another "
            "in a circle; use 'xy' (mesh, torus, ring) or 'up_down' (any graph)"
        )


def dependencies(routes: Routes) -> nx.DiGraph[Link]:
    """The channel-dependency graph of all packets between `routes.ends`: an edge from each link to the next on some route."""
    links: set[Link] = set()
    pairs: set[tuple[Link, Link]] = set()
    for source in routes.ends:
        reach = routes.routing.reach(routes.graph, source)
        used = set(_used(reach, source, routes.ends))
        links |= used
        pairs |= {(reach[link.source], link) for link in used if link.source != source}
    waiting: nx.DiGraph[Link] = nx.DiGraph()
    waiting.add_nodes_from(sorted(links))
    waiting.add_edges_from(sorted(pairs))
    return waiting


def _used(reach: dict[int, Link], source: int, ends: Iterable[int]) -> Iterator[Link]:
    """The links of `reach` that lead to one of `ends`, each once."""
    entered = {source}
    for node in ends:
        while node not in entered and node in reach:
            entered.add(node)
            yield reach[node]
            node = reach[node].source
