"""Power steps by hand."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.responses import PowerStep
from chipsim.streams import Stream


def one(**keys):
    device = PowerStep(**({"step": 0.1, "w_max": 1.0, "w_min": -1.0, "power_spread": 0.0} | QUIET | ALIKE | keys))
    return device, device.instantiate((1, 1), Stream(), Stream())[0]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.5])
def test_steps_are_a_power_of_what_is_left(power):
    device, cells = one(power=power)
    up, down = device.mean_steps(cells, np.full((1, 1), 0.5))
    assert up[0, 0] == pytest.approx(0.1 * 0.25**power, rel=1e-5)
    assert down[0, 0] == pytest.approx(0.1 * 0.75**power, rel=1e-5)
    assert device.granularity == pytest.approx(0.1 * 0.5**power, rel=1e-5)
    assert pulsed(device, cells, np.full((1, 1), 0.5), [1])[0, 0] == pytest.approx(0.5 + 0.1 * 0.25**power, abs=1e-6)
    assert device.symmetry_point(cells)[0, 0] == pytest.approx(0, abs=1e-6)


def test_exponents_may_differ_between_up_and_down_and_between_devices():
    device, cells = one(power=2.0, power_asymmetry=0.25)
    assert (cells.pulsed.up_shape[0, 0], cells.pulsed.down_shape[0, 0]) == (2.5, 1.5)
    assert device.symmetry_point(cells)[0, 0] < 0
    drawn = device.having(power_spread=0.1, power_asymmetry_spread=0.05).instantiate((100, 100), Stream(), Stream())[0].pulsed
    mean, apart = (drawn.up_shape + drawn.down_shape) / 4, (drawn.up_shape - drawn.down_shape) / 4
    assert (mean.mean(), mean.std()) == (pytest.approx(1, abs=0.004), pytest.approx(0.1, rel=0.04))
    assert (apart.mean(), apart.std()) == (pytest.approx(0.25, abs=0.002), pytest.approx(0.05, rel=0.04))
