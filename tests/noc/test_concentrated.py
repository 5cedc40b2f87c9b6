"""Concentrated meshes: numbering, places, routes through the routers of the tiles."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.concentrated import ConcentratedMesh
from chipsim.noc.network import Network
from chipsim.noc.routes import Routes
from chipsim.noc.topology import Topology

shapes = st.builds(ConcentratedMesh, columns=st.integers(1, 4), rows=st.integers(1, 4), concentration=st.integers(1, 6))


def routes_of(topology: Topology) -> Routes:
    return Network(topology=topology, clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3).routes()


@settings(max_examples=60, deadline=None)
@given(topology=shapes)
def test_every_tile_is_a_leaf_of_one_router_and_has_a_place_of_its_own(topology: ConcentratedMesh) -> None:
    graph = topology.graph()
    routers, tiles = topology.columns * topology.rows, topology.columns * topology.rows * topology.concentration
    assert sorted(graph.nodes) == list(range(tiles + routers))
    assert [graph.nodes[node]["tile"] for node in range(tiles + routers)] == [True] * tiles + [False] * routers
    assert [graph.nodes[node]["router"] for node in range(tiles + routers)] == [False] * tiles + [True] * routers
    assert len({graph.nodes[node]["position"] for node in range(tiles)}) == tiles
    assert nx.is_strongly_connected(graph)
    for tile in range(tiles):
        assert list(graph.successors(tile)) == [tiles + tile // topology.concentration]
        assert graph.edges[tile, tiles + tile // topology.concentration]["delay"] == 0


@settings(max_examples=40, deadline=None)
@given(topology=shapes, data=st.data())
def test_routes_go_along_the_row_and_then_the_column_of_routers(topology: ConcentratedMesh, data) -> None:
    routes = routes_of(topology)
    tiles = topology.columns * topology.rows * topology.concentration
    one, other = data.draw(st.integers(0, tiles - 1)), data.draw(st.integers(0, tiles - 1))
    path = routes.path(one, other)
    (y0, x0), (y1, x1) = (divmod(tile // topology.concentration, topology.columns) for tile in (one, other))
    assert len(path) == (0 if one == other else 2 + abs(x0 - x1) + abs(y0 - y1))
    steps = [link.target - link.source for link in path[1:-1]]
    assert steps == sorted(steps, key=lambda step: abs(step) == topology.columns and topology.columns > 1)


def test_four_tiles_stand_around_their_router() -> None:
    graph = ConcentratedMesh(columns=2, rows=1, concentration=4).graph()
    assert [graph.nodes[node]["position"] for node in range(4)] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert graph.nodes[8]["position"] == (0.5, 0.5)
    assert graph.nodes[9]["position"] == (2.5, 0.5)
    assert graph.edges[8, 9]["length"] == 2
    assert graph.edges[0, 8]["length"] == 1


def test_a_router_is_shared_by_its_tiles() -> None:
    assert ConcentratedMesh(columns=2, rows=2, concentration=4).routers_per_tile == 0.25


def test_too_many_nodes_are_refused() -> None:
    with pytest.raises(InputError, match="nodes are more than"):
        ConcentratedMesh(columns=128, rows=128, concentration=4)
