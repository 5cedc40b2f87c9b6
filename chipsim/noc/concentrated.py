"""A mesh of routers that several tiles share (a concentrated mesh).

Tiles of one router stand around it; the wire between tile and router takes `injection_delay` and `ejection_delay`, so a packet over D
links between routers is as long on its way as on a mesh. Balfour and Dally, ICS 2006, doi:10.1145/1183401.1183430; ISAAC has four tiles
on each router (Shafiee et al., ISCA 2016, doi:10.1109/ISCA.2016.12).
"""

from __future__ import annotations

import math
from typing import Self, final

import networkx as nx

from chipsim.noc.topology import LARGEST, Mesh, Position, Topology, distance
from chipsim.spec import check, key


@final
class ConcentratedMesh(Topology, type="concentrated_mesh"):
    """Routers on a grid, `concentration` tiles on each.

    Tile k of router r is node r x concentration + k; the routers follow after all tiles, counted along the rows. The tiles of a router
    fill a block, as square as possible, and the router lies in its middle.
    """

    columns: int = key("routers in a row", ge=1, le=1024)
    rows: int = key("routers in a column", ge=1, le=1024)
    concentration: int = key("tiles on each router", default=4, ge=1, le=64)
    default_routing = "xy"

    @check
    def _bounded(self) -> Self:
        nodes = self.columns * self.rows * (self.concentration + 1)
        if nodes > LARGEST:
            raise ValueError(f"{nodes} nodes are more than the {LARGEST} that can be simulated; take fewer columns or rows, or a package")
        return self

    @property
    def routers_per_tile(self) -> float:
        return 1 / self.concentration

    @property
    def block(self) -> tuple[int, int]:
        """Columns and rows of tiles around a router."""
        across = math.isqrt(self.concentration - 1) + 1
        return across, -(-self.concentration // across)

    def graph(self) -> nx.DiGraph[int]:
        routers = Mesh(columns=self.columns, rows=self.rows).graph()
        tiles = len(routers) * self.concentration
        graph: nx.DiGraph[int] = nx.DiGraph(sides=(self.columns, self.rows), wraps=False, concentration=self.concentration)
        for node in range(tiles):
            graph.add_node(node, position=self._place(node, routers), tile=True, router=False)
        for router in routers:
            graph.add_node(tiles + router, position=self._middle(routers.nodes[router]["position"]), tile=False, router=True)
        for one, other in routers.edges:
            self._join(graph, tiles + one, tiles + other, delay=1)
        for node in range(tiles):
            self._join(graph, node, tiles + node // self.concentration, delay=0)
            self._join(graph, tiles + node // self.concentration, node, delay=0)
        return graph

    def _place(self, node: int, routers: nx.DiGraph[int]) -> Position:
        router, number = divmod(node, self.concentration)
        column, row = routers.nodes[router]["position"]
        across, down = self.block
        return column * across + number % across, row * down + number // across

    def _middle(self, place: Position) -> Position:
        across, down = self.block
        return place[0] * across + (across - 1) / 2, place[1] * down + (down - 1) / 2

    def _join(self, graph: nx.DiGraph[int], source: int, target: int, delay: int) -> None:
        length = distance(graph.nodes[source]["position"], graph.nodes[target]["position"])
        graph.add_edge(source, target, length=length, delay=delay)
