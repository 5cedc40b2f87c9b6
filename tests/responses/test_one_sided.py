"""Pairs of devices that only go up: their weight, their pulses, and the refresh."""

import math

import numpy as np
import pytest
from pulsing import ALIKE, QUIET

from chipsim.errors import InputError
from chipsim.kernels.pulse_rules import fixed
from chipsim.kernels.trains import COLUMNS, ROWS, trains
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep, OneSidedPair
from chipsim.streams import Stream

SHAPE = (30, 40)
STEADY = {"w_max": 1.0, "w_min": 0.0, "step": 0.02, "reset_noise": 0.0} | QUIET | ALIKE
PHASE_CHANGE = from_plain(OneSidedPair, {"device": {"component": "pcm-one-sided"}})


def pairs(pair, seed=1):
    return pair.instantiate(SHAPE, Stream(seed), Stream(5).child("chip"))


def pulses(x, d, slots=20):
    plan = fixed(x, d, float(slots), 1.0, slots)
    who = np.zeros(len(x), np.uint32), np.arange(len(x), dtype=np.uint32)
    rows = trains(x, plan.row_gain, plan.length, (1, 2), *who, ROWS)
    return *who, (rows, trains(d, plan.column_gain, plan.length, (1, 2), *who, COLUMNS))


def test_both_devices_only_rise_and_the_weight_follows_the_sign():
    pair = OneSidedPair(device=ConstantStep(**STEADY))
    state = pairs(pair)
    x, d = np.ones((2, 30), np.float32), np.ones((2, 40), np.float32)
    d[:, ::2] = -1
    x[1, :10] = 0
    counts = pair.update(state, Stream(3), *pulses(x, d))
    assert counts.tolist() == [20 * 30 * 40, 20 * 20 * 40]
    assert state.plus[10:, 1::2] == pytest.approx(np.full((20, 20), 0.8), abs=1e-5)
    assert state.minus[:10, ::2] == pytest.approx(np.full((10, 20), 0.4), abs=1e-5)
    assert state.plus[:, ::2].max() == state.minus[:, 1::2].max() == 0
    assert (np.sign(state.weights) == np.sign(d[0])).all()


def test_devices_of_a_pair_are_independent():
    state = pairs(PHASE_CHANGE)
    for one, other in ((state.plus_cells.pulsed.up, state.minus_cells.pulsed.up), (state.plus, state.minus)):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / math.sqrt(one.size)


def test_a_pair_is_full_when_both_say_so():
    pair = OneSidedPair(device=ConstantStep(**STEADY))
    state = pairs(pair)
    for place, (plus, minus) in enumerate(((0.8, 0.3), (0.3, 0.8), (0.8, 0.2), (0.7, 0.7), (0.9, 0.9))):
        state.plus[0, place], state.minus[0, place] = plus, minus
    assert pair.full(state)[0, :6].tolist() == [True, True, False, False, True, False]
    assert not pair.full(state)[1:].any()


def test_a_refresh_of_steady_devices_keeps_the_weight_to_half_a_step():
    pair = OneSidedPair(device=ConstantStep(**STEADY))
    state, draw = pairs(pair), np.random.default_rng(0)
    state.plus[...], state.minus[...] = draw.uniform(0, 1, SHAPE), draw.uniform(0, 1, SHAPE)
    plus, before, due = state.plus.copy(), state.weights, pair.full(state)
    found, count = pair.refresh(state, Stream(4))
    assert (found == due).all()
    assert 0.2 < due.mean() < 0.5
    assert abs(state.weights - before).max() <= 0.01 + 1e-5
    assert (state.plus[~due] == plus[~due]).all()
    assert np.minimum(state.plus, state.minus)[due].max() == 0
    assert count == np.rint(abs(state.weights[due]) / 0.02).sum()
    assert pair.refresh(state, Stream(6)) == (pytest.approx(np.zeros(SHAPE)), 0)


def test_the_staircase_of_phase_change_by_hand():
    stairs = PHASE_CHANGE.staircase
    assert stairs[0] == pytest.approx(0.01)  # the rest
    for count in range(20):
        assert stairs[count + 1] - stairs[count] == pytest.approx(0.01 * (1 + 27.235 * math.exp(-2.5 * stairs[count])), rel=1e-4)
    assert stairs[-1] <= 2
    assert PHASE_CHANGE.pulses_for(np.float32([0, stairs[1], stairs[7] - 0.011, 99])).tolist() == [0, 1, 7, len(stairs) - 1]
    full = int(np.argmax(stairs >= 1.5))
    assert PHASE_CHANGE.granularity == pytest.approx((stairs[full] - stairs[0]) / full)


def test_a_refresh_of_phase_change_scatters_but_has_no_bias_beyond_a_step():
    state, draw = pairs(PHASE_CHANGE), np.random.default_rng(0)
    state.plus[...], state.minus[...] = 1.7, draw.uniform(0.6, 1.6, SHAPE)
    before = state.weights
    due, _ = PHASE_CHANGE.refresh(state, Stream(4))
    assert due.all()
    assert abs((state.weights - before).mean()) < 0.05
    exact = {"noise_floor": 0.0, "noise_share": 0.0, "reset_spread": 0.0, "reset_noise": 0.0} | QUIET | ALIKE
    pair = PHASE_CHANGE.having(device=PHASE_CHANGE.device.having(**exact))
    state = pairs(pair)
    state.plus[...], state.minus[...] = 1.7, draw.uniform(0.6, 1.6, SHAPE)
    before = state.weights
    pair.refresh(state, Stream(4))
    stairs = pair.staircase
    assert abs(state.weights - before).max() <= np.diff(stairs).max() / 2 + 1e-5


def test_a_refresh_belongs_to_its_stream():
    results = []
    for seed in (4, 4, 5):
        state = pairs(PHASE_CHANGE)
        state.plus[...], state.minus[...] = 1.7, 1.0
        PHASE_CHANGE.refresh(state, Stream(seed))
        results.append(state.weights)
    assert (results[0] == results[1]).all()
    assert (results[0] != results[2]).mean() > 0.9


def test_devices_that_cannot_be_a_pair_are_refused():
    with pytest.raises(InputError, match="write_noise 1"):
        OneSidedPair(device=ConstantStep(write_noise=1))
    with pytest.raises(InputError, match="w_max 0"):
        OneSidedPair(device=ConstantStep(w_max=0.0))
