"""Soft bounds by hand."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.responses import SoftBounds
from chipsim.streams import Stream


def test_steps_vanish_at_the_bounds_of_each_device():
    device = SoftBounds()
    cells, _ = device.instantiate((30, 30), Stream(), Stream())
    up, _ = device.mean_steps(cells, cells.pulsed.high)
    _, down = device.mean_steps(cells, cells.pulsed.low)
    assert up == pytest.approx(np.zeros_like(up), abs=1e-8)
    assert down == pytest.approx(np.zeros_like(down), abs=1e-8)


def test_pulses_approach_the_bound_geometrically():
    device = SoftBounds(step=0.1, w_max=1.0, w_min=-2.0, **QUIET, **ALIKE)
    cells, _ = device.instantiate((1, 1), Stream(), Stream())
    assert pulsed(device, cells, np.full((1, 1), 0.5), [1] * 12)[0, 0] == pytest.approx(1 - 0.5 * 0.9**12, abs=1e-6)
    assert pulsed(device, cells, np.full((1, 1), 0.5), [-1] * 12)[0, 0] == pytest.approx(-2 + 2.5 * 0.95**12, abs=1e-6)


def test_noise_that_shrinks_with_the_step_keeps_the_geometric_mean():
    """Mean high - d (1 - q)**n and second moment d**2 ((1 - q)**2 + (q c)**2)**n of the distance d to the bound."""
    device = SoftBounds(step=0.1, w_max=1.0, w_min=-1.0, noise=0.3, **ALIKE)
    cells, _ = device.instantiate((100, 400), Stream(), Stream())
    away = 1 - pulsed(device, cells, np.zeros((100, 400)), [1] * 8).astype(float)
    second = (0.9**2 + 0.03**2) ** 8
    assert away.mean() == pytest.approx(0.9**8, abs=4 * away.std() / 200)
    assert away.var() == pytest.approx(second - 0.9**16, rel=0.03)
