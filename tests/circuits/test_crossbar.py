"""One crossbar used alone: programming, drift, products, and its statistics against the closed forms of the device."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices.device import Device
from chipsim.errors import CheckError, InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

YEAR = 31_536_000.0


def array(device: object = "ideal", **keys: object) -> Array:
    plain = {"rows": 256, "columns": 256, "cell": {"device": device}, "dac": "ideal", "adc": "ideal"}
    return from_plain(Array, plain | keys)


def written(weights: object, device: object = "ideal", seed: int = 0, **keys: object) -> Crossbar:
    xbar = Crossbar(array(device, **keys), Stream(seed))
    xbar.program(weights)
    return xbar


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# --- as a matrix -----------------------------------------------------------------------------------------------------


def test_a_crossbar_multiplies_like_a_matrix() -> None:
    weights, x = normal(20, 7), normal(5, 20, seed=1)
    xbar = written(weights)
    assert xbar.shape == (20, 7)
    assert np.allclose(x @ xbar, x @ weights, rtol=1e-5, atol=1e-5)
    assert (x[0] @ xbar).shape == (7,)
    assert np.allclose(x[0] @ xbar, x[0] @ weights, rtol=1e-5, atol=1e-5)
    assert (x[:0] @ xbar).shape == (0, 7)
    assert np.allclose(x.tolist() @ xbar, x @ weights, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 256), (256, 1), (256, 256)])
def test_single_rows_and_columns_and_a_full_array(shape: tuple[int, int]) -> None:
    weights, x = normal(*shape), normal(3, shape[0], seed=1)
    assert np.allclose(x @ written(weights), x @ weights, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scaling", ["column", "array"])
@given(st.floats(1e-30, 1e30))
@settings(max_examples=20)
def test_the_scale_of_the_weights_does_not_matter(scaling: str, factor: float) -> None:
    weights, x = normal(10, 4), normal(3, 10, seed=1)
    xbar = written(weights * np.float32(factor), weight_scaling=scaling)
    assert np.allclose((x @ xbar) / factor, x @ weights, rtol=1e-4, atol=1e-4)


def test_with_a_scale_for_each_column_small_columns_use_the_whole_range() -> None:
    weights = normal(50, 2) * np.array([1.0, 1e-3], np.float32)
    relative = {}
    for scaling in ("column", "array"):
        xbar = written(weights, "pcm", weight_scaling=scaling, read_noise="off")
        relative[scaling] = float(np.abs(xbar.matrix[:, 1] - weights[:, 1]).mean() / np.abs(weights[:, 1]).mean())
    assert relative["column"] < 0.3
    assert relative["array"] > 3


@pytest.mark.parametrize("device", ["ideal", "pcm"])
def test_a_matrix_of_zeros_gives_numbers_near_zero(device: str) -> None:
    xbar = written(np.zeros((30, 5)), device)
    for age in (0.0, 1e6):
        xbar.drift_to(age)
        y = np.ones(30) @ xbar
        assert np.isfinite(y).all()
        assert np.abs(y).max() < 2 if device == "pcm" else not y.any()


def test_programming_again_replaces_the_weights() -> None:
    xbar = written(normal(6, 6))
    xbar.drift_to(100.0)
    xbar.program(np.eye(3))
    assert xbar.shape == (3, 3)
    assert xbar.age == 0.0
    assert np.allclose(np.eye(3) @ xbar, np.eye(3), atol=1e-6)


def test_every_call_draws_new_noise_and_a_new_crossbar_the_same() -> None:
    x = normal(4, 8, seed=1)
    one, other = (written(normal(8, 3), output_noise=0.1) for _ in range(2))
    first, second = x @ one, x @ one
    assert not np.array_equal(first, second)
    assert np.array_equal(first, x @ other)
    assert np.array_equal(second, x @ other)


def test_the_transposed_product() -> None:
    weights, d = normal(20, 7), normal(5, 7, seed=1)
    xbar = written(weights)
    ids = np.arange(5, dtype=np.uint32)
    assert np.allclose(xbar.backward(d, ids, ids).y, d @ weights.T, rtol=1e-4, atol=1e-4)


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(257, 2), (2, 257), (0, 2), (5,), (2, 2, 2), ()], ids=str)
def test_weights_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"Crossbar.program: weights have shape .*, expected at most \(256, 256\)"):
        written(np.ones(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="hold a value that is not finite"), np.errstate(over="ignore"):
        written(np.full((3, 3), value))


@pytest.mark.parametrize("weights", ["abc", [[1, 2], [3]], [["a", "b"]], None], ids=repr)
def test_weights_that_are_no_numbers_are_refused(weights: object) -> None:
    with pytest.raises(InputError, match=r"Crossbar.program: weights"):
        written(weights)


def test_an_empty_crossbar_says_what_to_do() -> None:
    xbar = Crossbar(array())
    assert xbar.shape == (0, 0)
    for use in (lambda: np.ones(3) @ xbar, lambda: xbar.drift_to(1.0), lambda: xbar.matrix):
        with pytest.raises(InputError, match=r"holds no weights yet; call program\(weights\) first"):
            use()


@pytest.mark.parametrize("x", [np.ones(4), np.ones((2, 4)), np.ones((2, 2, 3)), np.float64(1.0)], ids=lambda x: str(np.shape(x)))
def test_vectors_of_another_length_are_refused(x: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"Crossbar: x has shape .*, expected \(vectors, 3\)"):
        x @ written(np.eye(3))


def test_vectors_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="x holds a value that is not finite"):
        np.array([1.0, np.nan, 0.0]) @ written(np.eye(3))


def test_a_product_beyond_float32_is_a_message() -> None:
    ids = np.zeros(1, np.uint32)
    with pytest.raises(CheckError, match=r"Crossbar.multiply: crossbar: .* not finite"):
        written(np.eye(3)).multiply(np.full((1, 3), np.inf, np.float32), ids, ids)


@pytest.mark.parametrize("age", [-1.0, math.nan, math.inf])
def test_impossible_times_are_refused_and_leave_everything_as_it_was(age: float) -> None:
    xbar = written(normal(5, 5), "pcm")
    xbar.drift_to(10.0)
    before = xbar.weights.copy()
    with pytest.raises(InputError, match="a read time of"):
        xbar.drift_to(age)
    assert xbar.age == 10.0
    assert np.array_equal(xbar.weights, before)


# --- statistics against the closed forms of the device ---------------------------------------------------------------


def moments(device: Device, share: float, age: float) -> tuple[float, float]:
    """Mean and variance (in g_max) of one device programmed to `share` of g_max and read at `age`, by quadrature.

    g = max(g_p e^(-nu L) (1 + r z), 0) with g_p = max(target + sigma x, 0) and nu = |mean + spread y|; x, y, z normal.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    x, y, z = (nodes.reshape(shape) for shape in ((-1, 1, 1), (1, -1, 1), (1, 1, -1)))
    target = np.array([share * device.g_max], np.float32)
    first = 20.0
    start = np.maximum(float(target[0]) + float(device.programming_sigma(target)[0]) * x, 0)
    exponent = np.abs(float(device.exponent_mean(target)[0]) + float(device.exponent_sigma(target)[0]) * y)
    mean = start * ((age + first) / first) ** -exponent
    relative = np.minimum(0.0088 * np.maximum(start / device.g_max, 1e-7) ** -0.65, 0.2)
    growth = math.sqrt(math.log((age + first + 250e-9) / (2 * 250e-9)))
    value = np.maximum(mean * (1 + relative * growth * z), 0) / device.g_max
    together = weights.reshape(-1, 1, 1) * weights.reshape(1, -1, 1) * weights.reshape(1, 1, -1)
    average = float((value * together).sum())
    return average, float((value**2 * together).sum()) - average**2


@pytest.mark.parametrize("age", [1.0, YEAR])
@pytest.mark.parametrize("weight", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_weights_have_the_mean_and_spread_of_their_devices(weight: float, age: float) -> None:
    """65,000 equal weights: the mean and the standard deviation lie within four standard errors of the closed forms."""
    matrix = np.full((256, 256), weight, np.float32)
    matrix[0] = 1.0  # sets the scale of every column
    xbar = written(matrix, "pcm", drift_compensation="none")
    xbar.drift_to(age)
    device = xbar.array.cell.device
    (plus, plus_variance), (minus, minus_variance) = moments(device, weight, age), moments(device, 0.0, age)
    sample = xbar.weights[1:].astype(np.float64).ravel()
    spread = math.sqrt(plus_variance + minus_variance)
    assert sample.mean() == pytest.approx(plus - minus, abs=4 * spread / math.sqrt(sample.size) + 2e-5)
    kurtosis = float(((sample - sample.mean()) ** 4).mean() / sample.var() ** 2)
    error = spread / 2 * math.sqrt((kurtosis - 1) / sample.size)
    assert sample.std() == pytest.approx(spread, abs=4 * error + 1e-3 * spread)


@pytest.mark.parametrize("age", [1.0, 3600.0, YEAR])
def test_global_compensation_undoes_the_mean_drift(age: float) -> None:
    weights = normal(256, 64)
    corrected, plain = (written(weights, "pcm", drift_compensation=how) for how in ("global", "none"))
    for xbar in (corrected, plain):
        xbar.drift_to(age)
    slopes = [float((xbar.matrix * weights).sum() / (weights**2).sum()) for xbar in (corrected, plain)]
    assert slopes[0] == pytest.approx(1.0, abs=0.03)
    assert slopes[1] < slopes[0]
    before = np.abs(written(weights, "pcm").weights).sum(dtype=np.float64)
    assert float(corrected.compensation[0]) == pytest.approx(before / np.abs(plain.weights).sum(dtype=np.float64), rel=1e-6)


@pytest.mark.parametrize("how", ["none", "global", "column"])
def test_right_after_programming_nothing_is_compensated(how: str) -> None:
    xbar = written(normal(40, 9), "pcm", drift_compensation=how)
    assert np.array_equal(xbar.compensation, np.ones(9))


def test_compensation_by_column_undoes_the_drift_of_each_column() -> None:
    """One column of large, one of small weights: they drift differently, and so differ the factors."""
    weights = np.stack([np.full(256, 1.0), np.full(256, 0.1)], axis=1)
    weights[0] = 1.0
    xbar = written(weights, "pcm", drift_compensation="column", read_noise="off", weight_scaling="array")
    xbar.drift_to(YEAR)
    assert xbar.compensation[1] > xbar.compensation[0] * 1.02


def test_held_noise_stays_and_fresh_noise_changes_from_vector_to_vector() -> None:
    x = np.ones((200, 50), np.float32)
    spread = {}
    for how in ("held", "fresh", "off"):
        xbar = written(normal(50, 4), "pcm", read_noise=how)
        xbar.drift_to(3600.0)
        spread[how] = float(np.ptp(x @ xbar, axis=0).max())
    assert spread["held"] == spread["off"] == 0
    assert spread["fresh"] > 0


def test_fresh_noise_has_the_variance_of_the_devices() -> None:
    """Per output: the sum over its cells of both devices' read variances, times the squared inputs."""
    weights = normal(64, 3)
    xbar = written(weights, "pcm", read_noise="fresh", input_scaling="none", drift_compensation="none")
    xbar.drift_to(86400.0)
    x = np.random.default_rng(2).uniform(-1, 1, 64).astype(np.float32)
    y = np.tile(x, (20_000, 1)) @ xbar
    device, share = xbar.array.cell.device, weights / np.abs(weights).max(axis=0)
    variance = np.zeros(3)
    targets = np.maximum(share, 0), np.maximum(-share, 0)
    for plane, programmed, target in zip(xbar.stored.planes, xbar.stored.states, targets, strict=True):
        assert np.allclose(plane.target, target * device.g_max, atol=1e-11)
        sigma = device.read_sigma_at(programmed, 86400.0) / device.g_max
        variance += (x.astype(np.float64)[:, None] ** 2 * sigma.astype(np.float64) ** 2).sum(axis=0)
    expected = np.sqrt(variance) * np.abs(weights).max(axis=0)
    assert y.std(axis=0) == pytest.approx(expected, rel=0.03)


@given(st.lists(st.floats(0, 1e8), min_size=1, max_size=6))
@settings(max_examples=20)
def test_the_order_of_reading_times_changes_nothing(ages: list[float]) -> None:
    wandering, direct = (written(normal(6, 6), "pcm") for _ in range(2))
    for age in ages:
        wandering.drift_to(age)
    direct.drift_to(ages[-1])
    assert np.array_equal(wandering.weights, direct.weights)
    assert np.array_equal(wandering.compensation, direct.compensation)


# --- asymmetry balance -------------------------------------------------------------------------------------------------


def test_balance_cancels_offsets_and_keeps_the_product() -> None:
    weights, x = normal(30, 8), normal(50, 30, seed=1)
    adc = {"type": "sar", "bits": 14, "bound": 30, "offset_spread": 2.0}
    shifted, balanced = (written(weights, adc=adc, balance=on) for on in (False, True))
    assert np.abs(x @ shifted - x @ weights).max() > 1.0
    assert np.allclose(x @ balanced, x @ weights, atol=0.05)


def test_balance_averages_two_independent_noises_and_takes_twice_the_energy() -> None:
    weights, x = np.ones((4, 200), np.float32), np.ones((200, 4), np.float32)
    ids, numbers = np.zeros(200, np.uint32), np.arange(200, dtype=np.uint32)
    single, balanced = (written(weights, output_noise=0.1, balance=on).multiply(x, ids, numbers) for on in (False, True))
    assert single.y.std() == pytest.approx(0.1, rel=0.03)
    assert balanced.y.std() == pytest.approx(0.1 / math.sqrt(2), rel=0.03)
    assert balanced.energy_sum == pytest.approx(2 * single.energy_sum)


def test_balance_takes_twice_the_time() -> None:
    for keys in ({}, {"dac": {"type": "bit_serial", "bits": 4}, "adc": {"type": "sar", "columns_per_adc": 4}}):
        assert array(balance=True, **keys).product_time == pytest.approx(2 * array(**keys).product_time)


# --- sides subtracted in digital -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("devices", [1, 2])
def test_sides_subtracted_in_digital_give_the_same_product(devices: int) -> None:
    weights, x = normal(30, 8), normal(5, 30, seed=1)
    cell = {"type": "pair", "device": {"type": "ideal", "g_min": "1 uS"}, "devices_per_polarity": devices, "subtract": "digital"}
    xbar = written(weights, cell=cell)
    assert xbar.array.outputs == 128
    assert xbar.weights.shape == (30, 16)
    assert (xbar.weights >= 0).all()
    assert np.allclose(x @ xbar, x @ weights, rtol=1e-4, atol=1e-4)
    ids = np.zeros(5, np.uint32)
    back = xbar.backward(normal(5, 8, seed=2), ids, np.arange(5, dtype=np.uint32)).y
    assert np.allclose(back, normal(5, 8, seed=2) @ weights.T, rtol=1e-4, atol=1e-4)


def test_a_side_alone_is_clipped_where_the_difference_would_not_be() -> None:
    weights = np.tile(np.array([[1.0], [-1.0]], np.float32), (10, 1))
    adc = {"type": "sar", "bits": 12, "bound": 5}
    analog, digital = (
        written(weights, cell={"type": "pair", "device": "ideal", "subtract": where}, adc=adc) for where in ("analog", "digital")
    )
    x = np.array([[1.0, 0.7] * 10], np.float32)
    assert x @ analog == pytest.approx(3.0, abs=0.1)
    assert x @ digital == pytest.approx(0.0, abs=0.1)


# --- groups of rows ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 50), st.sampled_from(["absolute_maximum", "none"]))
@settings(max_examples=20, deadline=None)
def test_groups_of_rows_add_up_to_the_product(rows: int, size: int, scaling: str) -> None:
    weights, x = normal(rows, 6), normal(5, rows, seed=1)
    x[2] = 0
    if scaling == "none":
        x /= np.abs(x).max()
    xbar = written(weights, rows_at_once=size, input_scaling=scaling)
    assert np.allclose(x @ xbar, x @ weights, rtol=1e-4, atol=1e-4)


def test_every_group_is_clipped_and_rounded_by_itself() -> None:
    """Twenty rows that add up to 20: all at once are held at 5, four groups of five are not."""
    weights, x = np.ones((20, 3), np.float32), np.ones((2, 20), np.float32)
    adc = {"type": "sar", "bits": 12, "bound": 5}
    assert x @ written(weights, adc=adc) == pytest.approx(5.0)
    assert x @ written(weights, adc=adc, rows_at_once=5) == pytest.approx(20.0)
    coarse = {"type": "sar", "bits": 2, "bound": 20}  # steps of 20: groups of five are nothing, all rows are one step
    assert x @ written(weights, adc=coarse) == pytest.approx(20.0)
    assert x @ written(weights, adc=coarse, rows_at_once=5) == pytest.approx(0.0)


def test_groups_have_noise_of_their_own_and_take_their_time() -> None:
    weights, x = np.ones((4, 200), np.float32), np.ones((200, 4), np.float32)
    assert (x @ written(weights, output_noise=0.1, rows_at_once=1)).std() == pytest.approx(0.2, rel=0.03)
    one, four = array(rows=4), array(rows=4, rows_at_once=1)
    assert four.product_time == pytest.approx(4 * one.product_time)
    paid = {"rows": 4, "adc": {"type": "sar", "energy": "2 pJ"}, "dac": {"type": "voltage", "energy": "1 pJ"}}
    energies = [array(**paid, rows_at_once=size).periphery(4, 8, 1, 0.0) for size in (4, 2)]
    assert energies == [pytest.approx({"dac": 4e-12, "adc": 16e-12}), pytest.approx({"dac": 4e-12, "adc": 32e-12})]
    with pytest.raises(InputError, match=r"rows_at_once is 2: .*change bound_management"):
        array(rows_at_once=2, bound_management=1)
