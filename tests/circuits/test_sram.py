"""On-chip memories."""

import pytest

from chipsim.circuits.scaling import Dennard
from chipsim.circuits.sram import EDRAM, SRAM


def test_a_word_every_cycle():
    memory = SRAM(capacity=524288.0, width=256, cycle_time=1.3e-9, read_energy=1e-13)
    assert memory.cost("read", 1024) == pytest.approx((1024e-13, 5.2e-9, 5.2e-9))


def test_the_first_word_takes_the_access_time():
    memory = EDRAM(capacity=524288.0, width=256, cycle_time=2e-9, access_time=5e-9)
    assert memory.cost("write", 1024) == pytest.approx((0.0, 11e-9, 8e-9))


def test_refreshing_counts_as_static_power():
    memory = EDRAM(capacity=1e6, leakage=1e-6, refresh_power=4e-6)
    assert memory.unit_leakage == pytest.approx(5e-6)
    scaled = memory.having(scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert scaled.unit_leakage == pytest.approx(1e-6 / 4 + 4e-6 / 8)
