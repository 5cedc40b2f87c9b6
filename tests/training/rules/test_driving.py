"""Kinds of trains against closed forms: numbers of pulses, slots and drives, means, gains."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from regression import begun, even

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules import Activity, Rule
from chipsim.training.rules.driving import STOCHASTIC, Trains
from chipsim.training.rules.pair_array import PairArray
from chipsim.training.rules.pulsed_array import PulsedArray

STEP = 1 / 128
EXACT = Trains(kind="deterministic")


def array(shape, **keys):
    return PulsedArray(from_plain(Response, even(STEP) | keys), shape, None, Stream(1), Stream(2))


def drawn(seed, shape, count=1):
    draw = np.random.default_rng(seed)
    return tuple(draw.uniform(-1, 1, (count, width)).astype(np.float32) for width in shape)


def test_deterministic_counts_by_hand():
    """K = 10: 10 x_i d_j pulses, 1/2 to the even side; the rows have 10 x_i pulses, the column 10."""
    cells = array((4, 1))
    x = np.array([[1, -0.5, 0.25, 0.03]], np.float32)
    took = cells.descend(x, np.ones((1, 1), np.float32), 10 * STEP, 0, 31, EXACT)
    assert cells.weights[:, 0] / STEP == pytest.approx([10, -5, 2, 0], abs=1e-4)
    assert took == Activity(pulses=17, slots=10, lines=5, drives=10 + 5 + 3 + 0 + 10)


def test_what_rounds_to_nothing_never_happens():
    one = np.ones((1000, 1), np.float32)
    exact, chance = array((1, 1)), array((1, 1))
    took = exact.descend(one, one, 0.4 * STEP, 0, 31, EXACT)
    assert (took.pulses, took.slots) == (0, 1000)
    chance.descend(one[:200], one[:200], 0.4 * STEP, 0, 31)
    assert chance.weights[0, 0] / STEP == pytest.approx(0.4 * 200, abs=4 * np.sqrt(200 * 0.24))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 999), wanted=st.floats(0.1, 60), longest=st.integers(1, 60))
@example(seed=0, wanted=1.0, longest=2)
def test_deterministic_counts_are_the_rounded_update(seed, wanted, longest):
    """And a line has at least as many pulses as any of its cells."""
    x, d = drawn(seed, (5, 3))
    cells = array((5, 3), w_max=9.0, w_min=-9.0)
    rate = wanted * STEP / float(abs(x).max() * abs(d).max())
    took = cells.descend(x, d, rate, 0, longest, EXACT)
    counts = np.rint(cells.weights / STEP)
    exact = rate / STEP * x[0][:, None] * d[0]
    cut = np.clip(d[0] * abs(d).max() ** -1 * max(1.0, wanted / longest), -1, 1)  # where K exceeds the longest train, large d are clipped
    assert abs(counts - min(wanted, longest) * x[0][:, None] / abs(x).max() * cut).max() <= 0.5 + 1e-3
    assert took.pulses == abs(counts).sum()
    assert took.slots in {min(np.ceil(wanted * share), longest) for share in (1 - 1e-5, 1 + 1e-5)}  # known to seven digits
    least = abs(counts).max(axis=1).sum() + abs(counts).max(axis=0).sum()
    assert least <= took.drives <= 8 * took.slots
    if wanted <= longest:
        assert abs(counts - exact).max() <= 0.5 + 1e-3


def test_deterministic_pulses_are_the_same_with_every_seed():
    x, d = drawn(3, (6, 4), 20)
    found = []
    for seed in (1, 2):
        cells = PulsedArray(from_plain(Response, even(STEP)), (6, 4), None, Stream(seed), Stream(2))
        cells.descend(x, d, 8 * STEP, 0, 31, EXACT)
        found.append(cells.weights)
    assert np.array_equal(*found)


@pytest.mark.parametrize("kind", ["stochastic", "deterministic"])
@pytest.mark.parametrize("balanced", [True, False])
def test_without_length_management_every_vector_takes_the_longest_train(kind, balanced):
    x, d = drawn(4, (5, 3), 7)
    x[2] = 0
    trains = Trains(kind=kind, length_management=False, update_management=balanced)
    assert array((5, 3)).descend(x, d, 0.3 * STEP, 0, 23, trains).slots == 7 * 23
    assert array((5, 3)).descend(x, d, 0.0, 0, 23, trains) == Activity(lines=int(np.count_nonzero(x) + np.count_nonzero(d)))
    managed = Trains(kind=kind, update_management=balanced)
    assert array((5, 3)).descend(x, d, 0.3 * STEP, 0, 23, managed).slots == 6


@pytest.mark.parametrize("adapted", [True, False])
def test_without_update_management_both_sides_have_the_same_gain(adapted):
    """x = 0.9 and d = 0.1 with K = 5 of 20 slots: 20 p q = 5 with p = 9 q; balanced p = q = 1/2."""
    x, d = np.full((400, 1), 0.9, np.float32), np.full((400, 1), 0.1, np.float32)
    rate = 5 * STEP / 0.09
    for balanced, slots in ((False, 5 if adapted else 20), (True, 5 if adapted else 20)):
        trains = Trains(update_management=balanced, length_management=adapted)
        cells = array((1, 1), w_max=90.0, w_min=-90.0)
        took = cells.descend(x, d, rate, 0, 20, trains)
        share = 5 / slots
        row, column = (np.sqrt(share),) * 2 if balanced else (min(1, 3 * np.sqrt(share)), np.sqrt(share) / 3)
        assert took.slots == 400 * slots
        assert took.drives == pytest.approx(took.slots * (row + column), abs=4 * np.sqrt(took.slots * 0.5))
        assert took.pulses == pytest.approx(took.slots * row * column, abs=4 * np.sqrt(took.slots * row * column))
        assert took.clipped == (400 if not balanced and 3 * np.sqrt(share) > 1 else 0)


def test_the_mean_update_is_the_gradient_with_every_kind():
    x, d = drawn(1, (3, 2), 4000)
    for trains in (STOCHASTIC, Trains(length_management=False), Trains(update_management=False, length_management=False)):
        cells = PulsedArray(from_plain(Response, even(0.0001)), (3, 2), None, Stream(1), Stream(2))
        cells.descend(x, d, 0.001, 0, 60, trains)
        assert cells.weights == pytest.approx(0.001 * x.T @ d, abs=5 * 0.0001 * np.sqrt(4000 * 0.001 / 0.0001 / 4))
    cells = PulsedArray(from_plain(Response, even(0.0001)), (3, 2), None, Stream(1), Stream(2))
    cells.descend(x, d, 0.001, 0, 60, EXACT)  # rounding errors of uniform numbers add up as noise of 0.3 steps
    assert cells.weights == pytest.approx(0.001 * x.T @ d, abs=5 * 0.0001 * np.sqrt(4000 / 12))


def test_pairs_take_deterministic_pulses_on_the_device_of_their_sign():
    kind = from_plain(Rule, {"type": "pcm_pair", "response": even(STEP) | {"w_min": 0.0}})
    learner = kind.having(trains=EXACT).begin((2, 2), None, Stream(1), Stream(2))
    took = learner.update(np.array([[1, -0.5]], np.float32), np.array([[1, -0.25]], np.float32), 10 * STEP, 0)
    assert isinstance(learner.array, PairArray)
    assert learner.array.held.plus / STEP == pytest.approx(np.array([[10, 0], [0, 1]]), abs=1e-3)
    assert learner.array.held.minus / STEP == pytest.approx(np.array([[0, 2], [5, 0]]), abs=1e-3)
    assert (took.pulses, took.drives) == (18, 10 + 5 + 10 + 3)


@pytest.mark.parametrize("kind", sorted(Rule.members))
def test_rules_that_drive_trains_say_how(kind):
    given = {"type": kind, "response": even(0.01), "trains": {"kind": "deterministic", "length_management": False}}
    if kind == "mixed_precision" or Rule.members[kind].__module__.partition(".")[0] != "chipsim":
        with pytest.raises(InputError, match="trains: unknown key"):
            from_plain(Rule, given)
        return
    x, d = drawn(5, (6, 4), 30)
    usual, other = begun(given | {"trains": {}}, (6, 4)), begun(given, (6, 4))
    few, many = usual.update(x, d, 0.01, 0).slots, other.update(x, d, 0.01, 0).slots
    assert many > 2 * few


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"trains\.kind"):
        begun({"type": "sgd", "response": even(0.01), "trains": {"kind": "counted"}})
