"""Column converters: steps, time, energy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.adc import ADC, CCO, SAR, DurationADC, Flash, IdealADC, IntegrateFire, Ramp
from chipsim.circuits.scaling import Dennard
from chipsim.errors import InputError
from chipsim.reading import from_plain

NS = 1e-9


def test_sar_takes_a_cycle_for_each_bit_and_one_to_sample():
    adc = SAR(bits=8, clock=1e9, columns_per_adc=8)
    assert adc.conversion_time(256) == pytest.approx(72 * NS)
    assert adc.conversion_time(3) == pytest.approx(27 * NS)
    assert adc.count(256) == 32
    assert adc.count(257) == 33


def test_a_rate_replaces_the_clock():
    assert SAR(bits=8, rate=40e6).conversion_time(1) == pytest.approx(25 * NS)


def test_isaac_converter_serves_128_columns_in_one_array_cycle():
    """8 bit at 1.28 GS/s: 128 columns in 100 ns."""
    assert SAR(rate=1.28e9, columns_per_adc=128).conversion_time(128) == pytest.approx(100 * NS)


def test_a_ramp_passes_every_step():
    assert Ramp(bits=8, clock=1e9).conversion_time(256) == pytest.approx(256 * NS)
    assert Ramp(bits=6, clock=1e9, columns_per_adc=2).conversion_time(256) == pytest.approx(128 * NS)


def test_an_oscillator_counts_while_the_array_is_read():
    """HERMES core: 300 ps a count in 128 ns are more than 420 levels."""
    adc = CCO(bits=9)
    assert adc.conversion_time(256) == 0.0
    assert adc.levels == 510
    assert adc.levels_in(128 * NS) == 426
    assert CCO(bits=8).levels_in(128 * NS) == 254
    assert CCO(overhead=5 * NS).conversion_time(256) == pytest.approx(5 * NS)
    with pytest.raises(InputError, match="columns_per_adc is 2; an oscillator counts during the read"):
        CCO(columns_per_adc=2)


def test_a_read_too_short_to_count_is_refused():
    with pytest.raises(InputError, match=r"a read of 400 ps has room for 1 counts of 300 ps; .*lengthen the read"):
        CCO().levels_in(0.4 * NS)


def test_other_converters_do_not_depend_on_the_read():
    assert SAR(bits=6).levels_in(1 * NS) == SAR(bits=6).levels == 62
    assert IdealADC().levels_in(1 * NS) is None


def test_the_ideal_converter_neither_rounds_nor_clips():
    adc = IdealADC()
    assert (adc.levels, adc.bound, adc.conversion_time(1000)) == (None, math.inf, 0.0)


@pytest.mark.parametrize("name", sorted(ADC.members))
def test_every_converter_answers_everything(name):
    adc = ADC.members[name](energy=2e-12)
    assert adc.bound > 0
    assert adc.levels is None or adc.levels == 254
    assert adc.count(512) == 512
    cost = adc.cost("convert", 512)
    assert cost.energy == pytest.approx(1.024e-9)
    assert cost.latency == cost.interval == adc.conversion_time(512)
    assert from_plain(ADC, name) == ADC.members[name]()


@given(st.integers(1, 4096), st.integers(1, 600))
def test_sharing_trades_converters_for_time(columns, shared):
    adc = SAR(columns_per_adc=shared)
    assert adc.count(columns) * shared >= columns > (adc.count(columns) - 1) * shared
    assert adc.conversion_time(columns) == pytest.approx(min(columns, shared) * adc.time_per_column)


def test_a_newer_node_is_faster_only_when_asked_for():
    scaling = Dennard(from_node=32e-9, to_node=16e-9)
    for adc in (SAR(), Ramp(), CCO(overhead=4 * NS)):
        scaled = adc.having(scaling=scaling)
        assert scaled.conversion_time(1) == pytest.approx(adc.conversion_time(1) / 2)
    assert CCO(bits=9, scaling=scaling).levels_in(64 * NS) == 426


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"gain_residual": 0.07}, "gain_residual is 0.07 with calibration: none; .*set calibration: gain_and_offset"),
        ({"offset_residual": 0.1}, "offset_residual is 0.1 with calibration: none"),
        ({"offset_residual": 0.1, "calibration": "gain"}, "offset_residual is 0.1 with calibration: gain; .*or describe"),
        ({"gain_spread": -0.1}, "gain_spread"),
        ({"gain_spread": 0.6}, "gain_spread"),
        ({"offset_spread": math.inf}, "offset_spread"),
        ({"calibration": "offset"}, "calibration"),
    ],
    ids=str,
)
def test_impossible_mismatch_is_refused(keys, message):
    with pytest.raises(InputError, match=message):
        SAR(**keys)


def test_a_residual_alone_is_what_a_publication_gives():
    """HERMES core: 7.09 % left after calibration."""
    assert CCO(calibration="gain", gain_residual=0.0709).gain_spread == 0


def test_flash_takes_one_clock_and_a_single_bit_is_a_comparator():
    assert Flash(bits=6, clock=2e9, columns_per_adc=4).conversion_time(64) == pytest.approx(2 * NS)
    assert [SAR(bits=bits).levels for bits in (1, 2, 3)] == [1, 2, 6]
    assert SAR(bits=1, clock=1e9).conversion_time(1) == pytest.approx(2 * NS)
    assert CCO(bits=1).levels_in(100 * NS) == 1


def test_a_spike_costs_what_a_spike_costs():
    """PipeLayer: 1.08 pJ a spike; a quarter of the 127 spikes that 8 bits of one polarity can count."""
    adc = IntegrateFire(bits=8, spike_energy=1.08e-12, spikes=0.25, energy=2e-12, spike_time=NS)
    assert adc.cost("convert", 10).energy == pytest.approx(10 * (2e-12 + 0.25 * 127 * 1.08e-12))
    assert adc.conversion_time(128) == 0.0
    assert adc.levels_in(29 * NS) == 29
    assert adc.full_power == pytest.approx(adc.cost("convert", 1).energy / (254 * NS))
    with pytest.raises(InputError, match=r"IntegrateFire.spike_time: a read of 1 ns has room for 1 counts"):
        adc.levels_in(NS)


def test_charge_becomes_a_duration_without_a_number():
    adc = DurationADC(bound=5, ramp_time=300 * NS)
    assert (adc.levels, adc.bound, adc.conversion_time(512), adc.count(512)) == (None, 5, 300 * NS, 512)
    with pytest.raises(InputError, match="columns_per_adc is 2; one ramp serves a comparator for each column"):
        DurationADC(columns_per_adc=2)


@pytest.mark.parametrize("name", sorted(ADC.members))
def test_a_time_that_is_given_replaces_that_of_the_type(name):
    adc = ADC.members[name](time=7 * NS)
    assert adc.conversion_time(1) == pytest.approx(7 * NS)
    assert adc.having(scaling=Dennard(from_node=32e-9, to_node=16e-9)).conversion_time(1) == pytest.approx(3.5 * NS)


def test_converters_of_several_arrays_take_turns_and_share_their_area():
    own, shared = (SAR(rate=1e9, area=8e-12, leakage=4e-6, energy=1e-12, columns_per_adc=2, arrays_per_adc=n) for n in (1, 4))
    assert shared.conversion_time(64) == pytest.approx(4 * own.conversion_time(64))
    assert (shared.unit_area, shared.unit_leakage) == pytest.approx((2e-12, 1e-6))
    assert shared.cost("convert", 64).energy == own.cost("convert", 64).energy
    assert shared.full_power == pytest.approx(own.full_power / 4)
    with pytest.raises(InputError, match="arrays_per_adc is 2; an oscillator counts"):
        CCO(arrays_per_adc=2)
