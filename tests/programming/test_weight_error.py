"""The weight error in closed form: exact where nothing scatters, and what many real crossbars show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices.device import DAY
from chipsim.devices.pcm import PCM
from chipsim.errors import InputError
from chipsim.programming.weight_error import Currents, Histogram, reading, weight_error
from chipsim.reading import from_plain
from chipsim.streams import Stream

TABLES = {  # neither a split nor unbiased
    "type": "tabulated", "points": [0, 0.25, 0.5, 1], "scale": "60 uS", "factors": [1, 2],
    "pairs": [
        {"plus": ["3 uS", "12 uS", "25 uS", "20 uS"], "minus": ["3 uS", "3 uS", "4 uS", "0 uS"]},
        {"plus": ["0 uS", "3 uS", "4 uS", "20 uS"], "minus": ["0 uS", "0 uS", "0 uS", "0 uS"]},
    ],
}  # fmt: skip
CELLS = {"pair": {"type": "pair"}, "significance": {"type": "significance"}, "tabulated": TABLES, "sliced": {"type": "sliced", "bits": 6}}


def array(cell, device: object = "pcm", **keys) -> Array:
    plain = {"rows": 100, "columns": 300, "cell": cell | {"device": device}, "dac": "ideal", "adc": "ideal", "weight_scaling": "array"}
    return from_plain(Array, plain | keys)


def drawn() -> np.ndarray:
    """Weights of one sign more often than of the other, in steps, so that there are few different ones."""
    weights = np.round(np.clip(np.random.default_rng(1).normal(0.05, 0.3, (100, 100)), -1, 1), 2).astype(np.float32)
    weights[0, 0] = 1.0
    return weights


def histogram(weights: np.ndarray) -> Histogram:
    values, counts = np.unique(weights, return_counts=True)
    return Histogram(values.astype(np.float64), counts / counts.sum())


def measured(machine: Array, weights: np.ndarray, times, seeds: int = 5) -> np.ndarray:
    """Square errors [times, errors] of crossbars with noise of their own."""
    found = []
    for seed in range(seeds):
        xbar = Crossbar(machine, Stream(seed).child("weight error"))
        xbar.program(weights)
        for time in times:
            xbar.drift_to(time)
            found.append(np.square(xbar.matrix.astype(np.float64) - weights).reshape(-1))
    return np.array(found).reshape(seeds, len(times), -1).swapaxes(0, 1).reshape(len(times), -1)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("compensation", ["none", "global"])
def test_crossbars_show_the_error(name, compensation):
    machine, weights, times = array(CELLS[name], drift_compensation=compensation), drawn(), (0.0, DAY)
    found = measured(machine, weights, times)
    expected = weight_error(machine.cell, histogram(weights), times, compensation)
    standard_error = found.std(axis=1) / np.sqrt(found.shape[1])
    assert np.all(np.abs(expected.square - found.mean(axis=1)) < 4 * standard_error)


def test_crossbars_show_the_error_without_read_noise():
    machine, weights = array(CELLS["pair"], read_noise="off"), drawn()
    found = measured(machine, weights, (DAY,))
    expected = weight_error(machine.cell, histogram(weights), (DAY,), read_noise=False)
    assert float(expected.square[0]) == pytest.approx(found.mean(), abs=4 * found.std() / np.sqrt(found.size))
    assert expected.mean < weight_error(machine.cell, histogram(weights), (DAY,)).mean


def test_the_factor_is_that_of_the_array():
    machine, weights = array(CELLS["significance"]), drawn()
    xbar = Crossbar(machine)
    xbar.program(weights)
    xbar.drift_to(30 * DAY)
    expected = weight_error(machine.cell, histogram(weights), (30 * DAY,))
    assert float(expected.compensation[0]) == pytest.approx(float(xbar.compensation.mean()), rel=0.005)
    assert float(expected.compensation[0]) > 1.3


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=9))
def test_ideal_devices_err_only_as_the_tables_say(weights):
    chosen = Histogram.of(weights)
    assert weight_error(array(CELLS["pair"], "ideal").cell, chosen, (0.0, DAY)).mean == pytest.approx(0, abs=1e-12)
    bent = weight_error(array(TABLES, "ideal").cell, chosen, (DAY,), "none")
    read = np.interp(np.abs(weights), [0, 0.25, 0.5, 1], [0, 0.25, 29 / 60, 1])
    assert bent.mean == pytest.approx(float(np.mean(np.square(read - np.abs(weights)))), abs=1e-9)
    assert np.array_equal(bent.shared, bent.square)


def test_a_mirrored_cell_does_not_care_for_the_sign():
    weights, machine = drawn(), array(TABLES)
    magnitudes = weight_error(machine.cell, histogram(np.abs(weights)), (DAY,))
    assert weight_error(machine.cell, histogram(weights), (DAY,)).mean == pytest.approx(magnitudes.mean, rel=1e-9)


def test_bins_are_fine_enough():
    weights, machine = drawn(), array(CELLS["significance"])
    binned = weight_error(machine.cell, Histogram.of_magnitudes(machine, [weights]), (DAY,))
    assert binned.mean == pytest.approx(weight_error(machine.cell, histogram(weights), (DAY,)).mean, rel=0.01)


def test_magnitudes_are_scaled_as_the_array_does_it():
    matrices = [np.array([[1.0, 0.0], [-2.0, 4.0]]), np.array([[0.0]])]
    by_array, by_column = (
        Histogram.of_magnitudes(array(CELLS["pair"], weight_scaling=scaling), matrices) for scaling in ("array", "column")
    )
    assert by_array.weights == pytest.approx([0, 0.25, 0.5, 1])
    assert by_array.shares == pytest.approx([0.4, 0.2, 0.2, 0.2])
    assert by_column.weights == pytest.approx([0, 0.5, 1])
    assert by_column.shares == pytest.approx([0.4, 0.2, 0.4])


@pytest.mark.parametrize("weights", [[], [0.5, 1.5], [np.nan]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(InputError, match="within -1 to 1"):
        Histogram.of(weights)


def test_no_matrices_are_refused():
    with pytest.raises(InputError, match="no weights"):
        Histogram.of_magnitudes(array(CELLS["pair"]), [])


@pytest.mark.parametrize("matrix", [[[np.inf, 1.0]], [1.0, 2.0], np.zeros((0, 3))])
def test_matrices_that_are_none_are_refused(matrix):
    with pytest.raises(InputError, match="expected a matrix of finite numbers"):
        Histogram.of_magnitudes(array(CELLS["pair"]), [matrix])


def test_where_nothing_is_read_nothing_is_compensated():
    error = weight_error(array(CELLS["pair"], "ideal").cell, Histogram.of([0.0]), (DAY,))
    assert (error.mean, float(error.compensation[0])) == (0.0, 1.0)


def test_a_time_that_is_not_covered_is_refused():
    with pytest.raises(InputError, match="not covered"):
        weight_error(array(CELLS["pair"], "rram-wan2022").cell, Histogram.of([0.5]), (5.0,))


def test_the_magnitude_of_normal_currents():
    """E|x| of normal numbers: sigma sqrt(2 / pi) around zero, |mean| without scatter, the sum of both tails in general."""
    currents = Currents(np.array([[0.0, -2.0, 1.0]]), np.array([[4.0, 0.0, 1.0]]))
    general = 2 * np.exp(-0.5) / np.sqrt(2 * np.pi) + 2 * ndtr(1.0) - 1
    assert float(currents.magnitude(np.array([1.0, 0.0, 0.0]))) == pytest.approx(2 * np.sqrt(2 / np.pi))
    assert float(currents.magnitude(np.array([0.0, 1.0, 0.0]))) == pytest.approx(2.0)
    assert float(currents.magnitude(np.array([0.0, 0.0, 1.0]))) == pytest.approx(general)


def test_a_reading_is_never_below_zero():
    """A device at its least conductance fluctuates by as much as it has: the cut lifts its mean and takes from its variance."""
    lifted, spread = reading(PCM(), [0.0, 25e-6], DAY)
    mean, without = reading(PCM(), [0.0, 25e-6], DAY, read_noise=False)
    assert lifted[0] > 1.01 * mean[0]
    assert lifted[1] == pytest.approx(mean[1], rel=1e-6)
    assert np.all(spread > without)
