"""The cell of two phase-change devices and a capacitor: equation, update, transfer, polarities, early transfers, cost."""

import numpy as np
import pytest
from regression import begun, error_of, even

from chipsim.errors import InputError
from chipsim.training.rules import Activity

STEP = 1 / 128
PHASE_CHANGE = {"component": "pcm-one-sided"}
EXACT = {"mismatch": 0.0, "read_noise": 0.0, "offset": 0.0, "look_every": None, "transfer_every": 4, "longest": 500}
STEADY = {"type": "pcm_capacitor", "response": even(0.01), "capacitor": even(STEP)} | EXACT
SHAPE = (30, 40)


def cell(shape=(1, 1), weights=None, **keys):
    return begun(STEADY | keys, shape, weights)


def vectors(count, shape=(1, 1), sign=1.0):
    return np.ones((count, shape[0]), np.float32), np.full((count, shape[1]), sign, np.float32)


def uneven(spread):
    """Capacitors whose steps up and down differ, each by its own amount."""
    return even(STEP / 4) | {"asymmetry_spread": spread}


def test_only_the_capacitor_moves_between_transfers():
    """F = 3: 6 steps of the capacitor are 2 steps of full scale."""
    goal = np.full((1, 1), 0.5, np.float32)
    one = cell(weights=goal)
    assert one.weights == pytest.approx(goal)
    took = one.update(*vectors(1), 2 * STEP, 0)
    assert took == Activity(pulses=6, slots=6, lines=2, operations=2, drives=12)
    assert one.capacitor.weights == pytest.approx(6 * STEP)
    assert one.weights == pytest.approx(0.5 + 2 * STEP)
    assert one.pairs[0].weights == pytest.approx(0.5)


@pytest.mark.parametrize(("significance", "most"), [(1.0, 2.0), (3.0, 1 + 1 / 3), (10.0, 1.1)])
def test_the_weight_reaches_as_far_as_pair_and_capacitor(significance, most):
    one = cell(weights=np.ones((1, 1), np.float32), significance=significance, transfer_every=1000)
    one.update(*vectors(500), 0.1, 0)
    assert one.weights == pytest.approx(most)


def test_full_scale_is_what_the_pair_can_hold():
    """Devices of another range give the same weights."""
    doubled = even(0.02) | {"w_max": 2.0, "w_min": -2.0}
    goal = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    one = cell((2, 3), goal, response=doubled)
    assert one.weights == pytest.approx(goal, abs=1e-6)
    assert np.abs(one.pairs[0].weights).max() == 2


def test_a_transfer_by_hand():
    """The pair takes 0.3, the capacitor is emptied; rows are read for W', m' and twice for each loop, except where nothing is to do."""
    one = cell(tolerance=0.01)
    one.update(*vectors(3), 0.1, 0)
    assert one.pairs[0].weights == 0
    took = one.update(*vectors(1), 0.0001, 3)
    assert one.weights == pytest.approx(0.3, abs=2 * STEP / 3)
    assert one.pairs[0].weights == pytest.approx(0.3, abs=0.011)
    assert abs(one.capacitor.weights) < 0.05
    assert took.reads == 2 + 2 + 1
    assert took.pulses - 30 in (1 + 2, 1 + 2 + 1)  # the capacitor and two devices set back, 30 steps, and the vector's own


def test_what_the_pair_misses_stays_in_the_capacitor():
    draw = np.random.default_rng(0)
    goal = draw.uniform(-0.5, 0.5, SHAPE).astype(np.float32)
    keys = {"response": PHASE_CHANGE, "capacitor": even(0.002), "transfer_every": 1, "mismatch": 0.05, "inversion": "none"}
    one = cell(SHAPE, goal, **keys)
    silent = np.zeros((1, SHAPE[0]), np.float32), np.ones((1, SHAPE[1]), np.float32)
    one.update(*silent, 1.0, 0)
    pair = one._paired()
    assert np.std(pair - goal) > 0.01
    assert np.mean(abs(pair + one.mismatch - goal) < 1.05 * 0.1 / 3) > 0.98  # within its tolerance, but for a few devices
    assert np.mean(abs(one.weights - goal) < 0.001) > 0.995
    before = one.weights.copy()
    one.update(*silent, 1.0, 1)
    assert np.std(one.weights - before) < 0.002  # and the whole is handed on without a loss


def test_the_offset_stays_in_the_capacitor_and_small_weights_as_a_whole():
    """2 uS of 75 uS; a target between 0 and the offset resets the pair."""
    goal = np.array([[0.5, -0.5, 0.04, 0.02, -0.04]], np.float32)
    one = cell((1, 5), goal, offset="2 uS", full_scale="25 uS", tolerance=0.002, inversion="none", response=even(0.001))
    one.update(np.zeros((4, 1), np.float32), np.ones((4, 5), np.float32), 1.0, 0)
    offset = 2 / 75
    assert one._paired()[0] == pytest.approx([0.5 - offset, -0.5 - offset, 0, 0.02 - offset, -0.04 - offset], abs=2e-3)
    assert one.weights == pytest.approx(goal, abs=STEP / 3)


def test_the_pair_absorbs_what_the_read_transistor_is_off_by():
    """Once in the pair it is no longer in the weights; starting weights know of it too."""
    one = cell(SHAPE, np.zeros(SHAPE, np.float32), mismatch=0.3, tolerance=0.02, response=even(0.001))
    assert abs(one.weights).max() < 1e-6
    assert one.mismatch.std() == pytest.approx(0.1, rel=0.1)
    one.update(*vectors(4, SHAPE, 0.0), 1.0, 0)
    for sign, part in ((-1, 1), (1, 1)):
        assert one.polarity.tolist() == [sign, part]
        assert one._paired() == pytest.approx(-sign * one.mismatch, abs=0.009)
        assert abs(one.weights).max() < 2 * STEP / 3
        one.update(*vectors(4, SHAPE, 0.0), 1.0, 4)


@pytest.mark.parametrize(("inversion", "turns"), [("none", (1, 1)), ("capacitor", (-1, 1)), ("pcm", (1, -1))])
def test_roles_are_swapped_from_one_interval_to_the_next(inversion, turns):
    """Whatever turns, pulses go the way of the gradient and the weight is handed on."""
    one = cell(inversion=inversion, response=even(0.001), tolerance=0.01)
    for interval in range(1, 5):
        one.update(*vectors(3), 0.02, 4 * interval - 4)
        before = float(one.weights[0, 0])
        one.update(*vectors(1), 0.02, 4 * interval - 1)
        assert one.weights == pytest.approx(before + 0.02, abs=2 * STEP / 3)
        assert one.polarity.tolist() == [turn**interval for turn in turns]
        larger = one.pairs[0].held.plus > one.pairs[0].held.minus
        assert larger == (one.polarity[1] > 0)


def test_a_leak_has_the_sign_of_the_polarity_and_leads_to_the_rest():
    leaky = even(STEP) | {"lifetime": 10.0, "reset": 0.6}
    for inversion, sign in (("none", 1), ("capacitor", -1)):
        one = cell(capacitor=leaky, inversion=inversion)
        assert one.weights == 0
        one.update(*vectors(4, sign=0.0), 1.0, 0)
        one.pause(0, 3)
        assert one.weights == pytest.approx(sign * 0.6 * (1 - 0.9**3) / 3, abs=1e-6)


@pytest.mark.parametrize("inversion", ["none", "capacitor", "pcm"])
def test_only_turning_the_capacitor_cancels_its_asymmetry(inversion):
    """Updates up and down that are equal should leave nothing; fixed differences of the steps leave a drift that p turns."""
    one = cell(SHAPE, inversion=inversion, capacitor=uneven(0.3), response=even(0.001), transfer_every=100)
    signs = np.tile([1, -1], 200).astype(np.float32)
    x, d = np.ones((400, SHAPE[0]), np.float32), np.repeat(signs[:, None], SHAPE[1], axis=1)
    one.update(x[:100], d[:100], STEP, 0)
    drift = np.std(one.weights)
    assert drift > 0.05
    one.update(x[100:], d[100:], STEP, 100)
    if inversion == "capacitor":
        assert np.std(one.weights) < 0.2 * drift
    else:
        assert np.std(one.weights) > 2 * drift


def test_full_capacitors_are_transferred_early():
    """8 vectors are three quarters of the range; the interval of 1,000 would lose all that comes after 11."""
    keys = {"transfer_every": 1000, "response": even(0.001)}
    goals = {}
    for look in (None, 5):
        one = cell(look_every=look, **keys)
        took = one.update(*vectors(24), 0.03, 0)
        goals[look] = float(one.weights[0, 0])
        assert (took.reads > 0) == (look is not None)
    assert goals[None] == pytest.approx(1 / 3)
    assert goals[5] == pytest.approx(24 * 0.03, abs=0.01)


def test_a_look_reads_every_row_and_compares_every_cell():
    one = cell((6, 4), look_every=2, transfer_every=1000)
    took = one.update(*vectors(4, (6, 4), 0.0), 0.1, 0)
    assert (took.reads, took.operations) == (2 * 6, 4 * (6 + 4) + 2 * 24)


def test_two_devices_for_each_polarity_share_the_weight_and_average_their_noise():
    goal = np.full(SHAPE, 0.5, np.float32)
    keys = {"response": PHASE_CHANGE, "transfer_every": 1, "tolerance": 1e-6, "goes": 1, "capacitor": even(STEP) | {"w_max": STEP}}
    errors = []
    for number in (1, 4):
        one = cell(SHAPE, goal, devices_per_polarity=number, **keys)
        assert one.weights == pytest.approx(goal)
        one.update(*vectors(1, SHAPE, 0.0), 1.0, 0)
        errors.append(np.std(one._paired()))
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.15)
    assert begun(STEADY | {"devices_per_polarity": 4}).rule.footprint == (9, 0)


def test_trains_are_as_long_as_a_share_of_the_range_of_the_capacitor():
    for step, longest in ((0.005, 32), (0.001, 160), (0.1, 2), (1e-5, 992)):
        assert cell(capacitor=even(step), longest=None)._longest == longest
    assert cell(longest=7)._longest == 7


def test_the_capacitor_of_the_library_is_the_default():
    one = begun({"type": "pcm_capacitor", "response": PHASE_CHANGE})
    assert one.capacitor.response.states == 2000
    assert one.capacitor.weights == pytest.approx(np.zeros((2, 1)), abs=1e-6)  # begins at 0.5 V, not where it leaks to
    assert one.capacitor.cells.rest == pytest.approx(0.6)


def test_devices_that_are_no_pair_are_refused():
    with pytest.raises(InputError, match="expected a device that rises"):
        begun({"type": "pcm_capacitor", "response": {"component": "reram-om"}})
    with pytest.raises(InputError, match="transfer_every"):
        begun({"type": "pcm_capacitor", "response": PHASE_CHANGE, "transfer_every": 0})


def error(**keys):
    """Linear regression with 20 x 20 cells, six intervals and a half of 250 vectors."""
    return error_of({"type": "pcm_capacitor", "response": PHASE_CHANGE, "transfer_every": 250, "look_every": None} | keys, 1625)


def test_the_cell_learns_what_pairs_alone_do_not():
    """The order that is published (tests/published/pcm-capacitor.md has the whole network)."""
    pair = error_of({"type": "pcm_pair", "response": PHASE_CHANGE}, 1625)
    assert error() < 0.1 < 0.5 < pair


def test_strong_spread_of_the_capacitors_needs_their_inversion():
    """Up and down steps that differ by 42 % each: only turning the capacitor against its reference averages them out."""
    strong = {"component": "capacitor-cmos", "step_spread": 0.3, "asymmetry_spread": 0.3}
    turned = error(capacitor=strong)
    assert turned < 0.3
    assert error(capacitor=strong, inversion="none") > 3 * turned
    assert error(capacitor=strong, inversion="pcm") > 3 * turned
