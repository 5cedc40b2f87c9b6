"""How long a sweep will take: from points answered before, else from those that are answered for it."""

from __future__ import annotations

import pytest
from small_files import write_small
from small_training import write_training
from sweep_files import BITS, CLOCK, plan_of

from chipsim.errors import InputError
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.estimate import Costs, Work, answered_before, costs_before, costs_tried, estimate, kinds, work_left

PRICE = "architecture.tile.array.adc.energy"
AXES = f"axes:\n  - {{key: {BITS}, values: [6, 7]}}\n  - {{key: {PRICE}, values: [1 fJ, 2 fJ, 3 fJ]}}\n"
TIMED = AXES + f"  - {{key: {CLOCK}, values: [1 GHz, 2 GHz]}}\n"


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def test_a_few_points_are_answered_and_kept(small):
    plan = plan_of(small, AXES)
    folder = plan.folder(small / "sweeps")
    told = []
    with Local(1) as engine:
        found = estimate(plan, folder, engine, told.append)
        assert told == ["answering a few points to see how long they take; they are kept"]
        assert (found.answered, found.basis, found.notes) == (3, "3 points answered to see how long they take", ())
        assert len(list((folder / "points").iterdir())) == 3  # one of all, one of sums alone, and one of all when the code is loaded
        assert found.each is not None
        assert found.seconds is not None
        assert found.seconds > 0
        run_sweep(plan, small / "sweeps", engine)
        again = estimate(plan, folder, engine, told.append)
    assert (again.answered, again.basis, again.seconds) == (6, "6 points answered before", 0.0)
    assert len(told) == 1
    assert len(answered_before(folder)) == 6


def test_points_that_fail_give_no_time(small):
    plan = plan_of(small, f"axes:\n  - {{key: {BITS}, values: [98, 99, 97, 6]}}")
    with Local(1) as engine:
        found = estimate(plan, plan.folder(small), engine)
    assert (found.seconds, found.basis) == (None, "the first 3 points failed")


def test_a_training_is_not_begun_for_it(tmp_path):
    plan = plan_of(write_training(tmp_path), "experiment: training.yaml\naxes: [{key: schedule.rate, values: [0.1, 0.2]}]")
    folder = plan.folder(tmp_path)
    with Local(1) as engine:
        assert estimate(plan, folder, engine).seconds is None
    assert not folder.exists()


def test_the_points_that_are_tried_differ_in_what_they_run(small):
    plan = plan_of(small, TIMED)
    tasks = list(plan.tasks(small))
    found = kinds(tasks[0], tasks)
    assert {kind: dict(task.changes) for kind, task in found.items()} == {
        "sums": {BITS: 6, PRICE: "2 fJ", CLOCK: "1 GHz"},
        "timed": {BITS: 6, PRICE: "1 fJ", CLOCK: "2 GHz"},
        "full": {BITS: 7, PRICE: "1 fJ", CLOCK: "1 GHz"},
    }
    assert list(kinds(tasks[0], tasks[:1])) == []


def test_what_is_run_is_counted_by_what_the_axes_run_again(small):
    assert work_left(plan_of(small, AXES), []) == Work(2, 0, 4)
    plan = plan_of(small, TIMED + "repeats: 3")
    assert work_left(plan, []) == Work(6, 6, 24)
    tasks = list(plan.tasks(small))
    assert work_left(plan, [task.kin for task in tasks[:1]]) == Work(5, 7, 23)  # a new worker does not have the timed run
    assert work_left(plan, [task.kin for task in tasks]) == Work(0, 0, 0)


def test_a_search_draws_new_values_as_early_as_it_can(small):
    sought = "objectives: [{minimise: energy}]\nsearch: {type: random, trials: 20}\n"
    assert work_left(plan_of(small, TIMED + sought), []) == Work(2, 2, 16)
    drawn = f"axes: [{{key: {CLOCK}, low: 1 GHz, high: 2 GHz}}, {{key: {BITS}, values: [6, 7]}}]\n"
    assert work_left(plan_of(small, drawn + sought), [("a", "b")]) == Work(2, 17, 0)


def test_the_sum_is_over_the_workers():
    costs = Costs(8.0, 2.0, 0.5, 1.0)
    assert costs.seconds(Work(3, 4, 8), 1) == 1 + 24 + 8 + 4
    assert costs.seconds(Work(3, 4, 8), 2) == 1 + 16 + 4 + 2
    assert costs.seconds(Work(0, 0, 0), 2) == 0


def test_costs_of_points_that_were_tried():
    assert costs_tried({"first": 3.0}) == Costs(3.0, 3.0, 3.0, 0.0)
    assert costs_tried({"first": 3.0, "sums": 0.1}) == Costs(3.0, 3.0, 0.1, 0.0)
    assert costs_tried({"first": 3.0, "full": 1.0, "timed": 2.0, "sums": 0.1}) == Costs(1.0, 1.0, 0.1, 2.0)


def test_costs_of_points_that_were_answered_before():
    slow, quick = ("6", "1 GHz"), ("6", "2 GHz")
    found = [(slow, 8.0), (slow, 0.1), (quick, 2.0), (quick, 0.3), (("7", "1 GHz"), 10.0)]
    assert costs_before(found) == Costs(9.0, 2.0, pytest.approx(0.2))
    assert costs_before(found[:1]) == Costs(8.0, 8.0, 8.0)


def test_a_part_that_no_point_has_is_refused_before_the_rest_is_run(small):
    plan = plan_of(small, AXES + "measures: [inference_energy.adcs, latency]")
    with Local(1) as engine, pytest.raises(InputError) as error:
        estimate(plan, plan.folder(small), engine)
    assert str(error.value).startswith("'inference_energy.adcs' is empty: the chip has no part 'adcs' there (did you mean 'adc'?); ")


def test_where_an_axis_may_bring_the_part_it_is_told_only(small):
    blocks = "axes: [{key: programming, values: [{type: one_shot}, {type: optimised}]}]\n"
    plan = plan_of(small, blocks + "measures: [energy / inference_energy.adcs]")
    with Local(1) as engine:
        found = estimate(plan, plan.folder(small), engine)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("'energy / inference_energy.adcs' is empty: ")
