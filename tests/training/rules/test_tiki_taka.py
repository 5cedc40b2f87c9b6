"""Two vectors by hand, and which weights the network sees."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.training.rules import Activity

X, D = np.ones((1, 2), np.float32), np.ones((1, 1), np.float32)
STEP, RATE = 1 / 128, 1 / 8  # exact in binary, so that sixteen steps are sixteen slots


def learner(**keys):
    return begun({"type": "tiki_taka", "response": even(STEP), "read_noise": 0.0, "gamma": 0.0} | keys)


def test_two_vectors_by_hand():
    """The fast array rises by 16 steps a vector; row 0 is read at 16, row 1 at 32 steps, of which an eighth is added."""
    tiki = learner()
    assert tiki.update(X, D, RATE, 0) == Activity(pulses=32 + 2, slots=16 + 2, lines=3 + 2, reads=1, operations=3 + 1, drives=48 + 4)
    assert tiki.weights[:, 0] == pytest.approx([2 * STEP, 0])
    assert tiki.update(X, D, RATE, 1) == Activity(pulses=32 + 4, slots=16 + 4, lines=3 + 2, reads=1, operations=3 + 1, drives=48 + 8)
    assert tiki.weights[:, 0] == pytest.approx([2 * STEP, 4 * STEP])
    assert tiki.state()["fast weights"][:, 0] == pytest.approx([0.25, 0.25])


def test_rates_of_both_arrays():
    tiki = learner(fast_rate=0.5, transfer_rate=4.0)
    tiki.update(X, D, RATE, 0)
    assert tiki.state()["fast weights"][:, 0] == pytest.approx([0.0625, 0.0625])
    assert tiki.weights[:, 0] == pytest.approx([4 * STEP, 0])


def test_gamma_shows_a_share_of_the_fast_array():
    tiki = learner(gamma=0.5)
    tiki.update(X, D, RATE, 0)
    assert tiki.weights[:, 0] == pytest.approx([2 * STEP + 0.0625, 0.0625])


def test_the_fast_array_may_have_devices_of_its_own():
    tiki = learner(fast=even(1 / 16))
    assert tiki.update(X, D, RATE, 0).slots == 2 + 2
