"""The table of placements."""

import pytest
from builders import chip, conv, linear, mapped, network

from chipsim.errors import InputError
from chipsim.mapping.mapping import Mapping, MappingOptions, Placement
from chipsim.reading import from_plain


def test_a_placement_knows_its_shape_and_a_name_without_its_tile() -> None:
    block = Placement("fc", 1, 2, 0, (10, 14), (0, 3), tile=5)
    assert block.shape == (4, 3)
    assert block.name == "fc.copy1.block2-0"


def test_a_mapping_counts_copies_tiles_and_sharing() -> None:
    rows = tuple(Placement(name, copy, 0, 0, (0, 1), (0, 1), tile) for name, copy, tile in [("a", 0, 3), ("a", 1, 1), ("b", 0, 3)])
    mapping = Mapping(MappingOptions(), rows, 9)
    assert (mapping.copies("a"), mapping.copies("b")) == (2, 1)
    assert [p.tile for p in mapping.of("a")] == [3, 1]
    assert mapping.used == [1, 3]
    assert mapping.sharing == {3: 2, 1: 1}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"copies": {"a": 0}}, "has a number below 1"),
        ({"copies": "many"}, "copies"),
        ({"split": "half"}, "split"),
        ({"tiles": {"a": 3}}, "tiles"),
        ({"tile": {"a": [3]}}, "did you mean 'tiles'"),
    ],
)
def test_options_that_make_no_sense_are_refused(keys: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_plain(MappingOptions, keys)


def test_the_table_is_in_the_order_layer_copy_row_block_column_block() -> None:
    workload = network([2, 6, 6], conv("z", 3), linear("a", 40))
    mapping = mapped(workload, chip(array={"rows": 12, "columns": 16}, mesh=(8, 8)), copies={"z": 3})
    order = {"z": 0, "a": 1}
    keys = [(order[p.layer], p.copy, p.row_block, p.column_block) for p in mapping.placements]
    assert keys == sorted(keys)
    assert len(keys) == 3 * 2 + 4 * 3
