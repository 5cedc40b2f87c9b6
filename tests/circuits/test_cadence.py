"""Reading and converting one after the other, and overlapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.adc import CCO, SAR
from chipsim.circuits.array import Array
from chipsim.circuits.bit_serial import BitSerial
from chipsim.circuits.cadence import Cadence
from chipsim.circuits.dac import PulseWidth
from chipsim.errors import InputError
from chipsim.reading import from_plain

NS = 1e-9


def test_sixteen_bits_in_cycles_of_100_nanoseconds() -> None:
    """ISAAC: 16 bits of an input in 16 cycles; the last conversion follows in one more."""
    dac, adc = BitSerial(bits=16, bit_time=100 * NS, sign="twos_complement"), SAR(rate=1.28e9, columns_per_adc=128)
    overlapped = Cadence(dac, adc, 128, cycle=100 * NS)
    assert (overlapped.latency, overlapped.interval) == pytest.approx((1700 * NS, 1600 * NS))
    plain = Cadence(dac, adc, 128)
    assert plain.latency == plain.interval == pytest.approx(3200 * NS)


@given(st.integers(2, 16), st.integers(1, 4), st.integers(1, 16), st.booleans())
def test_overlap_never_takes_longer_between_products(bits: int, phases: int, shared: int, each: bool) -> None:
    dac = BitSerial(bits=bits, bit_time=20 * NS, phases=phases)
    adc = SAR(rate=1e9, columns_per_adc=shared, each_phase=each)
    plain = Cadence(dac, adc, 64)
    cycle = max(plain.read, plain.conversion)
    overlapped = Cadence(dac, adc, 64, cycle)
    assert overlapped.contradiction is None
    assert overlapped.interval <= plain.interval * (1 + 1e-9)
    assert overlapped.latency - overlapped.interval == pytest.approx(cycle)
    assert overlapped.steps == (bits - 1) * (phases if each else 1)


def test_what_does_not_fit_into_a_cycle_is_refused() -> None:
    plain = {"rows": 64, "columns": 64, "cell": {"device": "ideal"}, "dac": {"type": "bit_serial", "bit_time": "50 ns"}}
    fast, slow = {"type": "sar", "rate": "1 GHz", "columns_per_adc": 8}, {"type": "sar", "rate": "1 GHz", "columns_per_adc": 64}
    with pytest.raises(InputError, match=r"a read of one bit plane takes 50 ns, longer than the cycle of 40 ns; .*lengthen the cycle"):
        from_plain(Array, plain | {"adc": fast, "cycle": "40 ns"})
    with pytest.raises(InputError, match=r"the cycle: 64 columns, one .*on one converter, take 64 ns, the cycle is 50 ns; .*a faster"):
        from_plain(Array, plain | {"adc": slow, "cycle": "50 ns"})
    assert from_plain(Array, plain | {"adc": fast, "cycle": "50 ns"}).product_interval == pytest.approx(350 * NS)


def test_counters_convert_every_phase_but_take_no_time_of_their_own() -> None:
    phased = Cadence(PulseWidth(phases=4), CCO(overhead=5 * NS), 256)
    assert phased.steps == 4
    assert phased.latency == pytest.approx(4 * 130 * NS + 4 * 5 * NS)
    assert Cadence(PulseWidth(phases=4), SAR(rate=1e8), 256).latency == pytest.approx(530 * NS)


def test_the_message_counts_what_follows_on_one_converter() -> None:
    shared = Cadence(PulseWidth(), SAR(rate=40e6, columns_per_adc=8), 128, 150 * NS).contradiction
    assert shared is not None
    assert "8 columns, one after the other on each of 16 converters, take 200 ns" in shared
    arrays = Cadence(PulseWidth(), SAR(rate=40e6, columns_per_adc=8, arrays_per_adc=2), 128, 150 * NS).contradiction
    assert arrays is not None
    assert "8 columns of each of 2 arrays, one after the other on each of 16 converters, take 400 ns" in arrays
