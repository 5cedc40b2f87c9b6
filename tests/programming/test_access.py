"""What reaching the devices of an array takes: by itself, and through a measured core."""

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


def test_a_read_costs_its_drivers_and_its_converters():
    access = Access.of_array(array())
    assert access.energy(1, 16) == pytest.approx(10e-15 + 16 * 20e-15)
    assert access.energy(8, 4) == pytest.approx(8 * 10e-15 + 4 * 20e-15)


def test_a_weight_in_parts_is_converted_part_by_part():
    access = Access.of_array(array(cell={"type": "sliced", "bits": 8, "bits_per_slice": 2, "device": "ideal"}))
    assert access.energy(1, 4) == pytest.approx(10e-15 + 4 * 4 * 20e-15)
    assert access.energy(1, 4, parts=1) == pytest.approx(10e-15 + 4 * 20e-15)


def test_a_measured_core_is_charged_in_full_for_every_read():
    access = Access.of_tile(chip(tile={"measured": MEASURED}).tile)
    assert access.read_time == 130e-9
    assert access.energy(1, 1) == access.energy(32, 32) == pytest.approx(12e-9)


def test_a_tile_that_is_not_measured_reads_as_its_array_does():
    tile = chip().tile
    assert Access.of_tile(tile) == Access.of_array(tile.array)
