"""Fitting goes round: readings of a simulated device are fitted, and the fit has the moments of that device."""

import numpy as np
import pytest

from chipsim.devices import PCM, fit
from chipsim.devices.readings import Readings
from chipsim.errors import InputError
from chipsim.streams import Stream

LEVELS = np.array([2.0, 4.0, 8.0, 14.0, 20.0, 25.0]) * 1e-6
COUNT, REPEATS = 1500, 10
TIMES = np.array([0.0, 80.0, 980.0, 9980.0, 86380.0])
TRUTH = PCM()


def readings(target, conductance, time=None):
    """Readings [n, m] of n devices as a file would hold them."""
    count, repeats = conductance.shape
    device = np.repeat(np.arange(count), repeats)
    times = None if time is None else np.tile(time, count)
    names = tuple(f"'{number}'" for number in range(count))
    return Readings(np.repeat(target, repeats), conductance.reshape(-1).astype(float), times, device, names, "made up")


@pytest.fixture(scope="module")
def evidence():
    """Readings of 1500 simulated devices at each of six targets: after programming, over a day, ten times each."""
    target = np.repeat(LEVELS, COUNT)
    first = TRUTH.program(target, Stream(1))
    drifting = TRUTH.program(target, Stream(2))
    history = np.stack([TRUTH.read_at(drifting, time, Stream(3).child(f"{time}")) for time in TIMES], axis=1)
    exact = PCM(program_scale=0.0).program(target, Stream(1))
    repeated = np.stack([TRUTH.read_at(exact, 0.0, Stream(4).child(f"{k}")) for k in range(REPEATS)], axis=1)
    return (
        readings(target, first.conductance[:, None]),
        readings(target, history, TIMES + 20.0),
        readings(target, repeated),
    )


@pytest.fixture(scope="module")
def tables(evidence):
    programming, retention, repeated = evidence
    return fit.programming_table(programming), fit.drift_table(retention), fit.noise_table(repeated)


def test_the_programming_error_is_found_within_its_sampling_error(tables):
    sigma = TRUTH.programming_sigma(LEVELS)
    np.testing.assert_array_less(np.abs(tables[0].spread / sigma - 1), 5 / np.sqrt(2 * COUNT))
    np.testing.assert_array_less(np.abs(tables[0].mean) / sigma, 5 / np.sqrt(COUNT))


def test_exponents_are_found_although_the_readings_are_noisy(tables):
    """Read noise of 4 to 8 % adds 0.006 to 0.01 to the scatter of single exponents; it must not pass for their spread."""
    exponent = tables[1].exponent
    mean, spread = TRUTH.exponent_mean(LEVELS), TRUTH.exponent_sigma(LEVELS)
    scatter = np.hypot(spread, 0.01)
    np.testing.assert_array_less(np.abs(exponent.mean - mean), 5 * scatter / np.sqrt(COUNT))
    np.testing.assert_array_less(np.abs(exponent.spread**2 - spread**2), 8 * scatter**2 / np.sqrt(COUNT))
    assert (tables[1].start, tables[1].until) == (20.0, 86400.0)


def test_the_read_noise_is_found(tables):
    exact = PCM(program_scale=0.0)
    wanted = exact.read_sigma_at(exact.program(LEVELS, Stream()), 0.0)
    np.testing.assert_allclose(tables[2].spread, wanted, rtol=5 / np.sqrt(2 * COUNT * (REPEATS - 1)))


def test_devices_made_from_the_tables_have_the_moments_of_those_measured(tables, laws):
    device = fit.measured(*tables)
    samples = 20_000
    for level in LEVELS:
        sigma, mean, spread = (float(f(level)) for f in (TRUTH.programming_sigma, TRUTH.exponent_mean, TRUTH.exponent_sigma))
        programmed = device.program(np.full(samples, level), Stream(9).child(f"{level}"))
        for time in (0.0, 3600.0, 86400.0):
            wanted = laws.drifted(level, sigma, mean, spread, (time + 20) / 20) if time else laws.rectified(level, sigma)
            first = wanted[0]
            second = wanted[1] if time else np.sqrt(wanted[1] - first**2)
            found = device.mean_at(programmed, time)
            error = 5 * second * np.sqrt(1 / COUNT + 1 / samples)
            assert abs(found.mean() - first) < error, f"{level} at {time} s"
            assert found.std() == pytest.approx(second, rel=5 / np.sqrt(2 * COUNT)), f"{level} at {time} s"


def test_times_may_count_from_the_first_reading(evidence, tables):
    retention = evidence[1]
    shifted = retention._replace(time=retention.time - 20.0)
    found = fit.drift_table(shifted, start=20.0)
    np.testing.assert_allclose(found.exponent.mean, tables[1].exponent.mean, rtol=1e-9)
    assert found.until == 86380.0
    with pytest.raises(InputError, match="the first reading is at 0 s, where a power law has no beginning"):
        fit.drift_table(shifted)


def test_the_formulas_of_the_family_are_recovered(tables):
    found = fit.pcm(fit.measured(*tables))
    np.testing.assert_allclose(found.programming_sigma(LEVELS), TRUTH.programming_sigma(LEVELS), rtol=0.06)
    np.testing.assert_allclose(found.exponent_mean(LEVELS), TRUTH.exponent_mean(LEVELS), rtol=0.06)
    np.testing.assert_allclose(found.exponent_sigma(LEVELS), TRUTH.exponent_sigma(LEVELS), rtol=0.15)
    assert (found.noise, found.noise_power) == (pytest.approx(TRUTH.noise, rel=0.02), pytest.approx(TRUTH.noise_power, rel=0.03))


def test_formulas_are_exact_on_tables_without_noise():
    levels = np.linspace(0.5e-6, 25e-6, 30)
    exact = PCM(program_scale=0.0)
    noise = fit.Table(levels, levels, exact.read_sigma_at(exact.program(levels, Stream()), 0.0).astype(float))
    exponent = fit.Table(levels, *(f(levels).astype(float) for f in (TRUTH.exponent_mean, TRUTH.exponent_sigma)))
    programming = fit.Table(levels, 0 * levels, TRUTH.programming_sigma(levels).astype(float))
    found = fit.pcm(fit.measured(programming, fit.Drift(exponent, 20.0, 86400.0), noise))
    for name in ("programming", "mean_slope", "mean_offset", "mean_low", "spread_slope", "spread_offset", "spread_low", "noise"):
        np.testing.assert_allclose(getattr(found, name), getattr(TRUTH, name), rtol=2e-3, err_msg=name)


def test_trends_in_repeated_readings_are_not_noise():
    generator = np.random.default_rng(3)
    time = np.geomspace(10.0, 1000.0, 12)
    target = np.repeat([5e-6, 10e-6], 300)
    falling = target[:, None] * (1 - 0.05 * np.log(time / 10)) + 0.02e-6 * generator.standard_normal((600, 12))
    found = fit.noise_table(readings(target, falling, time))
    np.testing.assert_allclose(found.spread / np.array([5e-6, 10e-6]) * found.mean, 0.02e-6, rtol=0.05)
    assert fit.noise_table(readings(target, falling)).spread[0] > 0.3e-6


def test_tables_meet_on_the_targets_that_all_cover(tables):
    programming, drift, noise = tables
    short = fit.Table(*(column[1:5] for column in drift.exponent))
    device = fit.measured(programming, drift._replace(exponent=short), noise)
    assert (device.g_min, device.g_max) == (4e-6, 20e-6)
    held = fit.measured(programming, drift._replace(exponent=short), noise, hold_ends=True)
    assert (held.g_min, held.g_max) == (2e-6, 25e-6)
    assert held.drift_mean[0] == held.drift_mean[1]
    far = fit.Table(short.level + 1e-3, short.mean, short.spread)
    with pytest.raises(InputError, match=r"the files share 0 programmed target\(s\); expected two or more"):
        fit.measured(programming, drift._replace(exponent=far))


def test_what_cannot_be_fitted_is_one_sentence(evidence, tables):
    programming, retention, repeated = evidence
    with pytest.raises(InputError, match="a device is read more than once without times"):
        fit.programming_table(repeated)
    dead = retention.conductance.copy()
    dead[5:8] = 0.0
    with pytest.raises(InputError, match=r"device '1' reads 0 S most of the time, which no power law does \(1 device\(s\)\)"):
        fit.drift_table(retention._replace(conductance=dead))
    with pytest.raises(InputError, match=r"1 reading\(s\) of each device are too few"):
        fit.noise_table(programming)
    with pytest.raises(InputError, match="need four targets or more with programming, retention and read noise"):
        fit.pcm(fit.measured(tables[0]))
