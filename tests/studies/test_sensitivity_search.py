"""Where a curve falls to a level: closed forms, intervals that hold the truth whatever the noise, the ends of the range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.studies.sensitivity_judge import Estimate
from chipsim.studies.sensitivity_search import ALREADY, FOUND, NEVER, Z, threshold

LEVEL = 0.99
VALUES = tuple(2.0 ** (k / 4) for k in range(-40, 41))
UP = st.floats(2.0**-9, 2.0**9)


def estimate(mean: float, error: float = 0.0) -> Estimate:
    return Estimate(np.full((1, 1), mean), mean, error)


def curve(value: float, at: float) -> float:
    """Falls from 1 to 0 and is LEVEL at `at`."""
    return 1 / (1 + (1 / LEVEL - 1) * (value / at) ** 2)


def search(at: float, values=VALUES, error: float = 0.0, off=lambda value: 0.0, whole: bool = False):
    asked: list[float] = []

    def judge(value: float) -> Estimate:
        asked.append(value)
        return estimate(curve(value, at) + error * off(value), error)

    return threshold(values, judge, estimate(1.0), LEVEL, whole), asked


@given(UP)
def test_a_known_crossing(at):
    found, asked = search(at)
    assert found.verdict == FOUND
    assert found.value == pytest.approx(at, rel=0.02)  # interpolated between neighbours 19 % apart
    assert found.low * (1 - 1e-9) <= at <= found.high * (1 + 1e-9)
    assert found.high / found.low < 1.2
    assert found.tried == len(asked) == len(set(asked)) <= 10  # no value twice


@given(UP, st.floats(1e-4, 3e-3), st.integers(0, 1000))
def test_the_interval_holds_the_truth_where_no_estimate_is_off_by_more_than_it_says(at, error, seed):
    off = {value: float(x) for value, x in zip(VALUES, np.random.default_rng(seed).uniform(-Z, Z, len(VALUES)), strict=True)}
    found, _ = search(at, error=error, off=off.__getitem__)
    assert found.low is None or found.low <= at * (1 + 1e-9)
    assert found.high is None or at <= found.high * (1 + 1e-9)


@given(st.integers(2, 15))
def test_whole_numbers_give_the_last_that_keeps(bits):
    """One step coarser for each bit less; values run from 16 bits down to 1."""
    values = tuple(float(b) for b in range(16, 0, -1))
    found, _ = search(2.0**-bits * 1.5, tuple(2.0**-b for b in values), whole=True)
    assert found.value == 2.0**-bits
    assert found.high == 2.0 ** -(bits - 1)


def test_the_ends_of_the_range():
    assert search(1e9)[0][:2] == (NEVER, None)
    assert search(1e9)[1] == [VALUES[-1]]  # the worst value is asked first
    assert threshold(VALUES, lambda value: estimate(0.5), estimate(0.98), LEVEL) == (ALREADY, None, None, None, 0)
    assert threshold((), lambda value: estimate(0.5), estimate(1.0), LEVEL).verdict == NEVER
    below, _ = search(1e-9)
    assert (below.verdict, below.value, below.low, below.high) == (FOUND, VALUES[0], None, VALUES[0])


def test_without_an_error_a_decreasing_axis_works_too():
    """What is worse when it is smaller, such as the range of a converter."""
    values = VALUES[::-1]
    found = threshold(values, lambda value: estimate(curve(1 / value, 1 / 3.0)), estimate(1.0), LEVEL)
    assert found.value == pytest.approx(3.0, rel=0.02)
    assert found.low >= 3.0 >= found.high
