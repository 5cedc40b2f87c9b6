"""The report of a sensitivity study: words of verdicts and margins, 80 columns, tables, pictures."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from builders import chip, linear, network

from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.report.sensitivity import COLUMNS, falls, margin, near_the_first, render, value_of, write
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


def test_rows_that_cannot_be_told_apart_from_the_first():
    def row(term: str, value: float, low: float | None, high: float | None) -> dict:
        side = {"alone_value": value, "alone_low": low, "alone_high": high, "alone_margin": value}
        never = {"top_verdict": "never", "top_margin": None, "missing": ""}
        return FOUND | never | side | {"term": term, "now": 1.0, "gain": None, "rank": None}

    first = row("first", 2.0, 1.5, 3.0)
    assert near_the_first([first, row("near", 2.5, 2.0, 4.0), row("far", 8.0, 4.0, 9.0), row("open", 8.0, None, 9.0)]) == ["near", "open"]
    fell = [first | {"top_verdict": "already", "rank": place, "gain": gain, "gain_error": 0.01, "term": term}
            for place, (term, gain) in enumerate([("a", 0.2), ("b", 0.19), ("c", 0.1)])]  # fmt: skip
    assert near_the_first(fell) == ["b"]


def test_a_chip_that_has_fallen_is_told_in_one_sentence_and_its_rows_by_their_gain(found):
    fallen = {"top_verdict": "already", "top_margin": None, "top_beyond": None}
    part = [row if row["missing"] else row | fallen for row in found.terms]
    text = " ".join(plain_text(replace(found, terms=part), render).split())
    assert "whichever of these it is freed of, so nothing can be said on top of the rest: rows are ranked by the gain" in text
    assert "fallen without it" not in text
    assert "on top margin" not in text


def test_several_networks_side_by_side(found):
    other = [row | {"network": "other"} for row in found.networks]
    terms = [row | {"network": "other"} for row in found.terms]
    text = plain_text(replace(found, networks=found.networks + other, terms=found.terms + terms), render)
    line = next(line for line in text.splitlines() if line.strip().startswith("other") and "fully connected" in line)
    assert "+-" in line
    assert line.rstrip().endswith(")")


def test_the_text(found):
    text = plain_text(found, render)
    assert max(map(len, text.splitlines())) <= 80
    assert "programming: not applicable, device type 'ideal' has no 'program_scale'" in " ".join(text.split())
    told = "fully connected, 2 layers with 42 weights; accuracy 100.00 % of the float network, chance 33.33 %"
    assert told in " ".join(text.split())
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
