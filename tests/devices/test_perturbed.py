"""The law of devices that are known by mean and spread at a few times, on a made-up member."""

import numpy as np
import pytest

from chipsim.devices import SONOS, RRAMWan2022
from chipsim.devices.perturbed import Perturbed
from chipsim.streams import Stream

SAMPLES = 60_000


class Growing(Perturbed):
    """Mean T + 1 uS per second, spread 1 uS at first and 3 uS after a second."""

    def measured_shift(self, target, time):
        return np.float32(1e-6 * time) + 0 * target

    def measured_sigma(self, target, time):
        return np.float32(1e-6 * (1 + 2 * min(time, 1.0))) + 0 * target


@pytest.mark.parametrize("target", [0.0, 1e-6, 5e-6, 25e-6])
@pytest.mark.parametrize(("program", "drift"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_mean_and_spread(target, program, drift, laws):
    device = Growing(program_scale=program, drift_scale=drift)
    programmed = device.program(np.full(SAMPLES, target), Stream(2))
    for time in (0.0, 0.25, 1.0, 3.0):
        mean, sigma = target + drift * 1e-6 * time, program * 1e-6 * (1 + drift * 2 * min(time, 1.0))
        first, second = laws.rectified(mean, sigma)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), first, np.sqrt(second - first**2))
        assert right, f"{time} s {text}"


def test_a_device_keeps_its_place_in_the_distribution():
    device = Growing()
    programmed = device.program(np.full(1000, 20e-6), Stream(3))
    start, later = programmed.conductance - 20e-6, device.mean_at(programmed, 1.0) - 21e-6
    np.testing.assert_allclose(later, 3 * start, atol=2e-11)


def test_time_alone_can_be_left_out():
    still, silent = Growing(drift_scale=0.0), Growing(program_scale=0.0)
    programmed = still.program(np.full(9, 5e-6), Stream(1))
    np.testing.assert_array_equal(still.mean_at(programmed, 7.0), programmed.conductance)
    np.testing.assert_allclose(silent.mean_at(silent.program([5e-6], Stream(1)), 7.0), [12e-6], rtol=1e-6)


@pytest.mark.parametrize("device", [RRAMWan2022(), SONOS()])
def test_the_memory_is_target_and_number(device):
    target = np.linspace(0, device.g_max, 50)
    goal, scatter = device.program(target, Stream(4)).memory
    np.testing.assert_allclose(goal, target, rtol=1e-6)
    np.testing.assert_array_equal(scatter, device.program(target[::-1], Stream(4)).memory[1])
