"""The 90 nm phase-change device against closed forms: ten conductances at five times."""

import numpy as np
import pytest

from chipsim.devices import PCM, Device
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

SAMPLES = 60_000
STATES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0])


def published(state):
    """Programming sigma (S), mean and sigma of the exponent, straight from the published formulas."""
    x = max(state, 1e-7)
    sigma = (0.26348 + 1.9650 * state - 1.1731 * state**2) * 1e-6
    mean = np.clip(-0.0155 * np.log(x) + 0.0244, 0.049, 0.1)
    spread = np.clip(-0.0125 * np.log(x) - 0.0059, 0.008, 0.045)
    return sigma, float(mean), float(spread)


@pytest.mark.parametrize("state", STATES)
def test_mean_and_spread_at_five_times(state, laws):
    device, (sigma, exponent_mean, exponent_sigma) = PCM(), published(state)
    programmed = device.program(np.full(SAMPLES, state * 25e-6), Stream(5).child(f"{state}"))
    for time in laws.times:
        mean, spread = laws.drifted(state * 25e-6, sigma, exponent_mean, exponent_sigma, (time + 20) / 20)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), mean, spread)
        assert right, f"{state} at {time} s {text}"


@pytest.mark.parametrize("state", STATES)
def test_the_moments_are_the_published_ones(state):
    device, target = PCM(), np.float32(state * 25e-6)
    moments = [device.programming_sigma(target), device.exponent_mean(target), device.exponent_sigma(target)]
    np.testing.assert_allclose(moments, published(state), rtol=2e-5)


def test_relative_noise():
    x = np.float32([1e-7, 1e-3, 0.008, 0.1, 1.0])
    np.testing.assert_allclose(PCM().relative_noise(x), np.minimum(0.0088 / x.astype(float) ** 0.65, 0.2), rtol=1e-5)


def test_the_reading_at_full_scale_scatters_by_four_to_five_percent(laws):
    device = PCM(program_scale=0.0, drift_scale=0.0)
    programmed = device.program([25e-6], Stream())
    relative = [float(device.read_sigma_at(programmed, time)[0]) / 25e-6 for time in laws.times]
    assert [round(100 * share, 1) for share in relative] == [3.7, 4.2, 4.5, 4.8, 5.0]


def test_a_smaller_range_scales_the_programming_error():
    half = PCM(g_max=12.5e-6)
    np.testing.assert_allclose(half.programming_sigma(6.25e-6), PCM().programming_sigma(12.5e-6) / 2, rtol=1e-6)
    np.testing.assert_allclose(half.exponent_mean(2e-6), PCM().exponent_mean(4e-6), rtol=1e-6)


def test_an_own_fit_can_be_described_in_a_file():
    own = {"type": "pcm", "g_max": "40 uS", "fitted_at": "40 uS", "programming": ["0.5 uS"], "mean_low": 0.02, "mean_high": 0.02}
    device = from_plain(Device, own)
    np.testing.assert_allclose(device.programming_sigma([0.0, 40e-6]), 0.5e-6)
    np.testing.assert_allclose(device.exponent_mean([1e-6, 40e-6]), 0.02)
    assert from_plain(Device, device.plain()) == device


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"g_max": 26e-6}, "g_max 26 uS is above 25 uS, where the fit ends"),
        ({"mean_low": 0.2}, "mean_low 0.2 is above mean_high 0.1"),
        ({"spread_high": 0.001}, "spread_low 0.008 is above spread_high 0.001"),
        ({"programming": (1e-6, -2e-6)}, "the polynomial falls to -1"),
        ({"read_scale": -1.0}, "greater than or equal to 0"),
    ],
)
def test_impossible_keys_are_refused(keys, message):
    with pytest.raises(InputError, match=message):
        PCM(**keys)


def test_a_day_of_drift_of_a_strong_device():
    """At x = 1 the mean exponent is 0.049: after a day (86,420 s / 20 s) two thirds of the conductance are left."""
    device = PCM(program_scale=0.0)
    programmed = device.program(np.full(SAMPLES, 25e-6), Stream(9))
    assert device.mean_at(programmed, 86400.0).mean() / 25e-6 == pytest.approx(4321**-0.049, rel=0.005)
