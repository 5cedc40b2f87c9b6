"""The terms of a chip: each can be put, taken away, and stand alone; what a chip does not have is told."""

from __future__ import annotations

import math

import pytest
from builders import chip

from chipsim.circuits.effects import EFFECTS
from chipsim.studies.sensitivity_terms import TERMS, Setting, alone, buildable, switches_of, weight_error

NAMED = {term.name: term for term in TERMS}
FULL = {
    "cell": {"device": {"type": "pcm"}, "area": "1 um2"},
    "dac": {"type": "pulse_width", "bits": 8, "step": "1 ns"},
    "adc": {"type": "sar", "bits": 8, "bound": 10, "gain_spread": 0.02, "offset_spread": 0.1},
    "input_scaling": {"type": "fixed", "range": 2.0},
    "short_term_noise": 0.0175, "output_noise": 0.04, "input_noise": 0.01, "nonlinearity": 0.001, "ir_drop": 1.0,
    "faults": {"low": 0.001, "high": 0.002, "random": 0.003},
}  # fmt: skip


def array(**changes):
    return chip(array={**FULL, **changes}).tile.array


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_the_chips_own_value_is_no_change(term):
    own = array()
    assert not term.missing(own)
    now = term.now(own)
    found = term.put(Setting(own), now)
    assert found.array.settings == own.settings
    assert (found.array.cell, found.array.faults, found.inputs) == (own.cell, own.faults, 1.0)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_value_can_be_built_alone_and_on_top(term):
    own = array()
    switches, reasons = switches_of(own)
    assert (switches, reasons) == (EFFECTS, [])
    for setting in (Setting(own), alone(own, term, switches)):
        ends = {term.values[0], term.values[len(term.values) // 2], term.values[-1]}
        assert len({repr(term.put(setting, value)) for value in ends}) == 3
        term.off(setting)


def test_alone_nothing_else_is_left():
    own = array()
    switches, _ = switches_of(own)
    found = alone(own, NAMED["output_noise"], switches)
    settings = found.array.settings
    assert (settings.output_noise, settings.input_noise, settings.ir_drop) == (0.04, 0, 0)
    assert (settings.input_steps, settings.output_steps) == (0, 0)
    assert (found.array.cell.device.program_scale, found.array.read_noise, found.array.faults.share) == (0.0, "off", 0)
    assert found.exempt == ("programming",)
    assert alone(own, NAMED["programming"], switches).exempt == ()


def test_of_an_effect_of_several_terms_only_one_is_left():
    own = array()
    switches, _ = switches_of(own)
    stuck = NAMED["stuck_low"].put(alone(own, NAMED["stuck_low"], switches), 0.01).array.faults
    assert (stuck.low, stuck.high, stuck.random) == (0.01, 0, 0)
    gain = NAMED["gain"].put(alone(own, NAMED["gain"], switches), 0.1).array.adc
    assert (gain.gain_spread, gain.offset_spread) == (0.1, 0)


def test_margins():
    assert NAMED["output_noise"].margin(0.04, 0.12) == pytest.approx(3)
    assert NAMED["adc_bits"].margin(8, 5) == 8
    assert NAMED["adc_range"].margin(10, 4) == 2.5
    assert all(term.falling for term in (NAMED["dac_bits"], NAMED["input_range"]))
    assert not NAMED["gain"].falling


def test_a_converter_that_counts_is_tried_as_one_that_does_not():
    """A coarser DAC would leave it no time; a read of 128 ns has room for 128 counts of 1 ns."""
    pulses = {"type": "pulse_width", "bits": 8, "step": "1 ns", "overhead": "0 s"}
    counting = array(adc={"type": "cco", "bits": 9, "bound": 8, "lsb_time": "1 ns"}, dac=pulses)
    assert NAMED["adc_bits"].now(counting) == pytest.approx(math.log2(130))
    for bits in (4.0, 12.0):
        found = NAMED["adc_bits"].put(Setting(counting), bits).array
        assert (found.adc.type_name, found.settings.output_steps, found.settings.output_bound) == ("sar", 2 ** int(bits) - 2, 8)
    fewer = NAMED["dac_bits"].put(Setting(counting), 5.0).array
    assert (fewer.dac.bits, fewer.dac.total_time) == (5, counting.dac.total_time)
    assert fewer.settings.output_steps == counting.settings.output_steps


def test_a_factor_on_the_wires_turns_them_on():
    dry = array(ir_drop=0.0)
    assert NAMED["ir_drop"].now(dry) == 0
    found = NAMED["ir_drop"].put(Setting(dry), 4.0).array
    assert (found.ir_drop, found.wire_resistance) == (1.0, 4 * dry.wire_resistance)


def test_a_calibrated_converter_is_judged_by_what_calibration_leaves():
    own = array(adc={"type": "sar", "bits": 8, "bound": 10, "gain_spread": 0.07, "calibration": "gain", "gain_residual": 0.03})
    assert NAMED["gain"].now(own) == 0.03
    assert NAMED["gain"].put(Setting(own), 0.1).array.adc.gain_residual == 0.1


def test_what_a_chip_does_not_have():
    ideal = chip().tile.array
    told = {term.name: term.missing(ideal) for term in TERMS}
    assert "'ideal' has no 'program_scale'" in told["programming"]
    assert "does not round" in told["dac_bits"]
    assert "no bits and no range" in told["adc_bits"]
    assert told["adc_range"]
    assert "every vector" in told["input_range"]
    assert not told["output_noise"]
    assert not told["stuck_low"]
    assert NAMED["read_noise"].missing(array(read_noise="off")) == "read_noise is off on this chip"


def test_values_that_an_array_cannot_have_are_left_out():
    """Floating columns stay within the read voltage, so a range above 1 is refused; without current there is no drop of it."""
    adc = {"type": "sar", "bits": 8, "bound": 0.5}
    floating = array(sensing="voltage", ir_drop=0.0, adc=adc, cell={"device": {"type": "pcm"}, "type": "pair", "area": "1 um2"})
    found, reason = buildable(NAMED["adc_range"], Setting(floating), NAMED["adc_range"].values)
    assert found == tuple(value for value in NAMED["adc_range"].values if value <= 1)
    assert "sensing: voltage" in reason
    none, reason = buildable(NAMED["ir_drop"], Setting(floating), NAMED["ir_drop"].values)
    assert none == ()
    assert "ir_drop" in reason
    assert buildable(NAMED["gain"], Setting(array()), NAMED["gain"].values) == (NAMED["gain"].values, "")


def test_the_programming_error_as_a_share_of_the_range():
    """The fit of the pcm device: 1.1 uS or so of 25 uS at the most; proportional to the factor."""
    device = array().cell.device
    assert 0.03 < weight_error(device, 1.0) < 0.05
    assert weight_error(device, 3.0) == pytest.approx(3 * weight_error(device, 1.0))
    assert weight_error(chip().tile.array.cell.device, 1.0) == 0.0
