"""The preset architectures/standard-model.yaml against the published formulas, written again here with NumPy and SciPy.

M. J. Rasch et al., Nature Communications 14, 5282 (2023), doi:10.1038/s41467-023-40770-4. A figure agrees when it is within 2 % or
four standard errors, whichever is larger; samples are taken so that one standard error is below 0.5 %. What the devices do over
time is in test_standard_model_drift.py.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import load
from chipsim.streams import Stream

FILE = Path(__file__).parents[2] / "architectures" / "standard-model.yaml"
ROWS = 512
DAY = 86400.0
SWITCHES = {  # as listed in the file
    "DAC": "dac=ideal",
    "input clipping": "input_scaling=absolute_maximum",
    "ADC": "adc=ideal",
    "output noise": "output_noise=0",
    "short-term noise": "short_term_noise=0",
    "IR drop": "ir_drop=0",
    "programming": "cell.device.program_scale=0",
    "drift": "cell.device.drift_scale=0",
    "1/f noise": "read_noise=off",
    "compensation": "drift_compensation=none",
    "column scale": "weight_scaling=array",
}
SCALES = ("input clipping", "column scale")  # alpha and gamma_i of the formulas
NEEDS = {"compensation": "drift", "column scale": "programming"}  # a correction shows only where there is something to correct
Floats = NDArray[np.float64]


@cache
def crossbar(off: frozenset[str], columns: int = 48, input_range: float = 1.0, seed: int = 5) -> Crossbar:
    """The standard model without the terms `off`, with the weights of `matrix` in it."""
    changes = [f"tile.array.{SWITCHES[name]}" for name in sorted(off)]
    xbar = Crossbar(load(FILE, Architecture, changes).tile.array, Stream(seed), input_range)
    xbar.program(matrix(columns))
    return xbar


def only(*terms: str, **keys: float) -> Crossbar:
    """The standard model with these terms and no others."""
    return crossbar(frozenset(SWITCHES) - set(terms), **keys)


@cache
def matrix(columns: int = 48) -> NDArray[np.float32]:
    """Uniform weights; each column has a largest of its own, the first that of 1."""
    weights = np.random.default_rng(1).uniform(-1, 1, (ROWS, columns))
    largest = np.linspace(1, 0.2, columns)
    return (weights / np.abs(weights).max(axis=0) * largest).astype(np.float32)


def stretched(columns: int = 48) -> Floats:
    """The weights in full-scale cells."""
    weights = matrix(columns).astype(np.float64)
    return weights / np.abs(weights).max(axis=0)


def vectors(count: int, largest: float = 0.9) -> NDArray[np.float32]:
    return np.random.default_rng(2).uniform(-largest, largest, (count, ROWS)).astype(np.float32)


def product(xbar: Crossbar, x: NDArray[np.float32]) -> Floats:
    """The products of x with noise that is the same in every call."""
    count = np.arange(len(x), dtype=np.uint32)
    return xbar.multiply(np.ascontiguousarray(x, np.float32), count, np.zeros_like(count)).y.astype(np.float64)


def close(found: float, published: float, error: float) -> bool:
    """Within 2 % or four standard errors, of which one is below 0.5 %."""
    assert error < 0.005 * abs(published), "not enough samples to tell"
    return abs(found - published) <= max(0.02 * abs(published), 4 * error)


# --- every term has one switch -----------------------------------------------------------------------------------------------


def test_the_file_lists_the_switches() -> None:
    text = FILE.read_text(encoding="utf-8")
    for switch in SWITCHES.values():
        assert f"  {switch} " in text or f"  {switch}\n" in text


def test_without_all_terms_the_product_is_exact() -> None:
    xbar, x = crossbar(frozenset(SWITCHES)), vectors(100, largest=1.3)
    exact = x.astype(np.float64) @ matrix().astype(np.float64)
    for age in (0.0, 1.0, DAY):
        xbar.drift_to(age)
        assert np.abs(product(xbar, x) - exact).max() < 3e-6 * np.abs(exact).max()


def test_the_tile_has_the_published_rates() -> None:
    """Of the core that the preset is calibrated to: 100 TOPS/W and 10.9 TOPS/mm2 with 512 x 512 weights in 40 ns."""
    core = load(FILE, Architecture).tile.measured
    assert core is not None
    operations = 2 * 512 * 512
    assert operations / core.energy / 1e12 == pytest.approx(100, rel=0.01)
    assert operations / core.time / core.area / 1e12 / 1e6 == pytest.approx(10.9, rel=0.01)


@pytest.mark.parametrize("term", SWITCHES)
def test_each_term_acts_alone_and_its_switch_removes_all_of_it(term: str) -> None:
    """With what it needs, a term moves the outputs; its switch then gives what was there before, to the last bit."""
    x, others = vectors(20, largest=1.3), {NEEDS[term]} if term in NEEDS else set()
    outputs = {}
    for name, terms in (("with", {term, *others}), ("without", others)):
        xbar = only(*terms)
        xbar.drift_to(DAY)
        outputs[name] = product(xbar, x)
    assert np.abs(outputs["with"] - outputs["without"]).max() > 1e-3
    if not others:
        exact = x.astype(np.float64) @ matrix().astype(np.float64)
        assert np.abs(outputs["without"] - exact).max() < 3e-6 * np.abs(exact).max()


@pytest.mark.parametrize("term", SWITCHES)
def test_a_switch_leaves_every_other_term_in_place(term: str) -> None:
    """After one switch of the whole model each of the others still changes something."""
    x = vectors(20, largest=1.3)

    def outputs(*off: str) -> Floats:
        xbar = crossbar(frozenset(off))
        xbar.drift_to(DAY)
        return product(xbar, x)

    left = outputs(term)
    assert not np.array_equal(outputs(), left)
    for other in set(SWITCHES) - {term}:
        assert not np.array_equal(left, outputs(term, other)), other


# --- converters: exact codes -------------------------------------------------------------------------------------------------


def identity(*terms: str, input_range: float = 1.0) -> Crossbar:
    """Only these terms, with the unit matrix: outputs are what the DAC makes of the inputs."""
    xbar = Crossbar(only(*terms).array, Stream(), input_range)
    xbar.program(np.eye(ROWS, dtype=np.float32))
    return xbar


def test_the_dac_has_254_steps_and_clips_at_its_bound() -> None:
    codes = np.arange(-140, 141)
    x = np.zeros((5, ROWS), np.float32)
    x[:, : codes.size] = (codes + np.array([-0.49, -0.2, 0.0, 0.3, 0.49])[:, None]) / 127
    found = product(identity("DAC", *SCALES), x)[:, : codes.size] * 127
    assert np.abs(found - np.clip(codes, -127, 127)).max() < 1e-4


def test_half_a_dac_step_goes_to_the_even_code() -> None:
    x = np.zeros((1, ROWS), np.float32)
    x[0, :255] = np.arange(-127, 128) + 0.5
    found = product(identity("DAC", *SCALES, input_range=127.0), x)[0, :255]  # a step is 1 exactly
    assert np.abs(found - np.clip(np.rint(x[0, :255]), -127, 127)).max() < 1e-4


def test_the_adc_has_254_steps_of_its_bound_of_10() -> None:
    codes = np.arange(-150, 151)
    values = (codes[:, None] + np.array([-0.49, -0.2, 0.0, 0.3, 0.49])).reshape(-1) * 20 / 254
    x = np.zeros((values.size, ROWS), np.float32)
    x[:, :16] = values[:, None] / 16
    xbar = Crossbar(only("ADC", *SCALES).array, Stream(), 1.0)
    xbar.program(np.ones((ROWS, 1), np.float32))
    found = product(xbar, x)[:, 0] * 254 / 20
    assert np.abs(found - np.repeat(np.clip(codes, -127, 127), 5)).max() < 1e-4


def test_ranges_and_column_scales_are_multiplied_in_digital() -> None:
    """y = alpha gamma_i step code, on the same codes for any alpha and gamma."""
    terms = ("DAC", "ADC", *SCALES)
    x = vectors(200, largest=1.2)
    steps = product(only(*terms), x) / np.abs(matrix()).max(axis=0) / (20 / 254)
    assert np.abs(steps - np.rint(steps)).max() < 1e-3
    wide = Crossbar(only(*terms).array, Stream(), 4.0)  # a power of two: no rounding of its own
    wide.program(matrix() * np.float32(8))
    assert np.array_equal(product(wide, 4 * x), 32 * product(only(*terms), x))


# --- IR drop: the formula ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("largest", [0.1, 0.5, 1.0])
def test_the_ir_drop_is_that_of_the_formula(largest: float) -> None:
    w, x = stretched(), vectors(200, largest=largest)
    v = x.astype(np.float64)
    a = ROWS * 0.35 * 5e-6 * (np.abs(v) @ np.abs(w))
    c = 0.05 * a**3 - 0.2 * a**2 + 0.5 * a
    place = 1 - (1 - np.arange(ROWS) / ROWS) ** 2
    drop = c * (v @ (w * place[:, None])) * np.abs(matrix()).max(axis=0)
    found = v @ matrix().astype(np.float64) - product(only("IR drop", *SCALES), x)
    assert np.abs(found - drop).max() < 3e-6 * np.abs(v @ matrix()).max()  # float32
    assert np.abs(drop).max() > 100 * np.abs(found - drop).max()


# --- noise: moments and tails ------------------------------------------------------------------------------------------------

NOISES = {
    "output noise": lambda w, v: np.full(w.shape[1], 0.04),
    "short-term noise": lambda w, v: 0.0175 * np.sqrt(v**2 @ np.abs(w)),
}
SAMPLES = 40_000


@cache
def noise_of(term: str, input_range: float) -> tuple[Floats, Floats]:
    """(outputs less the exact ones, in standard deviations of the formula; those deviations) for one input, SAMPLES times."""
    x = vectors(1) * np.float32(input_range)
    v = x[0].astype(np.float64)
    sigma = input_range * np.abs(matrix()).max(axis=0) * NOISES[term](stretched(), v / input_range)
    found = product(only(term, *SCALES, input_range=input_range), np.repeat(x, SAMPLES, axis=0))
    return (found - v @ matrix().astype(np.float64)) / sigma, sigma


@pytest.mark.parametrize("input_range", [1.0, 2.5])
@pytest.mark.parametrize("term", NOISES)
def test_mean_and_deviation_of_every_output(term: str, input_range: float) -> None:
    noise, _ = noise_of(term, input_range)
    assert np.abs(noise.mean(axis=0)).max() < 4.5 / SAMPLES**0.5  # 48 outputs
    error = (2 * SAMPLES) ** -0.5
    for deviation in noise.std(axis=0):
        assert close(deviation, 1, error)
    assert abs(noise.std() - 1) < 4 * error / noise.shape[1] ** 0.5


@pytest.mark.parametrize("term", NOISES)
def test_tails_are_normal(term: str) -> None:
    noise = noise_of(term, 1.0)[0]
    assert stats.kstest(noise.reshape(-1)[:200_000], "norm").pvalue > 1e-4
    for limit in (3.0, 4.0):
        share, expected = np.mean(np.abs(noise) > limit), 2 * stats.norm.sf(limit)
        assert abs(share - expected) <= max(0.02 * expected, 4 * (expected / noise.size) ** 0.5)
    assert abs(stats.kurtosis(noise, axis=None)) < 4 * (24 / noise.size) ** 0.5
    assert abs(stats.skew(noise, axis=None)) < 4 * (6 / noise.size) ** 0.5


@pytest.mark.parametrize("term", NOISES)
def test_outputs_and_products_are_independent(term: str) -> None:
    noise = noise_of(term, 1.0)[0]
    between = np.corrcoef(noise.T)[np.triu_indices(noise.shape[1], 1)]
    assert np.abs(between).max() < 5 / SAMPLES**0.5
    assert abs(np.mean(noise[1:] * noise[:-1])) < 4 / noise.size**0.5


def test_both_noises_add_in_squares() -> None:
    x = vectors(1)
    v = x[0].astype(np.float64)
    gamma = np.abs(matrix()).max(axis=0)
    sigma = gamma * np.sqrt(sum(noise(stretched(), v) ** 2 for noise in NOISES.values()))
    found = product(only(*NOISES, *SCALES), np.repeat(x, SAMPLES, axis=0)).std(axis=0)
    for deviation in found / sigma:
        assert close(deviation, 1, (2 * SAMPLES) ** -0.5)
