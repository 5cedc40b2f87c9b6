"""Bundles: kin together, in their order, no task lost; a worker stops when its time is over."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sweeps import write_sweep

from chipsim.result import Result
from chipsim.sweep import bundle
from chipsim.sweep.bundle import LARGEST, answers, bundles, related
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan
from chipsim.sweep.point import Answered, Base, Task
from chipsim.tree import plain_node

BASE = Base(plain_node({}), (), Path("nowhere"), stamp="", plugins=())
KIN = st.one_of(st.just(()), st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")))


def tasks(kin):
    return [Task(number, BASE, (), 0, words) for number, words in enumerate(kin)]


@given(st.lists(KIN, max_size=200))
def test_bundles_hold_every_task_once_and_kin_only(kin):
    given_tasks = related(tasks(kin))
    found = list(bundles(given_tasks))
    assert [task.number for one in found for task in one] == [task.number for task in given_tasks]
    assert sorted(task.number for task in given_tasks) == list(range(len(kin)))
    assert all(len({task.kin[:1] for task in one}) == 1 and len(one) <= LARGEST for one in found)
    assert all(len(one) == 1 for one in found if not one[0].kin)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=60))
def test_equal_kin_are_neighbours_where_the_first_of_them_stands(kin):
    words = [task.kin for task in related(tasks(kin))]
    for depth in (1, 2):
        changes = sum(one[:depth] != other[:depth] for one, other in pairwise(words))
        assert changes == max(len({word[:depth] for word in words}) - 1, 0)
    assert list(dict.fromkeys(word[:1] for word in words)) == list(dict.fromkeys(word[:1] for word in kin))


@pytest.mark.parametrize(("seconds", "count"), [(1000.0, 5), (0.0, 1)])
def test_a_worker_answers_one_at_least_and_stops_when_its_time_is_over(monkeypatch, seconds, count):
    monkeypatch.setattr(bundle, "BUDGET", seconds)
    monkeypatch.setattr(bundle, "answer", lambda task: Answered(task.number, "done"))
    assert [found.number for found in answers(tuple(tasks([("a", "x")] * 5)))] == list(range(count))


@pytest.mark.parametrize("what", ["stops", "full"])
def test_a_worker_that_cannot_go_on_hands_the_rest_back(monkeypatch, what):
    monkeypatch.setattr(bundle, "answer", lambda task: Answered(task.number, "done", **{what: True}))
    assert len(answers(tuple(tasks([("a", "x")] * 5)))) == 1


def test_points_that_differ_in_prices_only_are_played_once_whatever_the_workers_and_the_order_of_axes(tmp_path):
    file = write_sweep(tmp_path)
    price = {"key": "architecture.tile.array.adc.energy", "low": "1 fJ", "high": "9 fJ", "points": 6}
    clock = {"key": "architecture.network.clock", "values": ["0.5 GHz", "1 GHz", "2 GHz", "3 GHz", "4 GHz"]}
    text = file.read_text()
    head = text[: text.index("axes:")]
    file.write_text(f"{head}axes: [{price}, {clock}]\n".replace("'", '"'))
    with Local(2) as engine:
        table, folder = run_sweep(load_plan(file), tmp_path / "out", engine)
    reused = [Result.load(folder / "points" / row["folder"]).provenance["reused"] for row in table.rows]
    assert len(reused) == 30
    assert sum("timed run" in said for said in reused) == 25
