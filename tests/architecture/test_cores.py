"""Digital cores in a description."""

import pytest
from builders import chip

from chipsim.errors import InputError

CORE = {
    "nodes": {"every": 4, "first": 3},
    "vector_unit": {"type": "simd", "area": "300 um2", "leakage": "3 uW"},
    "buffer": {"type": "sram", "capacity": "1 Mb", "area": "200 um2", "leakage": "2 uW"},
    "area": "100 um2",
    "leakage": "1 uW",
}


def test_cores_have_rows_of_their_own_in_area_and_leakage():
    """A 4 x 3 mesh with a core on each of the three nodes of its last column, in place of a tile or beside it."""
    machine, plain = chip(cores={"wide": CORE}), chip()
    assert machine.core_nodes == {"wide": (3, 7, 11)}
    added = {name: pair for name, pair in machine.area_parts(12, 12).items() if name not in plain.area_parts(12, 12)}
    wanted = {"wide vector unit": 9e-10, "wide buffer": 6e-10, "wide rest": 3e-10}
    assert added == {name: (3, pytest.approx(area)) for name, area in wanted.items()}
    static = machine.leakage_parts(12, 12)
    assert [static[f"wide {part}"] for part in ("vector unit", "buffer", "rest")] == pytest.approx([9e-6, 6e-6, 3e-6])


def test_a_node_without_a_tile_takes_no_block():
    graph = chip(network={"no_tile": {"every": 4, "first": 3}}).network.graph()
    assert [node for node, tile in graph.nodes(data="tile") if not tile] == [3, 7, 11]


@pytest.mark.parametrize(
    ("cores", "message"),
    [
        ({"a": CORE, "b": CORE}, "node 3 holds a core of 'a' and one of 'b'"),
        ({"tile": CORE}, "'tile' cannot be the name of a kind of core"),
        ({"a": CORE | {"nodes": {"named": [12]}}}, "the network has no node 12; expected 0 to 11"),
    ],
)
def test_cores_that_contradict_the_network_are_refused(cores, message):
    with pytest.raises(InputError, match=message):
        chip(cores=cores)
