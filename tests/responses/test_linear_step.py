"""Linear steps by hand."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.responses import LinearStep
from chipsim.streams import Stream

SAME = ALIKE | {"gamma_up_spread": 0.0, "gamma_down_spread": 0.0}
LITHIUM = {"step": 0.002, "w_max": 1.1724, "w_min": -0.8276, "gamma_up": 0.1153, "gamma_down": 0.5085}


def test_steps_fall_linearly_with_the_weight():
    device = LinearStep(**LITHIUM, **QUIET, **SAME)
    cells, _ = device.instantiate((1, 1), Stream(), Stream())
    for weight in (-0.8, 0.0, 0.5):
        up, down = device.mean_steps(cells, np.full((1, 1), weight))
        assert up[0, 0] == pytest.approx(0.002 * (1 - 0.1153 * weight / 1.1724), rel=1e-5)
        assert down[0, 0] == pytest.approx(0.002 * (1 + 0.5085 * weight / 0.8276), rel=1e-5)
    assert device.symmetry_point(cells)[0, 0] == 0


def test_many_pulses_approach_a_point_beyond_the_bound():
    """v_n = v_inf (1 - (1 - q)**n) from 0, with q = step gamma / w_max and v_inf = w_max / gamma."""
    device = LinearStep(step=0.02, w_max=1.0, w_min=-1.0, gamma_up=0.5, **QUIET, **SAME)
    cells, _ = device.instantiate((1, 1), Stream(), Stream())
    assert pulsed(device, cells, np.zeros((1, 1)), [1] * 30)[0, 0] == pytest.approx(2 * (1 - 0.99**30), abs=1e-6)
    assert pulsed(device, cells, np.zeros((1, 1)), [1] * 100)[0, 0] == 1


def test_slopes_belong_to_the_mean_bound_or_to_the_own():
    keys = {"gamma_up": 0.4, "gamma_down": 0.2, "w_max": 1.0, "w_min": -0.5} | SAME | {"w_max_spread": 0.2, "w_min_spread": 0.2}
    mean, own = (LinearStep(**keys, own_bounds=flag).instantiate((20, 20), Stream(), Stream())[0].pulsed for flag in (False, True))
    assert mean.up_shape == pytest.approx(mean.up * 0.4)
    assert mean.down_shape == pytest.approx(mean.down * 0.2 / 0.5)
    assert own.up_shape == pytest.approx(own.up * 0.4 / own.high, rel=1e-5)
    assert own.down_shape == pytest.approx(-own.down * 0.2 / own.low, rel=1e-5)


def test_slopes_differ_between_devices():
    cells, _ = LinearStep(gamma_up=0.5, gamma_up_spread=0.05, w_max=1, **ALIKE).instantiate((100, 100), Stream(), Stream())
    slopes = cells.pulsed.up_shape / cells.pulsed.up
    assert slopes.mean() == pytest.approx(0.5, abs=4 * 0.05 / 100)
    assert slopes.std() == pytest.approx(0.05, rel=4 / 100)
