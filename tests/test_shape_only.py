"""A shape without weights and data runs like any network: all but the accuracy is told, and the reports say so."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from small_files import NET, write_small

from chipsim import runs
from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.kinds import check_file
from chipsim.report.compare import compare
from chipsim.report.folder import save
from chipsim.report.html import page
from chipsim.report.text import render
from chipsim.result import Result
from chipsim.studies import drift, program

SHAPE = NET.replace("weights: weights.npz\n", "random: {seed: 1, samples: 5}\n").replace("data: {file: data.npz}\n", "")
WORDS = "Shape only: random weights and inputs, no accuracy."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    here = write_small(tmp_path_factory.mktemp("shape"))
    (here / "net.yaml").write_text(SHAPE)
    return here


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    return load_experiment(folder / "experiment.yaml").run()


def printed(show: Any, *things: Any) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(*things, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_everything_but_the_accuracy_is_told(result: Result) -> None:
    assert all(row["passed"] for row in result.checks)
    assert result.metrics["latency"] > 0
    assert result.metrics["energy"] > 0
    assert result.accuracy == []
    assert "float_accuracy" not in result.metrics
    assert any(text.startswith("Shape only: random weights and inputs") for text in result.assumptions)
    assert not any(text.startswith("Accuracy is") for text in result.assumptions)


def test_times_that_nothing_is_read_at_are_not_asked_of_the_device(folder: Path) -> None:
    """The model of this device says nothing beyond two days, which an accuracy after a year would need."""
    device = "architecture.tile.array.cell.device={type: rram-wan2022}"
    late = ["times=[1 s, 365 d]", device]
    assert load_experiment(folder / "experiment.yaml", None, late).run().accuracy == []
    with pytest.raises(InputError, match="times: 365 d"):
        load_experiment(folder / "experiment.yaml", None, ["times=[365 d]", device]).run()


def test_time_is_that_of_the_network_with_weights(result: Result, tmp_path: Path) -> None:
    trained = load_experiment(write_small(tmp_path) / "experiment.yaml").run()
    for name in ("latency", "interval", "macs", "tiles_used", "area"):
        assert result.metrics[name] == trained.metrics[name]


def test_reports_say_it_and_show_no_accuracy(result: Result, tmp_path: Path) -> None:
    text = printed(render, result)
    assert text.count(WORDS) == 3  # headline, accuracy, assumptions
    assert "Float network" not in text
    assert WORDS in page(result)
    folder = runs.write(result, tmp_path / "runs", save)
    assert WORDS in (folder / "report.txt").read_text()
    assert len((folder / "tables" / "accuracy.csv").read_text().splitlines()) == 1  # the heads of the columns
    assert json.loads((folder / "result.json").read_text())["accuracy"] == []


def test_a_comparison_names_the_runs_without_accuracy(result: Result, tmp_path: Path) -> None:
    trained = load_experiment(write_small(tmp_path) / "experiment.yaml").run()
    told = printed(compare, [trained, result])
    assert "A, B have no common time after programming. Shape only, no accuracy: B." in told


def test_a_check_of_the_file_says_what_is_drawn(folder: Path) -> None:
    assert check_file(folder / "net.yaml") == "a workload, 2 layers, 45 MACs, 5 samples, weights and inputs drawn"


def test_drift_cannot_be_studied_and_programming_can(folder: Path) -> None:
    with pytest.raises(InputError, match="drift: the weights and inputs of 'small' are drawn"):
        drift.study(load_experiment(folder / "experiment.yaml"))
    study = program.study(load_experiment(folder / "experiment.yaml"), ["one_shot"], [1.0])
    assert study.float_accuracy is None
    assert [row["accuracy"] for row in study.reached] == [None]
