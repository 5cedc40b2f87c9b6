"""The NeuRRAM cell against its published spread at three times, ten conductances each."""

import numpy as np
import pytest

from chipsim.devices import RRAMWan2022
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES, DAY = 60_000, 86400.0
STATES = np.array([0.0, 0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0])
COEFFICIENTS = {
    1.0: (0.348, 16.030, -43.853, 45.393, -16.815),
    DAY: (0.701, 22.086, -50.773, 47.095, -16.458),
    2 * DAY: (0.782, 20.274, -43.507, 37.062, -11.934),
}


def published(state, time):
    """Standard deviation (S) at g_max = 40 uS."""
    return sum(c * state**power for power, c in enumerate(COEFFICIENTS[time])) * 1e-6


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("g_max", [40e-6, 25e-6])
def test_mean_and_spread_at_the_measured_times(state, g_max, laws):
    """With g_max below that of the fit the spread shrinks in proportion: 40 % too much noise otherwise at 25 uS."""
    device = RRAMWan2022(g_max=g_max)
    programmed = device.program(np.full(SAMPLES, state * g_max), Stream(8).child(f"{state}"))
    for time in COEFFICIENTS:
        first, second = laws.rectified(state * g_max, published(state, time) * g_max / 40e-6)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), first, np.sqrt(second - first**2))
        assert right, f"{state} at {time} s {text}"


@pytest.mark.parametrize("time", [0.0, 1.0])
def test_programming_is_the_spread_after_a_second(time):
    device = RRAMWan2022()
    np.testing.assert_allclose(device.programming_sigma(STATES * 40e-6), published(STATES, 1.0), rtol=1e-5)
    programmed = device.program(STATES * 40e-6, Stream(1))
    np.testing.assert_array_equal(device.mean_at(programmed, time), programmed.conductance)
    assert not device.read_sigma_at(programmed, time).any()


@pytest.mark.parametrize("time", [0.5, 2.0, 3600.0, 1.5 * DAY, 3 * DAY])
def test_times_that_were_not_measured_are_refused(time):
    device = RRAMWan2022()
    with pytest.raises(InputError, match=r"not covered; expected 0 s, 1 s, 1 d or 2 d; .*between: interpolate"):
        device.mean_at(device.program([1e-5], Stream(1)), time)


def test_times_between_are_interpolated_in_the_logarithm_on_request():
    device = RRAMWan2022(between="interpolate")
    state = np.float32(STATES * 40e-6)
    middle = np.sqrt(1.0 * DAY)
    wanted = (published(STATES, 1.0) + published(STATES, DAY)) / 2
    np.testing.assert_allclose(device.measured_sigma(state, middle), wanted, rtol=1e-5)
    for time in COEFFICIENTS:
        np.testing.assert_allclose(device.measured_sigma(state, time), published(STATES, time), rtol=1e-5)
    np.testing.assert_allclose(device.measured_sigma(state, 1e-3), published(STATES, 1.0), rtol=1e-5)
    with pytest.raises(InputError, match="a read time of 3 d is not covered; expected 0 s to 2 d; nothing was measured later"):
        device.mean_at(device.program([1e-5], Stream(1)), 3 * DAY)


def test_conductances_beyond_the_fit_are_refused():
    with pytest.raises(InputError, match="g_max 50 uS is not within 0 S to 40 uS"):
        RRAMWan2022(g_max=50e-6)
