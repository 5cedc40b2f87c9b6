"""Moments of many devices in closed form: normals that are cut off, their decay, and quadrature for the rest.

    max(N(m, s), 0)        mean = m F(z) + s f(z),    variance = s**2 F(z) - (s f(z) - m F(-z)) mean,    z = m / s
    min(max(.., p), q)     m + s e,    s**2 (r - e**2),    e = a F(a) + b F(-b) + f(a) - f(b),    a, b = (p - m) / s, (q - m) / s,
                           r = F(b) - F(a) + a f(a) - b f(b) + a**2 F(a) + b**2 F(-b)
    E exp(-a |N(m, s)|)    exp(b - a m) F(z - a s) + exp(b + a m) F(-z - a s),    b = (a s)**2 / 2
    E exp(-a N(m, s))      exp(b - a m)
    E h(max(N(m, s), 0))   Gauss-Legendre over what is above zero, within eight standard deviations of m, and h(0) F(-z)

f, F density and distribution of the standard normal; m, s mean and standard deviation; h any law. Float64 arrays of any shape; s of
0 is allowed everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx, ndtr

Numbers = NDArray[np.float64]
WIDTH, NODES = 8.0, 80  # of the quadrature: standard deviations on either side, points
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)


class Moments(NamedTuple):
    """What is known of many devices written to one target, float64 in the shape of the targets, all in S.

    `mean` conductance, `sigma` its standard deviation from device to device, without read noise; `read` root of the mean square of
    the read noise.
    """

    mean: Numbers
    sigma: Numbers
    read: Numbers


def density(z: Numbers) -> Numbers:
    """Density of the standard normal."""
    result: Numbers = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return result


def rectified(mean: ArrayLike, sigma: ArrayLike) -> tuple[Numbers, Numbers]:
    """Mean and variance of max(N(mean, sigma), 0)."""
    m, s = np.asarray(mean, np.float64), np.asarray(sigma, np.float64)
    z = _standard(m, s)
    inside, edge = ndtr(z), s * density(z)
    first = m * inside + edge
    return first, np.maximum(s * s * inside - (edge - m * ndtr(-z)) * first, 0)


def clipped(mean: ArrayLike, sigma: ArrayLike, low: float, high: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of min(max(N(mean, sigma), low), high)."""
    m, s = np.asarray(mean, np.float64), np.asarray(sigma, np.float64)
    a, b = (np.clip(-_standard(m - end, s), -40.0, 40.0) for end in (low, high))  # ends in units of sigma
    below, above, at_low, at_high = ndtr(a), ndtr(-b), density(a), density(b)
    first = a * below + b * above + at_low - at_high
    second = (1 - below - above) + a * at_low - b * at_high + a * a * below + b * b * above
    return np.clip(m + s * first, low, high), s * s * np.maximum(second - first * first, 0)


def decay(mean: ArrayLike, sigma: ArrayLike, rate: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of exp(-rate |N(mean, sigma)|), rate >= 0."""
    m, s = np.abs(np.asarray(mean, np.float64)), np.asarray(sigma, np.float64)
    first = _folded(m, s, rate)
    return first, np.where(s > 0, np.maximum(_folded(m, s, 2 * rate) - first * first, 0), 0)


def power(mean: ArrayLike, sigma: ArrayLike, rate: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of exp(-rate N(mean, sigma)), which is lognormal."""
    m, square = np.asarray(mean, np.float64), (rate * np.asarray(sigma, np.float64)) ** 2
    first: Numbers = np.exp(square / 2 - rate * m)
    return first, first * first * np.expm1(square)


def product(one: tuple[Numbers, Numbers], other: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
    """Mean and variance of the product of two independent numbers, from mean and variance of each."""
    (m, v), (n, w) = one, other
    return m * n, v * w + v * n * n + w * m * m


def expectation(law: Callable[[Numbers], ArrayLike], mean: ArrayLike, sigma: ArrayLike) -> Numbers:
    """E law(max(N(mean, sigma), 0)) for a law that takes arrays; relative error about 1e-9 for smooth laws."""
    m, s = (np.asarray(x, np.float64)[..., None] for x in (mean, sigma))
    low = np.clip(-_standard(m, s), -WIDTH, WIDTH)
    x = low + (WIDTH - low) * (_POINTS + 1) / 2
    values = np.asarray(law(np.maximum(m + s * x, 0)), np.float64)
    above: Numbers = (values * density(x) @ _WEIGHTS) * ((WIDTH - low[..., 0]) / 2)
    below: Numbers = np.asarray(law(np.zeros(1)), np.float64)[0] * ndtr(low[..., 0])
    return above + below


def _standard(mean: Numbers, sigma: Numbers) -> Numbers:
    """mean / sigma; with sigma 0 infinite, of the sign of the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sigma > 0, mean / sigma, np.where(mean >= 0, np.inf, -np.inf))


def _folded(mean: Numbers, sigma: Numbers, rate: float) -> Numbers:
    """E exp(-rate |N(mean, sigma)|) for mean >= 0."""
    z, step = _standard(mean, sigma), rate * sigma
    peak = 0.5 * np.exp(-0.5 * z * z)  # exp(b -+ a m) F(+-z - a s) = peak erfcx((a s -+ z) / sqrt 2) overflows nowhere below
    near = np.where(z > step, np.exp(np.minimum(step * step / 2 - rate * mean, 0)) * ndtr(z - step), 0)
    far = peak * np.where(z > step, 0, erfcx(np.maximum(step - z, 0) / np.sqrt(2)))
    result: Numbers = near + far + peak * erfcx((step + z) / np.sqrt(2))
    return result
