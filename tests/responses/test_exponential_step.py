"""Exponential steps by hand and as published."""

import math

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.reading import from_plain
from chipsim.responses import ExponentialStep, Response
from chipsim.streams import Stream


def published(name, **changes):
    device = from_plain(Response, {"component": name}).having(**ALIKE, **changes)
    return device, *device.instantiate((1, 1), Stream(), Stream())


@pytest.mark.parametrize("weight", [-0.9, 0.0, 0.4])
def test_steps_of_resistive_memory(weight):
    device, cells, _ = published("reram-es")
    z = 2 * -0.5 * weight / 2 - 0.5
    up, down = device.mean_steps(cells, np.full((1, 1), weight))
    assert up[0, 0] == pytest.approx(0.00135 * (1 + 1.18445 * math.exp(5 * z)), rel=1e-5)
    assert down[0, 0] == pytest.approx(0.00135 * (1 - 0.259359) * (1 + 0.081404 * math.exp(-5 * z)), rel=1e-5)


def test_a_pulse_never_goes_backwards():
    device = ExponentialStep(a_up=2.0, gamma_up=3.0, slope=1.0, offset=0.0, **QUIET, **ALIKE)
    cells, _ = device.instantiate((1, 1), Stream(), Stream())
    up, _ = device.mean_steps(cells, np.zeros((1, 1)))
    assert up[0, 0] == 0  # 1 - 2 exp(0) < 0
    assert pulsed(device, cells, np.full((1, 1), 0.2), [1] * 3)[0, 0] == pytest.approx(0.2)


def test_phase_change_rises_fast_and_saturates():
    device, cells, _ = published("pcm-one-sided", **QUIET)
    first = pulsed(device, cells, np.zeros((1, 1)), [1])[0, 0]
    assert first == pytest.approx(0.01 * 28.235, rel=1e-5)
    second = pulsed(device, cells, np.zeros((1, 1)), [1, 1])[0, 0]
    assert second == pytest.approx(first + 0.01 * (1 + 27.235 * math.exp(-2.5 * first)), rel=1e-5)  # z = 2 a v / (high - low) = -v
    later = [pulsed(device, cells, np.zeros((1, 1)), [1] * count)[0, 0] for count in (10, 20, 40)]
    assert 0.8 < later[0] < later[1] < later[2] < 2
    assert later[2] - later[1] < 0.4 * (later[1] - first)


def test_noise_of_three_parts():
    device = from_plain(Response, {"component": "pcm-one-sided"}).having(**ALIKE, reset=0.0, reset_noise=0.0, reset_spread=0.0)
    cells, _ = device.instantiate((100, 400), Stream(), Stream())
    after = pulsed(device, cells, np.ones((100, 400)), [1])
    step = 0.01 * (1 + 27.235 * math.exp(-2.5))
    sigma = 0.6 * (step + 0.042 + 0.108)
    assert after.mean() == pytest.approx(1 + step, abs=4 * sigma / 200)
    assert after.std() == pytest.approx(sigma, rel=4 / 200)


def test_granularity_is_that_of_both_directions():
    device, _, _ = published("reram-es")
    up, down = 0.00135 * (1 + 1.18445 * math.exp(-2.5)), 0.00135 * (1 - 0.259359) * (1 + 0.081404 * math.exp(2.5))
    assert device.granularity == pytest.approx((up + down) / 2, rel=1e-5)
