"""Sums over tables: nothing lost, largest first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chipsim.report.breakdown import (
    area_by_part,
    blocks_by_layer,
    clipped_inputs,
    drift,
    energy_by_layer,
    energy_by_part,
    leakage_by_part,
)
from chipsim.result import Result


def test_energy_is_kept_by_part_and_by_layer(result: Result) -> None:
    whole = result.metrics["energy"]
    shares = energy_by_part(result)
    assert sum(share.amount for share in shares) == pytest.approx(whole, rel=1e-12)
    assert sum(share.share for share in shares) == pytest.approx(1.0)
    assert sum(sum(parts.values()) for parts in energy_by_layer(result).values()) == pytest.approx(whole, rel=1e-12)
    assert [share.amount for share in shares] == sorted((share.amount for share in shares), reverse=True)


def test_what_belongs_to_no_layer_stands_under_chip(result: Result) -> None:
    assert energy_by_layer(result)["chip"] == {"leakage": 5.2e-8, "host": 3.1e-8}


def test_shares_of_nothing_are_zero(changed: Callable[..., Result]) -> None:
    shares = energy_by_part(changed(energy=[{"part": "adc", "layer": "a", "energy": 0.0}]))
    assert [(share.amount, share.share) for share in shares] == [(0.0, 0.0)]
    assert energy_by_part(changed(energy=[])) == []


def test_area_and_leakage(result: Result) -> None:
    assert area_by_part(result)[0].name == "array"
    assert leakage_by_part(result)[0].amount == 1.6e-3


def test_blocks_of_a_layer(result: Result) -> None:
    found = {blocks.layer: blocks for blocks in blocks_by_layer(result)}
    conv2 = found["conv2"]
    assert (conv2.copies, conv2.row_blocks, conv2.column_blocks, conv2.rows, conv2.columns) == (4, 2, 1, 250, 50)
    assert conv2.tiles == "8-15"
    assert conv2.used == pytest.approx(250 * 50 / 65536)
    assert list(found) == ["conv1", "conv2", "fc1", "fc2", "fc3"]


def test_drift_in_words(result: Result, changed: Callable[..., Result]) -> None:
    assert [row.time for row in drift(result)] == ["1 s", "1 h", "1 d", "1 month", "1 y"]
    assert drift(result)[0].loss == "0.22 points"
    assert drift(changed(metrics={}))[0].loss == "-"
    assert drift(changed(accuracy=[])) == []


def test_accuracy_of_a_population_in_words(result: Result, changed: Callable[..., Result]) -> None:
    first = drift(result)[0]
    assert (first.limits, first.good, first.chips, first.repeats) == ("98.60 - 98.82", "100 %", 1, 5)
    row = {"time": 1.0, "mean": 0.9, "spread": 0.1, "low": None, "high": None, "yield": 0.25}
    several = drift(changed(accuracy=[row | {"values": [0.9] * 8, "chips": [0.9] * 4}]))[0]
    assert (several.limits, several.good, several.chips, several.repeats) == ("-", "25 %", 4, 2)


def test_clipped_inputs_are_told_with_the_way_out(result: Result, changed: Callable[..., Result]) -> None:
    assert clipped_inputs(result) == ""
    rows = [row | {"inputs_clipped": 0.1494 if row["layer"] == "conv2" else 0.0} for row in result.layers]
    sentence = clipped_inputs(changed(layers=rows))
    assert sentence.startswith("Inputs clipped: 14.9 % in conv2. Give")
    assert "input_range" in sentence
