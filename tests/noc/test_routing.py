"""Routings against shortest paths, on meshes, tori and random graphs."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.routes import Routes
from chipsim.noc.routing import DimensionOrder, Link, Routing, Shortest, Table, UpDown
from chipsim.noc.topology import Mesh, Ring, Torus, Tree, drawn

graphs = st.integers(2, 12).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(st.integers(0, 10**6), min_size=size - 1, max_size=size - 1),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=12),
    )
)


def connected(description: tuple[int, list[int], list[tuple[int, int]]]) -> nx.DiGraph:
    """A connected graph: every node hangs on an earlier one, and some further links."""
    size, parents, further = description
    links = [(node + 1, parent % (node + 1)) for node, parent in enumerate(parents)]
    return drawn([(float(node), 0.0) for node in range(size)], links + [(a, b) for a, b in further if a != b])


def test_xy_goes_along_the_row_first() -> None:
    routes = Routes(Mesh(columns=4, rows=4).graph(), DimensionOrder())
    assert [link.target for link in routes.path(0, 14)] == [1, 2, 6, 10, 14]
    assert [link.target for link in routes.path(14, 0)] == [13, 12, 8, 4, 0]
    assert routes.path(5, 5) == ()
    assert routes.lanes == 1


GRIDS = [Mesh(columns=5, rows=3), Torus(columns=5, rows=4), Torus(columns=2, rows=7), Ring(nodes=8)]


@pytest.mark.parametrize("topology", GRIDS, ids=str)
def test_xy_is_shortest_on_grids(topology) -> None:
    graph = topology.graph()
    routes = Routes(graph, DimensionOrder())
    for source, lengths in nx.all_pairs_shortest_path_length(graph):
        for target, hops in lengths.items():
            assert len(routes.path(source, target)) == hops


def test_xy_changes_lane_where_the_ring_closes_and_goes_back_for_the_next_dimension() -> None:
    routes = Routes(Torus(columns=5, rows=5).graph(), DimensionOrder())
    assert routes.path(3, 0) == (Link(3, 4, 0), Link(4, 0, 1))
    assert routes.path(1, 4) == (Link(1, 0, 0), Link(0, 4, 1))
    assert routes.path(4, 1) == (Link(4, 0, 1), Link(0, 1, 1))
    assert routes.path(4, 5) == (Link(4, 0, 1), Link(0, 5, 0))
    assert routes.lanes == 2


def test_xy_needs_a_grid() -> None:
    with pytest.raises(InputError, match="xy needs a mesh, torus or ring"):
        Routes(Tree(arity=2, levels=2).graph(), DimensionOrder())


def test_shortest_takes_the_first_path_in_order_among_equals() -> None:
    graph = drawn([(0.0, 0.0)] * 5, [(0, 2), (0, 1), (1, 4), (2, 4), (2, 3), (3, 4)])
    assert Shortest().reach(graph, 0)[4] == Link(1, 4)
    assert Shortest().reach(graph, 4)[0] == Link(1, 0)


@settings(max_examples=60, deadline=None)
@given(graphs)
def test_shortest_is_shortest_and_first_in_lexicographic_order(description) -> None:
    graph = connected(description)
    for source in graph:
        reach = Shortest().reach(graph, source)
        for target in graph:
            nodes = [target]
            while nodes[0] != source:
                nodes.insert(0, reach[nodes[0]].source)
            assert nodes == min(map(list, nx.all_shortest_paths(graph, source, target)))


@settings(max_examples=80, deadline=None)
@given(graphs)
def test_up_down_reaches_every_node_and_never_goes_up_after_down(description) -> None:
    graph = connected(description)
    depth = nx.single_source_shortest_path_length(graph, 0)
    routes = Routes(graph, UpDown())  # refuses cycles of dependencies
    for source in graph:
        for target in graph:
            path = routes.path(source, target)
            ups = [(depth[link.target], link.target) < (depth[link.source], link.source) for link in path]
            assert ups == sorted(ups, reverse=True)
            assert [link.target for link in path[:-1]] == [link.source for link in path[1:]]
            assert source == target or (path[0].source, path[-1].target) == (source, target)


def test_table_uses_the_listed_routes_and_their_beginnings() -> None:
    graph = Mesh(columns=2, rows=2).graph()
    routes = Routes(graph, Table(routes=((0, 2, 3), (3, 1))))
    assert routes.path(0, 3) == (Link(0, 2), Link(2, 3))
    assert routes.path(0, 2) == (Link(0, 2),)
    with pytest.raises(InputError, match="no route from node 1 to node 0"):
        routes.path(1, 0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (((0, 3),), "uses 0 -> 3, which is no link"),
        (((0, 1, 0),), "visits a node twice"),
        (((0, 1, 3), (0, 2, 3)), "enter node 3 from 1 and from 2"),
    ],
)
def test_table_refuses_what_cannot_be(table, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Routes(Mesh(columns=2, rows=2).graph(), Table(routes=table))


@pytest.mark.parametrize("routing", [Shortest(), UpDown()], ids=lambda routing: routing.type_name)
def test_packets_do_not_go_through_a_node_that_is_closed_to_others(routing: Routing) -> None:
    graph = Mesh(columns=3, rows=1).graph()
    graph.nodes[1]["transit"] = False
    assert set(routing.reach(graph, 0)) == {1}
    assert set(routing.reach(graph, 1)) == {0, 2}
