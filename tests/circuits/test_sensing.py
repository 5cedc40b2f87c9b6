"""What columns tell: currents, voltages, resistances, against sums by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.sensing import series_conductance
from chipsim.circuits.series import Series
from chipsim.devices.device import Device
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

LOW, HIGH = 2e-6, 20e-6
DEVICE = {"type": "ideal", "g_max": "20 uS", "g_min": "2 uS"}


def array(**keys: object) -> Array:
    plain = {"rows": 64, "columns": 64, "cell": {"device": DEVICE}, "dac": "ideal", "adc": "ideal", "drift_compensation": "none"}
    return from_plain(Array, plain | keys)


def written(weights: np.ndarray, **keys: object) -> Crossbar:
    xbar = Crossbar(array(**keys), Stream(3))
    xbar.program(weights)
    return xbar


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def signs(*shape: int, seed: int = 0) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(shape) < 0.5, -1, 1).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 99), st.sampled_from(["voltage", "resistance"]))
def test_an_exact_array_multiplies_however_it_is_sensed(rows: int, columns: int, seed: int, sensing: str) -> None:
    weights, x = normal(rows, columns, seed=seed), normal(5, rows, seed=seed + 1)
    assert np.allclose(x @ written(weights, sensing=sensing), x @ weights, rtol=1e-4, atol=1e-4)


def test_a_floating_column_settles_at_the_weighted_mean_of_its_inputs() -> None:
    """Rows of a pair are driven with +x and -x: v = sum (g+ - g-) x / sum (g+ + g-); noise of the converter acts on v."""
    weights, x = np.array([[1.0, 0.5], [-1.0, 0.0]], np.float32), np.array([1.0, -0.5], np.float32)
    xbar = written(weights, sensing="voltage", input_scaling="none")
    plus = LOW + np.maximum(weights, 0) / [1.0, 0.5] * (HIGH - LOW)
    minus = LOW + np.maximum(-weights, 0) / [1.0, 0.5] * (HIGH - LOW)
    mean = (x[:, None] * (plus - minus)).sum(axis=0) / (plus + minus).sum(axis=0)
    assert np.allclose(x @ xbar.weights, mean, rtol=1e-5)
    clipped = written(weights, sensing="voltage", input_scaling="none", adc={"type": "sar", "bits": 16, "bound": float(mean[0]) / 2})
    assert (x @ clipped)[0] == pytest.approx((x @ weights)[0] / 2, rel=1e-3)


def test_a_column_that_has_drifted_as_a_whole_reads_the_same_voltage() -> None:
    weights, x = normal(20, 6), normal(4, 20, seed=1)
    device = {"type": "pcm_joshi", "program_scale": 0, "g_min": 0}
    try:
        from_plain(Device, device)
    except InputError:
        device = {"type": "pcm", "program_scale": 0}
    floating, held = (written(weights, cell={"device": device}, sensing=s, read_noise="off") for s in ("voltage", "current"))
    start = x @ floating, x @ held
    for xbar in (floating, held):
        xbar.drift_to(1e7)
    lost = [float(np.abs(x @ xbar - before).mean()) for xbar, before in zip((floating, held), start, strict=True)]
    assert lost[0] < 0.7 * lost[1]


def test_the_transposed_product_floats_too() -> None:
    weights, d = normal(12, 7), normal(5, 7, seed=1)
    xbar = written(weights, sensing="voltage")
    ids = np.zeros(5, np.uint32)
    assert np.allclose(xbar.backward(d, ids, np.arange(5, dtype=np.uint32)).y, d @ weights.T, rtol=1e-4, atol=1e-4)


@given(st.floats(LOW, HIGH))
def test_what_counts_even_is_resistance(conductance: float) -> None:
    series = Series(from_plain(Device, DEVICE))
    g = np.array([conductance], np.float32)
    counted = series.conductance(g)
    assert counted == pytest.approx(LOW + (HIGH - LOW) * (1 / LOW - 1 / conductance) / (1 / LOW - 1 / HIGH), rel=1e-4)
    assert series.resistance(counted) == pytest.approx(1 / conductance, rel=1e-4)
    assert series.target(counted) == pytest.approx(conductance, rel=1e-4)
    assert series.conductance(np.array([LOW, HIGH], np.float32)) == pytest.approx([LOW, HIGH], rel=1e-5)


def test_half_a_weight_is_half_of_the_resistance() -> None:
    xbar = written(np.array([[1.0], [0.5]], np.float32), sensing="resistance", weight_scaling="array")
    plus, minus = (plane.target[:, 0] for plane in xbar.stored.planes)
    assert 1 / plus == pytest.approx([1 / HIGH, (1 / HIGH + 1 / LOW) / 2], rel=1e-5)
    assert 1 / minus == pytest.approx([1 / LOW, 1 / LOW], rel=1e-5)


def test_resistances_that_are_amiss_shift_the_whole_column() -> None:
    """Columns of junctions with spread: for inputs of +-1 the sum of the chosen resistances, by hand."""
    weights, x = signs(40, 9), signs(6, 40, seed=1)
    device = {"type": "mram", "g_max": "100 uS", "tmr": 1.5, "spread": 0.1, "write_error_rate": 0.02}
    xbar = written(weights, cell={"device": device}, sensing="resistance", input_scaling="none")
    plus, minus = (1 / xbar.stored.conductance(index, 0.0).astype(float) for index in (0, 1))
    span = 1.5 / 100e-6
    chosen = np.where(x[:, :, None] > 0, plus, minus).sum(axis=1)
    known = 40 * (1 / 100e-6 + 2.5 / 100e-6) / 2
    assert np.allclose(x @ xbar, -2 * (chosen - known) / span, rtol=1e-4, atol=2e-4)


def test_the_current_through_cells_in_series_is_that_of_the_sum() -> None:
    weights, x = signs(40, 9), signs(1, 40, seed=1)
    xbar = written(weights, sensing="resistance", input_scaling="none")
    ids = np.zeros(1, np.uint32)
    column = 40 * (1 / LOW + 1 / HIGH) / 2
    assert xbar.multiply(x, ids, ids).energy_sum == pytest.approx(9 / column, rel=1e-4)
    assert series_conductance(array(rows=40, columns=9, sensing="resistance")) == pytest.approx(9 / column)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"sensing": "voltage", "adc": {"type": "sar", "bound": 1.01}}, "adc.bound: 1.01 with sensing: voltage, .*; expected 1 or less"),
        ({"sensing": "voltage", "ir_drop": 1}, "ir_drop is 1, but it is modelled for sensing: current only"),
        ({"sensing": "voltage", "cell": {"type": "offset", "device": DEVICE}}, "sensing: voltage does not go with the reference column"),
        ({"sensing": "resistance", "cell": {"type": "sliced", "device": DEVICE}}, "needs cells of type 'pair'"),
        ({"sensing": "resistance", "cell": {"device": DEVICE | {"g_min": 0}}}, "needs a g_min above 0"),
        ({"sensing": "charge"}, "sensing"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        array(**keys)
