"""Accumulators."""

import pytest

from chipsim.circuits.accumulator import Accumulator, DigitalAccumulator
from chipsim.errors import InputError
from chipsim.reading import from_plain


def test_cost_by_hand():
    unit = DigitalAccumulator(lanes=64, clock=500e6, energy=5e-14)
    assert unit.cost("add", 130) == pytest.approx((130 * 5e-14, 6e-9, 6e-9))


def test_from_a_file():
    unit = from_plain(Accumulator, {"type": "digital", "width": 24, "lanes": 16, "clock": "1 GHz", "energy": "0.05 pJ"})
    assert (unit.width, unit.lanes, unit.energy) == (24, 16, 0.05e-12)
    with pytest.raises(InputError, match="'22 pW' is a power, expected an energy"):
        from_plain(Accumulator, {"type": "digital", "energy": "22 pW"})
