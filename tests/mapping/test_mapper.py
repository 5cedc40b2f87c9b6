"""From a workload and a chip to placements."""

from typing import Any

import numpy as np
import pytest
from builders import add, chip, conv, linear, mapped, network, pool, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.mapping.mapper import bit_hops
from chipsim.mapping.mapping import Mapping
from chipsim.mapping.place import distances
from chipsim.workload.graph import Workload


def cells(mapping: Mapping, layer: str, copy: int) -> list[tuple[int, int]]:
    """Every cell of the matrix that some block of a copy holds, with repetitions."""
    blocks = [p for p in mapping.of(layer) if p.copy == copy]
    return [(i, j) for p in blocks for i in range(*p.rows) for j in range(*p.columns)]


@settings(max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(3, 6), st.integers(3, 6)),
    channels=st.integers(1, 9),
    out=st.integers(1, 20),
    rows=st.integers(1, 32),
    columns=st.integers(1, 32),
    split=st.sampled_from(["balanced", "full"]),
    bias=st.sampled_from(["digital", "array"]),
    pack=st.booleans(),
)
def test_every_weight_of_every_copy_lies_on_exactly_one_cell(shape, channels, out, rows, columns, split, bias, pack) -> None:
    workload = network(shape, conv("c", channels), linear("fc", out))
    machine = chip(array={"rows": rows, "columns": columns}, mesh=(100, 60))
    mapping = mapped(workload, machine, split=split, bias=bias, pack=pack, copies={"c": 2})
    for layer in ("c", "fc"):
        height, width = workload.weights[layer].matrix.shape
        height += bias == "array"
        for copy in range(mapping.copies(layer)):
            found = cells(mapping, layer, copy)
            assert len(found) == len(set(found)) == height * width
            assert set(found) == {(i, j) for i in range(height) for j in range(width)}
    assert all(p.shape[0] <= rows and p.shape[1] <= columns for p in mapping.placements)


@pytest.mark.parametrize("order", ["snake", "traffic"])
def test_without_packing_every_block_has_a_tile_of_its_own(order) -> None:
    mapping = mapped(residual(), chip(mesh=(5, 5)), order=order)
    assert len(mapping.used) == len(mapping.placements)
    assert set(mapping.used) <= set(range(25))


def test_packed_blocks_of_one_tile_do_not_overlap() -> None:
    workload = network([3, 6, 6], *[conv(f"c{i}", 3, 1) for i in range(6)], linear("fc", 5))
    mapping = mapped(workload, chip(mesh=(5, 5)), pack=True)
    assert len(mapping.used) < len(mapping.placements)
    taken: set[tuple[int, int, int]] = set()
    for p in mapping.placements:
        corner = p.row_offset, p.column_offset
        mine = {(p.tile, corner[0] + i, corner[1] + j) for i in range(p.shape[0]) for j in range(p.shape[1])}
        assert not mine & taken
        assert all(i < 32 and j < 32 for _, i, j in mine)
        taken |= mine


def test_copies_are_dealt_only_as_far_as_tiles_and_rows_go() -> None:
    workload = network([1, 8, 8], conv("c", 4, padding=1), linear("fc", 4))  # fc: 256 inputs, 8 blocks of 32 rows
    assert mapped(workload, chip(mesh=(3, 3))).copies("c") == 1
    assert mapped(workload, chip(mesh=(4, 3))).copies("c") == 4
    assert mapped(workload, chip(mesh=(10, 10))).copies("c") == 8
    assert mapped(workload, chip(mesh=(10, 10)), copies="none").copies("c") == 1
    assert mapped(workload, chip(mesh=(10, 10)), copies={"fc": 3}).copies("fc") == 3


def test_what_does_not_fit_says_how_much_by_which_layers_and_what_would_help() -> None:
    workload = network([70, 1, 1], linear("wide", 100), linear("out", 3))
    with pytest.raises(InputError) as caught:
        mapped(workload, chip(mesh=(2, 2)), copies={"out": 2})
    message = str(caught.value)
    assert "needs 20 tiles of 32 x 32, but 'tiny' has 4 (blocks by layer: wide 12, out 8)" in message
    assert "what would help: a network of at least 20 tiles; arrays of 128 x 128 (--set architecture.tile.array.rows=128 --set" in message
    assert "mapping.pack" not in message  # not enough by itself
    assert "fewer copies" in message
    with pytest.raises(InputError) as packed:
        mapped(workload, chip(mesh=(2, 2)), pack=True)
    assert "mapping.pack" not in str(packed.value)
    small = network([8, 1, 1], *(linear(f"l{k}", 8) for k in range(5)))
    with pytest.raises(InputError, match=r"small blocks that share an array \(--set mapping.pack=true\)"):
        mapped(small, chip(mesh=(2, 2)))
    assert len(mapped(small, chip(mesh=(2, 2)), pack=True).used) <= 4


def test_the_number_of_tiles_in_the_message_is_enough() -> None:
    workload = network([70, 1, 1], linear("wide", 100), linear("out", 3))
    assert len(mapped(workload, chip(mesh=(16, 1)), copies="none").used) == 16
    with pytest.raises(InputError, match="needs 16 tiles"):
        mapped(workload, chip(mesh=(15, 1)), copies="none")


def test_a_single_node_holds_a_single_block() -> None:
    assert [p.tile for p in mapped(network([4, 1, 1], linear("fc", 3)), chip(mesh=(1, 1))).placements] == [0]


# --- manual placement ------------------------------------------------------------------------------------------------


def two_layers() -> Workload:
    return network([40, 1, 1], linear("a", 40), linear("b", 3))  # a: 2 x 2 blocks of at most 32 x 32; b: 2 x 1


def test_manual_tiles_are_taken_in_the_order_copy_row_block_column_block() -> None:
    mapping = mapped(two_layers(), chip(), tiles={"a": (7, 3, 5, 1)}, copies="none")
    assert {(p.row_block, p.column_block): p.tile for p in mapping.of("a")} == {(0, 0): 7, (0, 1): 3, (1, 0): 5, (1, 1): 1}
    assert not {p.tile for p in mapping.of("b")} & {7, 3, 5, 1}


def test_a_layer_placed_by_hand_has_as_many_copies_as_tiles() -> None:
    workload = network([1, 6, 6], conv("c", 4), linear("fc", 4))  # fc: 64 inputs, 2 blocks
    assert mapped(workload, chip(), tiles={"c": (5, 6)}).copies("c") == 2
    others = mapped(workload, chip(mesh=(3, 2)), tiles={"fc": (4, 5)})
    assert others.copies("c") == 4  # of the four tiles that are left
    assert not {p.tile for p in others.of("c")} & {4, 5}


@pytest.mark.parametrize(
    ("tiles", "message"),
    [
        ({"a": (1, 2, 3)}, r"mapping.tiles.a: 3 tiles are named, but the layer has 4 blocks"),
        ({"b": (1, 99)}, r"mapping.tiles.b: node 99 holds no tile"),
        ({"b": (1, 1)}, r"mapping.tiles.b: tile 1 is taken twice"),
        ({"a": (1, 2, 3, 4), "b": (4, 5)}, r"mapping.tiles.b: tile 4 is taken twice"),
        ({"aa": (1, 2)}, r"mapping.tiles.aa: no layer 'aa' with weights \(.*\)"),
    ],
)
def test_wrong_manual_placements_are_explained(tiles: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mapped(two_layers(), chip(), tiles=tiles, copies="none")


def test_all_problems_of_a_manual_placement_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        mapped(two_layers(), chip(), tiles={"a": (1, 1, 77), "b": (1, 2)}, copies="none")
    assert len(caught.value.problems) == 4


def test_copies_of_an_unknown_layer_are_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"mapping.copies.conv: no layer 'conv' with weights \(did you mean 'conv1'\?\)"):
        mapped(network([1, 4, 4], conv("conv1", 2)), chip(), copies={"conv": 2})


def test_a_host_on_a_node_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match=r"host.node: the network has no node 12; expected 0 to 11"):
        mapped(network([4, 1, 1], linear("fc", 3)), chip(host={"node": 12}))


def test_tiles_of_a_tree_are_its_leaves() -> None:
    machine = chip(network={"topology": {"type": "tree", "arity": 2, "levels": 2}})
    assert mapped(network([4, 1, 1], linear("fc", 3)), machine).tiles == 4
    with pytest.raises(InputError, match="node 6 holds no tile"):
        mapped(network([4, 1, 1], linear("fc", 3)), machine, tiles={"fc": (6,)})


# --- placement with little traffic -----------------------------------------------------------------------------------


def weighted_hops(workload: Workload, mapping: Mapping, nodes: int) -> float:
    """Bits times hops of one sample for a chain of layers, counted from the placements alone (host on node 0)."""
    hops = distances(chip(mesh=(nodes, 1)).network.graph(), list(range(nodes)))
    total, before = 0.0, None
    for name in workload.steps:
        volume = float(np.prod(workload.shapes[name][1:]))
        placed = mapping.of(name)
        for p in placed:
            if before is None:
                total += 8 * float(np.prod(workload.shapes["input"])) * hops[0, p.tile]
            else:
                total += sum(8 * b.shape[1] * volume * hops[b.tile, p.tile] for b in before)
            home = next(h for h in placed if (h.row_block, h.column_block) == (0, p.column_block))
            total += 16 * p.shape[1] * volume * hops[p.tile, home.tile]
        before = [p for p in placed if p.row_block == 0]
    return total + sum(8 * p.shape[1] * hops[p.tile, 0] for p in before or [])


@settings(max_examples=15)
@given(st.lists(st.integers(1, 90), min_size=2, max_size=5), st.integers(0, 5))
def test_traffic_order_is_never_worse_than_the_snake(widths: list[int], spare: int) -> None:
    workload = network([widths[0], 1, 1], *[linear(f"l{i}", width) for i, width in enumerate(widths[1:])])
    nodes = len(mapped(workload, chip(mesh=(60, 1)), copies="none").used) + spare
    snake, traffic = (mapped(workload, chip(mesh=(nodes, 1)), order=order, copies="none") for order in ("snake", "traffic"))
    assert weighted_hops(workload, traffic, nodes) <= weighted_hops(workload, snake, nodes) * (1 + 1e-12)


def test_traffic_order_moves_what_talks_to_the_host_towards_it() -> None:
    """fc reads a large image: its tile belongs to the host, wherever the host is."""
    workload = network([32, 1, 1], linear("fc", 2))
    machine = chip(mesh=(4, 1), host={"node": 3})
    assert [p.tile for p in mapped(workload, machine, order="snake").placements] == [0]
    assert [p.tile for p in mapped(workload, machine, order="traffic").placements] == [3]


def test_traffic_order_sees_through_pooling_and_addition() -> None:
    workload = network(
        [2, 6, 6], conv("a", 8, padding=1), conv("b", 8, padding=1), add("s", "b", "a"), pool("p"), linear("fc", 4), samples=1
    )
    mapping = mapped(workload, chip(mesh=(12, 1)), order="traffic", copies="none")
    assert len(mapping.used) == len(mapping.placements)


def recurrent(kind: str = "lstm", hidden: int = 10, **keys: Any) -> Workload:
    return network([4, 5, 1], {"type": kind, "name": "cell", "hidden_size": hidden} | keys, samples=1)


def test_a_column_block_of_a_recurrent_layer_has_all_gates_of_its_numbers() -> None:
    """40 columns of an LSTM on arrays of 14: three numbers with their four gates fit, not three and a half."""
    blocks = mapped(recurrent(), chip(array={"rows": 8, "columns": 14}, mesh=(8, 2))).placements
    assert [b.columns for b in blocks if b.row_block == 0] == [(0, 12), (12, 24), (24, 32), (32, 40)]
    assert [b.rows for b in blocks if b.column_block == 0] == [(0, 7), (7, 14)]
    assert {b.copy for b in blocks} == {0}


def test_a_recurrent_layer_has_one_copy() -> None:
    mapping = mapped(recurrent(), chip(), copies="auto")
    assert mapping.copies("cell") == 1
    with pytest.raises(InputError, match=r"layer 'cell' is recurrent: a step waits for the one before it, so 2 copies have nothing"):
        mapped(recurrent(), chip(), copies={"cell": 2})
    with pytest.raises(InputError, match=r"mapping.tiles.cell"):
        mapped(recurrent(), chip(), tiles={"cell": [0, 1, 2, 3, 4, 5]})


def test_an_array_must_hold_the_gates_of_one_number() -> None:
    with pytest.raises(InputError, match="layer 'cell' needs 4 columns side by side, an array has 3"):
        mapped(recurrent(), chip(array={"columns": 3}))


@pytest.mark.parametrize(("kind", "rows"), [("lstm", 15), ("gru", 16)])
def test_biases_of_a_recurrent_layer_on_the_array_are_a_row_for_each_product(kind: str, rows: int) -> None:
    assert {b.rows for b in mapped(recurrent(kind), chip(mesh=(4, 4)), bias="array").placements} == {(0, rows)}


def test_placement_by_traffic_sees_the_way_back() -> None:
    """The state of 10 numbers goes back to the arrays in each step; by itself it makes the blocks of a layer neighbours."""
    machine = chip(array={"rows": 8, "columns": 14}, mesh=(8, 2))
    ordered, searched = (mapped(recurrent(), machine, order=order) for order in ("snake", "traffic"))
    assert bit_hops(recurrent(), machine, searched) <= bit_hops(recurrent(), machine, ordered)


# --- several arrays a tile, weight planes -----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    arrays=st.integers(1, 7),
    planes=st.integers(1, 3),
    tiles=st.integers(1, 5),
    pack=st.booleans(),
    order=st.sampled_from(["snake", "traffic"]),
    named=st.integers(0, 3),
)
def test_every_plane_of_every_array_holds_one_block_or_blocks_that_do_not_overlap(arrays, planes, tiles, pack, order, named) -> None:
    workload = network([3, 6, 6], conv("a", 40), conv("b", 7), linear("fc", 5))
    machine = chip(tile={"arrays": arrays}, array={"planes": planes}, mesh=(tiles, 1))
    by_hand = {"a": (0,) * 2} if named > 1 and arrays * planes > 1 else {}
    try:
        mapping = mapped(workload, machine, pack=pack, order=order, tiles=by_hand, copies="none")
    except InputError as error:
        assert "the workload needs" in str(error)  # noqa: PT017  # too small a chip is told
        return
    taken: set[tuple[int, ...]] = set()
    for p in mapping.placements:
        assert p.tile < tiles
        assert p.array < arrays
        assert p.plane < planes
        for i in range(p.row_offset, p.row_offset + p.shape[0]):
            place = {(p.tile, p.array, p.plane, i, j) for j in range(p.column_offset, p.column_offset + p.shape[1])}
            assert not place & taken
            taken |= place
    if not by_hand and len(mapping.used_arrays) < tiles * arrays:
        assert mapping.planes_used == 1


def test_blocks_of_a_layer_lie_on_arrays_of_one_tile() -> None:
    workload = network([16, 1, 1], linear("a", 96), linear("b", 96), linear("c", 5))
    mapping = mapped(workload, chip(tile={"arrays": 3}, mesh=(5, 1)))
    assert [(p.tile, p.array) for p in mapping.of("a")] == [(0, 0), (0, 1), (0, 2)]
    assert {p.tile for p in mapping.of("b")} == {1, 2, 3}  # three row blocks, three column blocks
    assert mapping.tiles == 5


def test_blocks_can_be_spread_over_all_tiles() -> None:
    workload = network([16, 1, 1], linear("a", 160), linear("b", 8))  # five blocks and five
    mapping = mapped(workload, chip(tile={"arrays": 8}, mesh=(5, 1)), fill="spread", copies="none")
    assert mapping.sharing == dict.fromkeys(range(5), 2)
    assert {p.array for p in mapping.placements} == {0, 1}
    few = mapped(workload, chip(tile={"arrays": 8}, mesh=(5, 1)), copies="none")
    assert few.sharing == {0: 8, 1: 2}


def test_a_chip_that_is_too_small_says_how_many_arrays_it_has() -> None:
    workload = network([16, 1, 1], linear("a", 320))
    with pytest.raises(InputError, match=r"needs 10 arrays of 32 x 32, but 'tiny' has 6 \(2 tiles of 3\).*a network of at least 4 tiles"):
        mapped(workload, chip(tile={"arrays": 3}, mesh=(2, 1)))
    with pytest.raises(InputError, match=r"needs 5 arrays of 32 x 32 with 2 weight planes each, but 'tiny' has 3 \(1 tile of 3\)"):
        mapped(workload, chip(tile={"arrays": 3}, array={"planes": 2}, mesh=(1, 1)))


def test_a_tile_is_named_as_often_as_it_has_room() -> None:
    workload = network([16, 1, 1], linear("a", 96), linear("b", 5, bias=False))
    machine = chip(tile={"arrays": 2}, array={"planes": 2}, mesh=(3, 1))
    mapping = mapped(workload, machine, tiles={"a": (1, 1, 1)})
    assert [(p.tile, p.array, p.plane) for p in mapping.of("a")] == [(1, 0, 0), (1, 1, 0), (1, 0, 1)]
    with pytest.raises(InputError, match=r"tile 1 is named 5 times, but has room for 4 blocks: 2 arrays with 2 weight planes"):
        mapped(network([16, 1, 1], linear("a", 160)), machine, tiles={"a": (1,) * 5})


def test_copies_are_balanced_over_arrays_not_over_planes() -> None:
    workload = network([2, 8, 8], conv("a", 4, 1), linear("fc", 4))
    plenty = mapped(workload, chip(tile={"arrays": 4}, array={"planes": 3}, mesh=(3, 1)))
    assert plenty.copies("a") == 4  # 12 arrays, eight of them for the second layer
    assert plenty.planes_used == 1
