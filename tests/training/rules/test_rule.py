"""What every rule must do, with several devices and ways to transfer."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules import Activity, Rule
from chipsim.training.rules.transfer import TransferRule

SHAPE, COUNT, RATE = (6, 4), 45, 0.3
DEVICES = {
    "even": even(0.01) | {"noise": 0.3},
    "write noise": {"component": "reram-om"},
    "leak": {"component": "capacitor-3t1c", "lifetime": 20.0, "diffusion": 0.01},
    "half stuck": {"type": "soft_bounds_reference", "stuck": 0.5, "stuck_range": 0.1, "subtract_symmetry_point": True},
    "without end": {"type": "exponential_step"},
}
WAYS = {"each row": {}, "columns": {"transfer_by": "column", "transfer_every": 3}}
RULES = {
    f"{kind}, {way}": {"type": kind} | keys
    for kind, member in sorted(Rule.members.items())
    for way, keys in WAYS.items()
    if not keys or issubclass(member, TransferRule)
}
PAIRED = "pcm_pair", "pcm_capacitor"  # whose `response` is that of devices that only go up
RULES |= {f"pcm_capacitor, {turn}": {"type": "pcm_capacitor", "transfer_every": 7, "inversion": turn} for turn in ("capacitor", "pcm")}
RULES |= {"two pairs and a capacitor": {"type": "pcm_capacitor", "transfer_every": 11, "devices_per_polarity": 2, "look_every": 4}}
DRAW = np.random.default_rng(5)
X, D = (DRAW.uniform(-1, 1, (COUNT, width)).astype(np.float32) for width in SHAPE)


@pytest.fixture(params=sorted(RULES))
def kind(request):
    return RULES[request.param]


@pytest.fixture(params=sorted(DEVICES))
def rule(request, kind):
    if kind["type"] in PAIRED and request.param == "write noise":
        pytest.skip("pairs have no write noise, which is tested in test_one_sided.py")
    return kind | {"response": DEVICES[request.param]}


def held(learner):
    """(what the devices of an array hold, their bounds) for each of its arrays."""
    arrays = learner.pairs if hasattr(learner, "pairs") else [getattr(learner, "slow", None) or learner.array]
    for array in arrays:
        if hasattr(array, "cells"):
            yield array.held, array.response.bounds(array.cells)
        else:
            own = array.held
            for name, cells in (("plus", own.plus_cells), ("minus", own.minus_cells)):
                yield getattr(own, name), array.kind.device.bounds(cells)


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def learn(learner, cuts=(), first=0):
    """All vectors in calls that end at the cuts, with a pause after vector 20; the sum of what they took."""
    done = Activity()
    ends = sorted({*cuts, 20, COUNT})
    for start, stop in zip([0, *ends], ends, strict=False):
        done = done.merged(learner.update(X[start:stop], D[start:stop], RATE, first + start))
        if stop == 20:
            learner.pause(1, batches=3)
    return done


def test_all_numbers_come_from_the_streams(rule):
    learner, again, other, moved = begun(rule, SHAPE), begun(rule, SHAPE), begun(rule, SHAPE, seed=7), begun(rule, SHAPE, chip=8)
    assert learn(learner) == learn(again)
    assert same(learner.state(), again.state())
    learn(other)
    assert not same(learner.state(), other.state())
    if rule["response"] != DEVICES["even"]:  # whose devices are all alike
        learn(moved)
        assert not same(learner.state(), moved.state())


def test_calls_may_be_split_anywhere(rule):
    whole, split = begun(rule, SHAPE), begun(rule, SHAPE)
    assert learn(whole, first=4) == learn(split, cuts=(0, 1, 2, 9, 30, 44), first=4)
    assert same(whole.state(), split.state())


def test_numbers_of_vectors_have_no_end(kind):
    learner, other = (begun(kind | {"response": DEVICES["even"]}, SHAPE) for _ in range(2))
    learner.update(X, D, RATE, 2**32 - 12)
    other.update(X, D, RATE, 2**33 - 12)
    assert not same(learner.state(), other.state())


def test_it_goes_on_bit_for_bit(rule):
    learner, later = begun(rule, SHAPE), begun(rule, SHAPE)
    learner.update(X[:23], D[:23], RATE, 0)
    stored = learner.state()
    learner.update(X[23:], D[23:], RATE, 23)
    assert not same(stored, learner.state())  # a copy
    later.restore(stored)
    later.update(X[23:], D[23:], RATE, 23)
    assert same(later.state(), learner.state())
    assert np.array_equal(later.weights, learner.weights)


def test_weights_stay_within_the_bounds_of_their_devices(rule):
    plain = rule | ({"gamma": 0.0} if rule["type"] == "tiki_taka" else {})
    learner = begun(plain, SHAPE)
    for turn in range(10):
        learner.update(np.sign(X), np.ones_like(D), 5.0, turn * COUNT)
    assert np.isfinite(learner.weights).all()
    for weights, (low, high) in held(learner):
        assert ((low - 1e-6 <= weights) & (weights <= high + 1e-6)).all()


def test_it_starts_from_weights_as_far_as_the_devices_reach(kind):
    goal = np.linspace(-1.5, 1.5, 24, dtype=np.float32).reshape(SHAPE)
    quiet = {"fast": even(0.01) | {"reset": 0.0}} if kind["type"] == "tiki_taka" else {}
    quiet |= {"mismatch": 0.0} if kind["type"] == "pcm_capacitor" else {}
    assert begun(kind | quiet | {"response": even(0.01)}, SHAPE, goal).weights == pytest.approx(np.clip(goal, -1, 1))
    if kind["type"] in PAIRED:
        return
    noisy = even(0.01) | {"write_noise": 3.0}
    seen = begun(kind | quiet | {"response": noisy}, (40, 50), np.zeros((40, 50), np.float32)).weights
    assert seen.std() == pytest.approx(0.03, rel=0.1)


def test_a_rate_of_zero_changes_no_device(rule):
    learner = begun(rule, SHAPE)
    before = learner.state()
    assert learner.update(X, D, 0.0, 0).pulses == 0
    after = learner.state()
    assert all(np.array_equal(before[name], after[name]) for name in before if name.endswith(("weights", "held")))


def test_no_vectors_are_no_update(rule):
    learner = begun(rule, SHAPE)
    before = learner.state()
    assert learner.update(X[:0], D[:0], RATE, 0) == Activity()
    assert same(before, learner.state())


@pytest.mark.parametrize(
    ("x", "d", "rate", "first", "said"),
    [
        (X, D[1:], RATE, 0, "x of shape"),
        (X[:, :3], D, RATE, 0, "x of shape"),
        (np.full_like(X, np.nan), D, RATE, 0, "not finite"),
        (X, D, -0.1, 0, "a rate of -0.1"),
        (X, D, RATE, -1, "first vector -1"),
    ],
)
def test_what_makes_no_sense_is_refused(kind, x, d, rate, first, said):
    with pytest.raises(InputError, match=said):
        begun(kind | {"response": even(0.01)}, SHAPE).update(x, d, rate, first)


def test_a_state_of_another_learner_is_refused(kind):
    learner = begun(kind | {"response": even(0.01)}, SHAPE)
    with pytest.raises(InputError, match="a state of"):
        learner.restore({"else": X})
    with pytest.raises(InputError, match="expected float"):
        learner.restore({name: array[:1].astype(np.int8) for name, array in learner.state().items()})


def test_starting_weights_of_another_shape_are_refused(kind):
    with pytest.raises(InputError, match="starting weights"):
        begun(kind | {"response": even(0.01)}, SHAPE, np.zeros((4, 6), np.float32))


def test_activities_add_up():
    one = Activity(pulses=2, slots=3, clipped=1, lines=4, reads=5, operations=6, drives=7)
    assert one.merged(one) == Activity(4, 6, 2, 8, 10, 12, 14)
    assert one.clipped_share == 0.25
    assert Activity().clipped_share == 0


def test_a_rule_without_devices_of_its_own_takes_those_of_the_chip(kind):
    """`having` gives them; a rule that has none says what is missing."""
    rule = from_plain(Rule, kind)
    with pytest.raises(InputError, match="is missing; expected the answer"):
        rule.begin(SHAPE, None, Stream(1), Stream(2))
    given = rule.having(response=from_plain(Response, even(0.01)))
    assert given.begin(SHAPE, None, Stream(1), Stream(2)).weights.shape == SHAPE


def test_what_a_weight_needs(kind):
    """Digital memory is what the learner remembers of each weight beside its devices."""
    rule = from_plain(Rule, kind | {"response": even(0.01)})
    learner = rule.begin(SHAPE, None, Stream(1), Stream(2))
    devices = [name for name in learner.state() if name.endswith("weights")]
    digital = [array for name, array in learner.state().items() if name not in devices and array.size == np.prod(SHAPE)]
    assert rule.footprint == (len(devices), sum(8 * array.itemsize for array in digital))
    assert learner.prepared == Activity()


def test_lines_are_driven_for_every_pulse(kind):
    """A pulse on a device needs one on its row and one on its column, which may serve other devices as well."""
    learner = begun(kind | {"response": even(0.01)}, SHAPE)
    took = learn(learner)
    assert took.pulses > 0
    assert took.slots < took.drives <= sum(SHAPE) * took.slots
    assert took.pulses <= took.drives**2 / 4


COUNTED = ("transfer_every", "refresh_every", "look_every", "half_period", "memory", "averaged")


def test_keys_that_count_count_samples(kind):
    """A rule for 5 vectors of a sample counts 5 times as many of them, and one for a single vector is the rule itself."""
    rule = from_plain(Rule, kind | {"response": even(0.01)})
    five = rule.for_vectors(5)
    assert rule.for_vectors(1) == rule
    counts = [name for name in COUNTED if getattr(rule, name, None) is not None]
    assert counts or kind["type"] == "sgd" or type(rule).__module__.partition(".")[0] != "chipsim"
    for name in counts:
        assert getattr(five, name) == 5 * getattr(rule, name)
    others = set(type(rule).model_fields) - {*counts, "stroke", "most"}
    assert all(getattr(five, name) == getattr(rule, name) for name in others)


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        ({"type": "sgd"}, 1),
        ({"type": "tiki_taka_v2", "transfer_every": 5}, 5),
        ({"type": "mixed_precision", "transfer_every": 7}, 7),
        ({"type": "pcm_pair", "refresh_every": 20}, 20),
        ({"type": "pcm_capacitor"}, 8000),
    ],
)
def test_what_is_done_seldom_says_so(kind, every):
    assert from_plain(Rule, kind).interval == every
