"""Topologies against closed forms: numbers of nodes and links, diameters, places and lengths."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.topology import Bus, Mesh, Ring, Topology, Torus, Tree, folded

GRIDS = [Mesh(columns=5, rows=3), Torus(columns=5, rows=4), Torus(columns=2, rows=3), Ring(nodes=7)]
ALL = [*GRIDS, Tree(arity=4, levels=2), Tree(arity=3, levels=2), Bus(nodes=6)]


@pytest.mark.parametrize("topology", ALL, ids=str)
def test_every_topology_is_connected_numbered_and_described(topology: Topology) -> None:
    graph = topology.graph()
    assert sorted(graph.nodes) == list(range(len(graph)))
    assert nx.is_strongly_connected(graph)
    assert len({graph.nodes[node]["position"] for node in graph if graph.nodes[node]["tile"]}) == len(
        [node for node in graph if graph.nodes[node]["tile"]]
    ), "two tiles lie on one another"
    for _, attributes in graph.nodes(data=True):
        assert isinstance(attributes["tile"], bool)
        assert isinstance(attributes["router"], bool)
    for _, _, attributes in graph.edges(data=True):
        assert attributes["length"] >= 0
        assert attributes["delay"] in (0, 1)


def test_mesh_has_the_links_and_diameter_of_a_mesh() -> None:
    graph = Mesh(columns=5, rows=3).graph()
    assert len(graph) == 15
    assert graph.number_of_edges() == 2 * (4 * 3 + 5 * 2)
    assert nx.diameter(graph) == 4 + 2
    assert graph.nodes[7]["position"] == (2.0, 1.0)
    assert all(length == 1 for _, _, length in graph.edges(data="length"))


def test_torus_has_four_neighbours_each_and_no_link_longer_than_two_pitches() -> None:
    graph = Torus(columns=6, rows=5).graph()
    assert all(graph.out_degree(node) == 4 for node in graph)
    assert nx.diameter(graph) == 3 + 2
    assert max(length for _, _, length in graph.edges(data="length")) == 2


@given(st.integers(1, 40))
def test_a_folded_ring_fills_its_line_with_steps_of_two_at_most(count: int) -> None:
    places = [folded(index, count) for index in range(count)]
    assert sorted(places) == list(range(count))
    assert all(abs(places[index] - places[(index + 1) % count]) <= 2 for index in range(count))


@pytest.mark.parametrize("nodes", [2, 3, 8, 9])
def test_ring_closes_in_two_rows(nodes: int) -> None:
    graph = Ring(nodes=nodes).graph()
    assert nx.diameter(graph) == nodes // 2
    assert max(length for _, _, length in graph.edges(data="length")) <= 2
    assert graph.has_edge(nodes - 1, 0)


def test_tree_has_tiles_at_the_leaves_first_and_the_root_last() -> None:
    graph = Tree(arity=4, levels=3).graph()
    assert len(graph) == 64 + 16 + 4 + 1
    assert [node for node in graph if graph.nodes[node]["tile"]] == list(range(64))
    assert graph.out_degree(84) == 4
    assert all(graph.out_degree(leaf) == 1 for leaf in range(64))
    assert set(graph.successors(64)) == {0, 1, 2, 3, 80}
    assert {graph.nodes[leaf]["position"] for leaf in range(64)} == {(float(x), float(y)) for x in range(8) for y in range(8)}
    assert graph.nodes[84]["position"] == (3.5, 3.5)


def test_binary_tree_halves_the_area_along_the_shorter_edge() -> None:
    places = [Tree(arity=2, levels=3).graph().nodes[leaf]["position"] for leaf in range(8)]
    assert {x for x, _ in places} == {0, 1, 2, 3}
    assert {y for _, y in places} == {0, 1}


def test_bus_has_one_wire_that_all_share() -> None:
    graph = Bus(nodes=4).graph()
    assert nx.shortest_path(graph, 0, 3) == [0, 4, 5, 3]
    assert [link for link in graph.edges if graph.edges[link]["length"] > 0] == [(4, 5)]
    assert graph.edges[4, 5]["length"] == 3
    assert [node for node in graph if graph.nodes[node]["router"]] == [4]


def test_a_single_node_is_a_network_without_links() -> None:
    for topology in (Mesh(columns=1, rows=1), Torus(columns=1, rows=1)):
        assert topology.graph().number_of_edges() == 0


def test_too_many_nodes_are_refused_with_the_number() -> None:
    with pytest.raises(InputError, match="1048576 nodes are more than"):
        Mesh(columns=1024, rows=1024)
    with pytest.raises(InputError, match="nodes are more than"):
        Tree(arity=64, levels=14)
