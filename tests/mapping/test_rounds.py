"""Rounds of layers that fit one after the other: all layers once and in order, borders that are possible, as few rounds as can be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from builders import chip, conv, linear, network, residual

from chipsim.errors import InputError
from chipsim.mapping.blocks import blocks_of
from chipsim.mapping.mapping import MappingOptions
from chipsim.mapping.rounds import Cuts, divided, in_rounds, rounds_of, tiles_of

NONE = MappingOptions(copies="none")


def chain(*widths: int):
    """Linear layers one after the other; an array has 32 rows and columns."""
    return network([widths[0], 1, 1], *(linear(f"l{k}", width) for k, width in enumerate(widths[1:])))


def test_a_network_that_fits_is_one_round_from_the_input_to_the_output() -> None:
    (only,) = rounds_of(residual(), chip(), NONE)
    assert only.steps == residual().steps
    assert only.inputs == ("input",)
    assert only.outputs == ("fc",)


@pytest.mark.parametrize(("tiles", "expected"), [(4, 1), (3, 2), (2, 2), (1, 4)])
def test_a_chain_has_as_few_rounds_as_its_blocks_allow(tiles: int, expected: int) -> None:
    workload = chain(8, 8, 8, 8, 8)
    rounds = rounds_of(workload, chip(), NONE, tiles)
    assert len(rounds) == expected
    assert [name for one in rounds for name in one.steps] == list(workload.steps)
    for before, after in pairwise(rounds):
        assert before.outputs == after.inputs


def test_of_equally_many_rounds_the_one_with_the_fewest_numbers_waiting_is_taken() -> None:
    rounds = rounds_of(chain(8, 30, 5, 30, 8), chip(), NONE, 3)  # cuts behind l0, l1 or l2 would all give two rounds
    assert [one.outputs for one in rounds] == [("l1",), ("l3",)]


def test_what_a_residual_needs_later_crosses_the_cut_beside_the_branch() -> None:
    rounds = rounds_of(residual(), chip(array={"rows": 128}), NONE, 2)  # four blocks
    assert rounds[0].outputs == ("stem", "branch1")
    assert set(rounds[1].inputs) == {"stem", "branch1"}
    assert rounds[1].outputs == ("fc",)


def test_a_cut_between_images_of_different_sizes_is_not_possible() -> None:
    workload = network(
        [2, 8, 8],
        conv("a", 4, padding=1),
        conv("b", 4, kernel=2, stride=2, inputs=["a"]),
        conv("c", 4, kernel=3, padding=1, inputs=["b"]),
        {"type": "max_pool", "name": "small", "kernel": 2, "inputs": ["a"]},
        {"type": "add", "name": "sum", "inputs": ["c", "small"]},
    )
    cuts = Cuts(workload)
    assert cuts.steps[:2] == ("a", "b")
    assert not cuts.possible(cuts.round(0, 2))  # a (8 x 8) and b (4 x 4) are both read later
    assert cuts.possible(cuts.round(0, 1))
    assert len(rounds_of(workload, chip(array={"rows": 64}), NONE, 2)) == 2
    assert not cuts.possible(cuts.round(4, 5))  # nothing with weights


def test_a_layer_that_is_too_large_is_cut_by_its_outputs() -> None:
    workload = chain(60, 100, 3)  # l0: two row blocks, four columns of blocks
    with pytest.raises(InputError, match=r"layer 'l0' has 8 blocks, more than fit on 5 tiles"):
        rounds_of(workload, chip(), NONE, 5)
    parts = divided(workload, chip(), NONE, 5)
    assert list(parts.weights) == ["l0.part0", "l0.part1", "l1"]
    assert parts.layers["l0.part0"].out_features == 50  # type: ignore[attr-defined]  # two of its blocks
    rounds = rounds_of(parts, chip(), NONE, 5)
    assert [name for one in rounds for name in one.steps] == ["l0.part0", "l0.part1", "l0", "l1"]
    assert divided(workload, chip(), NONE) is workload


def test_inputs_that_need_more_arrays_than_there_are_are_refused() -> None:
    workload = chain(100, 8)  # four row blocks
    assert divided(workload, chip(), NONE, 3) is workload
    with pytest.raises(InputError, match=r"layer 'l0' has 4 blocks, more than fit on 3 tiles, and cannot be cut into rounds by its out"):
        rounds_of(workload, chip(), NONE, 3)


def test_so_many_rounds_can_be_asked_for() -> None:
    workload = chain(8, 8, 8, 8, 8)
    for count in (1, 2, 3, 4):
        assert len(in_rounds(workload, chip(), NONE, count)[1]) == count
    with pytest.raises(InputError, match="--rounds: 5 rounds; at most 4 are possible, as only layers too large"):
        in_rounds(workload, chip(), NONE, 5)
    with pytest.raises(InputError, match="--rounds: 1 rounds; the chip is too small for fewer than 4"):
        in_rounds(workload, chip(mesh=(1, 1)), NONE, 1)


def test_layers_that_fit_stay_whole_and_rounds_are_nearly_equal() -> None:
    workload = chain(60, 100, 20, 8)  # 8, 4 and 1 blocks on 13 tiles
    parts, rounds = in_rounds(workload, chip(mesh=(13, 1)), NONE, 2)
    assert parts is workload
    assert [one.steps for one in rounds] == [("l0",), ("l1", "l2")]
    parts, rounds = in_rounds(workload, chip(mesh=(6, 1)), NONE, 4)  # l0 is too large, l1 is not
    assert list(parts.weights) == ["l0.part0", "l0.part1", "l1", "l2"]
    assert len(rounds) == 4


@pytest.mark.parametrize("split", ["balanced", "full"])
def test_the_blocks_of_parts_are_those_of_the_whole(split: str) -> None:
    workload, options = chain(60, 165, 3), MappingOptions(copies="none", split=split)  # six columns of blocks, 27 or 28 wide
    parts = divided(workload, chip(mesh=(9, 1)), options)
    whole = blocks_of("l0", workload.layers["l0"], workload, chip(), options)
    found, before = [], 0
    for name in ("l0.part0", "l0.part1"):
        own = blocks_of(name, parts.layers[name], parts, chip(), options)
        found += [(b.row_block, b.column_block + parts.parts[name][1], b.columns[0] + before, b.columns[1] + before) for b in own]
        before = max(high for *_, high in found)
    assert sorted(found) == [(b.row_block, b.column_block, *b.columns) for b in whole]


def test_copies_packing_planes_and_arrays_count() -> None:
    workload = chain(8, 8, 8, 8, 8)
    assert len(rounds_of(workload, chip(mesh=(4, 1)), MappingOptions(copies={"l0": 2}))) == 2
    assert len(rounds_of(workload, chip(mesh=(1, 1)), MappingOptions(pack=True))) == 1  # four squares of 8 share an array
    assert len(rounds_of(workload, chip(mesh=(1, 1), tile={"arrays": 2}), NONE)) == 2
    assert len(rounds_of(workload, chip(mesh=(1, 1), array={"planes": 4}), NONE)) == 1


def test_more_tiles_than_there_are_cannot_be_used() -> None:
    with pytest.raises(InputError, match="--tiles: at most 13 tiles are to be used, but the chip has 12"):
        rounds_of(chain(8, 8), chip(), NONE, 13)
    assert tiles_of(chip()) == 12
