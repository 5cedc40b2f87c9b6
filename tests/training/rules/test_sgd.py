"""One vector by hand."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.training.rules import Activity

STEP = 1 / 128  # exact in binary, so that ten steps are ten slots


def learner(**keys):
    return begun({"type": "sgd", "response": even(STEP)} | keys)


def test_a_vector_by_hand():
    """Ten steps are wanted, so ten slots: the first row has a pulse in each of them, the second in about half of them."""
    sgd = learner()
    took = sgd.update(np.array([[1, -0.5]], np.float32), np.ones((1, 1), np.float32), 10 * STEP, 0)
    steps = np.rint(sgd.weights[:, 0] / STEP).astype(int)
    assert steps[0] == 10
    assert -10 < steps[1] < 0
    assert sgd.weights[:, 0] == pytest.approx(STEP * steps, abs=1e-6)
    assert took == Activity(pulses=10 - steps[1], slots=10, lines=3, operations=3, drives=20 - steps[1])


def test_trains_that_are_too_short_clip_the_largest():
    took = learner(longest=4).update(np.ones((1, 2), np.float32), np.ones((1, 1), np.float32), 10 * STEP, 0)
    assert took == Activity(pulses=8, slots=4, clipped=1, lines=3, operations=3, drives=12)


def test_the_mean_update_is_the_gradient():
    draw = np.random.default_rng(1)
    x, d = draw.uniform(-1, 1, (4000, 3)).astype(np.float32), draw.uniform(-1, 1, (4000, 2)).astype(np.float32)
    sgd = begun({"type": "sgd", "response": even(0.0001)}, (3, 2))
    sgd.update(x, d, 0.001, 0)
    assert sgd.weights == pytest.approx(0.001 * x.T @ d, abs=5 * 0.0001 * np.sqrt(4000 * 0.001 / 0.0001 / 4))
