"""Placement along a snake, and with little traffic."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.mapping.place import distances, least_traffic, snake
from chipsim.noc.topology import Bus, Mesh, Torus, Tree


def test_a_snake_turns_at_the_end_of_each_row() -> None:
    assert snake(Mesh(columns=3, rows=3).graph(), range(9)) == [0, 1, 2, 5, 4, 3, 6, 7, 8]


def test_neighbours_on_the_snake_are_neighbours_on_the_mesh() -> None:
    graph = Mesh(columns=5, rows=4).graph()
    order = snake(graph, range(20))
    assert all(graph.has_edge(a, b) for a, b in itertools.pairwise(order))


def test_the_snake_names_every_tile_once_on_any_topology() -> None:
    for topology in (Torus(columns=4, rows=3), Tree(arity=4, levels=2), Bus(nodes=7), Mesh(columns=1, rows=1)):
        graph = topology.graph()
        tiles = [node for node, tile in graph.nodes(data="tile") if tile]
        assert sorted(snake(graph, tiles)) == tiles


def test_distances_count_hops_both_ways_and_may_name_a_node_twice() -> None:
    graph = Mesh(columns=3, rows=1).graph()
    assert distances(graph, [0, 0, 2]).tolist() == [[0, 0, 2], [0, 0, 2], [2, 2, 0]]
    graph.remove_edge(1, 2)
    graph.remove_edge(2, 1)
    assert distances(graph, [0, 2])[0, 1] == 3  # out of reach: farther than everything


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(0, 4), st.integers(0, 1000))
def test_traffic_placement_is_a_placement_and_never_worse_than_the_snake(groups: int, idle: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    traffic = random.integers(0, 100, (groups + 1, groups + 1)) * (random.random((groups + 1, groups + 1)) < 0.4)
    graph = Mesh(columns=4, rows=4).graph()
    nodes = snake(graph, range(16))[: groups + idle]
    hops = distances(graph, [0, *nodes])
    places = least_traffic(traffic.astype(float), hops)
    assert places[0] == 0
    assert len(set(places.tolist())) == groups + 1
    assert set(places.tolist()) <= set(range(len(hops)))

    def cost(where: np.ndarray) -> float:
        return float(sum(traffic[i, j] * hops[where[i], where[j]] for i in range(groups + 1) for j in range(groups + 1)))

    assert cost(places) <= cost(np.arange(groups + 1))


def test_two_talking_groups_move_together() -> None:
    traffic = np.zeros((4, 4))
    traffic[1, 3] = 100  # the first and the last group
    hops = distances(Mesh(columns=4, rows=1).graph(), [0, 0, 1, 2])
    places = least_traffic(traffic, hops)
    assert hops[places[1], places[3]] == 1
