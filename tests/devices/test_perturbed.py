"""The law of devices that are known by mean and spread at a few times: scales, histories, memory."""

import numpy as np
import pytest

from chipsim.devices import SONOS, Pulse, RRAMWan2022
from chipsim.streams import Stream

SAMPLES, DAY = 60_000, 86400.0
DEVICES = {"rram": RRAMWan2022(), "flash": SONOS()}


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("state", [0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize(("program", "drift"), [(2.0, 0.5), (0.5, 2.0), (1.0, 0.0)])
def test_scales_act_on_error_and_on_what_time_adds(name, state, program, drift, laws):
    fitted = DEVICES[name]
    device = fitted.having(program_scale=program, drift_scale=drift)
    target = np.float32([state * fitted.g_max])
    programmed = device.program(np.full(SAMPLES, target[0]), Stream(2))
    for time in (0.0, DAY, 2 * DAY):
        before, then = (float(fitted.measured_sigma(target, at)[0]) for at in (0.0, time))
        shift = float(fitted.measured_shift(target, time)[0]) if time else 0.0
        mean, sigma = float(target[0]) + drift * shift, program * (before + drift * (then - before))
        first, second = laws.rectified(mean, sigma)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), first, np.sqrt(second - first**2))
        assert right, f"{time} s {text}"


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_keeps_its_place_in_the_distribution(name):
    device = DEVICES[name]
    target = np.full(1000, 0.5 * device.g_max, np.float32)
    programmed = device.program(target, Stream(3))
    places = []
    for time in (1.0, DAY, 2 * DAY):
        mean = target + device.measured_shift(target, time)
        places.append((device.mean_at(programmed, time) - mean) / device.measured_sigma(target, time))
    np.testing.assert_allclose(places, np.broadcast_to(programmed.memory[1], (3, 1000)), atol=1e-3)


def test_time_alone_is_left_without_the_error():
    device = SONOS(program_scale=0.0)
    target = np.float32([1e-6, 5e-6, 16e-6])
    programmed = device.program(target, Stream(1))
    np.testing.assert_allclose(device.mean_at(programmed, DAY), target + device.measured_shift(target, DAY), rtol=1e-6)


@pytest.mark.parametrize("name", DEVICES)
def test_the_memory_is_target_number_and_offset(name):
    device = DEVICES[name]
    target = np.linspace(0, device.g_max, 50)
    goal, scatter, offset = device.program(target, Stream(4)).memory
    assert not offset.any()
    np.testing.assert_allclose(goal, target, rtol=1e-6)
    np.testing.assert_array_equal(scatter, device.program(target[::-1], Stream(4)).memory[1])


@pytest.mark.parametrize("name", DEVICES)
def test_a_pulsed_device_goes_on_with_what_time_adds(name):
    """From a known g the mean moves by b_t and the spread between devices grows from nothing to s_t - s_0."""
    device = DEVICES[name].having(pulse=Pulse(spread=0.0, floor=0.0))
    goal = np.full(SAMPLES, 0.5 * device.g_max, np.float32)
    written = device.program(goal, Stream(5))
    state = device.pulsed(written, goal - written.conductance, Stream(6))
    np.testing.assert_allclose(device.mean_at(state, 0.0), goal, rtol=1e-5)
    change = (device.mean_at(state, DAY) - goal).astype(np.float64)
    shift = float(device.measured_shift(goal[:1], DAY)[0])
    sigma = float((device.measured_sigma(goal[:1], DAY) - device.measured_sigma(goal[:1], 0.0))[0])
    assert sigma > 0
    assert abs(change.mean() - shift) < 5 * sigma / np.sqrt(SAMPLES) + 1e-6 * device.g_max
    assert change.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * SAMPLES) + 1e-3)
