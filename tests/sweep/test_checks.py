"""A sweep file as a whole: all its problems at once, where its experiment comes from, what belongs to it."""

from __future__ import annotations

import pytest
from small_files import write_small
from small_training import write_training
from sweep_files import BITS, CLOCK, plan_of, refusals

from chipsim.errors import InputError
from chipsim.kinds import check_file, schema_of


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def test_all_problems_at_once_in_the_order_of_the_file(small):
    text = f"""axes:
  - {{key: {BITS}z, values: [6]}}
  - {{key: {CLOCK}, values: []}}
  - {{key: stream, low: 5, high: 2}}
objectives:
  - {{minimise: enrgy}}
  - {{maximise: accuracy, at: 1 d}}
limits:
  - {{measure: area, at_most: 100 mJ}}
  - {{measure: area}}
repets: 2
"""
    assert refusals(small, text) == [
        f"sweep.yaml:3:11: key: {BITS}z: unknown key (did you mean 'bits'?)",
        "sweep.yaml:4:47: axes[1]: values: is empty, expected at least one value",
        "sweep.yaml:5:24: axes[2]: low: 5 is not below high, 2; expected low < high",
        "sweep.yaml:7:16: minimise: 'enrgy' is no measure of a run (did you mean 'energy'?)",
        "sweep.yaml:8:30: at: 1 d is not among the times of the experiment (1 s, 1 h); add it to 'times'",
        "sweep.yaml:10:30: at_most: of 'area': '100 mJ' is an energy, expected an area such as '0.634 mm2'",
        "sweep.yaml:11:5: limits[1]: at_most: a limit needs 'at_most' or 'at_least'",
        "sweep.yaml:12:9: repets: unknown key (did you mean 'repeats'?)",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("experiment: nowhere.yaml\naxes: [{key: seed, values: [1]}]",
         "sweep.yaml:1:13: experiment: nowhere.yaml: cannot be read: No such file or directory"),
        ("experiment: 5\naxes: [{key: seed, values: [1]}]",
         "sweep.yaml:1:1: experiment: names no experiment; add 'experiment: FILE', or a block with 'workload' and 'architecture'"),
        ("experiment: chip.yaml\naxes: [{key: seed, values: [1]}]", "chip.yaml:2:1: experiment: is no experiment: it names no workload"),
        ("experiment: experiment.yaml\naxes: [{key: seed, values: [1, 2]}]\nrepeats: 2",
         "sweep.yaml:2:14: key: 'repeats' counts the seed up too; leave it out, or this axis"),
        ("experiment: experiment.yaml\nobjectives: []", "sweep.yaml:1:1: is no sweep: it has no 'axes'"),
    ],
)  # fmt: skip
def test_a_sweep_without_an_experiment(small, text, sentence):
    assert sentence in refusals(small, text)


def test_an_experiment_may_stand_in_the_file_or_be_a_workload_or_a_training(small, tmp_path):
    inline = "experiment: {workload: net.yaml, architecture: chip.yaml}\naxes: [{key: seed, values: [1, 2]}]"
    assert plan_of(small, inline).count == 2
    network = "experiment: net.yaml\naxes: [{key: architecture, values: [chip.yaml]}]"
    assert plan_of(small, network).count == 1
    folder = write_training(tmp_path / "training")
    text = "experiment: training.yaml\naxes: [{key: schedule.rate, values: [0.1, 0.2]}]\nobjectives: [{maximise: accuracy}]"
    plan = plan_of(folder, text)
    assert plan.training
    assert plan.facets == ("values",)


def test_a_sweep_may_extend_another(small):
    (small / "base.yaml").write_text("experiment: experiment.yaml\naxes: [{key: seed, values: [1, 2, 3]}]\nrepeats: 1\n")
    (small / "more.yaml").write_text("extends: base.yaml\nobjectives: [{minimise: energy}]\n")
    assert check_file(small / "more.yaml") == "a sweep, 3 points along 1 axis"


def test_changes_are_those_of_the_experiment(small):
    plan = plan_of(small, "axes: [{key: seed, values: [1]}]", "times=[1 s]")
    assert plan.node.plain()["times"] == ["1 s"]
    with pytest.raises(InputError, match="unknown key"):
        plan_of(small, "axes: [{key: seed, values: [1]}]", "tymes=[1 s]")


def test_a_change_of_a_key_that_an_axis_sets_is_refused(small):
    axes = f"axes: [{{key: seed, values: [1]}}, {{key: {BITS}, values: [6]}}, {{key: stream, values: [9], when: {{chips: 1}}}}]"
    with pytest.raises(InputError, match="--set seed=3: has no effect, as an axis sets 'seed' at every point; change the axis"):
        plan_of(small, axes, "seed=3")
    assert plan_of(small, axes, "stream=7", "architecture.network.clock=2 GHz").count == 1


def test_facets_say_what_runs_again(small):
    text = f"""axes:
  - {{key: {BITS}, values: [6, 7]}}
  - {{key: {CLOCK}, values: [1 GHz, 2 GHz]}}
  - {{key: architecture.tile.array.adc.energy, values: [1 fJ, 2 fJ]}}
"""
    assert plan_of(small, text).facets == ("values", "time", "prices")


def test_the_schema_knows_the_experiment():
    schema = schema_of(["sweep"])
    assert {"Sweep", "Axis", "Question", "TrainingQuestion"} <= set(schema["$defs"])
    options = schema["$defs"]["Sweep"]["properties"]["experiment"]["anyOf"]
    assert {"$ref": "#/$defs/Question"} in options
