"""Floating-point weights by hand."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.training.floating import FloatingPoint


def test_an_update_by_hand():
    start = np.zeros((2, 3), np.float32)
    learner = FloatingPoint(start)
    x, d = np.array([[1, 2], [0, -1]], np.float32), np.array([[1, 0, 2], [4, 0, 0]], np.float32)
    activity = learner.update(x, d, 0.5, 0)
    assert learner.weights == pytest.approx(0.5 * np.array([[1, 0, 2], [-2, 0, 4]]))
    assert not start.any()
    assert (activity.pulses, activity.operations) == (0, 2 * 2 * 6)
    learner.pause(1, 5)
    assert learner.weights[0, 2] == 1


def test_state_and_errors():
    learner = FloatingPoint(np.ones((2, 3), np.float32))
    state = learner.state()
    learner.update(np.ones((1, 2), np.float32), np.ones((1, 3), np.float32), 1.0, 0)
    assert (state["weights"] == 1).all()
    assert (learner.weights == 2).all()
    learner.restore(state)
    assert (learner.weights == 1).all()
    with pytest.raises(InputError, match="expected"):
        learner.update(np.ones((1, 3), np.float32), np.ones((1, 2), np.float32), 1.0, 0)
    with pytest.raises(InputError, match="weights"):
        learner.restore({"weights": np.ones((3, 2), np.float32)})
