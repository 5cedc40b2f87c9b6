"""A product of a full array: closed forms of its operations, energy and area."""

import pytest
from builders import chip

from chipsim.architecture import Measured
from chipsim.errors import InputError
from chipsim.sheet.product import array_area, array_parts, cell_energy, devices, operations, product_parts, serving_parts


def test_operations_and_devices_of_a_pair():
    array = chip().tile.array
    assert operations(array) == 2 * 32 * 32
    assert devices(array) == 32 * 32 * 2


def test_a_reference_column_holds_devices_but_no_weights():
    array = chip(array={"cell": {"type": "offset", "device": {"type": "ideal"}}}).tile.array
    assert operations(array) == 2 * 32 * 31
    assert devices(array) == 32 * 31 + 32


def test_cells_take_power_in_proportion_to_their_activity():
    array = chip().tile.array
    each = array.dac.read_voltage**2 * 100e-9 * array.cell.device.g_max
    assert cell_energy(array, 0.25) == pytest.approx(0.25 * 2048 * each)
    assert cell_energy(array, 0) == 0


def test_rows_of_bits_count_as_many_pulses_as_an_input_has_bits():
    bits = chip(array={"dac": {"type": "bit_serial", "bits": 5, "bit_time": "100 ns"}}).tile.array
    assert cell_energy(bits, 1) == pytest.approx(4 * cell_energy(chip().tile.array, 1))


@pytest.mark.parametrize("activity", [-0.01, 1.01])
def test_an_activity_that_is_no_share(activity):
    with pytest.raises(InputError, match=r"activity: .* expected a share from 0 to 1"):
        cell_energy(chip().tile.array, activity)


def test_parts_of_a_product_by_hand():
    tile = chip(array={"parts": {"registers": {"count": 3, "energy": "2 pJ", "power": "1 mW", "area": "5 um2"}}}).tile
    parts = product_parts(tile, 1e-12)
    expected = {"array": 1e-12, "dac": 32 * 10e-15, "adc": 32 * 20e-15, "registers": 3 * (2e-12 + 1e-3 * 100e-9)}
    assert parts == pytest.approx(expected)
    assert array_area(tile) == pytest.approx({"array": 1024e-12, "dac": 0, "adc": 0, "registers": 15e-12})


def test_parts_of_the_tile_serve_an_array_but_are_none_of_it():
    tile = chip(tile={"arrays": 4, "parts": {"control": {"power": "4 mW"}}}).tile
    assert product_parts(tile, 0.0)["control"] == pytest.approx(1e-3 * 100e-9)  # a fourth of it
    assert "control" not in array_parts(tile, 0.0)
    assert serving_parts(tile) == pytest.approx({"neuron": 32 * 6e-15, "control": 1e-3 * 100e-9})


def test_a_measured_core_has_its_measured_energy_and_area():
    tile = chip().tile.having(measured=Measured(energy=1e-9, time=150e-9, area=1e-7))
    assert sum(array_parts(tile, 1e-12).values()) == pytest.approx(1e-9)
    assert array_area(tile) == {"measured core": 1e-7}
    assert serving_parts(tile) == pytest.approx({"neuron": 32 * 6e-15})


@pytest.mark.parametrize("cell", [{"type": "offset"}, {"type": "sliced", "bits": 6, "bits_per_slice": 2}])
def test_columns_without_weights_are_not_converted(cell):
    paid = {"type": "ideal", "energy": "20 fJ"}
    array = {"cell": cell | {"device": "ideal"}, "adc": paid, "columns": 32}
    columns = 31 if cell["type"] == "offset" else 30  # one for reference; 10 weights of 3 columns and 2 left over
    assert product_parts(chip(array=array).tile, 0.0)["adc"] == pytest.approx(columns * 20e-15)


def test_cells_with_a_capacitance_are_charged_whatever_they_hold():
    dac = {"type": "bit_serial", "bits": 4, "sign": "none", "read_voltage": "1 V"}
    cell = {"type": "sliced", "bits": 6, "bits_per_slice": 2, "device": "ideal", "capacitance": "2 fF"}
    array = chip(array={"cell": cell, "dac": dac}).tile.array
    assert cell_energy(array, 0.5) == pytest.approx(32 * 30 * 2e-15 * 0.5 * 4)
    assert cell_energy(array.having(balance=True, dac=array.dac.having(sign="polarity")), 1) == pytest.approx(32 * 30 * 2e-15 * 3 * 2)
