"""From trainings to their result: means, spreads, totals, warnings."""

import math
from statistics import fmean, stdev

import pytest
from small_training import load_small, small_result

from chipsim.insitu.answer import answer, warnings


def test_curves_are_those_of_every_seed_and_totals_their_sums():
    result = small_result("seeds=2")
    assert [(row["seed"], row["epoch"]) for row in result.curves] == [(s, e) for s in (0, 1) for e in (1, 2, 3)]
    for seed in result.seeds:
        own = [row for row in result.curves if row["seed"] == seed["seed"]]
        assert seed["accuracy"] == own[-1]["test_accuracy"]
        assert seed["best"] == max(row["test_accuracy"] for row in own) == own[seed["best_epoch"] - 1]["test_accuracy"]
        assert seed["gap"] == pytest.approx(own[-1]["float_test_accuracy"] - own[-1]["test_accuracy"])
        assert seed["energy"] == pytest.approx(sum(row["energy"] for row in own))
        assert seed["energy_error"] == pytest.approx(math.hypot(*(row["energy_error"] for row in own)))
        assert seed["pulses"] == sum(row["pulses"] for row in own)
    for name in ("accuracy", "gap", "pulses_per_device"):
        values = [row[name] for row in result.seeds]
        assert result.metrics[name] == pytest.approx(fmean(values))
        assert result.metrics[f"{name}_spread"] == pytest.approx(stdev(values))
    assert result.metrics["training_energy"] == pytest.approx(fmean(row["energy"] for row in result.seeds))


def test_without_a_twin_and_a_clock_there_is_less():
    result = small_result("twin=false", "timing.moments=0")
    assert {"float_accuracy", "gap", "training_time", "energy_per_example"}.isdisjoint(result.metrics)
    assert result.energy == result.moments == result.area == []
    assert result.timing == {}
    assert all(row["float_loss"] is None and row["time"] is None for row in result.curves)
    assert any("timing.moments is 0" in sentence for sentence in result.assumptions)


def test_rows_do_not_depend_on_the_clock():
    names = ("loss", "test_accuracy", "pulses", "clipped_share")
    with_clock, without = small_result(), small_result("timing.moments=0")
    assert [[row[name] for name in names] for row in with_clock.curves] == [[row[name] for name in names] for row in without.curves]


def test_an_early_end_is_told():
    result = small_result("schedule.rate=1e-9", "schedule.epochs=9", "schedule.patience=2")
    assert result.seeds[0]["epochs"] == 3
    assert result.seeds[0]["ended"] == "no better test accuracy"


def seed(best=0.9, accuracy=0.9, ended="all epochs"):
    return {"best": best, "accuracy": accuracy, "ended": ended}


def test_what_was_not_played_as_often_as_it_happened_is_told(tmp_path):
    seldom = ("rule={type: tiki_taka, transfer_every: 60}", "schedule.epochs=2", "timing={moments: 1, batches: 1}")
    assert not any("such as a transfer" in warning for warning in small_result(*seldom).warnings)
    experiment = load_small(tmp_path, *seldom)
    experiment.clock.moments = experiment.clock.moments._replace(period=1)  # as if nobody knew
    told = [warning for warning in answer(experiment, experiment.run()).warnings if "lines read by the rule" in warning]
    assert len(told) == 1
    assert "but 0 in the moments that were played" in told[0]


def test_warnings_say_what_to_change():
    calm = [{"clipped_share": 0.01, "epoch": 1}]
    assert list(warnings(calm, [seed()], 1000)) == []
    assert "37 % of the driven lines" in next(warnings([*calm, {"clipped_share": 0.37, "epoch": 2}], [seed()], 1000))
    assert "fell from its best" in next(warnings(calm, [seed(0.9, 0.8)], 1000))
    assert list(warnings(calm, [seed(0.9, 0.8)], 20)) == []  # by chance of 20 samples
    assert "ended early" in next(warnings(calm, [seed(0.9, 0.89, "no better test accuracy")], 1000))
