"""Columns that were asked for and have no number, in the words of what the points do have."""

from __future__ import annotations

import pytest
from small_files import write_small
from sweep_files import plan_of

from chipsim.sweep.drive import run_sweep
from chipsim.sweep.empty import asked_for, empty_columns, why_empty
from chipsim.sweep.engines import Local

TEXT = "axes: [{key: seed, values: [1]}]\nmeasures: [inference_energy.adcs, layers.fc1.engery, latency]\nobjectives: [{minimise: energy}]"


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    small = write_small(tmp_path_factory.mktemp("small"))
    with Local(1) as engine:
        return run_sweep(plan_of(small, TEXT), small / "out", engine)


def test_what_a_file_asks_for():
    named = {"measures": ["a", "b"], "objectives": [{"minimise": "b"}, {"maximise": "c"}], "limits": [{"measure": "d", "at_most": 1}]}
    assert asked_for(named) == ["a", "b", "c", "d"]
    assert asked_for({}) == []


def test_each_is_told_with_what_there_is(answered):
    table, folder = answered
    assert empty_columns(table, folder) == [
        "'inference_energy.adcs' is empty at every point: the chip has no part 'adcs' there (did you mean 'adc'?)",
        "'layers.fc1.engery' is empty at every point: a layer has no number 'engery' (did you mean 'energy'?)",
    ]
    assert empty_columns(table, None)[0] == "'inference_energy.adcs' is empty at every point"


def test_a_number_that_is_there_needs_no_reason(answered):
    from chipsim.result import Result

    table, folder = answered
    result = Result.load(folder / "points" / table.rows[0]["folder"])
    assert why_empty("energy / area", result) == ""
    assert why_empty("energy / inference_energy.x", result).startswith("inference_energy.x: the chip has no part 'x'")
