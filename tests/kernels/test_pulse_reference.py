"""The twin of the pulsed update against sums done by hand."""

import numpy as np
import pytest

from chipsim.kernels.pulse_reference import mean_change, one_pulse, reference_update, spread_of_change, unpacked
from chipsim.kernels.pulsed_update import EXPONENTIAL, LINEAR, NOTHING, PIECEWISE, POWER, TABLES, Law, PulsedCells

SIGN = 1 << 31


def cell(up=0.1, down=0.2, low=-1.0, high=2.0, shape=None, reference=None):
    shapes = (NOTHING, NOTHING) if shape is None else tuple(np.full((1, 1), value, np.float32) for value in shape)
    bounds = (np.full((1, 1), value, np.float32) for value in (up, down, low, high))
    return PulsedCells(*bounds, *shapes, NOTHING if reference is None else np.full((1, 1), reference, np.float32))


def changes(state, law, **keys):
    return [mean_change(np.full((1, 1), state), rises, cell(**keys), law)[0, 0] for rises in (True, False)]


def test_laws_by_hand():
    assert changes(0.5, Law()) == pytest.approx([0.1, 0.2])
    assert changes(0.5, Law(LINEAR), shape=(0.1, 0.3)) == pytest.approx([0.1 - 0.05, 0.2 + 0.15])
    law = Law(EXPONENTIAL, (0.5, 3.0, -1.0), (0.25, 6.0, 0.5))
    assert changes(0.5, law) == pytest.approx([0.1 * (1 - 0.5 * np.exp(0.5 - 1)), 0.2 * (1 - 0.25 * np.exp(-1 + 0.5))])
    assert changes(0.5, Law(EXPONENTIAL, (9.0, 0.0, 0.0), (9.0, 0.0, 0.0))) == [0, 0]
    assert changes(0.5, Law(POWER), shape=(1.0, 2.0)) == pytest.approx([0.1 / 2, 0.2 / 4])
    assert changes(-0.25, Law(PIECEWISE, (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))) == pytest.approx([0.1 / 2, 0.2 * 0.5])


def test_tables_by_hand():
    """A quarter of the way up and three quarters of the way down, in the second of two tables of three points."""
    up = (3.0, *(9, 9, 9), *(9, 9, 9), *(2.0, 1.0, 0.0), *(0.4, 0.2, 0.0))
    down = np.float32([3.0, *(9, 9, 9), *(9, 9, 9), *(1.0, 0.0, 4.0), *(0.0, 0.1, 0.3)])
    law = Law(TABLES, up, down, relative=2.0)
    assert changes(-0.25, law, shape=(1, 1)) == pytest.approx([0.1 * 1.5, 0.2 * 2.0])
    spreads = [spread_of_change(np.full((1, 1), -0.25), rises, cell(shape=(1, 1)), law)[0, 0] for rises in (True, False)]
    assert spreads == pytest.approx([2 * 0.1 * 0.3, 2 * 0.2 * 0.2])
    assert changes(9.0, law, shape=(1, 1)) == pytest.approx([0.0, 0.2])  # beyond the bounds the tables go on as they end


def test_noise_and_bounds_by_hand():
    law = Law(relative=1.0, fixed=2.0, floor=0.05, share=0.1)
    one = np.ones((1, 1))
    up, down = (one_pulse(np.full((1, 1), 0.5), np.full((1, 1), rises), cell(), law, one)[0, 0] for rises in (True, False))
    assert up == pytest.approx(0.5 + 0.1 + 0.1 + 0.2 + 0.05 + 0.05)
    assert down == pytest.approx(0.5 - 0.2 - 0.2 - 0.4 - 0.05 - 0.05)
    assert one_pulse(np.full((1, 1), 1.4), np.full((1, 1), True), cell(reference=0.5), Law(), 0 * one)[0, 0] == 1.5
    assert one_pulse(np.full((1, 1), -1.4), np.full((1, 1), False), cell(reference=0.5), Law(), 0 * one)[0, 0] == -1.5


def test_a_word_is_31_slots_and_a_sign():
    slots, signs = unpacked(np.array([[5, SIGN | 1 << 30], [2, 0]], np.uint32))
    assert slots.shape == (62, 2)
    assert np.flatnonzero(slots[:, 0]).tolist() == [0, 2, 32]
    assert np.flatnonzero(slots[:, 1]).tolist() == [30]
    assert signs.tolist() == [1, -1]


def test_common_slots_are_pulses():
    trains = np.array([[[0b0111]]], np.uint32), np.array([[[SIGN | 0b1101]]], np.uint32)
    weights, hidden = np.zeros((1, 1)), np.zeros((1, 1))
    reference_update(weights, cell(), Law(), noise=np.zeros, trains=trains)
    assert weights[0, 0] == pytest.approx(-0.4)
    reference_update(weights, cell(), Law(write_noise=3.0), noise=np.ones, trains=trains, hidden=hidden)
    assert (hidden[0, 0], weights[0, 0]) == (pytest.approx(-0.4), pytest.approx(2.6))
