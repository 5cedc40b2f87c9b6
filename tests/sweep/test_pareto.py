"""Front, knee and hypervolume against brute force, closed forms and the library's own front."""

import itertools
import math
import sys

import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.sweep.pareto import excesses, growth, hypervolume, judged, judgements, knee, nondominated, reference_of, sought
from chipsim.sweep.table import SweepTable

NUMBERS = st.integers(0, 5).map(float)


def clouds(least=1, most=25):
    rows = st.integers(1, 4).flatmap(lambda m: st.lists(st.lists(NUMBERS, min_size=m, max_size=m), min_size=least, max_size=most))
    return rows.map(lambda values: np.array(values, float))


def table(rows, objectives=("e", "a"), better=("minimise", "maximise"), limits=(), axes=("x",)):
    """A table of done points: rows of (x, e, a, ...), or whole rows."""
    columns = [{"name": name, "unit": "", "meaning": "", "role": "axis", "better": "", "scale": "linear"} for name in axes]
    columns += [{"name": name, "unit": "", "meaning": "", "role": "measure", "better": "", "scale": "linear"} for name in objectives]
    head = {"repeat": 0, "status": "done", "message": "", "digest": "", "folder": ""}
    named = [row if isinstance(row, dict) else dict(zip((*axes, *objectives), row, strict=True)) for row in rows]
    told = [head | {"point": number} | row for number, row in enumerate(named)]
    sought_rows = [{"column": name, "better": way} for name, way in zip(objectives, better, strict=True)]
    return SweepTable("t", "d", {}, columns, told, sought_rows, [dict(limit) for limit in limits])


def dominates(a, b):
    return all(p <= q for p, q in zip(a, b, strict=True)) and any(p < q for p, q in zip(a, b, strict=True))


@given(clouds())
def test_the_front_is_what_nothing_dominates(values):
    expected = [not any(dominates(other, point) for other in values) for point in values]
    assert nondominated(values).tolist() == expected


@given(clouds(2))
def test_the_front_is_that_of_another_library(values):
    if values.shape[1] > 1:
        assert nondominated(values).tolist() == moocore.is_nondominated(values, keep_weakly=True).tolist()


@given(clouds(), st.randoms())
def test_the_front_does_not_depend_on_the_order(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    assert nondominated(values[order]).tolist() == nondominated(values)[order].tolist()


def test_the_knee_is_the_bend():
    front = np.array([[0.0, 10.0], [1.0, 2.0], [2.0, 1.5], [10.0, 0.0]])
    distances = (1 - (front / 10).sum(axis=1)) / math.sqrt(2)  # to the line between the ends
    assert knee(front) == int(distances.argmax()) == 1
    assert knee(front * [1e-9, 5.0] + [3e-9, -2.0]) == knee(front)  # scales and offsets do not matter


def test_three_objectives_have_a_knee_below_the_plane_of_their_ends():
    front = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.3, 0.3, 0.3], [0.6, 0.5, 0.55]])
    assert knee(front) == 3


@pytest.mark.parametrize(
    "front",
    [
        [[0.0, 1.0], [1.0, 0.0]],  # two points
        [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]],  # a straight line
        [[0.0, 1.0], [0.9, 0.9], [1.0, 0.0]],  # bends away from the ideal
        [[1.0], [1.0], [1.0]],  # one objective
    ],
)
def test_a_front_without_a_bend_has_no_knee(front):
    assert knee(np.array(front)) is None


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=12))
def test_no_point_of_a_front_lies_nearer_to_the_ideal_than_its_knee(points):
    values = np.array(points)
    front = values[nondominated(values)]
    spread = np.ptp(front, axis=0)
    sums = ((front - front.min(axis=0)) / np.where(spread > 0, spread, 1)).sum(axis=1)
    found = knee(front)
    if found is None:
        assert len(np.unique(front, axis=0)) < 3 or sums.min() > 1 - 1e-9
    else:
        assert sums[found] == pytest.approx(sums.min())


@settings(max_examples=50)
@given(clouds(1, 12))
def test_the_hypervolume_is_the_number_of_small_boxes_it_covers(values):
    reference = np.full(values.shape[1], 6.0)  # values are whole, so boxes of side one tell
    cells = itertools.product(range(6), repeat=values.shape[1])
    count = sum(any(np.all(point <= cell) for point in values) for cell in cells)
    assert hypervolume(values, reference) == pytest.approx(count, rel=1e-9)


def test_points_beyond_the_reference_cover_nothing():
    assert hypervolume(np.array([[2.0, 0.0], [7.0, 0.0]]), np.array([5.0, 1.0])) == pytest.approx(3.0)
    assert hypervolume(np.array([[7.0, 7.0]]), np.array([5.0, 5.0])) == 0


def test_the_reference_lies_a_tenth_of_the_range_beyond_the_worst():
    assert reference_of(np.array([[1.0, -0.9], [3.0, -0.5]])) == pytest.approx([3.2, -0.46])
    assert reference_of(np.array([[2.0, 0.0]])) == pytest.approx([2.2, 0.1])  # no range


def test_a_table_is_judged():
    found = judged(table([(1, 1.0, 0.5), (2, 2.0, 0.9), (3, 3.0, 0.95), (4, 3.5, 0.9)]))
    assert found.front == [0, 1, 2]
    assert found.knee == [1]
    assert [row["reference"] for row in found.objectives] == pytest.approx([3.5 + 0.25, 0.5 - 0.045])
    assert [row["evaluations"] for row in found.hypervolume] == [1, 2, 3, 4]
    assert found.hypervolume[0]["value"] == pytest.approx((3.75 - 1) * 0.045)
    assert found.hypervolume[1]["value"] == pytest.approx((3.75 - 1) * 0.045 + (3.75 - 2) * 0.4)
    assert found.hypervolume[-1]["value"] == found.hypervolume[-2]["value"]
    assert found.hypervolume[-1]["share"] == pytest.approx(found.hypervolume[-1]["value"] / (2.75 * 0.495))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=15))
def test_the_hypervolume_never_shrinks_and_ends_at_that_of_the_front(points):
    found = judged(table([(n, e, a) for n, (e, a) in enumerate(points)]))
    values = [row["value"] for row in found.hypervolume]
    assert values == sorted(values)
    assert found.hypervolume[-1]["evaluations"] == len(points)
    front = np.array([[e, -a] for n, (e, a) in enumerate(points) if n in found.front])
    reference = np.array([found.objectives[0]["reference"], -found.objectives[1]["reference"]])
    assert values[-1] == pytest.approx(moocore.hypervolume(front, ref=reference), rel=1e-9)


def test_limits_and_failures_keep_points_off_the_front_but_count_as_evaluations():
    rows = [
        {"x": 1, "e": 1.0, "a": 0.99, "area": 9.0},
        {"x": 2, "e": 2.0, "a": 0.9, "area": 4.0},
        {"x": 3, "status": "failed"},
        {"x": 4, "e": 0.1, "a": None, "area": 1.0},
        {"x": 5, "e": 0.2, "area": 1.0, "status": "pruned"},
        {"x": 6, "status": "waiting"},
    ]
    found = judged(table(rows, limits=[{"column": "area", "at_most": 5.0, "at_least": None}]))
    assert found.front == [1]
    assert found.knee == []
    assert found.hypervolume[-1]["evaluations"] == 5


def test_a_point_at_its_limit_keeps_it():
    limit = {"column": "a", "at_most": None, "at_least": 0.5}
    assert excesses([{"a": 0.5}], [limit]) == [0.0]
    assert excesses([{"a": 0.4}], [limit]) == pytest.approx([0.2])
    assert excesses([{"a": None}], [limit]) == [None]
    assert excesses([{"a": 3.0}], [{"column": "a", "at_most": 0.0, "at_least": None}]) == [3.0]


def test_repeats_of_a_point_are_judged_by_their_mean():
    rows = [(1, 1.0, 0.5), (1, 3.0, 0.7), (2, 2.1, 0.5), (3, 1.9, 0.4)]
    found = judged(table(rows))
    assert [point.numbers for point in judgements(found)] == [(0, 1), (2,), (3,)]
    assert sought(found.rows[:2], found.objectives, []) == pytest.approx((2.0, -0.6))
    assert found.front == [0, 1, 3]


def test_the_last_digits_of_a_sum_beat_nothing():
    rows = [(1, 1.0321845015552193e-07, 0.9), (2, 1.0321845015552194e-07, 0.95), (3, 1.0321845015552193e-07, 0.8)]
    assert judged(table(rows)).front == [1]
    assert judged(table([(1, 1.000000001, 0.9), (2, 1.000000002, 0.95)])).front == [0, 1]  # nine digits are told apart


def test_a_table_that_seeks_nothing_is_left_as_it_is():
    plain = table([(1,)], objectives=(), better=())
    assert judged(plain) is plain


def test_without_any_good_point_nothing_is_on_the_front():
    found = judged(table([{"x": 1, "status": "failed"}]))
    assert (found.front, found.knee, found.hypervolume) == ([], [], [])


def test_without_moocore_front_and_knee_are_there_and_the_hypervolume_is_said_to_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "moocore", None)
    found = judged(table([(1, 1.0, 0.5), (2, 2.0, 0.9), (3, 3.0, 0.95), (4, 3.5, 0.9)]))
    assert (found.front, found.knee, found.hypervolume) == ([0, 1, 2], [1], [])
    assert found.facts["hypervolume"] == 'the hypervolume needs moocore: pip install "chipsim[sweep]"'


def test_one_objective_has_a_best_point_and_a_growth():
    found = judged(table([(1, 3.0), (2, 1.0), (3, 2.0)], objectives=("e",), better=("minimise",)))
    assert (found.front, found.knee) == ([1], [])
    assert [row["value"] for row in found.hypervolume] == pytest.approx([0.2, 2.2, 2.2])


def test_growth_counts_only_what_is_over():
    points = judgements(table([(1, 1.0, 0.5), {"x": 2, "status": "waiting"}]))
    rows, missing = growth(points, np.array([2.0, 0.0]), np.array([1.0, -0.5]))
    assert ([row["evaluations"] for row in rows], missing) == ([1], "")
