"""What the weights of architectures/standard-model.yaml become over time, against the published fit of phase-change memory.

S. R. Nandakumar et al., ICECS 2019, doi:10.1109/ICECS46596.2019.8964852, as used by M. J. Rasch et al., Nature Communications 14,
5282 (2023). Moments are those of normals cut off at zero and of powers with folded normal exponents, in closed form; x is the
target in full-scale cells of 25 uS. A figure agrees within 2 % or four standard errors, of which one is below 0.5 %.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kstest, norm

from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import load
from chipsim.streams import Stream

FILE = Path(__file__).parents[2] / "architectures" / "standard-model.yaml"
SIDE = 512
CELLS = SIDE * (SIDE - 1)
HOUR, DAY = 3600.0, 86400.0
TIMES = {"1 s": 1.0, "1 h": HOUR, "1 day": DAY, "1 month": 30 * DAY, "1 year": 365 * DAY}
TARGETS = (0.04, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
SWITCHES = {
    "programming": "tile.array.cell.device.program_scale=0",
    "drift": "tile.array.cell.device.drift_scale=0",
    "1/f noise": "tile.array.read_noise=off",
    "compensation": "tile.array.drift_compensation=none",
}
Floats = NDArray[np.float64]


def weights(target: float, *terms: str, age: float = 0.0, seed: int = 9) -> Floats:
    """CELLS weights written to `target` and read after `age`, with these terms of the standard model only."""
    return crossbar(target, *terms, seed=seed, age=age).matrix[1:].astype(np.float64).reshape(-1)


def crossbar(target: float, *terms: str, age: float = 0.0, seed: int = 9) -> Crossbar:
    array = load(FILE, Architecture, [switch for name, switch in SWITCHES.items() if name not in terms]).tile.array
    xbar = Crossbar(array, Stream(seed).child(f"{target}"))
    matrix = np.full((SIDE, SIDE), target, np.float32)
    matrix[0] = 1  # keeps the scale of each column
    xbar.program(matrix)
    xbar.drift_to(age)
    return xbar


# --- the published fit -------------------------------------------------------------------------------------------------------


def programming_sigma(x: float) -> float:
    return (0.26348 + 1.9650 * x - 1.1731 * x**2) / 25


def exponent(x: float) -> tuple[float, float]:
    """Mean and deviation of the drift exponent before its sign is dropped."""
    log = math.log(x)
    return min(max(-0.0155 * log + 0.0244, 0.049), 0.1), min(max(-0.0125 * log - 0.0059, 0.008), 0.045)


def noise_share(x: float, age: float) -> float:
    """Standard deviation of the accumulated 1/f noise as a share of the conductance."""
    return min(0.0088 / x**0.65, 0.2) * math.sqrt(math.log((age + 20 + 250e-9) / 500e-9))


def cut_off(mean: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of max(N(mean, sigma), 0)."""
    z = mean / sigma
    first = mean * norm.cdf(z) + sigma * norm.pdf(z)
    second = (mean**2 + sigma**2) * norm.cdf(z) + mean * sigma * norm.pdf(z)
    return first, second - first**2


def decay(x: float, age: float, power: int = 1) -> float:
    """E[((age + 20 s) / 20 s)**(-power |nu|)], nu normal: the transform of a folded normal."""
    m, s = exponent(x)
    rate = power * math.log((age + 20) / 20)
    near = math.exp(-rate * m + (rate * s) ** 2 / 2) * norm.cdf(m / s - rate * s)
    return near + math.exp(rate * m + (rate * s) ** 2 / 2) * norm.cdf(-m / s - rate * s)


def agree(sample: Floats, mean: float, deviation: float, spread: float = 1.0) -> None:
    """Mean and standard deviation of a sample against the published ones; `spread` widens the error of the latter."""
    errors = deviation / sample.size**0.5, spread * deviation / (2 * sample.size) ** 0.5
    for found, published, error in zip((sample.mean(), sample.std()), (mean, deviation), errors, strict=True):
        assert error < 0.005 * abs(published), "not enough samples to tell"
        assert abs(found - published) <= max(0.02 * abs(published), 4 * error)
    assert abs(sample.mean() - mean) <= 4 * errors[0] + 1e-6  # two parts in a hundred would hide a wrong law of drift


# --- term by term ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", TARGETS)
def test_programming(x: float) -> None:
    """The weight is the side that was written less the error of the side that was left at zero."""
    mean, variance = cut_off(x, programming_sigma(x))
    rest, rest_variance = cut_off(0.0, programming_sigma(0.0))
    agree(weights(x, "programming"), mean - rest, math.sqrt(variance + rest_variance))


def test_programming_to_zero() -> None:
    found = weights(0.0, "programming")
    deviation = math.sqrt(2 * cut_off(0.0, programming_sigma(0.0))[1])
    assert abs(found.mean()) < 4 * deviation / CELLS**0.5
    assert found.std() == pytest.approx(deviation, rel=0.01)
    assert np.mean(found == 0) == pytest.approx(0.25, abs=0.005)  # both sides cut off


def test_the_programming_error_is_normal() -> None:
    """Of one device away from zero, tails included."""
    device = crossbar(1.0, "programming").array.cell.device
    written = device.program(np.full(CELLS, 0.7 * 25e-6), Stream(4)).conductance / 25e-6
    error = (written - 0.7) / programming_sigma(0.7)
    assert kstest(error, "norm").pvalue > 1e-4
    share, expected = np.mean(np.abs(error) > 3), 2 * norm.sf(3)
    assert abs(share - expected) <= 4 * (expected / CELLS) ** 0.5


@pytest.mark.parametrize("age", TIMES.values(), ids=TIMES.keys())
@pytest.mark.parametrize("x", TARGETS)
def test_drift(x: float, age: float) -> None:
    mean = decay(x, age)
    agree(weights(x, "drift", age=age) / x, mean, math.sqrt(decay(x, age, 2) - mean**2), spread=2)


@pytest.mark.parametrize("age", TIMES.values(), ids=TIMES.keys())
@pytest.mark.parametrize("x", TARGETS)
def test_accumulated_noise(x: float, age: float) -> None:
    mean, variance = cut_off(1, noise_share(x, age))
    agree(weights(x, "1/f noise", age=age) / x, mean, math.sqrt(variance))


def test_the_published_growth_of_the_noise() -> None:
    """sqrt(ln(.)) of 4.19, 4.76, 5.09, 5.41 and 5.64 from one second to one year, at full scale times 0.0088."""
    for age, growth in zip(TIMES.values(), (4.19, 4.76, 5.09, 5.41, 5.64), strict=True):
        assert noise_share(1.0, age) / 0.0088 == pytest.approx(growth, abs=0.005)
        assert weights(1.0, "1/f noise", age=age).std() / 0.0088 == pytest.approx(growth, rel=0.01)


@pytest.mark.parametrize("age", TIMES.values(), ids=TIMES.keys())
def test_the_factor_of_global_compensation(age: float) -> None:
    """Summed currents after programming over those now: sum x / sum x E[decay(x)] for the whole array."""
    x = np.tile(np.linspace(0.02, 1, SIDE), (SIDE, 1)).T.astype(np.float32)
    xbar = Crossbar(crossbar(0.0, "drift", "compensation").array, Stream(3))
    xbar.program(x)
    xbar.drift_to(age)
    expected = x[:, 0].sum() / sum(value * decay(float(value), age) for value in x[:, 0])
    assert np.ptp(xbar.compensation) == 0
    assert xbar.compensation[0] == pytest.approx(expected, rel=0.002)


# --- all terms together ------------------------------------------------------------------------------------------------------


def simulated(x: float, age: float) -> Floats:
    """A million weights by the published laws, with NumPy's random numbers."""
    random, count = np.random.default_rng(17), 1_000_000
    sides = []
    for target in (x, 0.0):
        written = np.maximum(target + programming_sigma(target) * random.normal(size=count), 0)
        m, s = exponent(max(target, 1e-7))
        mean = written * ((age + 20) / 20) ** -np.abs(m + s * random.normal(size=count))
        share = np.minimum(0.0088 / np.maximum(written, 1e-7) ** 0.65, 0.2) * noise_share(1, age) / 0.0088
        sides.append(np.maximum(mean * (1 + share * random.normal(size=count)), 0))
    return sides[0] - sides[1]


@pytest.mark.parametrize("age", TIMES.values(), ids=TIMES.keys())
@pytest.mark.parametrize("x", [0.1, 0.5, 1.0])
def test_all_terms_together(x: float, age: float) -> None:
    """Mean, deviation and the shares beyond two and three deviations at either end."""
    found, published = weights(x, "programming", "drift", "1/f noise", age=age), simulated(x, age)
    mean, deviation = published.mean(), published.std()
    both = (1 / found.size + 1 / published.size) ** 0.5
    assert abs(found.mean() - mean) < 4 * deviation * both
    assert found.std() == pytest.approx(deviation, rel=0.01)
    for limit in (-3, -2, 2, 3):
        shares = [np.mean((values - mean) / deviation * np.sign(limit) > abs(limit)) for values in (found, published)]
        assert abs(shares[0] - shares[1]) < max(0.02 * shares[1], 4 * shares[1] ** 0.5 * both) + 1e-5
