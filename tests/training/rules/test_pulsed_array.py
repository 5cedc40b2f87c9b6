"""Pulses of given numbers, reads, and pauses."""

import numpy as np
import pytest
from regression import even

from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules import Activity
from chipsim.training.rules.pulsed_array import PulsedArray

COUNTS = np.array([[2, 0, -1], [0, 0, 0], [1, 4, 0]])


def array(weights=None, shape=(3, 3), **keys):
    return PulsedArray(from_plain(Response, even(0.01) | keys), shape, weights, Stream(1), Stream(2))


def test_every_cell_gets_its_number_of_pulses():
    cells = array()
    assert cells.write(COUNTS, 0) == Activity(pulses=8, slots=2 + 4, drives=6 + 8)
    assert cells.weights == pytest.approx(0.01 * COUNTS, abs=1e-6)
    assert cells.write(0 * COUNTS, 1) == Activity()


def test_the_cells_of_a_line_are_pulsed_together():
    cells = array()
    assert cells.count("row", 2, COUNTS[2], 0) == Activity(pulses=5, slots=4, drives=4 + 5)
    assert cells.count("column", 1, np.array([3, 0, -4]), 1) == Activity(pulses=7, slots=4, drives=4 + 7)
    assert cells.weights == pytest.approx(0.01 * np.array([[0, 3, 0], [0, 0, 0], [1, 0, 0]]), abs=1e-6)
    assert cells.count("row", 0, np.zeros(3, np.int64), 2) == Activity()


def test_noise_is_new_in_every_call_and_every_row():
    cells = array(shape=(20, 20), noise=0.3)
    ones = np.ones((20, 20), np.int64)
    cells.write(ones, 0)
    first = cells.weights.copy()
    cells.write(ones, 1)
    changes = np.concatenate([first, cells.weights - first])
    assert np.unique(np.round(changes, 7)).size > 780
    assert changes.std() == pytest.approx(0.003, rel=0.15)


def test_reads():
    goal = np.linspace(-0.5, 0.5, 2000, dtype=np.float32).reshape(2, 1000)
    cells = array(goal, (2, 1000))
    assert cells.read("row", 1, 0.0, 0) == pytest.approx(goal[1])
    assert cells.read("column", 7, 0.0, 0) == pytest.approx(goal[:, 7])
    noise = cells.read("row", 1, 0.1, 5) - goal[1]
    assert noise.std() == pytest.approx(0.1, rel=0.1)
    assert np.array_equal(cells.read("row", 1, 0.1, 5) - goal[1], noise)
    for line, number in ((1, 6), (1, 5 + 2**32), (0, 5)):
        other = cells.read("row", line, 0.1, number) - goal[line]
        assert abs(np.corrcoef(noise, other)[0, 1]) < 0.15


def test_a_leak_in_a_pause():
    cells = array(np.full((3, 3), 0.5, np.float32), lifetime=10.0)
    cells.pause(0, batches=2)
    assert cells.weights == pytest.approx(np.full((3, 3), 0.5 * 0.9**2))
    quiet = array(np.full((3, 3), 0.5, np.float32))
    quiet.pause(0, batches=2)
    assert (quiet.weights == 0.5).all()


def test_a_leak_keeps_the_error_of_the_last_write():
    cells = array(np.full((3, 3), 0.5, np.float32), lifetime=10.0, write_noise=3.0)
    error = cells.weights - cells.held
    cells.pause(0, batches=2)
    assert cells.held == pytest.approx(np.full((3, 3), 0.5 * 0.9**2))
    assert cells.weights - cells.held == pytest.approx(error, abs=1e-6)
    assert error.std() > 0.01


def test_diffusion_is_new_in_every_pause():
    cells = array(np.zeros((30, 30), np.float32), (30, 30), diffusion=0.01)
    cells.pause(0, batches=4)
    first = cells.weights.copy()
    cells.pause(1, batches=4)
    assert first.std() == pytest.approx(0.02, rel=0.1)
    assert abs(np.corrcoef(first.ravel(), (cells.weights - first).ravel())[0, 1]) < 0.15
