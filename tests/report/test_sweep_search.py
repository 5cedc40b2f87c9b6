"""What was found, in sentences: importance, hypervolume, looks, the nearest miss."""

from dataclasses import replace

from chipsim.report.sweep_search import hypervolume_words, importance_words, look_words, miss_words
from chipsim.sweep.pareto import judged

from .test_sweep import grid, row, table, text

TWO = (("minimise", "energy"), ("maximise", "accuracy"))


def limit(column, at_most=None, at_least=None):
    return {"column": column, "at_most": at_most, "at_least": at_least}


def test_importance_is_told_with_its_method_or_the_reason_why_there_is_none():
    found = judged(table(grid(), TWO))
    energy, accuracy = importance_words(found)
    assert energy.startswith("importance for energy: ")
    assert energy.endswith("(share of the variance)")
    assert accuracy == "importance for accuracy: bits 100.0 %, clock 0.0 % (share of the variance)"
    estimated = replace(found, importance=[entry | {"method": "ped-anova"} for entry in found.importance])
    assert "best quarter" in importance_words(estimated)[0]
    assert importance_words(judged(table(grid()[:3], TWO))) == ["importance needs 6 points, 3 for each axis that varies; there are 3"]


def test_the_hypervolume_is_told_with_when_it_was_reached():
    found = judged(table(grid(), TWO))
    assert hypervolume_words(found).startswith("hypervolume: ")
    assert hypervolume_words(found).endswith("reached after 5 of 6 points")
    assert hypervolume_words(table(grid())) == ""
    assert hypervolume_words(replace(found, facts={"hypervolume": "needs moocore"})) == "needs moocore"


def test_looks_are_told_with_what_they_took_and_saved():
    rows = [row(0, 0, 4, 1e9, energy=1e-12) | {"seconds": 5.0}, row(1, 0, 6, 1e9, energy=1e-12) | {"status": "pruned"}]
    assert look_words(table(rows, facts={"looks": 2, "look_seconds": 2.0})) == (
        "2 cheap looks took 2 s; 1 pruned; in full they would have taken about 4 s more"
    )
    assert look_words(table(rows[:1], facts={"looks": 1, "look_seconds": 1.0})) == "1 cheap look took 1 s; 0 pruned"
    assert look_words(table(rows, facts={"looks": 0})) == ""


def test_where_no_point_keeps_the_limits_the_worst_limit_and_the_nearest_point_are_told():
    words = text(judged(table(grid(), TWO, limits=[limit("accuracy", at_least=0.99), limit("energy", at_most=5e-12)])), 200)
    assert "no point keeps the limits" in words
    assert "missed most often: accuracy at least 99.00 % (6 of 6 points); nearest: point 0, with accuracy 94.00 %, energy 4 pJ" in words
    assert "nothing beats" not in words
    assert miss_words(table([], limits=[limit("energy", at_most=1.0)]), [], lambda column, value: str(value)) == ""


def test_means_along_an_axis_are_told_of_full_grids_alone():
    assert "means over all points that have one value" in text(judged(table(grid(), TWO)))
    words = text(judged(table(grid()[:-1], TWO)), 200)
    assert "means over all points that have one value" not in words
    assert "means along an axis would mislead here: the points with an answer are no full grid" in words
