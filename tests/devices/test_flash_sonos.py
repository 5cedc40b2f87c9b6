"""The charge-trap cell against its published fit: ten currents on every day and between."""

import numpy as np
import pytest

from chipsim.devices import SONOS
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES, DAY = 60_000, 86400.0
CURRENTS = np.array([0.0, 5.0, 20.0, 60.0, 150.0, 300.0, 600.0, 1000.0, 1400.0, 1600.0])
SPREAD = {0: (19.88665, 176.3115), 1: (25.59102, 186.85544), 3: (31.04318, 198.90332), 5: (34.57909, 207.34309)}
SHIFT = {
    0: [0.0],
    1: [1.72684e-01, 5.72552e-02, -6.85715e-04, 3.50271e-06, -9.37682e-09, 1.40575e-11, -1.19803e-14, 5.41293e-18,
        -8.85448e-22, -1.66869e-25, 5.95180e-29],
    3: [-1.75300e-02, 9.76883e-02, -9.63791e-04, 4.55551e-06, -1.22391e-08, 1.93786e-11, -1.85899e-14, 1.07659e-17,
        -3.58211e-21, 5.96785e-25, -3.30410e-29],
    5: [3.19927e-01, 1.06596e-01, -1.04054e-03, 4.50290e-06, -1.10352e-08, 1.56477e-11, -1.27592e-14, 5.45513e-18,
        -7.26841e-22, -2.43893e-25, 7.14608e-29],
}  # fmt: skip


def published(current, day):
    """Mean and standard deviation of the current (nA)."""
    mean = current + sum(c * current**power for power, c in enumerate(SHIFT[day]))
    largest, scale = SPREAD[day]
    return mean, max(largest * (1 - np.exp(-mean / scale)), 0.0)


@pytest.mark.parametrize("current", CURRENTS)
@pytest.mark.parametrize("day", SPREAD)
def test_mean_and_spread_on_the_measured_days(current, day, laws):
    device = SONOS()
    programmed = device.program(np.full(SAMPLES, current * 1e-8), Stream(4).child(f"{current}"))
    mean, sigma = published(current, day)
    nanoamperes = device.mean_at(programmed, day * DAY).astype(float) * 1e8
    if sigma == 0:
        assert np.abs(nanoamperes - max(mean, 0)).max() < 1e-3
        return
    first, second = laws.rectified(mean, sigma)
    right, text = laws.within_sampling_error(nanoamperes, first, np.sqrt(second - first**2))
    assert right, text


def test_between_the_days_all_coefficients_are_linear():
    device, current = SONOS(), np.float32(CURRENTS * 1e-8)
    middle = device.measured_shift(current, 0.5 * DAY)
    np.testing.assert_allclose(middle, device.measured_shift(current, DAY) / 2, rtol=1e-4, atol=1e-13)
    largest, scale = np.mean([SPREAD[0], SPREAD[1]], axis=0)
    wanted = largest * (1 - np.exp(-(CURRENTS + middle.astype(float) * 1e8) / scale)) * 1e-8
    np.testing.assert_allclose(device.measured_sigma(current, 0.5 * DAY), wanted, rtol=1e-4)


def test_weak_currents_grow_and_strong_ones_fall():
    device = SONOS(program_scale=0.0)
    programmed = device.program([0.5e-6, 16e-6], Stream(1))
    change = device.mean_at(programmed, 5 * DAY) / programmed.conductance - 1
    assert 0.05 < change[0] < 0.1
    assert -0.03 < change[1] < -0.02


def test_the_read_noise_saturates_with_the_current_and_does_not_age():
    device = SONOS(program_scale=0.0, drift_scale=0.0)
    programmed = device.program(CURRENTS * 1e-8, Stream(1))
    wanted = 12.58037e-8 * (1 - np.exp(-CURRENTS / 215.36557))
    for time in (0.0, 5 * DAY):
        np.testing.assert_allclose(device.read_sigma_at(programmed, time), wanted, rtol=1e-5)
    half = device.having(read_scale=0.5).read_sigma_at(programmed, 0.0)
    np.testing.assert_allclose(half, wanted / 2, rtol=1e-5)


def test_another_read_voltage_is_another_conductance_for_the_same_current():
    low, high = SONOS(), SONOS(read_voltage=0.2, g_max=8e-6)
    np.testing.assert_allclose(2 * high.programming_sigma(4e-6), low.programming_sigma(8e-6), rtol=1e-6)
    np.testing.assert_allclose(
        2 * high.measured_shift(np.float32([4e-6]), DAY), low.measured_shift(np.float32([8e-6]), DAY), rtol=1e-5
    )


def test_the_fit_ends_after_five_days():
    device = SONOS()
    with pytest.raises(InputError, match=r"a read time of 6 d is not covered; expected 0 s to 5 d"):
        device.mean_at(device.program([1e-6], Stream(1)), 6 * DAY)


def test_strong_currents_can_be_programmed_but_not_followed():
    device = SONOS(g_max=32e-6)
    programmed = device.program([32e-6], Stream(1))
    assert device.mean_at(programmed, 0.0) == programmed.conductance
    with pytest.raises(InputError, match=r"drift was fitted up to 1.8 uA; lower g_max to 18 uS"):
        device.mean_at(programmed, DAY)
    with pytest.raises(InputError, match=r"g_max 33 uS at 100 mV is a current of 3.3 uA, above 3.2 uA"):
        SONOS(g_max=33e-6)
