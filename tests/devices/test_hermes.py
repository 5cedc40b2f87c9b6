"""The 14 nm phase-change pair side against closed forms, with one and with two devices."""

import numpy as np
import pytest

from chipsim.devices import HERMES, Device
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

SAMPLES = 60_000
STATES = [0.0, 0.03, 0.08, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0]
LARGEST = {1: 10.35e-6, 2: 20.7e-6}
FIRST_READING = {1: 200.0, 2: 300.0}


def published(devices, state):
    """Programming sigma (S), mean and sigma of the exponent, relative noise, straight from the published formulas."""
    x = max(state, 1e-7)
    c = {1: (0.15781817, 2.32443916, -2.16310839, 0.68841818), 2: (0.16603222, 4.71806468, -8.48101252, 4.68961419)}[devices]
    sigma = sum(a * state**i for i, a in enumerate(c)) * 1e-6
    mean = np.clip(-0.0387 * np.log(x) - 0.0182, 0.072, 0.13) if x < 0.0945 else -0.0436 * x**2 - 0.0126 * x + 0.0736
    if devices == 1:
        spread = np.clip(-0.012 * np.log(x) - 0.0023, 0.0124, 0.04) if x < 0.3039 else -0.0165 * x**2 + 0.0116 * x + 0.0104
        low, high = -0.0078 * np.log(x) + 0.0038, 0.0664 * x**3 - 0.1352 * x**2 + 0.0768 * x + 0.0088
        noise = np.clip(low, 0.0179, 0.04) if x < 0.1591 else high
    else:
        spread = np.clip(-0.0117 * np.log(x) - 0.0057, 0.0091, 0.04) if x < 0.3055 else -0.0118 * x**2 + 0.0093 * x + 0.0073
        low, high = -0.0117 * np.log(x) - 0.0069, 0.0069 * x**3 - 0.028 * x**2 + 0.0211 * x + 0.0123
        noise = np.clip(low, 0.015, 0.04) if x < 0.16 else high
    return sigma, float(mean), float(spread), float(noise)


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("state", STATES)
def test_mean_and_spread_at_five_times(devices, state, laws):
    device, target = HERMES(devices_per_polarity=devices), state * LARGEST[devices]
    sigma, exponent_mean, exponent_sigma, _ = published(devices, state)
    programmed = device.program(np.full(SAMPLES, target), Stream(7).child(f"{devices} {state}"))
    for time in laws.times:
        ratio = (time + FIRST_READING[devices]) / FIRST_READING[devices]
        mean, spread = laws.drifted(target, sigma, exponent_mean, exponent_sigma, ratio)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), mean, spread)
        assert right, f"{state} at {time} s {text}"


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("state", STATES)
def test_the_moments_are_the_published_ones(devices, state):
    device = HERMES(devices_per_polarity=devices)
    target = np.float32(state * LARGEST[devices])
    noise = device.relative_noise(np.float32([max(state, 1e-7)]))[0]
    moments = [device.programming_sigma(target), device.exponent_mean(target), device.exponent_sigma(target), noise]
    np.testing.assert_allclose(moments, published(devices, state), rtol=3e-5)


def test_the_noise_uses_its_own_reading_time():
    device = HERMES(program_scale=0.0)
    programmed = device.program([10.35e-6], Stream())
    wanted = device.mean_at(programmed, 1e4) * published(1, 1.0)[3] * np.sqrt(np.log((10_200 + 512e-9) / 1024e-9))
    np.testing.assert_allclose(device.read_sigma_at(programmed, 1e4), wanted, rtol=1e-5)


def test_the_range_follows_the_number_of_devices():
    assert HERMES().g_max == 10.35e-6
    assert HERMES(devices_per_polarity=2).g_max == 20.7e-6
    assert HERMES(devices_per_polarity=2, g_max=10e-6).g_max == 10e-6
    two = from_plain(Device, {"type": "pcm-hermes", "devices_per_polarity": 2})
    assert (two.g_max, two.first_reading) == (20.7e-6, 300.0)
    assert from_plain(Device, two.plain()) == two
    assert two.having(read_scale=0.0).g_max == 20.7e-6


def test_conductances_beyond_the_characterised_ones_are_refused():
    with pytest.raises(InputError, match=r"g_max 15 uS is above 10.3 uS|g_max 15 uS is above 10.4 uS"):
        HERMES(g_max=15e-6)
    with pytest.raises(InputError, match=r"above 20\.7 uS.*2 device"):
        HERMES(devices_per_polarity=2, g_max=25e-6)
    with pytest.raises(InputError, match="1 or 2"):
        HERMES(devices_per_polarity=3)
