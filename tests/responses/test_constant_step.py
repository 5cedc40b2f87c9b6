"""Constant steps by hand."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.responses import ConstantStep
from chipsim.streams import Stream


def test_pulses_add_up_to_the_bound():
    device = ConstantStep(step=0.1, w_max=0.55, w_min=-0.25, **QUIET, **ALIKE)
    cells, _ = device.instantiate((2, 3), Stream(), Stream())
    start = np.zeros((2, 3), np.float32)
    for directions, expected in (([1] * 5, 0.5), ([1] * 6, 0.55), ([-1] * 9, -0.25), ([1, 1, -1], 0.1), ([1] * 9 + [-1], 0.45)):
        assert pulsed(device, cells, start, directions) == pytest.approx(np.full((2, 3), expected), abs=1e-6)


def test_noise_from_cycle_to_cycle():
    device = ConstantStep(step=0.01, noise=0.3, w_max=9, w_min=-9, **(ALIKE | {"w_max_spread": 0.0}))
    cells, _ = device.instantiate((100, 400), Stream(), Stream())
    after = pulsed(device, cells, np.zeros((100, 400)), [1] * 25)
    assert after.mean() == pytest.approx(0.25, abs=4 * 0.015 / 200)
    assert after.std() == pytest.approx(0.01 * 0.3 * 5, rel=4 / 200)


def test_pulses_are_done_at_once_only_if_they_are_steady():
    assert ConstantStep(noise=0.3).law.grouped
    assert not ConstantStep(noise=0.4).law.grouped
