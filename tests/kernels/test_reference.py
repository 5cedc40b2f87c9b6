"""The oracle against sums done by hand."""

import numpy as np
import pytest

from chipsim.kernels import reference
from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, Scaling


def silent(purpose, retry, plane, vectors, width):
    return np.zeros((len(vectors), width))


def ones(purpose, retry, plane, vectors, width):
    return np.ones((len(vectors), width))


def test_converters_round_half_to_even_and_clip():
    chain = MVMSettings(input_steps=4, input_bound=1.0, output_steps=8, output_bound=2.0)
    result = reference.analog_mvm([[0.25, 0.75, 9.0]], np.eye(3), chain, noise=silent)
    assert result.y.tolist() == [[0.0, 1.0, 1.0]]
    result = reference.analog_mvm([[0.25, 0.75, 9.0]], [[1.0], [1.0], [1.3]], chain, noise=silent)
    assert result.y.tolist() == [[2.0]]
    assert result.saturated.tolist() == [True]


def test_scaling_is_undone_at_the_end():
    chain = MVMSettings(scaling=Scaling.ABSOLUTE_MAXIMUM, input_steps=2, input_bound=1.0)
    result = reference.analog_mvm([[4.0, -3.0, 1.0]], np.eye(3), chain, noise=silent, column_scale=[1, 2, 3])
    assert result.y.tolist() == [[4.0, -8.0, 0.0]]


def test_noise_is_added_where_it_belongs():
    weights, x = np.array([[1.0], [2.0]]), [[3.0, 4.0]]
    assert reference.analog_mvm(x, weights, MVMSettings(input_noise=0.5), noise=ones).y[0, 0] == 3.5 + 2 * 4.5
    assert reference.analog_mvm(x, weights, MVMSettings(cell_noise=0.1), noise=ones).y[0, 0] == pytest.approx(11.5)
    spread = np.array([[1.0], [0.25]])
    assert reference.analog_mvm(x, weights, MVMSettings(), noise=ones, variance=spread).y[0, 0] == 11 + np.sqrt(9 + 4)
    both = reference.analog_mvm(x, weights, MVMSettings(output_noise=2.0), noise=ones, variance=spread).y[0, 0]
    assert both == 11 + np.sqrt(13 + 4)
    curved = reference.analog_mvm(x, weights, MVMSettings(output_noise=2.0, nonlinearity=0.1), noise=ones, variance=spread)
    y = 11 + np.sqrt(13)
    assert curved.y[0, 0] == pytest.approx(y / (1 + 0.1 * y) + 2)


def test_bit_planes_and_their_energy():
    chain = MVMSettings(encoding=Encoding.BIT_SERIAL, input_steps=14, input_bound=0.5, energy=InputEnergy.SET_BITS)
    result = reference.analog_mvm([[5 / 14, -3 / 14]], [[1.0], [10.0]], chain, noise=silent, row_conductance=[1.0, 100.0])
    assert result.y[0, 0] == pytest.approx(5 / 14 - 30 / 14)
    assert result.energy_sum.tolist() == [2 + 200]
    pulses = reference.analog_mvm(
        [[5 / 14, -3 / 14]], [[1.0], [10.0]], chain._replace(energy=InputEnergy.SQUARE), noise=silent, row_conductance=[1.0, 100.0]
    )
    assert pulses.energy_sum.tolist() == [202 * 0.25]


def test_retries_count_their_energy():
    chain = MVMSettings(output_bound=1.0, max_retries=3, energy=InputEnergy.MAGNITUDE)
    result = reference.analog_mvm([[3.0], [0.5]], [[1.0]], chain, noise=silent, row_conductance=[1.0])
    assert result.y[:, 0].tolist() == [3.0, 0.5]
    assert result.retries.tolist() == [2, 0]
    assert result.energy_sum.tolist() == [3 + 1.5 + 0.75, 0.5]


def test_converters_that_differ_and_their_correction():
    chain = MVMSettings(output_steps=8, output_bound=2.0)
    result = reference.analog_mvm([[1.0]], [[1.0, 1.0]], chain, noise=silent, gain=[1.5, 1.0], offset=[0.6, 0.0], correction=[0.6, 0.5])
    assert result.y[0].tolist() == pytest.approx([1.4, 0.5])
    assert result.saturated.tolist() == [False]


def test_a_selector_bends_the_input_and_its_energy():
    chain = MVMSettings(selectivity=2.0, energy=InputEnergy.SQUARE)
    result = reference.analog_mvm([[0.5], [-1.0]], [[3.0]], chain, noise=silent, row_conductance=[4.0])
    bent = np.sinh(1.0) / np.sinh(2.0)
    assert result.y[:, 0].tolist() == pytest.approx([3 * bent, -3.0])
    assert result.energy_sum.tolist() == pytest.approx([4 * 0.5 * bent, 4.0])
