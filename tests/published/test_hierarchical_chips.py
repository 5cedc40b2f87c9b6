"""The HERMES core and chip, ISAAC, PUMA and the block of Marinella 2018 against what was printed of them, and how they are described."""

from pathlib import Path

import pytest

from chipsim.architecture import Architecture
from chipsim.reading import load
from chipsim.validation.outcome import MISSED, WITHIN, validate

HOUSE = Path(__file__).parents[2]
CHIPS = ["hermes-core", "hermes-64", "isaac", "puma", "marinella-2018"]
OUTSIDE = {
    ("isaac", "efficiency, all circuits at full rate"), ("puma", "efficiency"), ("puma", "density"),
    ("hermes-64", "ResNet-9 on CIFAR-10, two devices a side"), ("hermes-64", "lost with one device a side"),
}  # fmt: skip


def chip(name: str, *changes: str) -> Architecture:
    return load(HOUSE / "architectures" / f"{name}.yaml", Architecture, changes)


@pytest.mark.parametrize("name", CHIPS)
def test_every_figure_is_within_its_tolerance_or_a_known_miss(name: str) -> None:
    rows = validate([HOUSE / "architectures/figures" / f"{name}.yaml"]).rows
    assert rows
    for row in rows:
        assert row["verdict"] == (MISSED if (name, row["what"]) in OUTSIDE else WITHIN), row


def test_the_64_cores_are_the_one_core_without_a_change_of_any_number() -> None:
    core, many = chip("hermes-core"), chip("hermes-64")
    assert many.tile == core.tile
    assert (many.activation_bits, many.partial_sum_bits) == (core.activation_bits, core.partial_sum_bits)


def test_the_time_of_the_core_is_not_among_its_measured_figures() -> None:
    core = chip("hermes-core").tile
    assert core.measured is not None
    assert core.measured.time is None
    assert core.product_time == pytest.approx(130e-9)


def test_in_four_phases_a_product_takes_four_times_as_long_and_as_much() -> None:
    one, four = chip("hermes-64").tile, chip("hermes-64", "tile.array.dac.phases=4").tile
    assert four.product_time == pytest.approx(4 * one.product_time)
    assert four.core_energy == pytest.approx(4 * one.core_energy)


@pytest.mark.parametrize(("name", "arrays"), [("isaac", 168 * 12 * 8), ("puma", 138 * 8 * 2 * 8)])
def test_all_arrays_are_there(name: str, arrays: int) -> None:
    machine = chip(name)
    tiles = sum(bool(tile) for _, tile in machine.network.graph().nodes(data="tile"))
    assert tiles * machine.tile.arrays == arrays
    assert machine.tile.array.outputs == 16  # eight slices of 2 bits


def test_isaac_converts_a_row_of_bits_in_each_of_16_steps() -> None:
    array = chip("isaac").tile.array
    assert array.product_interval == pytest.approx(1.6e-6)
    assert array.product_time == pytest.approx(1.7e-6)
    assert array.adc.conversion_time(128) == pytest.approx(100e-9)
