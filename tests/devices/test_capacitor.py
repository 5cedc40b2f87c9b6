"""The capacitor cell: its steps and its leak."""

import numpy as np
import pytest

from chipsim.devices import Capacitor
from chipsim.errors import InputError
from chipsim.streams import Stream


def test_the_preset():
    device = Capacitor()
    assert (device.steps, device.pulse_spread, device.lifetime_spread) == (400, 0.3, 0.3)
    assert device.leak == (0.0, 1.0, 0.3)
    assert Capacitor(g_min=2e-6).leak[0] == 2e-6


def test_a_lifetime_later_a_third_is_left():
    device = Capacitor(lifetime=0.1, lifetime_spread=0.0, program_scale=0.0)
    programmed = device.program(np.full(4, 20e-6), Stream(1))
    np.testing.assert_allclose(device.mean_at(programmed, 0.1), 20e-6 / np.e, rtol=1e-5)
    np.testing.assert_allclose(device.having(drift_scale=0.5).program([1e-6], Stream(1)).exponent, 5.0, rtol=1e-6)


@pytest.mark.parametrize("keys", [{"lifetime": 0.0}, {"steps": 1}, {"lifetime_spread": -0.1}, {"read_noise": -1.0}])
def test_impossible_keys_are_refused(keys):
    with pytest.raises(InputError, match="greater than"):
        Capacitor(**keys)
