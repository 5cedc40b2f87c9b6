"""Tiles with several arrays, weight planes, parts of their own, a measured core."""

import pytest
from builders import chip

from chipsim.errors import InputError

PART = {"count": 3, "area": "10 um2", "leakage": "1 uW", "power": "2 mW", "energy": "1 pJ"}


def test_arrays_multiply_cells_and_converters_but_not_the_digital_circuits() -> None:
    one, four = chip(array={"adc": {"area": "5 um2"}}).tile, chip(array={"adc": {"area": "5 um2"}}, tile={"arrays": 4}).tile
    for part in ("array", "adc", "dac"):
        assert four.area_parts[part] == pytest.approx(4 * one.area_parts[part])
    assert four.area_parts["buffers"] == one.area_parts["buffers"]
    assert four.leakage_parts["buffers"] == one.leakage_parts["buffers"]
    assert four.places == 4


def test_planes_multiply_the_cells_alone() -> None:
    tile = chip(array={"planes": 3, "adc": {"area": "5 um2"}}).tile
    assert tile.area_parts["array"] == pytest.approx(3 * 32 * 32 * 1e-12)
    assert tile.area_parts["adc"] == pytest.approx(32 * 5e-12)
    assert tile.places == 3


def test_parts_of_the_tile_are_there_once_and_parts_of_the_array_for_every_array() -> None:
    tile = chip(tile={"arrays": 4, "parts": {"control": PART}}, array={"parts": {"registers": PART}}).tile
    assert tile.area_parts["control"] == pytest.approx(3 * 10e-12)
    assert tile.area_parts["registers"] == pytest.approx(4 * 3 * 10e-12)
    assert tile.leakage_parts["control"] == pytest.approx(3e-6)
    assert tile.leakage_parts["registers"] == pytest.approx(12e-6)


def test_all_arrays_together_keep_a_part_of_the_tile_busy() -> None:
    tile = chip(tile={"arrays": 4, "parts": {"control": PART}}).tile
    rate = 4 / tile.product_interval  # products of all arrays in a second
    assert tile.parts_energy(1)["control"] * rate == pytest.approx(3 * (2e-3 + 1e-12 * rate))


def test_a_measured_core_goes_with_the_phases_of_its_dac() -> None:
    dac = {"type": "pulse_width", "bits": 8}
    measured = {"energy": "10 nJ", "time": "130 ns", "area": "1 mm2"}
    as_given = chip(array={"dac": dac | {"phases": 4}}, tile={"measured": measured}).tile
    assert (as_given.core_energy, as_given.product_time) == (10e-9, 130e-9)
    scaled = chip(array={"dac": dac | {"phases": 4}}, tile={"measured": measured | {"phases": 1}}).tile
    assert scaled.core_energy == pytest.approx(40e-9)
    assert scaled.product_time == scaled.product_interval == pytest.approx(520e-9)


def test_parts_larger_than_the_measured_core_are_refused() -> None:
    measured = {"energy": "10 nJ", "time": "130 ns", "area": "0.0015 mm2"}
    with pytest.raises(InputError, match="more than the measured core"):
        chip(tile={"measured": measured, "parts": {"control": {"area": "0.001 mm2"}}})


@pytest.mark.parametrize("name", ["adc", "vector unit", "leakage", " "])
def test_names_that_the_report_uses_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="name"):
        chip(tile={"parts": {name: PART}})


def test_one_name_for_two_parts_is_refused() -> None:
    with pytest.raises(InputError, match="also a part of the array"):
        chip(tile={"parts": {"control": PART}}, array={"parts": {"control": PART}})
    with pytest.raises(InputError, match="also a part of the tile"):
        chip(tile={"parts": {"control": PART}}, parts={"control": {"area": "1 um2"}})


def test_a_tile_that_learns_has_one_array() -> None:
    learning = {"response": {"type": "constant_step"}, "activations": {"type": "sram", "capacity": "1 Mb"}}
    with pytest.raises(InputError, match="a tile that learns has one array with one weight plane"):
        chip(tile={"arrays": 2, "learning": learning})


def test_converters_are_shared_by_arrays_of_one_tile() -> None:
    adc = {"type": "sar", "bits": 8, "arrays_per_adc": 3}
    with pytest.raises(InputError, match=r"array.adc.arrays_per_adc: 3 is more than the 2 array\(s\) of the tile"):
        chip(tile={"arrays": 2}, array={"adc": adc})
    assert chip(tile={"arrays": 3}, array={"adc": adc}).tile.arrays == 3


def test_a_measured_core_spends_at_least_what_its_parts_do() -> None:
    measured = {"energy": "0.9 pJ", "time": "130 ns", "area": "1 mm2"}
    with pytest.raises(InputError, match=r"measured.energy: a product of 900 fJ .* any cell, 960 fJ \(most of it: adc, 640 fJ\)"):
        chip(tile={"measured": measured})
    assert chip(tile={"measured": measured | {"energy": "0.97 pJ"}}).tile.core_energy == 0.97e-12


def test_a_measured_core_is_not_faster_than_one_read() -> None:
    measured = {"energy": "10 nJ", "time": "99 ns", "area": "1 mm2"}
    with pytest.raises(InputError, match=r"measured.time: a product of 99 ns is shorter than one read .* 100 ns"):
        chip(tile={"measured": measured}, array={"dac": {"type": "voltage", "read_time": "100 ns"}})
    bits = {"type": "bit_serial", "bits": 8, "bit_time": "99 ns"}  # planes may overlap in ways that the description does not know
    assert chip(tile={"measured": measured}, array={"dac": bits}).tile.product_time == 99e-9


@pytest.mark.parametrize(("array", "message"), [
    ({"dac": {"type": "bit_serial", "sign": "none"}}, "inputs and errors have both signs"),
    ({"cell": {"device": "ideal", "capacitance": "1 fF"}}, "cells that learn are paid for by their conductance"),
])  # fmt: skip
def test_what_does_not_learn(array: dict[str, object], message: str) -> None:
    learning = {"response": {"type": "constant_step"}, "activations": {"type": "sram", "capacity": "1 Mb"}}
    with pytest.raises(InputError, match=message):
        chip(tile={"learning": learning}, array=array)
