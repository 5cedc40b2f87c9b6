"""The report of a sensitivity study: words of verdicts and margins, 80 columns, tables, pictures."""

from __future__ import annotations

import csv

import pytest
from builders import chip, linear, network

from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.report.sensitivity import COLUMNS, falls, margin, render, value_of, write
from chipsim.report.study import plain_text
from chipsim.studies.sensitivity import study

FOUND = {"unit": "x", "alone_verdict": "found", "alone_value": 2.345, "alone_low": 2.0, "alone_high": None, "alone_margin": 2.345,
         "alone_beyond": None}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    work = network([4, 1, 1], linear("fc1", 6, activation="relu"), linear("fc", 3), samples=40)
    array = {"output_noise": 0.05, "adc": {"type": "sar", "bits": 8, "bound": 8}}
    question = Question(workload=work.spec, architecture=chip(array=array), times=(1.0,), repeats=1, stream=4)
    return study([Experiment(question, work)], of=("output_noise", "adc_bits", "stuck_low", "programming"), repeats=1)


def test_words():
    assert falls(FOUND, "alone") == "2.3 (2-...)"
    assert margin(FOUND, "alone") == "2.3"
    share = FOUND | {"unit": "share", "alone_value": 0.00123, "alone_low": 0.00098, "alone_high": 0.0016}
    assert falls(share, "alone") == "0.12 % (0.098-0.16)"
    assert value_of(share, 0.01) == "1 %"
    assert falls(FOUND | {"alone_verdict": "already"}, "alone") == "fallen without it"
    never = FOUND | {"alone_verdict": "never", "alone_margin": None, "alone_beyond": 256.0}
    assert (falls(never, "alone"), margin(never, "alone")) == ("never", "> 260")
    assert margin(never | {"alone_beyond": None}, "alone") == "-"
    assert [value_of({"unit": unit}, 8.0) for unit in ("x", "b", "cells")] == ["8 x", "8 b", "8"]
    assert (value_of(FOUND, None), value_of(FOUND, 0.0)) == ("-", "off")


def test_the_text(found):
    text = plain_text(found, render)
    assert max(map(len, text.splitlines())) <= 80
    assert "programming: not applicable, device type 'ideal' has no 'program_scale'" in " ".join(text.split())
    assert "fully connected, 2 layers with 42 weights" in " ".join(text.split())
    for row in found.terms:
        assert row["missing"] or row["term"].split("_")[0] in text


def test_files(found, tmp_path):
    files = {file.name for file in write(found, tmp_path)}
    assert files == {"study.txt", "study.json", *(f"{name}.csv" for name in COLUMNS),
                     *(f"{name}.{kind}" for name in ("margins", "layers") for kind in ("png", "svg"))}  # fmt: skip
    with (tmp_path / "terms.csv").open() as stream:
        assert [row["non-ideality"] for row in csv.DictReader(stream)] == [row["term"] for row in found.terms]
    for name, columns in COLUMNS.items():
        assert all({column.key for column in columns} == set(row) for row in getattr(found, name))
