"""The plan: its folder's name, tasks and rows in one order, columns, counts, one file that runs from anywhere."""

from __future__ import annotations

import pytest
import yaml
from small_files import CHIP, write_small
from sweep_files import BITS, CLOCK, plan_of

from chipsim.errors import InputError
from chipsim.experiment import experiment_of
from chipsim.spec import yaml_text
from chipsim.sweep.plan import check_count, load_plan

AXES = f"axes:\n  - {{key: {BITS}, values: [6, 7]}}\n  - {{key: {CLOCK}, low: 1 GHz, high: 2 GHz, points: 2}}\n"


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def test_tasks_and_rows_are_in_one_order(small):
    plan = plan_of(small, AXES + "repeats: 2")
    tasks, rows = sorted(plan.tasks(small), key=lambda task: task.number), list(plan.rows())
    assert [task.number for task in tasks] == [row["point"] for row in rows] == list(range(8))
    assert [task.repeat for task in tasks] == [row["repeat"] for row in rows] == [0, 1] * 4
    assert [dict(task.changes)[BITS] for task in tasks] == [row["bits"] for row in rows]
    assert [row["clock"] for row in rows][:4] == [1e9, 1e9, 2e9, 2e9]
    assert plan.count == 8
    questions = [experiment_of(task.node()).question for task in tasks[:3]]
    assert [question.seed for question in questions] == [0, 1, 0]
    assert [question.architecture.network.clock for question in questions] == [1e9, 1e9, 2e9]


def test_the_folder_is_that_of_the_points(small):
    plan = plan_of(small, AXES)
    same = [AXES + "objectives: [{minimise: energy}]", AXES + "limits: [{measure: area, at_most: 1 mm2}]", AXES + "measures: [tile_area]"]
    others = [AXES + "repeats: 2", AXES.replace("6, 7", "6, 8"), AXES.replace("points: 2", "points: 3"), AXES + "name: other"]
    assert {plan_of(small, text).folder(small) for text in same} == {plan.folder(small)}
    assert len({plan_of(small, text).folder(small) for text in others} | {plan.folder(small)}) == 5
    assert plan_of(small, AXES, "seed=3").digest != plan.digest
    assert plan_of(small, AXES, "times=[1 s]").digest != plan.digest
    (small / "chip.yaml").write_text(CHIP.replace("rows: 8", "rows: 16"))
    assert plan_of(small, AXES).digest != plan.digest


def test_the_folder_does_not_depend_on_where_files_lie(small, tmp_path):
    other = write_small(tmp_path / "elsewhere")
    text = "axes: [{key: architecture, values: [chip.yaml]}]"
    assert plan_of(small, text).digest == plan_of(other, text).digest


def test_columns_say_what_they_are(small):
    plan = plan_of(small, AXES + "objectives: [{minimise: energy}, {maximise: accuracy, at: 1 h}]")
    rows = {row["name"]: row for row in plan.column_rows()}
    known = {"name": "clock", "unit": "Hz", "meaning": CLOCK, "role": "axis", "better": "", "scale": "linear", "facet": "time"}
    assert rows["clock"] == known
    assert (rows["energy"]["unit"], rows["energy"]["better"]) == ("J", "minimise")
    assert rows["accuracy_1h"]["better"] == "maximise"
    assert rows["seconds"]["role"] == "fact"
    assert plan.objective_rows() == [
        {"column": "energy", "better": "minimise"},
        {"column": "accuracy_1h", "better": "maximise"},
    ]


def test_one_file_runs_from_anywhere(small, tmp_path):
    text = """axes:
  - {key: architecture, values: [chip.yaml]}
  - {key: architecture.tile.array.adc, values: [{type: sar, bits: 6, bound: 8}, ideal]}
  - {key: architecture.tile.array.adc.bits, values: [4, 5], when: {architecture.tile.array.adc.type: sar}}
"""
    plan = plan_of(small, text)
    alone = tmp_path / "elsewhere" / "sweep.yaml"
    alone.parent.mkdir()
    alone.write_text(yaml_text(plan.alone))
    again = load_plan(alone)
    assert yaml.safe_load(alone.read_text())["experiment"]["workload"]["weights"] == str(small / "weights.npz")
    assert [row | {"digest": ""} for row in again.rows()] == list(plan.rows())
    first, second = (experiment_of(next(one.tasks(small)).node()).digest for one in (plan, again))
    assert first == second


def test_too_many_points_are_refused_with_their_number_and_at_once(small):
    axes = "\n".join(f"  - {{key: {key}, low: 1, high: {high}}}" for key, high in (("seed", 1000), ("stream", 1000), ("chip_seed", 1000)))
    plan = plan_of(small, f"axes:\n{axes}\nrepeats: 1")
    assert plan.count == 10**9
    with pytest.raises(InputError) as error:
        check_count(plan, "sweep.yaml")
    assert str(error.value) == (
        "sweep.yaml: 1,000,000,000 points (1,000 seed x 1,000 stream x 1,000 chip_seed); "
        "more than 100,000 are only run with --yes, or take a 'search'"
    )
    check_count(plan, "sweep.yaml", yes=True, only_plan=True)
    with pytest.raises(InputError, match="a table of 1,000,000,000 points does not fit into memory"):
        check_count(plan, "sweep.yaml", yes=True)
    with pytest.raises(InputError, match=r"1,000,000,000 points \(1,000,000,000 seed\)"):
        check_count(plan_of(small, "axes: [{key: seed, low: 1, high: 1000000000}]"), "sweep.yaml")
    with pytest.raises(InputError, match="20 points x 10,000 repeats = 200,000 runs"):
        check_count(plan_of(small, "axes: [{key: stream, low: 1, high: 20}]\nrepeats: 10000"), "sweep.yaml")
