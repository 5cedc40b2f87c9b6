"""The laws that leaky devices share, against closed forms."""

import numpy as np
import pytest

from chipsim.devices import ECRAM, Capacitor
from chipsim.devices.device import Programmed
from chipsim.streams import Stream

SAMPLES = 60_000
STATES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0])


@pytest.mark.parametrize("state", STATES)
def test_mean_and_spread_at_five_ages(state, laws):
    """E exp(-r t) for r = |N(1, 0.3)| / lifetime is the Laplace transform of a folded normal."""
    device, target = Capacitor(lifetime=2.0), state * 25e-6
    sigma = 25e-6 / 400 * np.sqrt(1 / 12 + 0.09)
    programmed = device.program(np.full(SAMPLES, target), Stream(3).child(f"{state}"))
    first, second = laws.rectified(target, sigma)
    for age in (0.0, 0.2, 1.0, 2.0, 6.0):
        decay, square = (laws.folded_laplace(1.0, 0.3, times * age / 2) for times in (1, 2))
        mean = first * decay
        right, text = laws.within_sampling_error(device.mean_at(programmed, age), mean, np.sqrt(second * square - mean**2))
        assert right, f"{state} at {age} s {text}"


@pytest.mark.parametrize("rest", [0.0, 10e-6, 25e-6])
def test_states_go_to_rest_from_either_side(rest):
    device = Capacitor(rest=rest, lifetime=1.0)
    programmed = Programmed(np.float32([1e-6, 10e-6, 24e-6]), np.float32([1.0, 2.0, 0.5]))
    wanted = rest + (np.array([1e-6, 10e-6, 24e-6]) - rest) * np.exp(-np.array([1.0, 2.0, 0.5]) * 0.7)
    np.testing.assert_allclose(device.mean_at(programmed, 0.7), wanted, rtol=1e-5)
    np.testing.assert_allclose(device.mean_at(programmed, 1e4), rest, rtol=1e-5)
    np.testing.assert_array_equal(device.mean_at(programmed, 0.0), programmed.conductance)


def test_moments_and_noise():
    device = ECRAM(lifetime=3600.0, lifetime_spread=0.2, read_noise=0.01, drift_scale=2.0, read_scale=0.5)
    assert device.exponent_mean(1e-6) == pytest.approx(2 / 3600)
    assert device.exponent_sigma(1e-6) == pytest.approx(0.4 / 3600)
    programmed = device.program([20e-6], Stream(1))
    np.testing.assert_allclose(device.read_sigma_at(programmed, 60.0), 0.005 * device.mean_at(programmed, 60.0), rtol=1e-6)
