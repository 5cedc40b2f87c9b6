"""Descent on pairs: one vector, checks at their interval, and what the steps of phase-change memory make of it."""

import numpy as np
import pytest
from regression import begun, even, weight_error

from chipsim.training.rules import Activity

ONE = np.ones((1, 1), np.float32)
PHASE_CHANGE = {"component": "pcm-one-sided"}


def learner(**keys):
    return begun({"type": "pcm_pair", "response": even(1 / 128)} | keys, (1, 1))


def test_a_vector_by_hand():
    """Ten steps on one device; then one row of each device is read and compared four times."""
    pair = learner()
    assert pair.update(ONE, -ONE, 10 / 128, 0) == Activity(10, 10, 0, 2, 2, 2 + 4, drives=20)
    assert pair.weights == pytest.approx(-10 / 128 * ONE)
    assert pair.state()["plus weights"] == 0


def test_checks_keep_their_interval():
    pair = learner(refresh_every=4)
    reads = [pair.update(ONE, ONE, 1 / 128, number).reads for number in range(2, 10)]
    assert reads == [0, 2, 0, 0, 0, 2, 0, 0]
    assert pair.update(np.repeat(ONE, 9, axis=0), np.repeat(ONE, 9, axis=0), 1 / 128, 10).reads == 4


def test_a_full_pair_is_rewritten():
    """Up and down in turn fill both devices; the refresh keeps the weight and empties the smaller one."""
    pair, refreshed = learner(), False
    for number in range(20):
        pair.update(ONE, ONE * (-1) ** number, 12 / 128, number)
        state = pair.state()
        refreshed |= bool(state["minus weights"][0, 0] == 0 and number > 8)
        assert max(state["plus weights"], state["minus weights"]) <= 0.75 + 12 / 128
        assert pair.weights == pytest.approx(12 / 128 * ((number + 1) % 2) * ONE, abs=1 / 128)
    assert refreshed


def test_phase_change_memory_alone_does_not_learn_well():
    """Ten times the error of devices with equal steps: the reason for a capacitor beside the pair."""
    assert weight_error("pcm_pair", ("even", 0.005), 3000) < 0.1
    assert weight_error("pcm_pair", ("library", "pcm-one-sided"), 3000) > 0.5
