"""The interface of a chip: what a transfer takes."""

import pytest

from chipsim.architecture import Host


def test_bits_take_their_time_and_their_energy() -> None:
    host = Host(bandwidth=8e9, energy=2e-12)
    assert host.cost("move", 16) == pytest.approx((32e-12, 2e-9, 2e-9))
    assert host.cost("move", 0) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="unknown action 'read'; expected 'move'"):
        host.cost("read", 1)
