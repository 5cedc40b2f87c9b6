"""The bus of a tile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.bus import Bus
from chipsim.circuits.scaling import Dennard


@given(width=st.integers(1, 512), bits=st.integers(1, 100_000), clock=st.floats(1e6, 1e10))
def test_whole_words_one_a_tick(width: int, bits: int, clock: float) -> None:
    words = -(-bits // width)
    cost = Bus(width=width, clock=clock, energy=2e-15).cost("move", bits)
    assert cost.interval == cost.latency == pytest.approx(words / clock)
    assert cost.energy == pytest.approx(words * width * 2e-15)


def test_power_of_a_bus_that_is_always_busy() -> None:
    assert Bus(width=256, clock=1e9, energy=1e-15).full_power == pytest.approx(256e-6)


def test_scaling_makes_it_faster_smaller_and_thriftier() -> None:
    bus = Bus(width=64, clock=1e9, energy=1e-15, area=8e-9, scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert bus.cost("move", 640).interval == pytest.approx(10e-9 / 2)
    assert bus.cost("move", 640).energy == pytest.approx(640e-15 / 8)
    assert bus.unit_area == pytest.approx(2e-9)
