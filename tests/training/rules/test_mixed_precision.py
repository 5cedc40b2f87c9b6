"""One transfer by hand, and what the sum keeps."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.training.rules import Activity

X, D = np.array([[1, 0.5]], np.float32), np.array([[1, -1]], np.float32)


def learner(**keys):
    return begun({"type": "mixed_precision", "response": even(0.01)} | keys, (2, 2))


def test_a_vector_by_hand():
    """Sums of 0.025 and 0.0125 are 2 pulses and 1 pulse; rows follow each other, cells of a row are pulsed together."""
    mixed = learner()
    assert mixed.update(X, D, 0.025, 0) == Activity(pulses=6, slots=3, operations=16, drives=3 + 6)
    assert mixed.weights == pytest.approx(np.array([[0.02, -0.02], [0.01, -0.01]]))
    assert mixed.state()["chi"] == pytest.approx(np.array([[0.005, -0.005], [0.0025, -0.0025]]), abs=1e-6)


def test_nothing_is_lost_below_a_step():
    """Two hundred changes of a twentieth of a step are ten steps, short of what is still in the sum."""
    mixed = learner()
    mixed.update(np.repeat(X, 200, axis=0), np.repeat(D, 200, axis=0), 0.0005, 0)
    assert mixed.weights + mixed.state()["chi"] == pytest.approx(200 * 0.0005 * X.T @ D, abs=1e-5)
    assert (abs(mixed.state()["chi"]) < 0.01 + 1e-6).all()


def test_momentum_repeats_changes():
    """Three equal gradients with half of the last change: 1, 1.5, 1.75 times; a steady one counts twice in the end."""
    plain, heavy = learner(), learner(momentum=0.5)
    assert heavy.update(X, D, 0.001, 0).operations == 16 + 8
    heavy.update(np.repeat(X, 2, axis=0), np.repeat(D, 2, axis=0), 0.001, 1)
    plain.update(np.repeat(X, 3, axis=0), np.repeat(D, 3, axis=0), 0.001, 0)
    said = [one.weights + one.state()["chi"] for one in (heavy, plain)]
    assert said[0] == pytest.approx(said[1] * (1 + 1.5 + 1.75) / 3, abs=1e-6)
    assert heavy.rule.footprint.digital_bits == 2 * plain.rule.footprint.digital_bits


def test_transfers_keep_their_interval_and_the_sum_what_was_too_much():
    mixed = learner(transfer_every=3, longest=5)
    assert mixed.update(np.repeat(X, 2, axis=0), np.repeat(D, 2, axis=0), 0.03, 0) == Activity(operations=16)
    assert mixed.update(X, D, 0.03, 2) == Activity(pulses=18, slots=9, operations=16, drives=9 + 18)
    assert mixed.weights == pytest.approx(np.array([[0.05, -0.05], [0.04, -0.04]]))
    assert mixed.state()["chi"][0] == pytest.approx([0.04, -0.04], abs=1e-6)


def test_mean_of_the_update_with_noisy_devices():
    noisy = begun({"type": "mixed_precision", "response": even(0.001) | {"noise": 0.3}}, (30, 40))
    noisy.update(np.ones((1, 30), np.float32), np.ones((1, 40), np.float32), 0.03, 0)
    assert noisy.weights.mean() == pytest.approx(0.03, abs=4 * 0.001 * 0.3 * np.sqrt(30 / 1200) + 0.001)
