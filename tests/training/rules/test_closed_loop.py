"""Writing to targets: devices that obey, devices with noise, and what the goes are charged with."""

import numpy as np
import pytest
from regression import even

from chipsim.kernels.philox import normal
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules import Activity
from chipsim.training.rules.closed_loop import ClosedLoop
from chipsim.training.rules.pulsed_array import PulsedArray

KEY = (3, 4)
GOAL = np.linspace(-0.8, 0.8, 20, dtype=np.float32).reshape(4, 5)


def cells(**keys):
    return PulsedArray(from_plain(Response, even(0.01) | keys), GOAL.shape, np.zeros_like(GOAL), Stream(1), Stream(2))


def written(array, loop, target=GOAL, number=0):
    """The array after the loop, and what it took."""
    took = loop.write(
        target, lambda: array.weights, lambda shown, goal: np.rint((goal - shown) / 0.01).astype(np.int64), array.write, number
    )
    return array.weights, took


def test_steady_devices_are_there_after_one_go():
    """Read, pulse, read again: 2 reads of 4 rows; half a step is the best that can be had."""
    weights, took = written(cells(), ClosedLoop(0.0051, 10, 0.0, KEY))
    counts = np.abs(np.rint(GOAL / 0.01)).astype(int)
    assert weights == pytest.approx(GOAL, abs=0.0051)
    slots = counts.max(axis=1).sum()
    assert took == Activity(pulses=counts.sum(), slots=slots, reads=8, operations=80, drives=slots + counts.sum())


def test_only_rows_with_open_cells_are_read():
    target = np.zeros_like(GOAL)
    target[2, 1:3] = 0.3
    _, took = written(cells(), ClosedLoop(0.006, 10, 0.0, KEY), target)
    assert (took.pulses, took.reads, took.operations) == (60, 4 + 1, 2 * 20 + 2 * 2)


def test_cells_that_are_not_asked_for_stay_as_they_are():
    array, where = cells(), np.zeros(GOAL.shape, np.bool_)
    where[1, :2] = True
    took = ClosedLoop(0.0051, 10, 0.0, KEY).write(
        GOAL, lambda: array.weights, lambda shown, goal: np.rint((goal - shown) / 0.01).astype(np.int64), array.write, 0, where
    )
    assert array.weights == pytest.approx(np.where(where, GOAL, 0), abs=0.0051)
    assert (array.weights[~where] == 0).all()
    assert (took.reads, took.operations) == (2, 2 * 2 + 2 * 2)


def test_noisy_devices_come_within_the_tolerance_by_trying_again():
    noisy = {"noise": 2.0}
    weights, took = written(cells(**noisy), ClosedLoop(0.01, 60, 0.0, KEY))
    assert abs(weights - GOAL).max() <= 0.01
    once, less = written(cells(**noisy), ClosedLoop(0.01, 1, 0.0, KEY))
    assert abs(once - GOAL).max() > 0.03
    assert less.reads == 4
    assert took.reads > 12


def test_a_cell_that_was_closed_stays_closed():
    array = cells()
    loop = ClosedLoop(0.05, 10, 0.04, KEY)
    seen = loop.reading(np.zeros_like(GOAL), 70)
    closed = abs(np.float32(0.02) - seen) <= 0.05
    weights, _ = written(array, loop, np.full_like(GOAL, 0.02), 7)
    assert 0 < closed.sum() < 20
    assert (weights[closed] == 0).all()


def test_cells_that_do_not_obey_end_the_loop_after_its_goes():
    stuck = cells(w_max=0.1)
    target = np.full_like(GOAL, 0.5)
    weights, took = written(stuck, ClosedLoop(0.01, 3, 0.0, KEY), target)
    assert weights == pytest.approx(np.full_like(GOAL, 0.1))
    assert (took.reads, took.pulses) == (12, 20 * (50 + 40 + 40))


def test_noise_of_a_reading():
    loop = ClosedLoop(0.0, 5, 0.1, KEY)
    weights = np.zeros((50, 60), np.float32)
    one, again, other = loop.reading(weights, 3), loop.reading(weights, 3), loop.reading(weights, 3 + 2**32)
    assert np.array_equal(one, again)
    assert np.array_equal(one, np.float32(0.1) * normal((50, 60), KEY, 3, 0))
    assert one.std() == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.08
    assert not loop._replace(noise=0.0).reading(weights, 3).any()
