"""Moments of an epoch: evenly spread, never overlapping, and what their mean is worth."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.training.moments import Moment, Moments, mean, means


def spans(number, batches, samples, batch):
    return [(span.first, span.last) for span in Moments(number, batches, lambda works: {}).begins(samples, batch)]


def test_moments_lie_in_the_middle_of_equal_parts():
    assert spans(4, 3, 60000, 1) == [(7498, 7501), (22498, 22501), (37498, 37501), (52498, 52501)]
    assert spans(1, 3, 300, 100) == [(0, 3)]
    assert spans(2, 1, 10, 1) == [(2, 3), (7, 8)]


@given(st.integers(1, 20), st.integers(1, 6), st.integers(1, 500), st.integers(1, 40))
def test_moments_are_whole_ordered_and_apart(number, batches, samples, batch):
    found = spans(number, batches, samples, batch)
    whole = max(samples // batch, 1)
    length = min(batches, whole)
    assert len(found) == min(number, whole // length)
    assert all(last - first == length for first, last in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert found[0][0] >= 0
    assert found[-1][1] <= whole


def test_the_seldom_has_a_moment_of_its_own_and_the_others_avoid_it():
    moments = Moments(4, 3, lambda works: {}, 8000)
    assert moments.events(60000, 1, 0) == [7999, 15999, 23999, 31999, 39999, 47999, 55999]
    assert moments.events(60000, 1, 60000)[0] == 3999  # the 64,000th sample
    assert moments.events(60000, 100, 0) == [79, 159, 239, 319, 399, 479, 559]
    found = moments.begins(60000, 1)
    assert [tuple(span) for span in found if span.seldom] == [(31997, 32000, True)]
    assert len(found) == 5
    assert moments.begins(5000, 1) == Moments(4, 3, lambda works: {}).begins(5000, 1)  # nothing happens in this epoch
    assert not any(span.seldom for span in Moments(4, 3, lambda works: {}, 3).begins(60000, 1))  # each moment holds it once


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 300), st.integers(1, 20), st.integers(2, 200), st.integers(0, 500))
def test_ordinary_moments_never_hold_what_is_seldom(number, batches, samples, batch, period, seen):
    moments = Moments(number, batches, lambda works: {}, period)
    found, events = moments.begins(samples, batch, seen), moments.events(samples, batch, seen)
    whole = max(samples // batch, 1)
    assert all(0 <= span.first < span.last <= whole for span in found)
    assert all(before.last <= after.first for before, after in pairwise(found))
    passed = [(seen + number * batch) // period for number in range(samples // batch + 1)]  # how often, before each mini-batch
    if samples >= batch:
        assert events == [number for number, (before, after) in enumerate(pairwise(passed)) if after > before]
    special = [span for span in found if span.seldom]
    assert len(special) == (1 if events and period > min(batches, whole) * batch else 0)
    for span in special:
        assert span.last - 1 in events
    if special:
        assert not any(span.first <= event < span.last for span in found if not span.seldom for event in events)


def test_means_and_their_errors():
    figures = [{"a": 1.0, "b": 2.0}, {"a": 3.0}, {"a": 5.0, "b": 1.0}]
    found = means([Moment(1, 10 * number, one) for number, one in enumerate(figures)])
    assert found["a"].value == pytest.approx(3)
    assert found["a"].error == pytest.approx(2 / math.sqrt(3))
    assert found["b"].value == pytest.approx(1)
    assert mean([4.0]) == (4.0, None)


def test_the_error_is_that_of_random_moments():
    random = np.random.default_rng(8)
    runs = [mean(list(random.normal(10, 3, 8))) for _ in range(4000)]
    spread = np.std([run.value for run in runs])
    assert spread == pytest.approx(3 / math.sqrt(8), rel=0.04)
    assert np.sqrt(np.mean([run.error**2 for run in runs])) == pytest.approx(spread, rel=0.04)
