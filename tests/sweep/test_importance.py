"""Shares of the variance against closed forms and scipy's analysis of variance; estimates elsewhere; reasons where there are none."""

import itertools
import random
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chipsim.sweep.importance import importances, reaches, variance_shares
from chipsim.sweep.table import SweepTable


def table(points, axes, scale="linear"):
    columns = [{"name": name, "unit": "", "meaning": "", "role": "axis", "better": "", "scale": scale} for name in axes]
    rows = [{"point": n, "repeat": 0, "status": "done", "message": ""} | point for n, point in enumerate(points)]
    return SweepTable("t", "d", {}, columns, rows, [{"column": "y", "better": "minimise"}], [])


def grid(function, **axes):
    return [dict(zip(axes, values, strict=True)) | {"y": function(*values)} for values in itertools.product(*axes.values())]


def shares(found):
    return {row["axis"]: row["share"] for row in found.importance}


def test_additive_axes_share_the_variance_by_their_squares():
    found = importances(table(grid(lambda a, b: 2 * a + b, a=[0, 1, 2], b=[0, 1, 2]), ["a", "b"]))
    assert shares(found) == pytest.approx({"a": 0.8, "b": 0.2})
    assert {row["method"] for row in found.importance} == {"variance"}


def test_what_axes_do_together_is_nobodys_share():
    found = importances(table(grid(lambda a, b: a * b, a=[-1, 0, 1], b=[-1, 0, 1]), ["a", "b"]))
    assert shares(found) == pytest.approx({"a": 0, "b": 0}, abs=1e-12)


def test_texts_have_shares_and_constant_axes_have_none():
    kinds = {"x": 1.0, "y": 5.0, "z": 2.0}
    found = importances(table(grid(lambda kind, b, c: kinds[kind] + 0 * b, kind=list(kinds), b=[1, 2], c=[7]), ["kind", "b", "c"]))
    assert shares(found) == pytest.approx({"kind": 1.0, "b": 0.0})


@given(st.lists(st.floats(-10, 10), min_size=12, max_size=12))
def test_one_axis_has_the_share_of_a_one_way_analysis(values):
    points = [{"a": n % 3, "y": value} for n, value in enumerate(values)]
    y = np.array(values)
    if np.ptp(y) < 1e-3:
        return
    groups = [y[k::3] for k in range(3)]
    f = stats.f_oneway(*groups).statistic
    share = variance_shares(points, ["a"], y)["a"]
    if np.isfinite(f) and share < 1 - 1e-9:
        assert share / (1 - share) * 9 / 2 == pytest.approx(f, rel=1e-6, abs=1e-9)


def test_repeats_count_as_one_point():
    points = grid(lambda a, b: 2 * a + b, a=[0, 1, 2], b=[0, 1, 2])
    twice = [point | {"y": point["y"] + change} for point in points for change in (-0.5, 0.5)]
    assert shares(importances(table(twice, ["a", "b"]))) == pytest.approx({"a": 0.8, "b": 0.2})


def test_where_the_grid_has_holes_it_is_estimated():
    points = grid(lambda a, b: float(a**2 + 0.01 * b), a=list(range(6)), b=list(range(11)))
    points[7] = {"a": 0, "b": 7, "status": "failed"}
    found = importances(table(points, ["a", "b"]))
    assert {row["method"] for row in found.importance} == {"ped-anova"}
    assert shares(found)["a"] > 0.8
    assert sum(shares(found).values()) == pytest.approx(1)


def test_draws_are_estimated_and_an_axis_that_exists_only_in_part_is_among_them():
    draw = random.Random(1)
    points = []
    for _ in range(80):
        x, kind = draw.uniform(1, 10), draw.choice("ab")
        points.append({"x": x, "kind": kind, "c": draw.uniform(1, 2) if kind == "a" else None, "y": x * x})
    found = importances(table(points, ["x", "kind", "c"], scale="log"))
    assert shares(found)["x"] > 0.8
    assert set(shares(found)) == {"x", "kind", "c"}


def drawn(seed, function, count=60):
    draw = random.Random(seed)
    points = [{axis: draw.random() for axis in "abcd"} for _ in range(count)]
    return [point | {"y": function(**point)} for point in points]


def test_with_the_fewest_points_the_order_of_known_influences_is_right_in_nine_of_ten_searches():
    def known(a, b, c, d):
        return 5 * (a - 0.3) ** 2 + (b - 0.7) ** 2 + 0 * c + 0 * d

    right = 0
    for seed in range(10):
        found = shares(importances(table(drawn(seed, known), list("abcd"))))
        right += sorted(found, key=lambda axis: -found[axis])[:2] == ["a", "b"]
    assert right >= 9


def facetted(points, facets, name="latency", unit="s"):
    made = table([{name: point["y"]} | point for point in points], list("abcd"))
    for column, facet in zip(made.columns, facets, strict=True):
        column["facet"] = facet
    made.columns.append({"name": name, "unit": unit, "meaning": "", "role": "measure", "better": "minimise", "scale": "linear"})
    made.objectives[0]["column"] = name
    return made


def test_an_axis_that_cannot_reach_an_objective_has_no_share_in_it():
    points = drawn(3, lambda a, b, c, d: 3 * a + 0 * (b + c + d))
    found = shares(importances(facetted(points, ["time", "prices", "values", "report"])))
    assert (found["b"], found["d"]) == (0, 0)
    assert found["a"] + found["c"] == pytest.approx(1)
    energy = shares(importances(facetted(points, ["time", "prices", "values", "report"], "energy", "J")))
    assert min(energy.values()) > 0  # prices reach an energy
    accuracy = shares(importances(facetted(points, ["values", "time", "time", "prices"], "accuracy_1d", "")))
    assert accuracy == {"a": pytest.approx(1), "b": 0, "c": 0, "d": 0}


def test_what_points_show_goes_before_what_facets_say():
    draws = drawn(4, lambda **_: 0.0, 200)
    points = [point | {"a": round(point["a"], 1), "b": 1.0, "c": 1.0, "d": round(point["d"], 1)} for point in draws]
    told = [point | {"y": point["a"] + point["d"]} for point in points]  # the clock changes the accuracy: blocks wait long
    assert shares(importances(facetted(told, ["values", "values", "values", "time"], "accuracy", "")))["d"] > 0


@pytest.mark.parametrize(
    ("facet", "name", "unit", "reached"),
    [
        ("prices", "latency", "s", False),
        ("prices", "sustained_ops", "OP/s", False),
        ("prices", "accuracy_1d", "", False),
        ("prices", "accuracy / energy", "1/J", True),
        ("report", "inferences_per_second", "", False),
        ("prices", "area", "m2", True),
        ("time", "accuracy", "", False),
        ("time", "latency", "s", True),
        ("values", "accuracy", "", True),
        ("", "latency", "s", True),
    ],
)
def test_what_a_facet_reaches(facet, name, unit, reached):
    assert reaches(facet, {"name": name, "unit": unit}) is reached


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([{"a": 1, "b": 1, "y": 1.0}], "importance needs points that differ"),
        (grid(lambda a, b: a + b, a=[0, 1], b=[0, 1]), "importance needs 6 points, 3 for each axis that varies; there are 4"),
        (
            [*grid(lambda a, b: 2 * a + b, a=[0, 1, 2], b=[0, 1, 2]), {"a": 3, "b": 0, "status": "waiting"}],
            "importance is told when all points are over",
        ),
        (
            [*grid(lambda a, b: 2 * a + b, a=[0, 1, 2], b=[0, 1, 2]), {"a": 9, "b": 9, "y": 3.0}],
            "importance needs 60 points where they are no full grid; there are 10",
        ),
        (
            [*grid(lambda a, b: float(a > 5), a=list(range(8)), b=list(range(8))), {"a": 9, "b": 9, "y": 0.0}],
            "more than half of the points are equally good in y: there is no best quarter",
        ),
        (grid(lambda a, b: 1.0 + 1e-14 * a, a=[0, 1, 2], b=[0, 1, 2]), "no objective changes from point to point"),
    ],
)
def test_a_reason_is_given_where_there_is_none(points, reason):
    found = importances(table(points, ["a", "b"]))
    assert found.importance == []
    assert found.facts["importance"] == reason


def test_without_optuna_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    points = grid(lambda a, b: a + b, a=list(range(8)), b=list(range(8)))[:-1]
    points.append({"a": 7, "b": 7, "status": "failed"})
    found = importances(table(points, ["a", "b"]))
    assert found.importance == []
    assert found.facts["importance"].startswith("the importance of axes needs optuna where the points are no full grid: pip install")
    whole = importances(table(grid(lambda a, b: a + b, a=[0, 1, 2], b=[0, 1, 2]), ["a", "b"]))
    assert len(whole.importance) == 2
