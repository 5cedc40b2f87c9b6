"""The report of precisions: shares and other metrics, marks, 80 columns, files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import chip, linear, network

from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.report.precision import COLUMNS, _kept, render, write
from chipsim.report.study import plain_text
from chipsim.studies.precision import study

WORK = network([4, 1, 1], linear("fc1", 6, activation="relu"), linear("fc", 3), samples=40)


@pytest.fixture(scope="module")
def found():
    question = Question(
        workload=WORK.spec, architecture=chip(array={"output_noise": 0.5}), times=(1.0, 86400.0), repeats=2, stream=4, name="[red] net"
    )
    return study(Experiment(question, WORK), replace(WORK))


def test_the_text(found):
    text = plain_text(found, render)
    assert max(map(len, text.splitlines())) <= 80
    lines = [line.split() for line in text.splitlines()]
    assert ["float", "any", "100.00", "%", "0.00", "points", "100.00", "%", "*"] in lines
    assert any(line[:3] == ["trained", "1", "d"] for line in lines)
    assert "[red] net" in text
    words = " ".join(text.split())
    assert "ranges of activations are fitted to the first 40 samples of the test split, which are judged too" in words
    assert "standard deviation over the 2 programmings" in words


def test_the_star_tells_how_sure_it_is(found):
    row = found.rows[0]
    assert _kept(row) == "100.00 % *  "
    assert _kept(row | {"kept": 0.995, "error": 0.004, "sure": False}) == "99.50 +- 0.40 % (*)"
    assert _kept(row | {"kept": 0.9, "error": 0.004, "iso": False}) == "90.00 +- 0.40 %    "


def test_a_metric_that_is_no_share(found):
    other = replace(found, percent=False, metric="perplexity")
    lines = [line.split() for line in plain_text(other, render).splitlines()]
    assert ["float", "any", "1", "0", "100.00", "%", "*"] in lines


def test_files(found, tmp_path):
    names = {file.name for file in write(found, tmp_path)}
    assert names == {"study.txt", "study.json", *(f"{name}.csv" for name in COLUMNS), "precision.png", "precision.svg"}
    assert all({column.key for column in columns} == set(getattr(found, name)[0]) for name, columns in COLUMNS.items())
