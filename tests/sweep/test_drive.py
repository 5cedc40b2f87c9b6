"""Running a sweep: the same table with any number of workers and in any order, trainings as points, what was spent."""

from __future__ import annotations

import json

import pytest
import yaml
from small_sweeps import rows_of, write_sweep
from small_training import write_training

from chipsim.insitu.result import TrainingResult
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan
from chipsim.sweep.point import Task


def without_wall(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_the_table_does_not_depend_on_the_workers_nor_on_the_order_of_completion(tmp_path):
    file = write_sweep(tmp_path, seeds=4)
    tables, orders = [], []
    for workers, place in ((1, "one"), (3, "three")):
        order: list[int] = []
        with Local(workers) as engine:
            table, _ = run_sweep(load_plan(file), tmp_path / place, engine, lambda found, *_, order=order: order.append(found.number))
        tables.append(without_wall(table.rows))
        orders.append(order)
    assert tables[0] == tables[1]
    assert orders[0] == [0, 1, 2, 3]
    assert sorted(orders[1]) == orders[0]
    assert [row["point"] for row in tables[0]] == orders[0]


def test_finished_points_are_found_and_the_second_table_is_the_first(tmp_path):
    file = write_sweep(tmp_path, seeds=3)
    with Local(2) as engine:
        first, folder = run_sweep(load_plan(file), tmp_path / "out", engine)
        text = (folder / "table.csv").read_text()
        second, _ = run_sweep(load_plan(file), tmp_path / "out", engine)
    assert second.rows == first.rows
    assert (folder / "table.csv").read_text() == text
    assert (first.facts["found"], second.facts["found"]) == (0, 3)
    assert second.facts["busy"] == 0.0


def test_what_another_sweep_beside_it_has_answered_is_not_run_again(tmp_path):
    with Local(1) as engine:
        run_sweep(load_plan(write_sweep(tmp_path, seeds=2)), tmp_path / "out", engine)
        more = load_plan(write_sweep(tmp_path, seeds=3))
        table, folder = run_sweep(more, tmp_path / "out", engine)
        alone, _ = run_sweep(more, tmp_path / "elsewhere", engine)
    assert (table.facts["found"], alone.facts["found"]) == (2, 0)
    assert without_wall(table.rows) == without_wall(alone.rows)
    assert all((folder / "points" / row["folder"] / "result.json").is_file() for row in table.rows)


def test_the_facts_say_what_was_spent(tmp_path):
    with Local(1) as engine:
        facts = run_sweep(load_plan(write_sweep(tmp_path, seeds=2)), tmp_path / "out", engine)[0].facts
    assert facts["workers"] == 1
    assert facts["answered"] == 2
    assert facts["failed"] == 0
    assert 0 < facts["own"] <= facts["busy"] <= facts["seconds"] + 0.01
    assert 1 << 25 < facts["memory"] < facts["memory_bound"]


def test_the_table_may_be_read_while_the_sweep_runs(tmp_path, monkeypatch):
    from chipsim.sweep.folder import SweepFolder
    from chipsim.sweep.table import SweepTable

    monkeypatch.setattr(SweepFolder, "due", property(lambda folder: True))
    plan = load_plan(write_sweep(tmp_path, seeds=3))
    seen: list[list[str]] = []

    def watch(found: object, done: int, of: int) -> None:
        assert of == 3
        if done > 1:
            seen.append([row["status"] for row in SweepTable.of_folder(plan.folder(tmp_path / "out")).rows])

    with Local(1) as engine:
        run_sweep(plan, tmp_path / "out", engine, watch)
    assert seen == [["done", "waiting", "waiting"], ["done", "done", "waiting"]]


def test_a_training_is_a_point_too(tmp_path):
    folder = write_training(tmp_path)
    sweep = {"experiment": "training.yaml", "axes": [{"key": "schedule.rate", "values": [0.1, -1.0, 0.05]}]}
    (folder / "sweep.yaml").write_text(yaml.safe_dump(sweep))
    plan = load_plan(folder / "sweep.yaml")
    with Local(2) as engine:
        table, place = run_sweep(plan, tmp_path / "out", engine)
        again, _ = run_sweep(plan, tmp_path / "out", engine)
    assert [row["status"] for row in table.rows] == ["done", "failed", "done"]
    for row in table.done:
        result = TrainingResult.load(place / "points" / row["folder"])
        assert row["accuracy"] == result.metrics["accuracy"]
        assert row["training_energy"] == result.metrics["training_energy"]
    assert again.rows == table.rows
    assert (again.facts["answered"], again.facts["found"], again.facts["failed"]) == (2, 2, 1)
    assert not list((place / "points").glob("*unfinished*"))


@pytest.mark.parametrize("change", [("repeat", 1), ("changes", (("seed", 3),))])
def test_a_failure_is_known_by_what_was_asked(tmp_path, change):
    plan = load_plan(write_sweep(tmp_path, seeds=2))
    task = next(plan.tasks(tmp_path))
    other = Task(**(vars(task) | dict([change])))
    assert task.mark == next(plan.tasks(tmp_path)).mark
    assert task.mark != other.mark


def test_what_is_kept_of_a_failure_is_a_small_file(tmp_path):
    file = write_sweep(tmp_path, seeds=1, experiment={"samples": 100})
    with Local(1) as engine:
        table, folder = run_sweep(load_plan(file), tmp_path / "out", engine)
        (kept,) = (folder / "failed").iterdir()
        assert json.loads(kept.read_text())["lasting"] is True
        kept.write_text("damaged")
        run_sweep(load_plan(file), tmp_path / "out", engine)
    assert json.loads(kept.read_text())["message"] == table.rows[0]["message"]
    assert rows_of(folder) == without_wall(table.rows)
