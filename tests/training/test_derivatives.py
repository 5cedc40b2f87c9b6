"""Derivatives of activations against differences of the activations themselves."""

import numpy as np
import pytest

from chipsim.training.derivatives import derivative
from chipsim.workload.layers.nonlinearity import FUNCTIONS, apply


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_differences(name):
    z = np.linspace(-6.05, 6, 400, dtype=np.float32)
    z = z[np.min(np.abs(np.abs(z)[:, None] - [0, 1, 3, 6]), axis=1) > 0.01]  # away from corners
    h = np.float32(4e-3)
    wide = (apply(name, z + h, 0.2).astype(np.float64) - apply(name, z - h, 0.2)) / ((z + h).astype(np.float64) - (z - h))
    assert derivative(name, z, 0.2) == pytest.approx(wide, abs=3e-4)
    assert derivative(name, z).dtype == np.float32


def test_gelu_close_to_zero_and_far_away():
    z = np.array([0, 1e-20, -5e-4, 5e-4, 1e30, -1e30], np.float32)
    rise = 1e-3 / np.sqrt(2 * np.pi)  # to first order P(z) + z p(z) is 1/2 + 2 z p(0)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = derivative("gelu", z)
    assert found == pytest.approx(np.array([0.5, 0.5, 0.5 - rise, 0.5 + rise, 1, 0]), abs=1e-7)


def test_no_activation():
    assert (derivative(None, np.array([[-2, 3]], np.float32)) == 1).all()


def test_corners():
    zero = np.zeros(1, np.float32)
    assert derivative("relu", zero)[0] == 0
    assert derivative("leaky_relu", zero, 0.3)[0] == pytest.approx(0.3)
    assert derivative("hard_tanh", zero + 1)[0] == 0
    assert derivative("hard_sigmoid", zero - 3)[0] == 0


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_what_is_known_of_the_result_changes_no_bit(name):
    z = np.random.default_rng(2).normal(scale=3, size=1000).astype(np.float32)
    assert np.array_equal(derivative(name, z), derivative(name, z, y=apply(name, z)))
