"""Measures, objectives and limits held against what points will report."""

from __future__ import annotations

import pytest
from small_files import NET, write_small
from small_training import write_training
from sweep_files import plan_of, refusals

AXIS = "axes: [{key: seed, values: [1, 2]}]\n"


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("objectives: [{minimise: enrgy}]", "minimise: 'enrgy' is no measure of a run (did you mean 'energy'?)"),
        ("objectives: [{minimise: energy / aera}]", "minimise: 'aera' is no measure of a run (did you mean 'area'?)"),
        ("objectives: [{minimise: energy, at: 1 s}]", "at: 'energy' has no time; only an accuracy of a run has"),
        ("objectives: [{maximise: accuracy, at: 2 s}]",
         "at: 2 s is not among the times of the experiment (1 s, 1 h); add it to 'times'"),
        ("objectives: [{minimise: layers.fc9.energy}]",
         "minimise: layers.fc9.energy: the network has no layer 'fc9' (did you mean 'fc2'?)"),
        ("objectives: [{minimise: energy}, {minimise: energy}]", "objectives: 'energy' is sought twice"),
        ("measures: [latency, area.adcs]", "measures[1]: area.adcs: the chip has no part 'adcs' there (known: array)"),
        ("limits: [{measure: latency, at_most: 5}]", "at_most: of 'latency': 5 has no unit, expected a time such as '5 ns'"),
        ("limits: [{measure: accuracy, at_least: 95 mm2}]",
         "at_least: of 'accuracy': '95 mm2' is no bare number and no share, such as 64, 93.2 % or 0.5 points"),
        ("limits: [{measure: area, at_most: 1 mm2, at_least: 2 mm2}]", "at_most: 1 mm2 is below at_least, 2 mm2"),
    ],
)  # fmt: skip
def test_what_no_run_reports_is_refused(small, text, sentence):
    (told,) = refusals(small, AXIS + text)
    assert told.split(": ", 1)[1] == sentence
    assert told.startswith("sweep.yaml:3:")


def test_an_accuracy_needs_data(small):
    (small / "net.yaml").write_text(NET.replace("weights: weights.npz", "random: {}").replace("data: {file: data.npz}\n", ""))
    (told,) = refusals(small, AXIS + "objectives: [{maximise: accuracy}]")
    assert told.endswith("'accuracy' needs trained weights and data, but the weights and inputs of this workload are drawn")
    assert "accuracy" not in [column.name for column in plan_of(small, AXIS).columns]


def test_limits_are_kept_in_si(small):
    limits = "[{measure: area, at_most: 2 mm2}, {measure: accuracy, at: 1 h, at_least: 95 %}, {measure: energy / area, at_most: 3 mJ/m2}]"
    assert plan_of(small, f"{AXIS}limits: {limits}").limit_rows() == [
        {"column": "area", "at_most": pytest.approx(2e-6), "at_least": None},
        {"column": "accuracy_1h", "at_most": None, "at_least": pytest.approx(0.95)},
        {"column": "energy / area", "at_most": pytest.approx(3e-3), "at_least": None},
    ]


def test_columns_of_a_run(small):
    plan = plan_of(small, AXIS + "measures: [area.array, latency]\nobjectives: [{minimise: energy / area}]")
    found = [column.name for column in plan.columns]
    accuracies = ["accuracy", "accuracy_spread", "accuracy_1s", "accuracy_1s_spread", "accuracy_1h", "accuracy_1h_spread"]
    assert [name for name in found if name.startswith("accuracy")] == accuracies
    assert found[-2:] == ["area.array", "energy / area"]
    assert len(set(found)) == len(found)


def test_times_of_an_axis_are_columns_too(small):
    text = "axes: [{key: times, values: [[1 s], [1 s, 1 month]]}]\nobjectives: [{maximise: accuracy, at: 1 month}]"
    assert "accuracy_1month" in [column.name for column in plan_of(small, text).columns]


@pytest.mark.parametrize(
    "axis",
    ["{key: times, values: [[60 s], [60 s, 1 d]]}", "{key: 'times[0]', values: [60 s, 10 s]}",
     "{keys: [times, seed], values: [[[1 min], 1], [[60 s, 2 d], 2]]}"],
)  # fmt: skip
def test_a_time_that_only_an_axis_has_may_be_sought(small, axis):
    text = f"axes: [{axis}]\nobjectives: [{{maximise: accuracy, at: 60 s}}]\nlimits: [{{measure: accuracy, at: 60 s, at_least: 0.1}}]"
    assert "accuracy_1min" in [column.name for column in plan_of(small, text).columns]


def test_columns_of_a_training(tmp_path):
    folder = write_training(tmp_path)
    text = "experiment: training.yaml\naxes: [{key: schedule.rate, values: [0.1]}]\nobjectives: [{maximise: best}]\nmeasures: [tile_area]"
    plan = plan_of(folder, text)
    assert {"accuracy", "best", "training_energy", "tile_area"} <= {column.name for column in plan.columns}
    assert "accuracy_spread" not in [column.name for column in plan.columns]
    assert "accuracy_spread" in [column.name for column in plan_of(folder, text, "seeds=2").columns]
    (told,) = refusals(folder, text.replace("best", "bets"))
    assert told.endswith("minimise: 'bets' is no measure of a training (did you mean 'best'?)".removeprefix("minimise: "))
