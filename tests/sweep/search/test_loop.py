"""Searches on problems with known answers: same seed, same points; limits, failures and conditions; nothing twice; better than chance."""

import json

import numpy as np
import pytest

from chipsim.sweep.drive import table_of
from chipsim.sweep.pareto import hypervolume
from chipsim.units import measured
from sweep.search.problems import BITS, BOUND, CLOCK, FLIT, plan_of, play, points

METHODS = ["{type: nsga2, trials: 60, population: 10, seed: 3}", "{type: tpe, trials: 60, batch: 10, seed: 3}",
           "{type: random, trials: 60, batch: 10, seed: 3}"]  # fmt: skip


def model(changes):
    """Energy grows with bits and clock, latency falls with the clock and is worst far from bound 4."""
    clock, bits, bound = measured(changes[CLOCK])[0] / 1e9, changes[BITS], changes[BOUND]
    off = np.log2(bound / 4) ** 2
    return {"energy": bits * (1 + clock**2) * (1 + off), "latency": (1 / clock) * (1 + off) + 0.1 * (8 - bits), "area": bits * 1e-6}


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_points_whatever_comes_first(tmp_path, method):
    plan = plan_of(tmp_path, method)
    forwards, backwards = play(plan, model), play(plan, model, backwards=True)
    assert points(forwards) == points(backwards)
    assert [row["point"] for row in forwards.rows] == list(range(60))
    other = play(plan_of(tmp_path, method.replace("seed: 3", "seed: 4")), model)
    assert points(other) != points(forwards)


@pytest.mark.parametrize("method", METHODS)
def test_fewer_trials_are_the_beginning_of_more(tmp_path, method):
    more, fewer = play(plan_of(tmp_path, method), model), play(plan_of(tmp_path, method.replace("60", "30")), model)
    assert points(more)[:30] == points(fewer)


def covered(loop):
    values = np.array([[row["energy"], row["latency"]] for row in loop.rows])
    return hypervolume(values, np.array([40.0, 8.0]))


def test_searches_beat_chance(tmp_path):
    found = {}
    for method in METHODS:
        kind = method.split(",")[0]
        runs = [play(plan_of(tmp_path, method.replace("seed: 3", f"seed: {seed}")), model) for seed in range(3)]
        found[kind] = np.mean([covered(run) for run in runs])
    assert found["{type: nsga2"] > found["{type: random"]
    assert found["{type: tpe"] > found["{type: random"]


def test_what_limits_forbid_is_tried_less_often(tmp_path):
    sought = "objectives: [{maximise: energy}]\nlimits: [{measure: area, at_most: 5 mm2}]"
    for method in METHODS[:2]:
        loop = play(plan_of(tmp_path, method, sought=sought), model)
        table = table_of(loop.plan, loop.rows, {})
        assert all(loop.rows[number]["area"] <= 5e-6 for number in table.front)
        late = [row["area"] <= 5e-6 for row in loop.rows[30:]]
        assert np.mean(late) > 0.6  # of all points, two in five keep it


def test_failed_points_are_told_as_bad_ones_and_the_search_goes_on(tmp_path):
    def fails(changes):
        return "does not fit" if changes[BITS] > 5 else model(changes)

    for method in METHODS[:2]:
        loop = play(plan_of(tmp_path, method), fails)
        assert len(loop.rows) == 60
        status = [row["status"] for row in loop.rows]
        assert set(status) == {"done", "failed"}
        assert {row["message"] for row in loop.rows} == {"", "does not fit"}
        assert status[40:].count("failed") < 0.6 * 20  # three in five values fail


def test_all_points_may_fail(tmp_path):
    for method in METHODS[:2]:
        loop = play(plan_of(tmp_path, method), lambda changes: "never")
        assert [row["status"] for row in loop.rows] == ["failed"] * 60


def test_an_answer_without_an_objective_is_no_good_point(tmp_path):
    loop = play(plan_of(tmp_path, METHODS[1]), lambda changes: model(changes) | ({"latency": None} if changes[BITS] > 5 else {}))
    table = table_of(loop.plan, loop.rows, {})
    assert len(loop.rows) == 60
    assert all(loop.rows[number]["bits"] <= 5 for number in table.front)


SMALL = f"\n  - {{key: {BITS}, values: [4, 5, 6], name: bits}}\n  - {{key: {CLOCK}, values: [1 GHz, 2 GHz], name: clock}}"


@pytest.mark.parametrize("method", [*METHODS, "{type: grid, trials: 60, seed: 3}"])
def test_nothing_is_tried_twice_and_a_used_up_space_ends_the_search(tmp_path, method):
    loop = play(plan_of(tmp_path, method, axes=SMALL), lambda changes: model(changes | {BOUND: 4.0}))
    assert sorted((row["bits"], row["clock"]) for row in loop.rows) == [(b, c) for b in (4, 5, 6) for c in (1e9, 2e9)]
    assert loop.facts["proposals"] >= 6


def test_axes_exist_only_where_their_conditions_hold(tmp_path):
    axes = f"{SMALL}\n  - {{key: {BOUND}, low: 2.0, high: 8.0, name: bound, when: {{{BITS}: [4, 5]}}}}"
    for method in METHODS:
        plan, seen = plan_of(tmp_path, method, axes=axes), []
        loop = play(plan, lambda changes, seen=seen: seen.append(changes) or model({BOUND: 3.0} | changes))
        assert {row["bound"] is None for row in loop.rows if row["bits"] == 6} == {True}
        assert {row["bound"] is None for row in loop.rows if row["bits"] < 6} == {False}
        assert all((BOUND in changes) == (changes[BITS] < 6) for changes in seen)
        assert len([row for row in loop.rows if row["bits"] == 6]) <= 2  # points that differ in an axis that is not there are one


def test_kinds_of_axes(tmp_path):
    axes = f"""
  - {{key: {BITS}, low: 4, high: 8, name: bits}}
  - {{key: {FLIT}, low: 16 b, high: 64 b, scale: log, name: flit}}
  - {{key: {BOUND}, low: 2.0, high: 8.0, points: 4, name: bound}}
  - {{key: {CLOCK}, values: [1 GHz, 0.5 GHz, 2 GHz], name: clock}}
  - {{keys: [architecture.tile.array.rows, architecture.tile.array.columns], values: [[8, 8], [16, 8]], name: size}}
"""
    told = []
    loop = play(plan_of(tmp_path, METHODS[2], axes=axes), lambda changes: told.append(changes) or {"energy": 1.0, "latency": 1.0})
    assert {changes[BITS] for changes in told} == {4, 5, 6, 7, 8}
    assert all(changes[FLIT].endswith(" b") and 16 <= int(changes[FLIT][:-2]) <= 64 for changes in told)
    assert {row["bound"] for row in loop.rows} == {2.0, 4.0, 6.0, 8.0}
    assert {row["clock"] for row in loop.rows} == {1e9, 0.5e9, 2e9}
    pairs = {(c["architecture.tile.array.rows"], c["architecture.tile.array.columns"]) for c in told}
    assert pairs == {(8, 8), (16, 8)}


def test_ends_are_kept_and_drawn_numbers_are_short(tmp_path):
    loop = play(plan_of(tmp_path, METHODS[2]), model)
    for row in loop.rows:
        assert 2 <= row["bound"] <= 16
        assert 0.2e9 <= row["clock"] <= 2e9
        assert len(repr(row["bound"])) <= 8
    middle = np.median([row["bound"] for row in loop.rows])
    assert 4 < middle < 8  # evenly in the logarithm: about 5.7, not 9


def test_repeats_are_told_as_one_point(tmp_path):
    def noisy(changes):
        return model(changes) | {"energy": 10.0 + changes["repeat"]}

    loop = play(plan_of(tmp_path, "{type: tpe, trials: 10, batch: 5}", more="repeats: 3\n"), noisy)
    assert len(loop.rows) == 30
    assert [row["repeat"] for row in loop.rows[:4]] == [0, 1, 2, 0]
    assert loop.rows[0]["bound"] == loop.rows[2]["bound"] != loop.rows[3]["bound"]
    told = [json.loads(line) for line in loop.files["optuna.journal"].splitlines()]
    assert [log["values"][0] for log in told if log.get("values")] == [11.0] * 10


def test_a_part_of_a_grid_is_drawn_without_preference(tmp_path):
    clock = f"{{key: {CLOCK}, low: 0.2 GHz, high: 2 GHz, points: 10, name: clock}}"
    axes = f"\n  - {{key: {BITS}, low: 1, high: 100, name: bits}}\n  - {clock}"
    loop = play(plan_of(tmp_path, "{type: grid, trials: 200, seed: 1}", axes=axes), lambda changes: model(changes | {BOUND: 4.0}))
    assert len(loop.rows) == 200
    assert len({(row["bits"], row["clock"]) for row in loop.rows}) == 200
    assert 40 < np.mean([row["bits"] for row in loop.rows]) < 60
    assert "optuna.journal" not in loop.files


def test_a_huge_space_is_no_trouble(tmp_path):
    axes = "".join(f"\n  - {{key: {key}, low: 1, high: 100000, name: {name}}}" for key, name in ((BITS, "a"), (CLOCK, "b")))
    for method in ("{type: grid, trials: 50}", *METHODS):
        loop = play(plan_of(tmp_path, method, axes=axes), lambda changes: {"energy": float(changes[BITS]), "latency": 1.0})
        assert len(loop.rows) == (50 if "grid" in method else 60)
