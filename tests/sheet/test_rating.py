"""Power at full rate: counts times the power of one, by hand; the static power on top."""

import pytest
from builders import CHIP, chip

from chipsim.architecture import Measured
from chipsim.noc.network import Network
from chipsim.reading import from_plain
from chipsim.sheet.datasheet import datasheet
from chipsim.sheet.rating import STATIC, chip_rating, network_rating, tile_rating

CONVERTERS = {
    "dac": {"type": "bit_serial", "bits": 5, "bit_time": "10 ns", "energy": "10 fJ"},
    "adc": {"type": "sar", "rate": "1 GHz", "energy": "2 pJ", "columns_per_adc": 8},
}


def power(rows):
    return {row["part"]: row["power"] for row in rows}


def test_every_part_of_a_tile_by_hand():
    tile = chip(array=CONVERTERS, tile={"arrays": 3}).tile
    rows = {row["part"]: row for row in tile_rating(tile, cells=1e-12)}
    assert rows["adc"] | {"unit": None, "power": None} == {"part": "adc", "count": 12, "unit": None, "power": None}
    assert rows["adc"]["unit"] == pytest.approx(2e-3)  # 2 pJ at 1 GHz
    assert rows["adc"]["power"] == pytest.approx(24e-3)
    assert rows["dac"]["count"] == 96
    assert rows["dac"]["unit"] == pytest.approx(10e-15 / 10e-9)
    assert rows["array"]["power"] == pytest.approx(3 * 1e-12 / tile.product_interval)
    assert rows["neuron"]["power"] == pytest.approx(32 * 6e-15 * 1e9)
    assert rows["accumulator"]["power"] == pytest.approx(32 * 5e-15 * 1e9)


def test_a_part_works_while_the_array_does():
    part = {"registers": {"count": 2, "power": "3 mW", "energy": "1 pJ"}}
    tile = chip(array={"parts": part}, tile={"parts": {"control": {"count": 5, "power": "1 mW"}}}).tile
    found = power(tile_rating(tile, 0.0))
    assert found["registers"] == pytest.approx(2 * (3e-3 + 1e-12 / 100e-9))
    assert found["control"] == pytest.approx(5e-3)


def test_a_measured_core_takes_its_energy_over_its_time():
    tile = chip().tile.having(measured=Measured(energy=1e-9, time=50e-9, area=1e-7))
    found = power(tile_rating(tile, 1e-12))
    assert sum(found[part] for part in ("array", "dac", "adc", "unaccounted")) == pytest.approx(1e-9 / 50e-9)


def test_a_network_full_of_flits():
    network = chip(mesh=(2, 1), network={"router_energy": "0.5 pJ/b", "pitch": "2 mm"}).network
    rows = {row["part"]: row for row in network_rating(network, tile_pitch=1.0)}
    rate = 64 * 1e9  # bits a second on a way
    assert rows["network routers"]["count"] == 2
    assert rows["network routers"]["power"] == pytest.approx(2 * 2 * rate * 0.5e-12)  # a neighbour and a tile each
    assert rows["network links"]["power"] == pytest.approx(2 * rate * 0.1e-12 * 2)  # 2 mm of 0.1 pJ/b/mm, both directions


def test_a_link_between_chips_has_a_rate_and_an_energy_of_its_own():
    link = {"bandwidth": "16 Gb/s", "lanes": 4, "energy": "2 pJ/b"}
    pair = {"type": "package", "columns": 2, "chip": {"type": "mesh", "columns": 1, "rows": 1}, "link": link}
    network = from_plain(Network, {**CHIP["network"], "topology": pair})
    rows = {row["part"]: row for row in network_rating(network, tile_pitch=1.0)}
    assert rows["chip-to-chip links"]["power"] == pytest.approx(2 * 64e9 * 2e-12)
    assert rows["chip-to-chip links"]["count"] == 2
    assert rows["network links"] == {"part": "network links", "count": 0, "unit": 0.0, "power": 0.0}


def test_links_on_a_chip_and_between_chips_are_counted_apart():
    four = {"type": "package", "columns": 3, "chip": {"type": "mesh", "columns": 2, "rows": 2}}
    network = from_plain(Network, {**CHIP["network"], "topology": four | {"link": {"bandwidth": "1 Gb/s", "energy": "1 pJ/b"}}})
    counts = {row["part"]: row["count"] for row in network_rating(network, tile_pitch=1.0)}
    assert counts == {"network routers": 12, "network links": 3 * 8, "chip-to-chip links": 2 * 2}


def test_a_bus_is_one_wire():
    network = from_plain(Network, {**CHIP["network"], "topology": {"type": "bus", "nodes": 8}})
    (row,) = (row for row in network_rating(network, tile_pitch=1.0) if row["part"] == "network links")
    assert row["count"] == 1
    assert row["power"] == pytest.approx(64e9 * 7 * 0.1e-12)  # 7 mm of 0.1 pJ/b/mm


def test_wires_of_pulse_durations_all_carry_a_pulse_in_every_step():
    control = {"type": "durations", "step": "100 ns", "wires": 16, "switch_energy": "3 pJ"}
    network = from_plain(Network, {**CHIP["network"], "topology": {"type": "mesh", "columns": 2, "rows": 1}, "flow_control": control})
    (row,) = (row for row in network_rating(network, tile_pitch=1.0) if row["part"] == "network links")
    assert row["unit"] == pytest.approx((16 * 0.1e-12 + 3e-12) / 100e-9)
    assert row["count"] == 2


def test_digital_cores():
    core = {"nodes": {"named": [0, 5]}}
    core["buffer"] = {"type": "sram", "capacity": "1 Mb", "width": 64, "read_energy": "1 fJ/b", "cycle_time": "1 ns"}
    core["vector_unit"] = {"type": "simd", "lanes": 8, "clock": "1 GHz", "energy_max": "2 pJ"}
    rows = power(chip_rating(chip(cores={"core": core}), 0.0, tiles=12, leakage=0.0))
    assert rows["core vector unit"] == pytest.approx(2 * 8 * 2e-12 * 1e9)
    assert rows["core buffer"] == pytest.approx(2 * 64e-15 / 1e-9)
    assert datasheet(chip(cores={"core": core})).figures["cores"] == 2


def test_a_chip_is_its_tiles_network_host_parts_and_leakage():
    architecture = chip(parts={"clock tree": {"power": "20 mW", "leakage": "1 mW"}})
    rows = power(chip_rating(architecture, 0.0, tiles=12, leakage=0.5))
    assert rows["host interface"] == pytest.approx(2 * 64e9 * 1e-12)
    assert rows["clock tree"] == pytest.approx(21e-3)
    assert rows[STATIC] == 0.5
    one = power(tile_rating(architecture.tile, 0.0))
    assert rows["input buffer"] == pytest.approx(12 * one["input buffer"])
