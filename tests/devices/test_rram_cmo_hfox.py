"""The CMO/HfOx cell against closed forms: ten conductances at five times."""

import numpy as np
import pytest

from chipsim.devices import CMOHfOx
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES = 60_000
TARGETS = np.array([9.0, 9.5, 12.0, 20.0, 30.0, 45.0, 60.0, 75.0, 87.5, 88.2]) * 1e-6
TIMES = (1.0, 3600.0, 86400.0, 30 * 86400.0, 3.15e8)
ROWS = {0.002: (0.00081107, 0.00106879), 0.02: (0.0112185391, 0.01129027418)}


@pytest.mark.parametrize("acceptance", ROWS)
@pytest.mark.parametrize("target", TARGETS)
def test_mean_and_spread_at_five_times(acceptance, target, laws):
    device, (constant, slope) = CMOHfOx(acceptance=acceptance), ROWS[acceptance]
    programming = constant * 1e-6 + slope * target
    programmed = device.program(np.full(SAMPLES, target), Stream(5).child(f"{target}"))
    right, text = laws.within_sampling_error(programmed.conductance, target, programming)
    assert right, text
    np.testing.assert_allclose(device.programming_sigma(target), programming, rtol=1e-5)
    for time in TIMES:
        relaxation = (0.04201137 * np.log(time) + 0.41183342) * 1e-6
        mean = target - 0.08900206e-6 * np.log(time)
        mean, sigma = laws.clipped(mean, np.hypot(programming, relaxation), 9e-6, 88.2e-6)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), mean, sigma)
        assert right, f"{target} at {time} s {text}"


@pytest.mark.parametrize("time", TIMES)
def test_the_noise_grows_with_the_logarithm_of_conductance_and_time(time):
    device = CMOHfOx(program_scale=0.0)
    programmed = device.program(TARGETS, Stream(1))
    mean = device.mean_at(programmed, time).astype(float)
    wanted = 0.0277316483e-6 * np.log10(mean * 1e6) * np.sqrt(np.log((time + 1e-6) / 2e-6))
    np.testing.assert_allclose(device.read_sigma_at(programmed, time), wanted, rtol=1e-5)
    assert not device.read_sigma_at(programmed, 0.0).any()


def test_a_device_keeps_its_place_in_the_distribution():
    device = CMOHfOx(program_scale=0.0)
    programmed = device.program(np.full(500, 50e-6), Stream(3))
    deviations = [(device.mean_at(programmed, t) - 50e-6 + 0.08900206e-6 * np.log(t)) for t in (1.0, np.e**10)]
    np.testing.assert_allclose(deviations[1], deviations[0] * (0.41183342 + 0.4201137) / 0.41183342, atol=1e-10)


def test_the_first_second_is_refused():
    device = CMOHfOx()
    with pytest.raises(InputError, match="a read time of 500 ms is not covered; expected 0 s or 1 s and later"):
        device.mean_at(device.program([50e-6], Stream(1)), 0.5)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"g_min": 5e-6}, "g_min 5 uS to g_max 88.2 uS is not within 9 uS to 88.2 uS"),
        ({"g_max": 100e-6}, "g_max 100 uS is not within"),
        ({"acceptance": 0.05}, "acceptance 0.05 was not measured; expected 0.002"),
    ],
)
def test_what_was_not_characterised_is_refused(keys, message):
    with pytest.raises(InputError, match=message):
        CMOHfOx(**keys)
