"""The scale of the fast array, and how full buffers are emptied."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.rules import Rule

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


def of_vectors(each, **keys):
    rule = from_plain(Rule, {"type": "tiki_taka_v2", "response": even(0.001), "fast": even(0.001), "read_noise": 0.0} | keys)
    return rule.for_vectors(each).begin((2, 1), None, Stream(1), Stream(2))


def test_vectors_with_signs_by_chance_change_the_fast_array_as_a_single_one_does():
    """Alike or not, up to the noise of trains: root mean square of what 100 vectors leave, against 5 % of the range of one."""
    left = []
    for seed in range(20):
        signs = np.random.default_rng(seed).choice([-1, 1], (100, 1)).astype(np.float32)
        v2 = of_vectors(100, longest=992)
        v2.update(np.repeat(X, 100, axis=0), signs, 0.01, 0)
        left.append(v2.state()["fast weights"][:, 0])
    one = of_vectors(1, longest=992)
    one.update(X, D, 0.01, 0)
    assert one.state()["fast weights"][:, 0] == pytest.approx([0.1, 0.1], rel=0.01)
    assert np.sqrt(np.mean(np.square(left))) == pytest.approx(0.1, rel=0.3)


def test_the_slow_array_may_move_as_far_whatever_the_number_of_vectors():
    for step, keys in ((0.001, {}), (0.01, {}), (0.1, {}), (0.01, {"most": 4})):
        one, many = (of_vectors(each, response=even(step), **keys) for each in (1, 64))
        assert one.most == many.most


def test_the_means_of_many_vectors_begin_quickly_and_then_cover_samples():
    """The first vector is nearly forgotten after some hundred; at last the mean covers 100 samples."""
    v2 = of_vectors(50)
    tops = np.ones((20_000, 1), np.float32)
    tops[0] = 1000
    x = np.repeat(X, 20_000, axis=0)
    v2.update(x[:1000], tops[:1000], 0.0001, 0)
    early = v2.state()["maxima"][1]
    assert early == pytest.approx(1 + 999 * 0.99**99 * 100 / 1000, rel=0.02)  # then e = 1 / v
    v2.update(x[1000:], tops[1000:], 0.0001, 1000)
    late = v2.state()["maxima"][1]
    assert late == pytest.approx(1 + (early - 1) * 1000 / 5000 * (1 - 1 / 5000) ** 15_000, rel=0.01)
