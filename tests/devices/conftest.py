"""Closed forms of the laws of phase-change memory, in float64, as oracles for the tests of each fit."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

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


@pytest.fixture(scope="session")
def laws():
    """The oracles above."""
    return SimpleNamespace(
        times=TIMES,
        rectified=rectified,
        folded_laplace=folded_laplace,
        drifted=drifted,
        within_sampling_error=within_sampling_error,
    )
