"""What pulses and reads take while an array is programmed: by itself, and in a measured core."""

import pytest
from builders import chip

from chipsim.circuits.array import Array
from chipsim.programming.prices import Prices
from chipsim.programming.programmer import Step
from chipsim.reading import from_plain

ARRAY = {
    "rows": 8,
    "columns": 16,
    "cell": {"device": {"type": "ideal", "pulse": {"energy": "3 pJ"}}},
    "dac": {"type": "ideal", "read_time": "100 ns", "energy": "10 fJ"},
    "adc": {"type": "ideal", "energy": "20 fJ"},
}
MEASURED = {"energy": "12 nJ", "time": "130 ns", "area": "0.6 mm2"}
STEP = Step(1e-6, pulses=7, reads=2, driven=5, converted=11, cells=1e-15)


def array(**changes):
    return from_plain(Array, ARRAY | changes)


def test_a_pulse_costs_what_the_device_says():
    assert Prices.of_array(array()).pulses(STEP) == pytest.approx(7 * 3e-12)


def test_reads_cost_their_drivers_their_converters_and_their_cells():
    assert Prices.of_array(array()).reads(STEP) == pytest.approx(5 * 10e-15 + 11 * 20e-15 + 1e-15)
    assert Prices.of_array(array(balance=True)).reads(STEP) == pytest.approx(2 * (5 * 10e-15 + 11 * 20e-15) + 1e-15)


def test_a_measured_core_is_charged_in_full_for_every_read():
    prices = Prices.of_tile(chip(tile={"measured": MEASURED}).tile)
    assert prices.reads(STEP) == prices.reads(Step(0.0, reads=2)) == pytest.approx(2 * 12e-9)


def test_a_tile_that_is_not_measured_costs_what_its_array_does():
    tile = chip().tile
    assert Prices.of_tile(tile) == Prices.of_array(tile.array)
