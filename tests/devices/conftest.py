"""Closed forms in float64, as oracles for the tests of each device, and an example of every type."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from chipsim.devices import PCM, Device
from chipsim.streams import Stream

HOUR, DAY, YEAR = 3600.0, 86400.0, 365 * 86400.0
TIMES = (1.0, HOUR, DAY, 30 * DAY, YEAR)


def rectified(mean, sigma):
    """First and second moment of max(N(mean, sigma), 0)."""
    z = mean / sigma
    first = mean * norm.cdf(z) + sigma * norm.pdf(z)
    return first, (mean**2 + sigma**2) * norm.cdf(z) + mean * sigma * norm.pdf(z)


def folded_laplace(mean, sigma, rate):
    """E exp(-rate |N(mean, sigma)|), the Laplace transform of a folded normal."""
    near = np.exp(-rate * mean + (rate * sigma) ** 2 / 2) * norm.cdf(mean / sigma - rate * sigma)
    far = np.exp(rate * mean + (rate * sigma) ** 2 / 2) * norm.cdf(-mean / sigma - rate * sigma)
    return near + far


def drifted(target, sigma, exponent_mean, exponent_sigma, ratio):
    """Mean and standard deviation of max(N(target, sigma), 0) * ratio**-|N(exponent_mean, exponent_sigma)|."""
    first, second = rectified(target, sigma)
    mean = first * folded_laplace(exponent_mean, exponent_sigma, np.log(ratio))
    square = second * folded_laplace(exponent_mean, exponent_sigma, 2 * np.log(ratio))
    return mean, np.sqrt(square - mean**2)


def within_sampling_error(samples, mean, sigma):
    """Whether sample mean and standard deviation lie within five standard errors of what they should be."""
    values = np.asarray(samples, np.float64)
    spread = values.std()
    kurtosis = ((values - values.mean()) ** 4).mean() / spread**4
    mean_error = abs(values.mean() - mean) / (sigma / np.sqrt(values.size))
    sigma_error = abs(spread / sigma - 1) / np.sqrt((kurtosis - 1) / (4 * values.size))
    return mean_error < 5 and sigma_error < 5, f"off by {mean_error:.1f} and {sigma_error:.1f} standard errors"


def clipped(mean, sigma, low, high):
    """Mean and standard deviation of min(max(N(mean, sigma), low), high)."""
    a, b = (low - mean) / sigma, (high - mean) / sigma
    inside = norm.cdf(b) - norm.cdf(a)
    first = mean * inside + sigma * (norm.pdf(a) - norm.pdf(b)) + low * norm.cdf(a) + high * norm.sf(b)
    square = (mean**2 + sigma**2) * inside + sigma * ((mean + low) * norm.pdf(a) - (mean + high) * norm.pdf(b))
    square += low**2 * norm.cdf(a) + high**2 * norm.sf(b)
    return first, np.sqrt(square - first**2)


def synthetic_traces(device, levels, count, times, seed=0):
    """Target [n], conductance [n, m] of `count` devices at each level, without read noise."""
    target = np.repeat(levels, count)
    programmed = device.program(target, Stream(seed))
    return target, np.stack([device.mean_at(programmed, time) for time in times], axis=1).astype(np.float64)


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """A device of any type by its name; a new type with compulsory keys needs an example here."""
    file = tmp_path_factory.mktemp("traces") / "traces.npz"
    times = np.array([20.0, 100.0, 3600.0, 86400.0])
    target, conductance = synthetic_traces(PCM(), np.linspace(0, 20e-6, 5), 12, times)
    np.savez(file, target=target, time=times, conductance=conductance)
    keys = {
        "measured": {
            "conductances": (0.0, 5e-6, 20e-6),
            "programming": (1e-7, 5e-7, 8e-7),
            "programming_shift": (1e-7, 0.0, -1e-7),
            "drift_mean": (0.05, 0.06, 0.03),
            "drift_spread": (0.02, 0.01, 0.005),
            "drift_start": 20.0,
            "drift_until": 1e6,
            "read_noise": (0.0, 1e-7, 2e-7),
        },
        "measured-traces": {"file": str(file)},
    }
    return lambda name: Device.members[name](**keys.get(name, {}))


@pytest.fixture(scope="session")
def laws():
    """The oracles above."""
    return SimpleNamespace(
        times=TIMES,
        rectified=rectified,
        folded_laplace=folded_laplace,
        drifted=drifted,
        clipped=clipped,
        synthetic_traces=synthetic_traces,
        within_sampling_error=within_sampling_error,
    )
