"""Pruning: bounds against scipy, the front of a pruned grid against the whole one, and what is said of a point that is left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chipsim.errors import InputError
from chipsim.sweep.drive import table_of
from chipsim.sweep.plan import load_plan
from chipsim.sweep.point import Answered
from chipsim.sweep.search.look import look_of, upper
from chipsim.tree import plain_node
from chipsim.units import measured
from sweep.search.problems import BITS, CLOCK, plan_of, play

FULL = 2000  # samples of the made-up data set
AXES = f"""
  - {{key: {BITS}, low: 1, high: 12, name: bits}}
  - {{key: {CLOCK}, low: 0.2 GHz, high: 2 GHz, points: 6, name: clock}}
"""
SOUGHT = "objectives: [{minimise: energy}, {maximise: accuracy, at: 1 h}]"
LIMIT = "\nlimits: [{measure: accuracy, at: 1 h, at_least: 0.7}]"


def model(changes):
    """More bits: better and dearer. A sample is right or wrong by a draw that all points share, so few samples mislead all alike."""
    bits, clock = changes[BITS], measured(changes[CLOCK])[0] / 1e9
    draws = np.random.default_rng(5).random(FULL)[: changes.get("samples", FULL)]
    times = [measured(time)[0] for time in changes.get("times", ["1 s", "1 h"])]
    found = {"energy": bits * (1 + clock) ** 2, "latency": 1 / clock}
    for time, loss in ((1.0, 0.0), (3600.0, 0.03)):
        if time in times:
            found[f"accuracy_{'1s' if time == 1 else '1h'}"] = float(np.mean(draws < 1 - 0.8 * 0.65**bits - loss))
    return found | {"accuracy": found["accuracy_1s"]}


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.6, 0.999))
def test_the_bound_is_that_of_scipy(right, more, confidence):
    count = right + more
    ours = upper(right / count, count, confidence)
    theirs = stats.binomtest(right, count, alternative="less").proportion_ci(confidence, method="wilson").high
    assert ours == pytest.approx(theirs, rel=1e-9)


def fronts(tmp_path, method, sought):
    plan = plan_of(tmp_path, method, axes=AXES, sought=sought)
    loop = play(plan, model)
    table = table_of(plan, loop.rows, {})
    return {(row["bits"], row["clock"]) for row in table.rows if row["point"] in table.front}, loop


@pytest.mark.parametrize("sought", [SOUGHT, SOUGHT + LIMIT])
@pytest.mark.parametrize("prune", ["{samples: 300}", "{time: 1 s, margin: 0.0}", "{samples: 300, time: 1 s}"])
def test_the_front_is_never_lost(tmp_path, sought, prune):
    whole, _ = fronts(tmp_path, "{type: grid}", sought)
    kept, loop = fronts(tmp_path, f"{{type: grid, trials: 72, batch: 6, prune: {prune}}}", sought)
    assert kept == whole
    status = [row["status"] for row in loop.rows]
    assert status.count("pruned") >= 10
    assert status.count("done") + status.count("pruned") == 72


def test_the_front_of_a_search_holds_no_pruned_point_and_what_is_pruned_deserves_it(tmp_path):
    for method in ("{type: nsga2, trials: 50, population: 10, prune: {samples: 300}}", "{type: tpe, trials: 40, prune: {samples: 300}}"):
        plan = plan_of(tmp_path, method, axes=AXES, sought=SOUGHT + LIMIT)
        loop = play(plan, model)
        table = table_of(plan, loop.rows, {})
        pruned = [row for row in loop.rows if row["status"] == "pruned"]
        assert pruned
        front = [loop.rows[number] for number in table.front]
        assert {row["status"] for row in front} == {"done"}
        for row in pruned:
            assert row.get("accuracy") is None  # what few samples say is no result
            full = model({BITS: row["bits"], CLOCK: f"{row['clock']} Hz"})
            assert full["energy"] == pytest.approx(row["energy"])
            worse = any(full["energy"] >= good["energy"] and full["accuracy_1h"] <= good["accuracy_1h"] for good in front)
            assert worse or full["accuracy_1h"] < 0.7


def test_limits_that_need_no_samples_prune_as_well_and_the_reason_is_told(tmp_path):
    limits = "\nlimits: [{measure: latency, at_most: 1 s}, {measure: accuracy, at_least: 90 %}]"
    plan = plan_of(tmp_path, "{type: grid, trials: 72, prune: {samples: 300}}", axes=AXES, sought=SOUGHT + limits)
    loop = play(plan, model)
    slow = [row for row in loop.rows if row["clock"] < 1e9]
    assert {row["status"] for row in slow} == {"pruned"}
    assert "latency 5 s is above the limit of 1 s, even at its best" in {row["message"] for row in slow}
    told = {row["message"].partition(":")[0] for row in loop.rows if row["clock"] > 1e9}
    assert "another point is better even than what this one may become" in told


def test_a_look_that_fails_leaves_the_point_to_the_full_run(tmp_path):
    def fails(changes):
        return "too few" if "samples" in changes else model(changes)

    plan = plan_of(tmp_path, "{type: grid, prune: {samples: 10}}", axes=AXES, sought=SOUGHT)
    assert {row["status"] for row in play(plan, fails).rows} == {"done"}


def test_a_look_at_early_times_only_knows_them_from_all_samples(tmp_path):
    plan = plan_of(tmp_path, "{type: grid, prune: {time: 1 s}}", axes=AXES, sought=SOUGHT, keys=", samples: 12")
    look = look_of(plan)
    assert look.seconds == (1.0,)
    assert look.bound(0.5) == pytest.approx(0.51)


@pytest.mark.parametrize(
    ("search", "axes", "said"),
    [
        ("{type: grid, prune: {samples: 12}}", AXES, "12 are not fewer than the 12 samples of the experiment"),
        ("{type: grid, prune: {time: 1 ms}}", AXES, "1 ms is before the first of the times, 1 s"),
        ("{type: grid, prune: {samples: 5}}", "\n  - {key: samples, values: [6, 12]}", "'samples' is an axis"),
    ],
)
def test_a_look_that_makes_no_sense_is_refused(tmp_path, search, axes, said):
    with pytest.raises(InputError, match=said):
        look_of(plan_of(tmp_path, search, axes=axes, sought=SOUGHT, keys=", samples: 12"))


def test_a_training_has_no_cheap_look(tmp_path):
    plan = plan_of(tmp_path, "{type: grid, prune: {time: 1 s}}", axes=AXES, sought=SOUGHT)
    training = replace(plan, node=replace(plan.node, value=plan.node.value | {"rule": plain_node("sgd")}))
    with pytest.raises(InputError, match="a training has no cheap look"):
        look_of(training)


def test_the_example_is_read():
    plan = load_plan(Path(__file__).parents[3] / "workloads" / "search-adc.yaml")
    assert (plan.count, plan.sweep.search.size) == (36, 12)
    assert look_of(plan).times == ("1 s", "1 d")


def test_the_last_digits_of_a_sum_prune_nothing(tmp_path):
    sought = "objectives: [{minimise: energy}, {minimise: latency}]" + LIMIT
    plan = plan_of(tmp_path, "{type: grid, trials: 6, prune: {samples: 300}}", axes=AXES, sought=sought)
    seen = [Answered(0, "done", values={"energy": 1.0321845015552194e-07, "latency": 1e-6, "accuracy_1h": 0.9})]
    assert not look_of(plan).hopeless(seen, np.array([[1.032184502e-07, 1e-6]]))
    assert "another point is better" in look_of(plan).hopeless(seen, np.array([[1.0e-07, 1e-6]]))
