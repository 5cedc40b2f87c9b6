"""One step of an LSTM backwards, by hand and by finite differences; whole networks: test_recurrent.py."""

import numpy as np
import pytest

from .small import network


def cell(hidden=1):
    return network({"type": "lstm", "name": "cell", "hidden_size": hidden}, shape=(2, 3, 1)).layers["cell"]


def test_a_step_by_hand():
    i, f, g, o, memory, shown = (np.full((1, 1), value, np.float32) for value in (0.5, 0.25, 0.6, 0.8, 2, 0.7))
    errors = np.float32([[3]]), np.float32([[0.5]])
    lines, before = cell().before((i, f, g, o, memory, shown), errors)
    e = 0.5 + 3 * 0.8 * (1 - 0.49)  # of the memory
    assert lines.shape == (1, 1, 4)
    assert lines.ravel() == pytest.approx([e * 0.6 * 0.25, e * 2 * 0.1875, e * 0.5 * 0.64, 3 * 0.7 * 0.16], rel=1e-5)
    assert before[0].ravel() == [0]  # the state before is read through the matrix only
    assert before[1].ravel() == pytest.approx([e * 0.25], rel=1e-6)


def test_a_step_is_the_derivative_of_the_step_forward():
    one, random = cell(3), np.random.default_rng(1)
    sums, memory, towards = (random.normal(size=shape).astype(np.float32) for shape in ((2, 1, 12), (2, 3), (2, 2, 3)))

    def total(sums, memory):
        state, _ = one.layer.cell(sums, (np.zeros((2, 3), np.float32), memory))
        return sum(np.vdot(part, weight) for part, weight in zip(state, towards, strict=True))

    _, kept = one.layer.cell(sums, (np.zeros((2, 3), np.float32), memory))
    lines, before = one.before(kept, (towards[0], towards[1]))
    for place in np.ndindex(sums.shape):
        step = np.zeros_like(sums)
        step[place] = 1e-2
        assert (total(sums + step, memory) - total(sums - step, memory)) / 2e-2 == pytest.approx(lines[place], rel=1e-2, abs=1e-3)
    for place in np.ndindex(memory.shape):
        step = np.zeros_like(memory)
        step[place] = 1e-2
        assert (total(sums, memory + step) - total(sums, memory - step)) / 2e-2 == pytest.approx(before[1][place], rel=1e-2, abs=1e-3)
