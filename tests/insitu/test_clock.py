"""Moments on the clock: figures of a mini-batch, sums that agree with what was played, and what they say of an epoch."""

import numpy as np
import pytest
from small_training import load_small

from chipsim.learning import Lessons
from chipsim.training.moments import Moment, Moments


@pytest.fixture
def played(tmp_path):
    """An experiment, its clock, some recorded mini-batches and what they took."""
    experiment = load_small(tmp_path, "samples=60", "schedule.epochs=1")
    kept = []
    training = experiment.training(0)
    training._watched = Moments(2, 3, lambda works: kept.append(list(works)) or experiment.clock.play(works))
    training.run()
    return experiment, kept, training.moments


def test_figures_are_those_of_the_lesson(played):
    experiment, kept, moments = played
    lessons = Lessons(experiment.question.architecture, experiment.question.workload, experiment.mapping, experiment.rule.footprint)
    found = lessons.play(kept[0])
    figures = moments[0].figures
    assert figures["time"] == found.interval
    assert figures["latency"] == found.latency
    assert figures["samples"] == 2
    assert sum(value for name, value in figures.items() if name.startswith("energy/")) == pytest.approx(found.total / 3)
    pulses = sum(done.pulses for work in kept[0] for array in work.arrays for done in array.updates)
    assert sum(value for name, value in figures.items() if name.startswith("pulses/")) == pytest.approx(pulses / 3)
    assert 0 < figures["busiest/forward"] <= figures["busiest/all"]
    assert all(figures["busiest/all"] >= value for name, value in figures.items() if name.startswith("busiest/"))


def test_leakage_is_that_of_the_whole_chip_for_the_interval(played):
    experiment, _, moments = played
    clock, figures = experiment.clock, moments[0].figures
    assert clock.power == pytest.approx(4e-6)  # four tiles, 1 uW each
    assert clock.energy(figures) == pytest.approx(sum(v for n, v in figures.items() if n.startswith("energy/")) + 4e-6 * figures["time"])


def test_tables_add_up_to_the_energy_of_an_example(played):
    experiment, _, moments = played
    clock = experiment.clock
    wanted = np.mean([clock.energy(one.figures) for one in moments]) / 2
    assert sum(row["energy"] for row in clock.energy_rows(moments)) == pytest.approx(wanted)
    assert sum(row["energy"] for row in clock.stage_rows(moments)) == pytest.approx(wanted)
    assert sum(row["share"] for row in clock.stage_rows(moments)) == pytest.approx(1)
    assert clock.metrics(moments)["energy_per_example"] == pytest.approx(wanted)
    assert sum(row["share"] for row in clock.area) == pytest.approx(1)


def test_an_epoch_is_the_mean_of_its_moments_times_its_mini_batches(played):
    experiment, _, moments = played
    time, energy = experiment.clock.spent(moments)
    times = [one.figures["time"] for one in moments]
    assert time.value == pytest.approx(np.mean(times) * 30)
    assert time.error == pytest.approx(np.std(times, ddof=1) / np.sqrt(2) * 30)
    assert energy.value == pytest.approx(np.mean([experiment.clock.energy(one.figures) for one in moments]) * 30)
    assert experiment.clock.spent(moments[:1])[0].error is None


def test_every_moment_counts_when_all_are_played(tmp_path):
    """With every mini-batch in a moment, the energy of the epoch is that of everything that was played."""
    experiment = load_small(tmp_path, "samples=60", "schedule.epochs=1", "timing={moments: 10, batches: 3}")
    (trained,) = experiment.run()
    total = sum(3 * experiment.clock.energy(one.figures) for one in trained.training.moments)
    assert experiment.clock.spent(trained.training.moments)[1].value == pytest.approx(total)


def test_what_happens_seldom_is_counted_as_often_as_it_does(tmp_path):
    """Against the same training with every mini-batch played: reads and operations of the rule exactly, time and energy closely."""
    rule = "rule={type: tiki_taka, transfer_every: 20}"
    sampled = load_small(tmp_path, rule, "samples=60", "schedule.epochs=1", "timing={moments: 3, batches: 3}")
    (trained,) = sampled.run()
    moments = trained.training.moments
    assert sum(one.seldom for one in moments) == 1
    whole = load_small(tmp_path, rule, "samples=60", "schedule.epochs=1", "timing={moments: 10, batches: 3}")
    whole.clock.moments = whole.clock.moments._replace(period=1)
    (played,) = whole.run()
    row = trained.training.rows[0]
    assert row.reads > 0
    assert np.mean([one.figures["reads"] for one in sampled.clock.blended(moments)]) * 30 == pytest.approx(row.reads)
    for mine, other in zip(sampled.clock.spent(moments), whole.clock.spent(played.training.moments), strict=True):
        assert mine.value == pytest.approx(other.value, rel=0.05)
    without = [one for one in moments if not one.seldom]
    assert sampled.clock.blended(without) == without


def test_wear_comes_from_the_pulses(played):
    experiment, _, moments = played
    rows = experiment.clock.wear_rows(moments)
    assert [row["layer"] for row in rows] == ["fc1", "fc2"]
    for row in rows:
        pulses = np.mean([one.figures[f"pulses/{row['layer']}"] for one in moments]) / 2
        assert row["pulses"] == pytest.approx(pulses)
        assert row["examples"] == pytest.approx(1e9 / (pulses / row["synapses"]))


def test_a_rule_with_two_arrays_takes_their_area(tmp_path):
    one = load_small(tmp_path).clock.area
    two = load_small(tmp_path, "rule.type=tiki_taka").clock.area
    cells = 4 * 64e-12  # four tiles of 8 x 8 cells of 1 um2
    assert sum(row["area"] for row in two) == pytest.approx(sum(row["area"] for row in one) + cells)


def test_a_moment_becomes_a_row(played):
    experiment, _, moments = played
    row = experiment.clock.moment_row(3, Moment(1, 4, moments[0].figures))
    assert (row["seed"], row["epoch"], row["sample"]) == (3, 1, 4)
    assert row["critical_path"] <= row["latency"]
    assert 0 < row["fill"] < 1
