"""Uses and their prices: by hand, and what a measured core leaves unaccounted."""

import math

import pytest
from builders import chip
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import CheckError
from chipsim.uses import Action, Products, checked, circuit_at

CORE = {
    "nodes": {"named": [3]},
    "vector_unit": {"type": "simd", "energy_add": "2 fJ"},
    "buffer": {"type": "sram", "capacity": "1 Mb", "width": 64, "read_energy": "1 fJ/b"},
}
CHIP = chip(cores={"wide one": CORE})


@pytest.mark.parametrize(
    ("action", "energy"),
    [
        (Action("accumulator", "tile.accumulator", "add", 7), 7 * 5e-15),
        (Action("output buffer", "tile.output_buffer", "write", 300), 512 * 4e-15),  # whole words of 256 bits
        (Action("wide one vector unit", "cores.wide one.vector_unit", "add", 3), 6e-15),
        (Action("wide one buffer", "cores.wide one.buffer", "read", 1), 64e-15),
        (Action("host", "host", "move", 12), 12e-12),
        (Action("neuron", "tile.neuron", "apply", 0), 0.0),
    ],
)
def test_an_action_costs_what_the_circuit_at_its_place_says(action: Action, energy: float) -> None:
    assert action.energy(CHIP) == pytest.approx(energy)


def test_a_circuit_is_found_by_its_place() -> None:
    assert circuit_at(CHIP, "tile.array.adc") is CHIP.tile.array.adc
    assert circuit_at(CHIP, "cores.wide one.buffer") is CHIP.cores["wide one"].buffer


def test_products_pay_drivers_converters_and_parts() -> None:
    parts = {"registers": {"energy": "7 fJ", "power": "1 uW"}}
    tile = chip(tile={"parts": {"control": {"power": "2 uW"}}}, array={"parts": parts}).tile
    spent = Products(8, 4, 3, 5e-15).energies(tile)
    own, shared = 3 * (7e-15 + 1e-6 * 100e-9), 3 * 2e-6 * 100e-9
    assert spent == pytest.approx({"array": 5e-15, "dac": 3 * 8 * 10e-15, "adc": 3 * 4 * 20e-15, "registers": own, "control": shared})


@given(reads=st.integers(0, 50), share=st.floats(0, 1.5))
def test_a_measured_core_is_charged_in_full_and_never_less_than_its_known_parts(reads: int, share: float) -> None:
    tile = chip(tile={"measured": {"energy": "12 pJ", "time": "130 ns", "area": "0.6 mm2"}}).tile
    known = reads * (8 * 10e-15 + 4 * 20e-15)
    cells = share * reads * 12e-12
    spent = Products(8, 4, reads, cells).energies(tile)
    assert sum(spent.values()) == pytest.approx(max(reads * 12e-12, known + cells))
    assert min(spent.values()) >= 0


def test_a_product_with_several_reads_is_one_product_of_a_measured_core() -> None:
    tile = chip(tile={"measured": {"energy": "12 pJ", "time": "230 ns", "area": "0.6 mm2"}}, array={"balance": True}).tile
    assert sum(Products(8, 4, 6, 0.0).energies(tile).values()) == pytest.approx(3 * 12e-12)


@pytest.mark.parametrize("energy", [-1e-12, math.inf, math.nan])
def test_an_energy_is_neither_negative_nor_without_end(energy: float) -> None:
    assert checked("adc", "fc1", 3, 1e-12) == 1e-12
    with pytest.raises(CheckError, match=f"adc of layer 'fc1' at node 3 charged {energy} J"):
        checked("adc", "fc1", 3, energy)
