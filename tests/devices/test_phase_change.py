"""The laws that all fits of phase-change memory share."""

from itertools import pairwise

import numpy as np
import pytest

from chipsim.devices import PCM, Device
from chipsim.devices.device import Programmed
from chipsim.devices.phase_change import PhaseChange, clipped_line, polynomial
from chipsim.errors import InputError
from chipsim.streams import Stream

STREAM = Stream(11)


@pytest.mark.parametrize("name", sorted(name for name, member in Device.members.items() if issubclass(member, PhaseChange)))
def test_conductances_fall_with_time(name):
    device = Device.members[name]()
    programmed = device.program(np.linspace(device.g_min, device.g_max, 400), STREAM)
    assert (programmed.exponent >= 0).all()
    means = [device.mean_at(programmed, time) for time in (0.0, 1.0, 3600.0, 86400.0, 3.15e7)]
    for earlier, later in pairwise(means):
        assert (later <= earlier).all()


def test_the_growth_of_the_noise_has_its_published_values(laws):
    assert [round(PCM().accumulation(time), 2) for time in laws.times] == [4.19, 4.76, 5.09, 5.41, 5.64]


def test_drift_is_a_power_law_from_the_first_reading():
    device = PCM()
    programmed = Programmed(np.float32([10e-6, 10e-6]), np.float32([0.05, 0.0]))
    ten_decades = device.mean_at(programmed, 20.0 * (1e10 - 1))
    np.testing.assert_allclose(ten_decades, [10e-6 * 10**-0.5, 10e-6], rtol=1e-5)
    np.testing.assert_array_equal(device.mean_at(programmed, 0.0), programmed.conductance)


def test_the_noise_follows_the_drifted_conductance_but_the_programmed_state():
    device = PCM()
    programmed = Programmed(np.float32([25e-6, 5e-6]), np.float32([0.05, 0.06]))
    mean = device.mean_at(programmed, 3600.0)
    wanted = mean * 0.0088 / np.array([1.0, 0.2]) ** 0.65 * np.sqrt(np.log((3620 + 250e-9) / 500e-9))
    np.testing.assert_allclose(device.read_sigma_at(programmed, 3600.0), wanted, rtol=1e-5)


def test_the_error_and_the_exponent_are_drawn_independently():
    programmed = PCM().program(np.full(100_000, 12e-6), STREAM)
    correlation = np.corrcoef(programmed.conductance, programmed.exponent)[0, 1]
    assert abs(correlation) < 5 / np.sqrt(100_000)
    assert PCM(program_scale=0.0).program([12e-6], STREAM).exponent == PCM().program([12e-6], STREAM).exponent


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_scales_multiply(scale):
    device, scaled = PCM(), PCM(program_scale=scale, drift_scale=scale, read_scale=scale)
    target = np.full(1000, 12e-6, np.float32)
    one, other = device.program(target, STREAM), scaled.program(target, STREAM)
    np.testing.assert_allclose(other.conductance - target, scale * (one.conductance - target), atol=1e-11)
    np.testing.assert_allclose(other.exponent, scale * one.exponent, rtol=1e-5)
    np.testing.assert_allclose(scaled.read_sigma_at(one, 3600.0), scale * device.read_sigma_at(one, 3600.0), rtol=1e-5)


def test_a_reading_scatters_with_the_stated_sigma():
    device = PCM()
    programmed = Programmed(np.full(200_000, 20e-6, np.float32), np.full(200_000, 0.05, np.float32))
    noise = device.read_at(programmed, 3600.0, STREAM) - device.mean_at(programmed, 3600.0)
    sigma = float(device.read_sigma_at(programmed, 3600.0)[0])
    assert abs(noise.mean()) < 5 * sigma / np.sqrt(200_000)
    assert noise.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * 200_000))


def test_a_fit_that_starts_before_its_first_reading_ends_is_refused():
    with pytest.raises(InputError, match=r"first reading, 100 ns after programming, is earlier than .*250 ns; raise drift_start"):
        PCM(drift_start=100e-9)


def test_polynomial_and_line():
    x = np.float32([0.5, 1.0])
    np.testing.assert_allclose(polynomial((1.0, 2.0, 4.0), x), [3.0, 7.0])
    np.testing.assert_allclose(
        clipped_line(-1.0, 0.1, 0.1, 0.5, np.float32([-5, -0.3, 0.2])), [0.5, 0.4, 0.1], rtol=1e-6
    )


def test_the_closed_forms_used_as_oracles_agree_with_quadrature(laws):
    x = np.linspace(-9, 9, 200_001)
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    assert laws.rectified(1.0, 0.8)[0] == pytest.approx((np.maximum(1 + 0.8 * x, 0) * weight).sum(), rel=1e-6)
    assert laws.rectified(1.0, 0.8)[1] == pytest.approx((np.maximum(1 + 0.8 * x, 0) ** 2 * weight).sum(), rel=1e-6)
    assert laws.folded_laplace(0.1, 0.08, 7.0) == pytest.approx((np.exp(-7 * abs(0.1 + 0.08 * x)) * weight).sum(), rel=1e-6)
