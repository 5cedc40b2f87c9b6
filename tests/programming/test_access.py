"""How long a read of the devices of an array takes: by itself, and through a measured core."""

import pytest
from builders import chip

from chipsim.circuits.array import Array
from chipsim.programming.access import Access
from chipsim.reading import from_plain

ARRAY = {
    "rows": 8,
    "columns": 16,
    "cell": {"device": "ideal"},
    "dac": {"type": "ideal", "read_time": "100 ns", "energy": "10 fJ"},
    "adc": {"type": "ideal", "energy": "20 fJ"},
}
MEASURED = {"energy": "12 nJ", "time": "130 ns", "area": "0.6 mm2"}


def array(**changes):
    return from_plain(Array, ARRAY | changes)


def test_a_read_takes_as_long_as_a_product():
    assert Access.of_array(array()).read_time == array().product_time == pytest.approx(100e-9)


def test_a_read_of_a_measured_core_takes_as_long_as_it_was_measured():
    assert Access.of_tile(chip(tile={"measured": MEASURED}).tile).read_time == 130e-9


def test_a_weight_in_parts_takes_a_column_for_each():
    assert Access.of_array(array()).parts == 1
    assert Access.of_array(array(cell={"type": "sliced", "bits": 8, "bits_per_slice": 2, "device": "ideal"})).parts == 4


def test_a_tile_that_is_not_measured_reads_as_its_array_does():
    tile = chip().tile
    assert Access.of_tile(tile) == Access.of_array(tile.array)
