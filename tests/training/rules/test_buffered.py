"""The scale of the fast array, and how full buffers are emptied."""

import numpy as np
import pytest
from regression import begun, even

X, D = np.ones((1, 2), np.float32), np.ones((1, 1), np.float32)


def learner(**keys):
    return begun({"type": "tiki_taka_v2", "response": even(0.1), "read_noise": 0.0, "memory": 1.0} | keys)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
def test_the_size_of_the_gradient_does_not_matter_to_the_fast_array(scale):
    v2 = learner()
    took = v2.update(X, np.float32(scale) * D, 0.0, 0)
    assert took.pulses == 0
    v2.update(X, np.float32(scale) * D, 0.03 / scale, 0)
    assert v2.state()["fast weights"][:, 0] == pytest.approx([0.1, 0.1])
    assert v2.state()["buffer"][:, 0] == pytest.approx([0.6, 0], rel=1e-4)  # in proportion to rate times gradient


def test_running_means_of_the_maxima():
    v2 = learner()
    for number, top in enumerate((1.0, 3.0, 0.0)):
        v2.update(2 * X, top * D, 0.01, number)
    assert v2.state()["maxima"] == pytest.approx([2.0, 0.99 * 1 + 0.01 * 3])


@pytest.mark.parametrize(("step", "longest", "pulses"), [(0.1, 31, 1.0), (0.01, 31, 10.0), (0.001, 31, 15.5), (0.001, 10, 5.0)])
def test_the_largest_change_is_a_share_of_the_range(step, longest, pulses):
    v2 = learner(fast=even(step), longest=longest)
    assert v2.pulses == pytest.approx(pulses)
    v2.update(X, D, 0.01, 0)
    assert v2.fast_rate == pytest.approx(pulses * step, rel=1e-5)


@pytest.mark.parametrize(("step", "longest", "most"), [(0.4, 31, 1), (0.1, 31, 1), (0.01, 31, 10), (0.001, 31, 31), (0.001, 100, 100)])
def test_the_slow_array_may_move_by_the_same_share_of_its_range(step, longest, most):
    """5 % of the range of 2 in a transfer, but a pulse at least and a train at most."""
    assert learner(response=even(step), fast=even(0.1), longest=longest).most == most
    assert learner(response=even(step), most=7).most == 7


def test_no_more_pulses_than_allowed_and_a_share_is_kept():
    v2 = learner(most=3, kept=0.5)
    v2.update(X, D, 0.03 * 8, 0)  # a reading of 0.1, times 48
    assert v2.weights[:, 0] == pytest.approx([0.3, 0])
    assert v2.state()["buffer"][:, 0] == pytest.approx([2.4, 0], rel=1e-5)
