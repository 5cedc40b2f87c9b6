"""Row drivers: time, steps, and the time that the cells are driven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.bit_serial import BitSerial
from chipsim.circuits.dac import DAC, Duration, IdealDAC, PulseTrain, PulseWidth, VoltageDAC
from chipsim.circuits.scaling import Dennard
from chipsim.errors import InputError
from chipsim.reading import from_plain

NS = 1e-9


def test_eight_bits_of_pulse_width_take_130_nanoseconds():
    """HERMES core: 128 ns of pulses; 131,072 operations at 1.008 TOP/s are 130 ns."""
    dac = PulseWidth()
    assert dac.total_time == pytest.approx(130 * NS)
    assert dac.drive_time == pytest.approx(127 * NS)
    assert dac.total_time == pytest.approx(256 * 256 * 2 / 1.008e12, rel=1e-3)


def test_four_phases_take_four_times_as_long():
    """HERMES chip: 8.39 million operations at 16.1 TOP/s are 521 ns; a cell still conducts in one phase only."""
    dac = PulseWidth(phases=4)
    assert dac.total_time == pytest.approx(64 * 256 * 256 * 2 / 16.1e12, rel=3e-3)
    assert dac.drive_time == PulseWidth().drive_time


def test_bit_serial_reads_once_for_each_magnitude_bit():
    dac = BitSerial(bits=8, bit_time=10 * NS, energy=2e-15)
    assert dac.planes == 7
    assert dac.total_time == pytest.approx(70 * NS)
    assert dac.drive_time == pytest.approx(10 * NS)
    assert dac.cost("convert", 256) == pytest.approx((256 * 7 * 2e-15, 70 * NS, 70 * NS))


def test_voltage_and_ideal_take_their_read_time():
    for dac in (VoltageDAC(read_time=40 * NS), IdealDAC(read_time=40 * NS)):
        assert (dac.total_time, dac.drive_time) == (40 * NS, 40 * NS)
        assert dac.cost("convert", 3).latency == 40 * NS


def test_steps():
    assert [PulseWidth(bits=bits).levels for bits in (2, 7, 8)] == [2, 126, 254]
    assert IdealDAC().levels is None


@pytest.mark.parametrize("name", sorted(DAC.members))
def test_every_driver_answers_everything(name):
    dac = DAC.members[name]()
    assert dac.energy_of in {"absolute", "square", "bits"}
    assert dac.energy_function == dac.energy_of
    assert 0 < dac.drive_time <= dac.total_time
    assert dac.planes >= 1
    assert dac.levels is None or dac.levels % 2 == 0
    assert dac.read_voltage == 0.2
    assert dac.round_first is True
    assert from_plain(DAC, name) == dac


@given(st.integers(2, 16), st.integers(1, 4))
def test_the_longest_pulse_fits_its_phase(bits, phases):
    dac = PulseWidth(bits=bits, phases=phases, overhead=0.0)
    assert dac.drive_time < dac.total_time / phases
    assert dac.drive_time * 2 / dac.levels == pytest.approx(dac.step)


def test_pulses_are_not_shortened_by_a_newer_node():
    scaled = PulseWidth(energy=8e-15, scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert scaled.cost("convert", 10) == pytest.approx((10e-15, 130 * NS, 130 * NS))


def test_impossible_keys_are_refused():
    with pytest.raises(InputError, match=r"bits.*greater than or equal to 2"):
        PulseWidth(bits=1)
    with pytest.raises(InputError, match=r"phases"):
        PulseWidth(phases=5)
    with pytest.raises(InputError, match=r"digit_bits"):
        BitSerial(digit_bits=0)
    with pytest.raises(InputError, match="did you mean 'pulse_width'"):
        from_plain(DAC, "pulse-width")


@pytest.mark.parametrize("name", sorted(DAC.members))
def test_phases_multiply_time_and_driver_energy_but_not_that_of_the_cells(name):
    one, four = DAC.members[name](energy=1e-15), DAC.members[name](energy=1e-15, phases=4)
    assert four.total_time == pytest.approx(4 * one.total_time)
    assert four.cost("convert", 7).energy == pytest.approx(4 * one.cost("convert", 7).energy)
    assert (four.drive_time, four.planes) == (one.drive_time, one.planes)
    assert four.full_power == pytest.approx(one.full_power)


@pytest.mark.parametrize(
    ("keys", "planes", "bits"),
    [
        ({"bits": 8}, 7, 1),
        ({"bits": 8, "digit_bits": 3}, 3, 3),
        ({"bits": 8, "digit_bits": 8}, 1, 7),
        ({"bits": 16, "sign": "twos_complement"}, 16, 1),
        ({"bits": 8, "sign": "twos_complement", "digit_bits": 2}, 5, 2),
    ],
    ids=str,
)
def test_digits_of_a_bit_serial_input(keys, planes, bits):
    dac = BitSerial(bit_time=10 * NS, energy=1e-15, **keys)
    assert (dac.planes, dac.plane_bits) == (planes, bits)
    assert dac.total_time == pytest.approx(planes * 10 * NS)
    assert dac.cost("convert", 5).energy == pytest.approx(5 * planes * 1e-15)
    assert dac.energy_function == ("bits" if bits == 1 else "square")


@pytest.mark.parametrize(("bits", "steps", "trains"), [(1, 1, 1), (2, 1, 1), (3, 3, 1), (4, 7, 1), (6, 7 + 3, 2), (8, 15 + 7, 2)])
def test_trains_of_pulses_are_as_long_as_their_largest_value(bits, steps, trains):
    """NeuRRAM: 0.27 us for each of 1, 1, 3, 7 pulses of 1 to 4 bits, 0.3 us for each train; two trains above three magnitude bits."""
    dac = PulseTrain(bits=bits, split_above=3)
    assert dac.planes == trains
    assert dac.total_time == pytest.approx(0.27e-6 * steps + 0.3e-6 * trains)
    assert PulseTrain(bits=bits, overhead=0.0).total_time == pytest.approx(0.27e-6 * (2 ** max(bits - 1, 1) - 1))
    assert PulseTrain(bits=4, pulse_time=2 * NS).drive_time == pytest.approx(14 * NS)
    assert dac.levels == 2 * (2 ** max(bits - 1, 1)) - 2


def test_durations_are_taken_as_they_come():
    dac = Duration(longest=240 * NS)
    assert (dac.levels, dac.total_time, dac.drive_time, dac.planes) == (None, 240 * NS, 240 * NS, 1)
