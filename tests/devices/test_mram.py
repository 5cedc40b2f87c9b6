"""Magnetic junctions: two states, a spread of the resistance, failed writes."""

import numpy as np
import pytest

from chipsim.devices import MRAM
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES = 200_000


@pytest.mark.parametrize("tmr", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_the_states_follow_from_the_resistance_ratio(tmr):
    device = MRAM(g_max=200e-6, tmr=tmr)
    assert device.states == (device.g_min, 200e-6)
    assert 1 / device.g_min == pytest.approx((1 + tmr) / 200e-6)


@pytest.mark.parametrize("spread", [0.02, 0.1])
@pytest.mark.parametrize("state", [0, 1])
def test_the_resistance_is_lognormal(spread, state, laws):
    device = MRAM(spread=spread, write_error_rate=0.0)
    target = device.states[state]
    programmed = device.program(np.full(SAMPLES, target), Stream(state))
    mean = target * np.exp(spread**2 / 2)
    right, text = laws.within_sampling_error(programmed.conductance, mean, mean * np.sqrt(np.expm1(spread**2)))
    assert right, text
    logarithm = np.log(programmed.conductance / target)
    assert logarithm.std() == pytest.approx(spread, rel=5 / np.sqrt(2 * SAMPLES))
    np.testing.assert_allclose(device.programming_sigma(target), mean * np.sqrt(np.expm1(spread**2)), rtol=1e-5)


@pytest.mark.parametrize("rate", [0.5, 0.1, 1e-3])
def test_writes_fail_with_the_stated_probability(rate, laws):
    device = MRAM(spread=0.0, write_error_rate=rate)
    low, high = device.states
    for target, other in ((low, high), (high, low)):
        found = device.program(np.full(SAMPLES, target), Stream(3)).conductance
        failed = (found == np.float32(other)).mean()
        assert abs(failed - rate) < 5 * np.sqrt(rate / SAMPLES)
        assert ((found == np.float32(low)) | (found == np.float32(high))).all()
        np.testing.assert_allclose(device.programming_sigma(target), (high - low) * np.sqrt(rate * (1 - rate)), rtol=1e-5)


def test_rare_failures_are_not_lost_to_the_steps_of_the_generator():
    """At a rate below 2**-24 a single uniform would be zero, and a failure, 2**-24 of the time."""
    never = MRAM(spread=0.0, write_error_rate=1e-12).program(np.full(2**24, 100e-6, np.float32), Stream(1)).conductance
    assert (never == np.float32(100e-6)).all()


def test_junctions_hold_their_state_and_the_spread_is_that_of_the_device():
    device = MRAM(write_error_rate=0.0)
    high = device.program(np.full(500, device.g_max), Stream(2))
    low = device.program(np.full(500, device.g_min), Stream(2))
    np.testing.assert_array_equal(device.mean_at(high, 1e9), high.conductance)
    np.testing.assert_allclose(high.conductance / low.conductance, 2.5, rtol=1e-5)


def test_targets_between_the_states_are_refused_or_rounded_on_request():
    with pytest.raises(InputError, match=r"target 70 uS \(2 of 3 are between the states\); expected 40 uS or 100 uS; binarise"):
        MRAM().program([100e-6, 70e-6, 45e-6], Stream(1))
    nearest = MRAM(between_states="nearest", program_scale=0.0)
    rounded = nearest.program([40e-6, 69e-6, 71e-6, 100e-6], Stream(1)).conductance
    np.testing.assert_allclose(rounded, [40e-6, 40e-6, 100e-6, 100e-6], rtol=1e-6)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"g_min": 10e-6}, r"g_min 10 uS contradicts g_max / \(1 \+ tmr\) = 40 uS"),
        ({"write_error_rate": 0.4, "program_scale": 2.0}, "program_scale 2.0 lifts the write error rate above 0.5"),
        ({"write_error_rate": -0.1}, "greater than or equal to 0"),
        ({"tmr": 0.0}, "greater than 0"),
    ],
)
def test_impossible_keys_are_refused(keys, message):
    with pytest.raises(InputError, match=message):
        MRAM(**keys)
