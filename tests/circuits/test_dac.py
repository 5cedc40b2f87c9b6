"""Row drivers: time, steps, and the time that the cells are driven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.dac import DAC, BitSerial, IdealDAC, PulseWidth, VoltageDAC
from chipsim.circuits.scaling import Dennard
from chipsim.errors import InputError
from chipsim.reading import from_plain

NS = 1e-9


def test_eight_bits_of_pulse_width_take_130_nanoseconds():
    """HERMES core: 128 ns of pulses; 131,072 operations at 1.008 TOP/s are 130 ns."""
    dac = PulseWidth()
    assert dac.read_time == pytest.approx(130 * NS)
    assert dac.drive_time == pytest.approx(127 * NS)
    assert dac.read_time == pytest.approx(256 * 256 * 2 / 1.008e12, rel=1e-3)


def test_four_phases_take_four_times_as_long():
    """HERMES chip: 8.39 million operations at 16.1 TOP/s are 521 ns; a cell still conducts in one phase only."""
    dac = PulseWidth(phases=4)
    assert dac.read_time == pytest.approx(64 * 256 * 256 * 2 / 16.1e12, rel=3e-3)
    assert dac.drive_time == PulseWidth().drive_time


def test_bit_serial_reads_once_for_each_magnitude_bit():
    dac = BitSerial(bits=8, bit_time=10 * NS, energy=2e-15)
    assert dac.planes == 7
    assert dac.read_time == pytest.approx(70 * NS)
    assert dac.drive_time == pytest.approx(10 * NS)
    assert dac.cost("convert", 256) == pytest.approx((256 * 7 * 2e-15, 70 * NS, 70 * NS))


def test_voltage_and_ideal_take_their_read_time():
    for dac in (VoltageDAC(read_time=40 * NS), IdealDAC(read_time=40 * NS)):
        assert (dac.read_time, dac.drive_time) == (40 * NS, 40 * NS)
        assert dac.cost("convert", 3).latency == 40 * NS


def test_steps():
    assert [PulseWidth(bits=bits).levels for bits in (2, 7, 8)] == [2, 126, 254]
    assert IdealDAC().levels is None


@pytest.mark.parametrize("name", sorted(DAC.members))
def test_every_driver_answers_everything(name):
    dac = DAC.members[name]()
    assert dac.energy_of in {"absolute", "square", "bits"}
    assert 0 < dac.drive_time <= dac.read_time
    assert dac.planes >= 1
    assert dac.levels is None or dac.levels % 2 == 0
    assert dac.read_voltage == 0.2
    assert dac.round_first is True
    assert from_plain(DAC, name) == dac


@given(st.integers(2, 16), st.integers(1, 4))
def test_the_longest_pulse_fits_its_phase(bits, phases):
    dac = PulseWidth(bits=bits, phases=phases, overhead=0.0)
    assert dac.drive_time < dac.read_time / phases
    assert dac.drive_time * 2 / dac.levels == pytest.approx(dac.step)


def test_pulses_are_not_shortened_by_a_newer_node():
    scaled = PulseWidth(energy=8e-15, scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert scaled.cost("convert", 10) == pytest.approx((10e-15, 130 * NS, 130 * NS))


def test_impossible_keys_are_refused():
    with pytest.raises(InputError, match=r"bits.*greater than or equal to 2"):
        PulseWidth(bits=1)
    with pytest.raises(InputError, match=r"phases"):
        PulseWidth(phases=5)
    with pytest.raises(InputError, match="did you mean 'pulse_width'"):
        from_plain(DAC, "pulse-width")
