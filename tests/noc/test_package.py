"""Packages: chips are copies of one topology, joined at their edges; routes cross chips and cannot deadlock."""

import itertools

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.concentrated import ConcentratedMesh
from chipsim.noc.network import Network
from chipsim.noc.package import ChipLink, Package
from chipsim.noc.routes import Routes
from chipsim.noc.topology import Bus, Mesh, Ring, Topology, Torus, Tree

LINK = ChipLink(bandwidth=16e9, lanes=4, latency=5e-9, energy=1e-12, area=1e-9, leakage=1e-3)
CHIPS = [Mesh(columns=3, rows=2), Mesh(columns=1, rows=1), Torus(columns=3, rows=3), Ring(nodes=5), Tree(arity=2, levels=2)]
CHIPS += [ConcentratedMesh(columns=2, rows=2, concentration=3)]
packages = st.builds(Package, chip=st.sampled_from(CHIPS), columns=st.integers(1, 3), rows=st.integers(1, 3), link=st.just(LINK))


def routes_of(topology: Topology) -> Routes:
    return Network(topology=topology, clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3).routes()


@settings(max_examples=40, deadline=None)
@given(package=packages)
def test_chips_are_copies_joined_in_columns_and_rows(package: Package) -> None:
    graph, chip = package.graph(), package.chip.graph()
    size, chips = len(chip), package.columns * package.rows
    assert sorted(graph.nodes) == list(range(size * chips))
    assert nx.is_strongly_connected(graph)
    places = [graph.nodes[node]["position"] for node in graph if graph.nodes[node]["tile"]]
    assert len(set(places)) == len(places), "two tiles lie on one another"
    between = [ends for ends in graph.edges if graph.edges[ends].get("chips")]
    assert len(between) == 2 * ((package.columns - 1) * package.rows + package.columns * (package.rows - 1)) == package.chip_links.ends
    assert graph.number_of_edges() == chips * chip.number_of_edges() + len(between)
    for source, target in between:
        one, other = divmod(source // size, package.columns), divmod(target // size, package.columns)
        assert abs(one[0] - other[0]) + abs(one[1] - other[1]) == 1
        assert graph.nodes[source]["router"]
        assert graph.nodes[source]["chip"] == (source // size,)
    routes_of(package)  # raises where packets could deadlock


@settings(max_examples=20, deadline=None)
@given(package=packages)
def test_every_tile_reaches_every_other(package: Package) -> None:
    routes = routes_of(package)
    for source, target in itertools.product(routes.ends[:4], routes.ends):
        assert (routes.path(source, target)[-1].target if source != target else source) == target


def test_a_link_starts_at_the_router_nearest_to_the_middle_of_its_edge() -> None:
    graph = Package(chip=Mesh(columns=3, rows=3), columns=2, rows=2, link=LINK).graph()
    assert {(s, t) for s, t in graph.edges if graph.edges[s, t].get("chips")} == {
        (5, 12), (12, 5), (7, 19), (19, 7), (16, 28), (28, 16), (23, 30), (30, 23)
    }  # fmt: skip
    assert graph.edges[5, 12] == {
        "length": 0, "delay": 0, "chips": True, "bandwidth": 64e9, "latency": 5e-9, "energy": 1e-12
    }  # fmt: skip
    assert graph.nodes[9]["position"] == (4, 0)


def test_one_gateway_may_serve_all_links() -> None:
    graph = Package(chip=Mesh(columns=2, rows=2), columns=3, link=LINK, gateway=3).graph()
    assert {tuple(sorted(ends)) for ends in graph.edges if graph.edges[ends].get("chips")} == {(3, 7), (7, 11)}
    with pytest.raises(InputError, match=r"Package.gateway: node 4 of a chip is no router"):
        Package(chip=Mesh(columns=2, rows=2), columns=3, link=LINK, gateway=4).graph()


def test_packages_on_a_board_keep_both_numbers_of_a_chip() -> None:
    inner = Package(chip=Mesh(columns=2, rows=1), columns=2, link=LINK)
    board = Package(chip=inner, columns=2, link=LINK)
    assert board.graph().nodes[6]["chip"] == (1, 1)
    assert board.chip_links.ends == 6
    assert board.chip_links.area == pytest.approx(6 * 4 * 1e-9)
    assert board.chip_links.leakage == pytest.approx(6 * 4 * 1e-3)


def test_a_shorter_way_over_the_neighbours_is_no_way_out_of_ones_own_chip() -> None:
    routes = routes_of(Package(chip=Mesh(columns=4, rows=4), columns=2, rows=2, link=LINK))
    for source, target in itertools.product(range(16), range(16)):
        assert all(link.target < 16 for link in routes.path(source, target))


@pytest.mark.parametrize(
    ("chip", "columns", "message"),
    [(Bus(nodes=4), 2, "a bus cannot be joined"), (Mesh(columns=128, rows=128), 2, "32768 nodes are more than")],
    ids=["bus", "size"],
)
def test_what_cannot_be_joined_is_refused(chip: Topology, columns: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Package(chip=chip, columns=columns, link=LINK).graph()
