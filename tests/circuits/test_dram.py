"""Memory outside the chip."""

import pytest

from chipsim.circuits.dram import DRAM


def test_latency_and_bandwidth():
    memory = DRAM(capacity=8e9, width=256, bandwidth=100e9, access_time=50e-9, read_energy=6e-12)
    assert memory.cost("read", 2560) == pytest.approx((2560 * 6e-12, 75.6e-9, 25.6e-9))
    assert memory.cost("read", 1).interval == pytest.approx(2.56e-9)
