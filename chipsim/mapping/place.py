"""Which node gets which group of blocks: in layer order along a snake, or with the least traffic times distance.

The traffic order is the quadratic assignment problem; SciPy's 2-opt search improves the snake (it never gets worse).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import quadratic_assignment

Order = Literal["snake", "traffic"]


def snake(graph: nx.DiGraph[int], nodes: Sequence[int]) -> list[int]:
    """Tile nodes row by row, every second row backwards, so that neighbours in the list are neighbours; one chip after the other."""
    chips = sorted({graph.nodes[node].get("chip", ()) for node in nodes})
    if len(chips) > 1:
        return [node for chip in chips for node in snake(graph, [n for n in nodes if graph.nodes[n]["chip"] == chip])]
    places: dict[int, tuple[float, float]] = {node: graph.nodes[node]["position"] for node in nodes}
    rows = sorted({y for _, y in places.values()})
    ordered: list[int] = []
    for index, row in enumerate(rows):
        inside = sorted((node for node in nodes if places[node][1] == row), key=lambda node: (places[node][0], node))
        ordered += inside if index % 2 == 0 else inside[::-1]
    return ordered


def hops_from(graph: nx.DiGraph[int], node: int) -> dict[int, int]:
    """Links from `node` to every node that can be reached."""
    return dict(nx.single_source_shortest_path_length(graph, node))


def distances(graph: nx.DiGraph[int], nodes: Sequence[int]) -> NDArray[np.float64]:
    """Hops between every two of `nodes`, which may name a node twice; an unreachable pair counts as the number of nodes."""
    far = graph.number_of_nodes()
    hops = {source: nx.single_source_shortest_path_length(graph, source) for source in set(nodes)}
    return np.array([[hops[source].get(target, far) for target in nodes] for source in nodes], dtype=float)


def least_traffic(traffic: NDArray[np.float64], hops: NDArray[np.float64]) -> NDArray[np.int64]:
    """Position of each group that makes sum(traffic * hops) small; group 0, the host, stays at position 0.

    `traffic` (groups, groups) is padded with idle groups to the size of `hops` (positions, positions). The search starts
    from the order given and only takes exchanges that help.
    """
    size = len(hops)
    flow = np.zeros((size, size))
    flow[: len(traffic), : len(traffic)] = traffic + traffic.T
    same = np.column_stack([np.arange(size), np.arange(size)])
    options: Any = {"rng": np.random.default_rng(0), "partial_match": same[:1], "partial_guess": same[1:]}
    found = quadratic_assignment(flow, hops, method="2opt", options=options)
    positions: NDArray[np.int64] = found.col_ind[: len(traffic)]
    return positions
