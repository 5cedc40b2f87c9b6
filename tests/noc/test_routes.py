"""Routes: trees, reductions, and the proof that packets cannot block one another for ever."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.routes import Routes, dependencies
from chipsim.noc.routing import DimensionOrder, Link, Routing, Shortest, Table, UpDown
from chipsim.noc.topology import Bus, Mesh, Ring, Topology, Torus, Tree, drawn

DEFAULTS = [Mesh(columns=4, rows=3), Torus(columns=4, rows=5), Ring(nodes=6), Tree(arity=2, levels=3), Bus(nodes=5)]


def default_routes(topology: Topology) -> Routes:
    member = Routing.member(topology.default_routing)
    return Routes(topology.graph(), member())


@pytest.mark.parametrize("topology", DEFAULTS, ids=str)
def test_every_topology_works_with_its_own_routing(topology: Topology) -> None:
    routes = default_routes(topology)
    assert nx.is_directed_acyclic_graph(dependencies(routes))
    for source in routes.ends:
        for target in routes.ends:
            path = routes.path(source, target)
            assert all((link.source, link.target) in routes.graph.edges for link in path)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DEFAULTS), st.data())
def test_a_multicast_is_the_union_of_the_paths_and_enters_each_node_once(topology: Topology, data: st.DataObject) -> None:
    routes = default_routes(topology)
    source = data.draw(st.sampled_from(routes.ends))
    wanted = data.draw(st.lists(st.sampled_from(routes.ends), min_size=1, max_size=6))
    tree = routes.tree(source, wanted)
    paths = [routes.path(source, target) for target in set(wanted)]
    assert set(tree) == {link for path in paths for link in path}
    assert len({link.target for link in tree}) == len(tree)
    known = {source}
    for link in tree:
        assert link.source in known, "a child came before its parent"
        known.add(link.target)
    assert routes.saved(source, wanted) == sum(map(len, paths)) - len(tree) >= 0


def test_the_tree_of_a_row_of_destinations_saves_links() -> None:
    routes = Routes(Mesh(columns=4, rows=1).graph(), DimensionOrder())
    assert routes.tree(0, [3, 1, 2]) == (Link(0, 1), Link(1, 2), Link(2, 3))
    assert routes.saved(0, [1, 2, 3]) == 1 + 2 + 3 - 3


def test_a_reduction_sends_leaves_first() -> None:
    routes = Routes(Mesh(columns=3, rows=2).graph(), DimensionOrder())
    tree = routes.reduction([2, 5, 3], 0)
    waiting = {link.source: sum(other.target == link.source for other in tree) for link in tree}
    for link in tree:
        assert waiting[link.source] == 0, "a node sent before its children"
        if link.target in waiting:
            waiting[link.target] -= 1
    assert tree[-1].target == 0
    assert {link.source for link in tree} >= {2, 5, 3}


def test_a_reduction_over_a_one_way_link_is_refused() -> None:
    with pytest.raises(InputError, match="needs a link that does not exist"):
        default_routes(Bus(nodes=3)).reduction([1, 2], 0)


@pytest.mark.parametrize("topology", [Ring(nodes=6), Torus(columns=5, rows=4)], ids=str)
def test_shortest_routing_on_closed_rings_is_refused_with_the_circle(topology: Topology) -> None:
    with pytest.raises(InputError, match=r"can deadlock: packets on the links 0 -> 1, 1 -> 2, .* use 'xy'"):
        Routes(topology.graph(), Shortest())


def test_a_dateline_breaks_the_circle_that_one_lane_would_have() -> None:
    routes = Routes(Ring(nodes=6).graph(), DimensionOrder())
    one_lane = nx.DiGraph()
    for held, wanted in dependencies(routes).edges:
        one_lane.add_edge(held[:2], wanted[:2])
    assert not nx.is_directed_acyclic_graph(one_lane)


def test_up_down_mends_what_shortest_cannot() -> None:
    graph = Torus(columns=4, rows=4).graph()
    assert nx.is_directed_acyclic_graph(dependencies(Routes(graph, UpDown())))


def test_a_table_with_a_circle_is_refused() -> None:
    around = tuple(tuple((start + step) % 4 for step in range(3)) for start in range(4))
    with pytest.raises(InputError, match="the table routing can deadlock"):
        Routes(Ring(nodes=4).graph(), Table(routes=around))


def test_nodes_without_a_way_are_named() -> None:
    graph = drawn([(0.0, 0.0)] * 4, [(0, 1), (2, 3)])
    routes = Routes(graph, Shortest())
    with pytest.raises(InputError, match="no route from node 0 to node 3"):
        routes.path(0, 3)
    with pytest.raises(InputError, match="no route from node 1 to node 2"):
        routes.tree(1, [0, 2])
    with pytest.raises(InputError, match="there is no node 9; nodes are 0 to 3"):
        routes.path(9, 0)


def test_a_further_end_is_proven_too() -> None:
    graph = Tree(arity=2, levels=2).graph()
    assert Routes(graph, Shortest()).ends == [0, 1, 2, 3]
    assert Routes(graph, Shortest(), ends=[6]).ends == [0, 1, 2, 3, 6]
