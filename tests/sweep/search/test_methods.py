"""What a sweep file may say under `search:`, and the sentences for what it may not."""

import pytest

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.sweep.description import Sweep
from chipsim.sweep.search import NSGA2, TPE, Grid, Random, Search
from sweep.search.problems import plan_of

AXIS = {"key": "architecture.tile.array.adc.bits", "values": [4, 5, 6]}


def sweep(search, **more):
    block = {"axes": [AXIS], "objectives": [{"minimise": "energy"}, {"maximise": "accuracy"}], "search": search}
    return from_plain(Sweep, block | more)


def test_by_default_all_points_are_run():
    found = from_plain(Sweep, {"axes": [AXIS]}).search
    assert isinstance(found, Grid)
    assert found.whole


@pytest.mark.parametrize(
    ("block", "member", "size"),
    [
        ({"type": "nsga2", "trials": 100}, NSGA2, 20),
        ({"type": "nsga2", "trials": 100, "population": 7}, NSGA2, 7),
        ({"type": "tpe", "trials": 100}, TPE, 8),
        ({"type": "tpe", "trials": 100, "batch": 3}, TPE, 3),
        ({"type": "random", "trials": 100}, Random, 20),
        ({"trials": 100}, Grid, 20),
        ("grid", Grid, 20),
    ],
)
def test_methods_and_their_batches(block, member, size):
    method = sweep(block).search
    assert isinstance(method, member)
    assert method.size == size
    assert method.whole == (block == "grid")
    assert method.plain()["type"] == method.type_name


def test_a_description_survives_its_file():
    found = sweep({"type": "tpe", "trials": 9, "batch": 3, "prune": {"samples": 20, "time": "1 s"}}).search
    assert from_plain(Search, found.plain()) == found


@pytest.mark.parametrize(
    ("search", "more", "said"),
    [
        ({"type": "nsga3", "trials": 9}, {}, r"unknown search type 'nsga3' .*nsga2"),
        ({"type": "nsga2"}, {}, "trials: a search needs a number of points to try, such as {type: nsga2, trials: 100}"),
        ({"type": "nsga2", "trials": 9}, {}, "population: 20 points are more than the 9 trials"),
        ({"type": "tpe", "trials": 0}, {}, "greater than or equal to 1"),
        ({"type": "tpe", "trials": 9, "population": 3}, {}, "unknown key"),
        ({"type": "tpe", "trials": 9}, {"objectives": []}, "search: nothing is sought; expected 'objectives'"),
        ({"type": "tpe", "trials": 9, "prune": {}}, {}, "a cheap look needs 'samples' or 'time'"),
        ({"type": "tpe", "trials": 9, "prune": {"samples": 5, "margin": 2}}, {}, "less than or equal to 1"),
        (
            {"type": "tpe", "trials": 9, "prune": {"samples": 5}},
            {"objectives": [{"minimise": "energy"}]},
            "prune: accuracy is neither an objective nor a limit",
        ),
        (
            {"type": "tpe", "trials": 9, "prune": {"samples": 5}},
            {"limits": [{"measure": "accuracy_loss", "at_most": 0.1}]},
            "accuracy_loss: few samples bound an accuracy only",
        ),
    ],
)
def test_what_is_wrong_is_told(search, more, said):
    with pytest.raises(InputError, match=said):
        sweep(search, **more)


def test_a_part_of_a_grid_may_seek_nothing():
    assert sweep({"type": "grid", "trials": 2}, objectives=[]).search.trials == 2


def test_more_trials_are_the_same_search_and_another_seed_is_not(tmp_path):
    few, many, other = (
        plan_of(tmp_path, f"{{type: tpe, trials: {trials}, seed: {seed}}}").digest for trials, seed in ((10, 0), (20, 0), (10, 1))
    )
    assert few == many != other


def test_ranges_without_points_are_for_searches(tmp_path):
    with pytest.raises(InputError, match="points"):
        plan_of(tmp_path, "{type: grid, trials: 10}")
    assert plan_of(tmp_path, "{type: tpe, trials: 10}").count == 10
