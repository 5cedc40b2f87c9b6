"""One step of a GRU backwards, by hand and by finite differences; whole networks: test_recurrent.py."""

import numpy as np
import pytest

from .small import network


def cell(hidden=1):
    return network({"type": "gru", "name": "cell", "hidden_size": hidden}, shape=(2, 3, 1)).layers["cell"]


def test_a_step_by_hand():
    r, z, n, state, inner = (np.full((1, 1), value, np.float32) for value in (0.5, 0.25, 0.6, -0.4, 2))
    lines, before = cell().before((r, z, n, state, inner), (np.float32([[3]]),))
    candidate = 3 * 0.75 * 0.64
    gates = [candidate * 2 * 0.25, 3 * (-0.4 - 0.6) * 0.1875]
    assert lines[0, 0] == pytest.approx([*gates, candidate], rel=1e-5)
    assert lines[0, 1] == pytest.approx([*gates, candidate * 0.5], rel=1e-5)  # the state is behind the reset gate
    assert before[0].ravel() == pytest.approx([0.75])


def test_a_step_is_the_derivative_of_the_step_forward():
    one, random = cell(3), np.random.default_rng(1)
    sums, state, towards = (random.normal(size=shape).astype(np.float32) for shape in ((2, 2, 9), (2, 3), (2, 3)))

    def total(sums, state):
        return np.vdot(one.layer.cell(sums, (state,)).state[0], towards)

    _, kept = one.layer.cell(sums, (state,))
    lines, before = one.before(kept, (towards,))
    for place in np.ndindex(sums.shape):
        step = np.zeros_like(sums)
        step[place] = 1e-2
        assert (total(sums + step, state) - total(sums - step, state)) / 2e-2 == pytest.approx(lines[place], rel=1e-2, abs=1e-3)
    for place in np.ndindex(state.shape):
        step = np.zeros_like(state)
        step[place] = 1e-2
        assert (total(sums, state + step) - total(sums, state - step)) / 2e-2 == pytest.approx(before[0][place], rel=1e-2, abs=1e-3)
