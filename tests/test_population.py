"""Chips, repeats and programmings draw what belongs to them; mean, confidence and yield by hand and against SciPy."""

import math

import numpy as np
import pytest
from builders import chip, linear, network
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chipsim.accuracy import accuracy
from chipsim.experiment import Experiment
from chipsim.population import Reading, accuracy_rows, bring_to, margin, readings, stand_at
from chipsim.programming.maintenance import Maintenance
from chipsim.question import Question

WORK = network([12, 1, 1], linear("one", 10), linear("two", 4), samples=60)
ARRAY = {"cell": {"device": "pcm"}, "faults": {"low": 0.05, "high": 0.05}}


def experiment(array=ARRAY, **keys):
    return Experiment(Question(workload=WORK.spec, architecture=chip(array=array), **keys), WORK)


def devices(network):
    """Which devices are stuck and where, and the conductances that were written, of the first crossbar."""
    stored = next(iter(network.crossbars.values())).stored
    name = stored.planes[0].name
    return np.isnan(stored.stuck[name]), stored.states[0].conductance


def made(chip=0, repeat=0, programming=0, **keys):
    asked = experiment(**keys)
    return asked.network(asked.map(), chip, repeat, programming).write()


def test_faults_belong_to_the_chip_and_errors_to_the_programming():
    stuck, written = devices(made())
    for other in ({"repeat": 1}, {"programming": 1}):
        same, anew = devices(made(**other))
        assert np.array_equal(stuck, same)
        assert not np.array_equal(written, anew)
    assert not np.array_equal(stuck, devices(made(chip=1))[0])
    assert np.array_equal(written, devices(made())[1])


def test_every_programming_draws_errors_of_its_own():
    written = [devices(made(repeat=repeat, programming=number))[1] for repeat in range(2) for number in range(3)]
    assert all(not np.array_equal(a, b) for i, a in enumerate(written) for b in written[:i])
    error = np.array([one - written[0] for one in written[1:]])
    assert abs(np.corrcoef(error[0].ravel() - error[1].ravel(), error[2].ravel() - error[3].ravel())[0, 1]) < 0.3


def test_the_seed_of_the_chip_is_apart_from_the_seed_of_the_errors():
    stuck, written = devices(made(chip_seed=5, seed=1))
    same_chip, other_errors = devices(made(chip_seed=5, seed=2))
    other_chip, same_errors = devices(made(chip_seed=6, seed=1))
    assert np.array_equal(stuck, same_chip)
    assert not np.array_equal(written, other_errors)
    assert not np.array_equal(stuck, other_chip)
    assert np.array_equal(written, same_errors)
    assert np.array_equal(devices(made(seed=5))[0], devices(made(seed=1, chip_seed=5))[0])  # by default the seed is both


def test_every_chip_repeat_and_time_is_read_in_order_and_programmed_when_due():
    calls = []
    asked = experiment()

    def program(chip, repeat, number):
        calls.append((chip, repeat, number))
        return asked.network(asked.map(), chip, repeat, number).write()

    plan = Maintenance(reprogram_every=100.0)
    found = list(readings(program, (1.0, 50.0, 150.0, 1000.0), 2, 2, plan, 20))
    assert [(r.chip, r.repeat, r.time) for r in found] == [(c, r, t) for c in (0, 1) for r in (0, 1) for t in (1.0, 50.0, 150.0, 1000.0)]
    assert calls == [(c, r, n) for c in (0, 1) for r in (0, 1) for n in (0, 1, 9)]
    assert all(0 <= reading.accuracy <= 1 for reading in found)


def test_a_network_stands_at_its_age_whatever_was_asked_before():
    fresh, used = made(), made()
    plan = Maintenance(calibrate_every=3600.0, statistics=30)
    for time in (1.0, 1e7):
        bring_to(used, plan, time)
    for time in (0.0, 5000.0):
        bring_to(fresh, plan, time)
        bring_to(used, plan, time)
        for name, layer in fresh.layers.items():
            assert np.array_equal(layer.correction, used.layers[name].correction)
        for name, crossbar in fresh.crossbars.items():
            assert np.array_equal(crossbar.matrix, used.crossbars[name].matrix)
    assert used.age == 5000.0
    bring_to(used, Maintenance(), 5000.0)
    assert all(layer.correction is None for layer in used.layers.values())


def test_compensation_is_as_old_as_the_last_calibration():
    new, old = made(array={"cell": {"device": "pcm"}}), made(array={"cell": {"device": "pcm"}})
    stand_at(new, 1e6, 1e6, 0)
    stand_at(old, 1e6, 0.0, 0)
    for name, crossbar in new.crossbars.items():
        assert (crossbar.compensation > 1.2).all()
        assert (old.crossbars[name].compensation == 1).all()
        assert np.array_equal(crossbar.weights, old.crossbars[name].weights)


class Told:
    """A memory that knows some accuracies."""

    def __init__(self, known=()):
        self.known, self.noted = dict(known), {}

    def recall(self, which, time):
        return self.known.get((which, time))

    def note(self, which, time, found):
        self.noted[which, time] = found


def test_what_is_known_is_neither_programmed_nor_read():
    asked, times = experiment(), (1.0, 50.0, 150.0)
    mapping, plan, made = asked.map(), Maintenance(reprogram_every=100.0), []

    def program(*which):
        made.append(which)
        return asked.network(mapping, *which).write()

    def read(memory):
        made.clear()
        return [reading.accuracy for reading in readings(program, times, 1, 2, plan, 20, 1, memory)]

    notes = Told()
    alone = read(notes)
    assert made == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    assert list(notes.noted.values()) == [[accuracy] for accuracy in alone]
    assert read(Told(notes.noted)) == alone
    assert made == []
    memory = Told((key, value) for key, value in notes.noted.items() if key != ((0, 1, 0), 50.0))
    assert read(memory) == alone
    assert made == [(0, 1, 0)]
    assert list(memory.noted) == [((0, 1, 0), 50.0)]


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_an_accuracy_is_the_same_for_any_number_of_threads(threads):
    network = made()
    assert accuracy(network, 60, threads) == accuracy(network, 60)


# --- figures -------------------------------------------------------------------------------------------------------------


def rows(table, reference=1.0, within=0.05):
    """The row of accuracies given chip by chip."""
    found = [Reading(1.0, chip, repeat, value) for chip, values in enumerate(table) for repeat, value in enumerate(values)]
    (row,) = accuracy_rows(found, reference, within)
    return row


def test_confidence_by_hand():
    row = rows([[0.8, 0.9], [0.9, 1.0], [0.7, 0.8]])
    assert row["chips"] == pytest.approx([0.85, 0.95, 0.75])
    assert row["mean"] == pytest.approx(0.85)
    half = 4.30265273 * 0.1 / math.sqrt(3)  # Student's t for two degrees of freedom
    assert (row["low"], row["high"]) == (pytest.approx(0.85 - half), 1.0)  # no accuracy is above 1
    assert row["spread"] == pytest.approx(np.std([0.8, 0.9, 0.9, 1.0, 0.7, 0.8], ddof=1))
    assert row["yield"] == pytest.approx(1 / 3)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20).filter(lambda values: np.std(values) > 1e-6))
def test_confidence_is_scipys(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    for table in ([[value] for value in values], [values]):  # chips, or repeats of the only chip
        row = rows(table)
        assert (row["low"], row["high"]) == pytest.approx((max(low, 0), min(high, 1)))


def test_intervals_hold_the_mean_as_often_as_they_say():
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        values = random.normal(0.5, 0.02, 4)
        hits += abs(values.mean() - 0.5) <= margin(values)
    assert hits / 1000 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 1000))


def test_one_value_has_no_interval():
    row = rows([[0.9]])
    assert (row["low"], row["high"], row["spread"], margin([0.9])) == (None, None, 0.0, None)


@pytest.mark.parametrize(("within", "good"), [(0.0, 0.25), (0.01, 0.5), (0.02, 0.75), (0.5, 1.0)])
def test_yield_counts_chips_at_the_limit(within, good):
    assert rows([[0.98], [0.97], [0.96], [0.6]], reference=0.98, within=within)["yield"] == good


def test_each_time_has_a_row():
    found = [Reading(time, 0, repeat, 0.5 + 0.1 * repeat) for repeat in range(2) for time in (3.0, 1.0)]
    assert [(row["time"], row["values"]) for row in accuracy_rows(found, 1.0, 0.0)] == [(3.0, [0.5, 0.6]), (1.0, [0.5, 0.6])]
