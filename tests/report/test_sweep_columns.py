"""How columns of a sweep are drawn: units, logarithms, texts, limits, staircases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chipsim.report.sweep_columns import better, called_of, keeps, scale_of, sought, staircase, unit_of

from . import sweeps


def test_numbers_are_in_engineering_units() -> None:
    table = sweeps.grid()
    energy = scale_of(table, "energy")
    assert energy.label == "energy (nJ)"
    assert energy.place(3e-9) == pytest.approx(3)
    assert scale_of(table, "accuracy_1d").label == "accuracy after 1 d (%)"
    assert scale_of(table, "area").label == "area (mm2)"
    assert scale_of(table, "inferences_per_second").label == "inferences per second (thousand/s)"
    assert called_of("accuracy_loss") == "accuracy loss"
    assert unit_of("peak_ops_per_area", "OP/s/m2", 2e18) == (1e-18, "TOP/s/mm2")


def test_an_axis_is_logarithmic_as_the_sweep_says() -> None:
    table = sweeps.grid()
    assert scale_of(table, "network.clock").log
    assert not scale_of(table, "bits").log
    assert not scale_of(table, "area").log
    wide = replace(table, rows=[*table.rows, sweeps.row(99, 16, 1e9, "pcm")])
    assert scale_of(wide, "energy").log


def test_texts_have_places() -> None:
    device = scale_of(sweeps.search(), "device")
    assert device.words == ("pcm", "reram", "-")
    assert [device.place(value) for value in ("pcm", "reram", None)] == [0, 1, 2]


def test_points_keep_limits_or_not() -> None:
    table = sweeps.grid()
    assert keeps(table, {"area": 1.3e-5})
    assert not keeps(table, {"area": 1.4e-5})
    assert not keeps(table, {"area": None})
    least = replace(table, limits=[{"column": "accuracy_1d", "at_most": None, "at_least": 0.9}])
    assert [keeps(least, {"accuracy_1d": value}) for value in (0.95, 0.85)] == [True, False]


def test_what_is_better_and_sought() -> None:
    table = sweeps.grid()
    assert [better(table, name) for name in ("energy", "accuracy_1d", "area", "inferences_per_second")] == [
        "minimise", "maximise", "minimise", "maximise",
    ]  # fmt: skip
    assert sought(table) == ["energy", "accuracy_1d"]
    assert sought(replace(table, objectives=[])) == ["energy", "accuracy_1d", "area"]


def test_a_staircase_holds_what_nothing_beats() -> None:
    places = [(1.0, 1.0), (2.0, 3.0), (2.5, 2.0), (3.0, 4.0), (1.0, 0.5)]
    assert staircase(places, (False, True)) == [(1.0, 1.0), (2.0, 3.0), (3.0, 4.0)]
    assert staircase(places, (False, False)) == [(1.0, 0.5)]
    assert staircase([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], (True, True)) == [(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]
    assert staircase([], (True, True)) == []
