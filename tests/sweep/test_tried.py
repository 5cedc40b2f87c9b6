"""Keys and values of axes tried before anything runs: what exists nowhere is an error, what is refused alone is not."""

from __future__ import annotations

import pytest
from small_files import write_small
from sweep_files import BITS, CLOCK, plan_of, refusals


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ("{key: architecture.tile.array.adc.bitz, values: [6, 7]}",
         "sweep.yaml:3:11: key: architecture.tile.array.adc.bitz: unknown key (did you mean 'bits'?)"),
        ("{key: architecture.tyle.array.adc.bits, values: [6]}",
         "sweep.yaml:3:11: key: architecture.tyle: unknown key (did you mean 'tile'?)"),
        (f"{{key: {CLOCK}, values: [5 ns, 6 ns]}}",
         "sweep.yaml:3:48: architecture.network.clock: '5 ns' is a time, expected a frequency such as '1 GHz'; "
         "none of its 2 values is accepted"),
        (f"{{key: {CLOCK}, low: 1, high: 2}}",
         "sweep.yaml:3:44: architecture.network.clock: 1 has no unit, expected a frequency such as '1 GHz'; "
         "none of its 2 values is accepted"),
        (f"{{key: {BITS}, values: [99]}}",
         "sweep.yaml:3:54: architecture.tile.array.adc.bits: should be less than or equal to 16, got 99"),
        ("{key: seed.x, values: [1]}", "sweep.yaml:3:28: seed: should be a valid integer, got {'x': 1}"),
        ("{key: 'workload.layers[7].out_features', values: [1]}",
         "sweep.yaml:3:55: workload.layers[7].out_features: '7' is not the number of an item, of which there are 2 (from 0)"),
        ("{key: architecture.plugins, values: [x.py]}",
         "sweep.yaml:3:42: architecture.plugins: expected the path of a key, such as tile.adc.bits, not 'extends' or 'plugins'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(small, axes, sentence):
    found = refusals(small, f"axes:\n  - {axes}")
    assert found == [sentence]


def test_a_single_value_that_is_refused_is_told_and_kept(small):
    plan = plan_of(small, f"axes:\n  - {{key: {BITS}, values: [6, 99]}}")
    assert plan.count == 2
    assert plan.refused == (f"refused, its points will fail: {BITS}: should be less than or equal to 16, got 99",)


def test_a_key_that_exists_for_some_values_of_another_axis_needs_a_condition(small):
    axes = """axes:
  - key: architecture.tile.array.adc
    values: [{type: sar, bits: 6}, {type: cco, bits: 8, bound: 8, lsb_time: 1 ns}]
  - {key: architecture.tile.array.adc.lsb_time, values: [1 ns, 2 ns]%s}
"""
    (told,) = refusals(small, axes % "")
    assert told == (
        "sweep.yaml:5:11: key: architecture.tile.array.adc.lsb_time exists only for some values of 'adc', such as "
        "{'type': 'cco', 'bits': 8, 'bound': 8, 'lsb_time': '1 ns'}; say so with 'when'"
    )
    assert plan_of(small, axes % ", when: {architecture.tile.array.adc.type: cco}").count == 3
    assert refusals(small, axes % ", when: {architecture.tile.array.adc.type: ramp}") == [
        "sweep.yaml:5:77: when: no value of the axes before it fulfils this, so the axis never exists"
    ]


def test_an_axis_that_the_experiment_switches_off_is_told(small):
    plan = plan_of(small, "axes:\n  - {key: stream, values: [5, 6], when: {seed: 7}}")
    assert plan.count == 1
    assert plan.refused == ("stream: the experiment does not fulfil its 'when', so this axis changes nothing",)


def test_what_is_wrong_with_the_experiment_is_told_once(small):
    (small / "experiment.yaml").write_text("workload: net.yaml\narchitecture: chip.yaml\nstreem: 20\n")
    assert refusals(small, f"axes:\n  - {{key: {BITS}, values: [6, 7]}}\n  - {{key: seed, values: [1, 2]}}") == [
        "experiment.yaml:3:9: streem: unknown key (did you mean 'stream'?)"
    ]
