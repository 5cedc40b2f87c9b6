"""Greedy decoding and edit distances, by hand and against a plain recursion."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.workload.metrics import LabelErrorRate
from chipsim.workload.metrics.sequences import distance

WORDS = st.lists(st.integers(0, 3), max_size=6)


@given(WORDS, WORDS)
def test_distance_is_that_of_the_recursion(one, other):
    @cache
    def edits(i, j):
        if not i or not j:
            return i + j
        return min(edits(i - 1, j) + 1, edits(i, j - 1) + 1, edits(i - 1, j - 1) + (one[i - 1] != other[j - 1]))

    assert distance(one, other) == edits(len(one), len(other))


def of_steps(*rows, classes=5):
    """Outputs whose largest class at each step is given."""
    return np.eye(classes, dtype=np.float32)[np.array(rows)].transpose(0, 2, 1)[..., None]


def test_repeats_are_one_and_blanks_are_nothing():
    metric = LabelErrorRate(blank=0)
    assert metric.decoded([0, 1, 1, 0, 1, 2, 2, 0]) == [1, 1, 2]
    out = of_steps([0, 1, 1, 0, 1, 2, 2, 0], [3, 3, 3, 0, 0, 0, 0, 4])
    assert metric.of(out, np.array([[1, 1, 2, -1], [3, 4, -1, -1]])) == 0
    assert metric.of(out, np.array([[1, 2, -1, -1], [3, 4, 4, 1]])) == pytest.approx((1 + 2) / 6)
    assert metric.of(of_steps([0, 0], [0, 0]), np.array([[1, 2], [3, -1]])) == metric.chance(None, (5, 2, 1)) == 1


@pytest.mark.parametrize(
    ("metric", "labels", "output", "message"),
    [
        (LabelErrorRate(), np.zeros(2, int), (5, 8, 1), "expects int64 [2, length], padded with -1"),
        (LabelErrorRate(), np.array([[1, 5], [1, 1]]), (5, 8, 1), "label 5 of image 0 is out of range"),
        (LabelErrorRate(), np.array([[1, 1], [1, 0]]), (5, 8, 1), "of which 0 is the blank one"),
        (LabelErrorRate(), np.full((2, 2), -1), (5, 8, 1), "no label at all"),
    ],
)
def test_labels_that_do_not_fit_are_one_sentence(metric, labels, output, message):
    assert message in metric.problem(labels, 2, output)


@pytest.mark.parametrize(
    ("metric", "output", "key", "message"),
    [
        (LabelErrorRate(), (5, 8, 2), "", "takes an output [classes, steps, 1], the network's is [5, 8, 2]"),
        (LabelErrorRate(blank=5), (5, 8, 1), "blank", "is 5, but the network's classes are 0 to 4"),
    ],
)
def test_keys_that_do_not_suit_the_network(metric, output, key, message):
    found = metric.misfit(np.ones((2, 3), int), output)
    assert found.key == key
    assert message in found.message
