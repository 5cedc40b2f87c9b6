"""Moments in closed form against quadrature and against devices."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from chipsim.devices import HERMES, MRAM, PCM, Capacitor, Device, Ideal, Measured, RRAMWan2022
from chipsim.devices.moments import Moments, clipped, decay, expectation, power, product, rectified
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES = 60_000
HOUR, DAY, YEAR = 3600.0, 86400.0, 3.15e7
PAIRS = [(1.0, 0.3), (0.5, 1.0), (-0.4, 0.7), (0.0, 2.0), (25.0, 0.01)]


def integral(law, mean, sigma):
    """E law(N(mean, sigma)) by adaptive integration in units of sigma, split where the argument changes its sign."""
    edge = float(np.clip(-mean / sigma, -9.9, 9.9))
    halves = [quad(lambda z: law(mean + sigma * z) * norm.pdf(z), a, b, epsabs=0, epsrel=1e-10) for a, b in ((-10, edge), (edge, 10))]
    return sum(value for value, _ in halves)


@pytest.mark.parametrize(("mean", "sigma"), PAIRS)
def test_a_rectified_normal(mean, sigma):
    first, variance = rectified(mean, sigma)
    wanted = integral(lambda g: max(g, 0), mean, sigma)
    assert first == pytest.approx(wanted, rel=1e-8)
    assert variance == pytest.approx(integral(lambda g: (max(g, 0) - wanted) ** 2, mean, sigma), rel=1e-6)


@pytest.mark.parametrize(("mean", "sigma"), [(0.05, 0.008), (0.1, 0.045), (0.0, 0.1), (1.0, 0.3), (0.05, 1e-4)])
@pytest.mark.parametrize("rate", [0.0, 1e-3, 1.0, 14.0, 400.0])
def test_the_decay_of_a_folded_normal(mean, sigma, rate):
    first, variance = decay(mean, sigma, rate)
    wanted = integral(lambda nu: np.exp(-rate * abs(nu)), mean, sigma)
    assert first == pytest.approx(wanted, rel=1e-8)
    square = integral(lambda nu: (np.exp(-rate * abs(nu)) - wanted) ** 2, mean, sigma)
    assert variance == pytest.approx(square, rel=1e-5, abs=1e-14 * wanted**2)


def test_a_decay_of_any_length_stays_a_number():
    rates = np.geomspace(1e-3, 1e15, 40)
    first = np.array([decay(1.0, 0.3, rate)[0] for rate in rates])
    assert (np.diff(first) < 0).all()
    late = rates > 1e4  # E exp(-a |x|) -> 2 density(0) / a
    np.testing.assert_allclose(first[late], 2 * norm.pdf(1 / 0.3) / 0.3 / rates[late], rtol=1e-3)


def test_without_a_spread_nothing_varies():
    np.testing.assert_array_equal(rectified([2.0, 0.0, -1.0], 0.0), [[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    first, variance = decay([0.05, 0.0], 0.0, 10.0)
    np.testing.assert_allclose(first, [np.exp(-0.5), 1.0], rtol=1e-14)
    assert not variance.any()
    assert expectation(lambda g: g**2, 3.0, 0.0) == pytest.approx(9.0, rel=1e-9)


@pytest.mark.parametrize(("mean", "sigma"), PAIRS)
def test_the_quadrature(mean, sigma):
    for law in (lambda g: g**2, lambda g: 1 - np.exp(-g), lambda g: g**0.7):
        found = expectation(law, mean, sigma)
        assert found == pytest.approx(integral(lambda g, law=law: law(max(g, 0.0)), mean, sigma), rel=2e-4)
    shaped = expectation(np.square, np.ones((2, 3)), np.full((2, 3), 0.1))
    np.testing.assert_allclose(shaped, np.full((2, 3), 1.01), rtol=1e-9)


@pytest.mark.parametrize(("mean", "sigma"), [*PAIRS, (2.5, 0.0), (-3.0, 0.0), (9.0, 0.0)])
def test_a_clipped_normal(mean, sigma, laws):
    first, variance = clipped(mean, sigma, -0.5, 3.0)
    wanted = laws.clipped(mean, sigma, -0.5, 3.0) if sigma > 0 else (min(max(mean, -0.5), 3.0), 0.0)
    assert (float(first), np.sqrt(variance)) == (pytest.approx(wanted[0], rel=1e-9), pytest.approx(wanted[1], rel=1e-6, abs=1e-7))


@pytest.mark.parametrize("rate", [0.0, 1.0, 14.0])
def test_the_power_law_of_a_normal(rate):
    first, variance = power(0.05, 0.02, rate)
    wanted = integral(lambda nu: np.exp(-rate * nu), 0.05, 0.02)
    assert first == pytest.approx(wanted, rel=1e-9)
    assert variance == pytest.approx(integral(lambda nu: (np.exp(-rate * nu) - wanted) ** 2, 0.05, 0.02), rel=1e-6, abs=1e-20)


def test_a_law_that_is_not_zero_at_zero():
    assert expectation(lambda g: np.cos(g), 0.2, 0.5) == pytest.approx(integral(lambda g: np.cos(max(g, 0.0)), 0.2, 0.5), rel=1e-8)
    assert expectation(lambda g: g + 3.0, -1.0, 0.0) == pytest.approx(3.0)


def test_a_product_of_independent_numbers():
    generator = np.random.default_rng(0)
    x, y = generator.normal(2, 0.5, 10**6), generator.normal(-1, 0.3, 10**6)
    mean, variance = product((np.float64(2), np.float64(0.25)), (np.float64(-1), np.float64(0.09)))
    assert (x * y).mean() == pytest.approx(mean, abs=5e-3)
    assert (x * y).var() == pytest.approx(variance, rel=0.01)


@pytest.mark.parametrize("name", sorted(Device.members))
def test_moments_are_those_of_many_devices(name, examples, laws):
    """Within five standard errors of the devices, plus five of the 4096 devices where there is no closed form."""
    device = examples(name)
    if name == "capacitor":  # after many lifetimes all depends on the few devices that hardly leak
        device = device.having(read_noise=0.02, rest=8e-6, lifetime=YEAR)
    inside = device.g_min + np.array([0.0, 0.03, 0.4, 1.0]) * (device.g_max - device.g_min)
    closed = type(device).moments_at is not Device.moments_at
    for target in device.states or inside:
        programmed = device.program(np.full(SAMPLES, target), Stream(8).child(str(target)))
        for time in filter(device.covered.cover, (0.0, 1.0, HOUR, DAY, YEAR)):
            found = device.moments_at(target, time)
            values = device.mean_at(programmed, time).astype(np.float64)
            noise = (device.read_sigma_at(programmed, time).astype(np.float64) ** 2).mean() ** 0.5
            count = SAMPLES if closed else 4096
            kurtosis = ((values - values.mean()) ** 4).mean() / max(values.var(), 1e-40) ** 2
            error = 5 * values.std() / np.sqrt(count) + 1e-6 * device.g_max
            assert abs(found.mean - values.mean()) < error
            assert abs(found.sigma - values.std()) < error * np.sqrt(max(kurtosis - 1, 0.0) / 4) + 1e-6 * device.g_max
            assert found.read == pytest.approx(noise, rel=0.01 if closed else 0.05, abs=1e-7 * device.g_max)


@pytest.mark.parametrize("device", [PCM(), HERMES(), PCM(program_scale=3.0, drift_scale=2.0, read_scale=0.5)])
@pytest.mark.parametrize("share", [0.002, 0.3, 1.0])
def test_moments_of_phase_change_against_integration(device, share):
    target, passed = share * device.g_max, np.log1p(DAY / device.first_reading)
    sigma = float(device.programming_sigma(target))
    m, s = float(device.exponent_mean(target)), float(device.exponent_sigma(target))
    unit = sigma  # integrals in units of the programming error, not in siemens: quad's tolerances are absolute
    one = unit * integral(lambda g: max(g, 0), target / unit, 1.0) * integral(lambda nu: np.exp(-passed * abs(nu)), m, s)
    square = integral(lambda g: max(g, 0) ** 2, target / unit, 1.0)
    two = unit**2 * square * integral(lambda nu: np.exp(-2 * passed * abs(nu)), m, s)
    found = device.moments_at(target, DAY)
    assert found.mean == pytest.approx(one, rel=1e-5)
    assert found.sigma == pytest.approx(np.sqrt(two - one**2), rel=1e-4)

    def square_of_noise(g):
        state = np.float32(max(g * unit / device.g_max, 1e-7))
        return max(g, 0) ** 2 * float(device.relative_noise(np.array([state]))[0]) ** 2

    fine = np.linspace(-8, 8, 40_001)
    noise = np.sum([square_of_noise(target / unit + z) * norm.pdf(z) for z in fine]) * (fine[1] - fine[0])
    growth = device.read_scale * device.accumulation(DAY)
    wanted = unit * growth * np.sqrt(noise * integral(lambda nu: np.exp(-2 * passed * abs(nu)), m, s))
    assert found.read == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("name", sorted(Device.members))
def test_shape_type_and_determinism(name, examples):
    device = examples(name)
    time = next(t for t in (HOUR, DAY, 0.0) if device.covered.cover(t))
    target = np.resize(device.states or np.linspace(device.g_min, device.g_max, 5), (2, 3, 2))
    found = device.moments_at(target, time)
    assert isinstance(found, Moments)
    assert [(part.shape, part.dtype) for part in found] == [((2, 3, 2), np.dtype(np.float64))] * 3
    assert all((part >= 0).all() and np.isfinite(part).all() for part in found)
    np.testing.assert_array_equal(found, device.moments_at(target, time))
    for part, alone in zip(found, device.moments_at(target[1, 2, 1], time), strict=True):
        assert np.shape(alone) == ()
        assert part[1, 2, 1] == pytest.approx(float(alone), rel=1e-12)
    assert all(part.shape == (0,) for part in device.moments_at([], time))


def test_scales_of_zero_leave_the_target():
    for device in (PCM, Capacitor, Ideal, RRAMWan2022):
        scales = {name: 0.0 for name in device.model_fields if name.endswith("_scale")}
        found = device(**scales).moments_at([1e-6, 20e-6], DAY)
        np.testing.assert_allclose(found.mean, [1e-6, 20e-6], rtol=1e-6)
        np.testing.assert_allclose(found.sigma, 0, atol=1e-12)
        assert not found.read.any()


def test_what_moments_refuse():
    with pytest.raises(InputError, match="is not covered"):
        Measured(conductances=(0, 1e-6), programming=(0, 0)).moments_at([1e-6], 1.0)
    for device in (PCM(), Capacitor(), Ideal(), RRAMWan2022(), MRAM()):
        with pytest.raises(InputError, match=r"\.program: target .* are outside"):
            device.moments_at([device.g_max, 2 * device.g_max], 0.0)
        with pytest.raises(InputError, match="read time of -1"):
            device.moments_at([device.g_max], -1.0)


@pytest.mark.parametrize("device", [PCM(), Capacitor(), Measured(conductances=(0, 2e-5), programming=(1e-7, 1e-6))])
def test_moments_of_a_device_without_a_closed_form_come_from_its_own_laws(device):
    target = np.array([[0.0, 5e-6], [5e-6, 2e-5]])
    for time in filter(device.covered.cover, (0.0, 1.0)):
        sampled, exact = Device.moments_at(device, target, time), device.moments_at(target, time)
        np.testing.assert_array_equal(sampled, Device.moments_at(device, target, time))
        np.testing.assert_allclose(sampled.mean, exact.mean, atol=5 * exact.sigma.max() / 64)
        np.testing.assert_allclose(sampled.sigma, exact.sigma, rtol=5 / np.sqrt(2 * 4096) * 1.5)
        np.testing.assert_allclose(sampled.read, exact.read, rtol=0.03)
        np.testing.assert_array_equal(sampled.mean[0, 1], sampled.mean[1, 0])
        assert sampled.mean[1, 1] == Device.moments_at(device, 2e-5, time).mean
