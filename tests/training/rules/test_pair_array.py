"""Pairs of devices under pulses: trains, counted pulses, resets, the refresh and its cost."""

import numpy as np
import pytest
from regression import even

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.responses import OneSidedPair
from chipsim.streams import Stream
from chipsim.training.rules import Activity
from chipsim.training.rules.pair_array import PairArray

SHAPE = (3, 2)
COUNTS = np.array([[2, -1], [0, 0], [-4, 1]])
PHASE_CHANGE = {"component": "pcm-one-sided"}


def array(weights=None, device=None, shape=SHAPE):
    kind = from_plain(OneSidedPair, {"device": device or even(0.01)})
    return PairArray(kind, shape, weights, Stream(1), Stream(2))


def test_pulses_go_to_the_device_of_their_sign():
    pairs = array()
    assert pairs.write(COUNTS, 0) == Activity(pulses=8, slots=6, drives=14)
    assert pairs.held.plus == pytest.approx(0.01 * np.maximum(COUNTS, 0), abs=1e-6)
    assert pairs.held.minus == pytest.approx(0.01 * np.maximum(-COUNTS, 0), abs=1e-6)
    assert pairs.weights == pytest.approx(0.01 * COUNTS, abs=1e-6)
    assert pairs.write(0 * COUNTS, 1) == Activity()


def test_trains_move_the_weight_along_the_gradient():
    x, d = np.array([[1, 0, -0.5]], np.float32), np.array([[1, -1]], np.float32)
    pairs = array(device=even(1 / 128))
    took = pairs.descend(x, d, 10 / 128, 0, 31)
    assert pairs.weights[0] == pytest.approx([10 / 128, -10 / 128], abs=1e-6)
    assert (took.slots, took.lines) == (10, 4)
    steps = np.rint(pairs.weights * 128).astype(int)
    assert -10 < steps[2, 0] < 0
    assert took.pulses == abs(steps).sum()
    assert (pairs.held.plus[2, 0], pairs.held.minus[2, 1]) == (0, 0)


def test_a_reset_counts_a_pulse_for_each_device_and_a_slot_for_each_row():
    pairs = array(np.full(SHAPE, 0.3, np.float32))
    where = np.array([[True, True], [False, False], [True, False]])
    assert pairs.reset(where, 0) == Activity(pulses=6, slots=2, drives=8)
    assert pairs.weights == pytest.approx(np.where(where, 0, 0.3))
    assert pairs.reset(~where & where, 1) == Activity()


def test_a_refresh_by_hand():
    """One pair is full: 3 rows of 2 devices are read, 6 weights compared with 2 limits twice; 2 resets, then 20 pulses down."""
    pairs = array()
    pairs.held.plus[1, 1], pairs.held.minus[1, 1] = 0.7, 0.9
    pairs.held.plus[0, 0] = 0.9
    assert pairs.refresh(0) == Activity(pulses=22, slots=21, reads=6, operations=24, drives=1 + 2 + 20 + 20)
    assert (pairs.held.plus[1, 1], pairs.held.minus[1, 1]) == (0, pytest.approx(0.2, abs=1e-6))
    assert pairs.held.plus[0, 0] == np.float32(0.9)
    assert pairs.refresh(1) == Activity(reads=6, operations=24)


def test_pulses_between_two_weights_follow_the_staircase():
    pairs = array(device=PHASE_CHANGE, shape=(1, 5))
    stairs = pairs.kind.staircase - pairs.kind.staircase[0]
    shown = np.array([[0, stairs[2], -stairs[4], stairs[3], 0.001]], np.float32)
    target = np.array([[stairs[5], stairs[9], -stairs[6], -stairs[2], 0]], np.float32)
    assert pairs.pulses_between(shown, target).tolist() == [[5, 7, -2, -2, -1]]


def test_starting_weights_take_one_device_of_each_pair():
    goal = np.array([[0.5, -0.25], [0, 3], [-3, 1]], np.float32)
    pairs = array(goal)
    assert pairs.weights == pytest.approx(np.clip(goal, -1, 1))
    assert np.minimum(pairs.held.plus, pairs.held.minus).max() == 0
    with pytest.raises(InputError, match="starting weights"):
        array(goal[:2])


def test_both_devices_leak():
    pairs = array(np.full(SHAPE, 0.5, np.float32), even(0.01) | {"lifetime": 10.0})
    pairs.held.minus[...] = 0.2
    pairs.pause(0, 2)
    assert pairs.held.plus == pytest.approx(np.full(SHAPE, 0.5 * 0.9**2))
    assert pairs.held.minus == pytest.approx(np.full(SHAPE, 0.2 * 0.9**2))


def test_noise_is_new_in_every_call():
    pairs = array(device=PHASE_CHANGE, shape=(40, 40))
    ones = np.ones((40, 40), np.int64)
    before, changes = pairs.weights, []
    for number in range(2):
        pairs.write(ones, number)
        changes.append(pairs.weights - before)
        before = pairs.weights
        pairs.reset(ones > 0, number)
        before = pairs.weights
    assert abs(np.corrcoef(changes[0].ravel(), changes[1].ravel())[0, 1]) < 0.5  # the devices are the same, their noise is not
    assert not np.array_equal(*changes)
