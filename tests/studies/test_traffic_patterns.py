"""Patterns of traffic: partners by hand, shares that add up, draws that keep them, refusals."""

from __future__ import annotations

from random import Random

import pytest

from chipsim.errors import InputError
from chipsim.noc.network import Network
from chipsim.noc.nodes import Nodes
from chipsim.noc.topology import Mesh, Ring, Topology, Tree
from chipsim.studies.traffic_patterns import HOT, PATTERNS, Permutation, pattern_of


def network(topology: Topology, no_tile: Nodes | None = None) -> Network:
    return Network(topology=topology, no_tile=no_tile, clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3)


def partners(name: str, topology: Topology) -> dict[int, int]:
    found = pattern_of(name, network(topology))
    assert isinstance(found, Permutation)
    return found.partner


def test_partners_on_a_small_grid() -> None:
    square = Mesh(columns=4, rows=4)
    assert partners("transpose", square)[1] == 4  # (1, 0) -> (0, 1)
    assert partners("transpose", square)[5] == 5
    assert [partners("bit_complement", square)[i] for i in range(16)] == [i ^ 15 for i in range(16)]
    assert partners("neighbour", square)[3] == 4  # (3, 0) -> (0, 1)
    five = Mesh(columns=5, rows=5)
    assert partners("tornado", five)[0] == 2 * 5 + 2  # ceil(5 / 2) - 1 in each dimension
    assert partners("tornado", Ring(nodes=8))[6] == (6 + 3) % 8


@pytest.mark.parametrize("name", PATTERNS)
def test_shares_add_up_to_one(name: str) -> None:
    pattern = pattern_of(name, network(Mesh(columns=3, rows=3)))
    for tile in pattern.tiles:
        assert sum(pattern.shares(tile).values()) == pytest.approx(1)
        assert pattern.draw(Random(1), tile) in pattern.shares(tile)


@pytest.mark.parametrize("name", ["transpose", "bit_complement", "tornado", "neighbour"])
def test_permutations_reach_every_tile_once(name: str) -> None:
    assert sorted(partners(name, Mesh(columns=4, rows=4)).values()) == list(range(16))


def test_draws_keep_the_shares_of_a_hot_spot() -> None:
    pattern, random = pattern_of("hotspot", network(Mesh(columns=4, rows=4))), Random(3)
    drawn = [pattern.draw(random, 0) for _ in range(20_000)]
    hot = max(set(drawn), key=drawn.count)
    assert hot == 10  # in the middle
    assert drawn.count(hot) / 20_000 == pytest.approx(HOT + (1 - HOT) / 16, rel=0.05)


def test_tiles_that_fill_no_grid_stand_in_a_line() -> None:
    tree = pattern_of("neighbour", network(Tree(arity=2, levels=2)))
    assert isinstance(tree, Permutation)
    assert tree.partner == {0: 1, 1: 2, 2: 3, 3: 0}
    holes = pattern_of("neighbour", network(Mesh(columns=3, rows=2), Nodes(named=(1,))))
    assert isinstance(holes, Permutation)
    assert holes.partner == {0: 2, 2: 3, 3: 4, 4: 5, 5: 0}


@pytest.mark.parametrize(
    ("name", "topology", "said"),
    [
        ("waltz", Mesh(columns=2, rows=2), "'waltz' is no pattern of traffic; expected uniform, transpose"),
        ("transpose", Mesh(columns=4, rows=2), "'transpose' needs a square grid of tiles, not 4 x 2"),
        ("uniform", Mesh(columns=1, rows=1), "fewer than two tiles"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, topology: Topology, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pattern_of(name, network(topology))
