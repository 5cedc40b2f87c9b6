"""The printed validation: values in the units of the paper, errors, reasons, sums."""

import io

import pytest
from rich.console import Console

from chipsim.report.validation import allowed, chips, error_of, render, worded

from .validations import SHARE, row, validation


def printed(*rows, width=140):
    stream = io.StringIO()
    render(validation(*rows), Console(file=stream, width=width, color_system=None))
    return " ".join(stream.getvalue().split())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "0.95 TOP/s"),
        ({"printed": "GOP/s", "size": 1e9}, "950 GOP/s"),
        ({"printed": "um2 ns", "size": 1e-21, "ours": 277.8e-21}, "277.8 um2 ns"),
        ({"printed": "", "size": 1.0, "ours": 280.65}, "280.6"),
        ({"printed": "", "size": 1.0, "ours": 2.684e8}, "268,400,000"),
        (SHARE, "94.00 %"),
        (SHARE | {"printed": "points", "ours": -0.00003}, "-0.003 points"),
        ({"ours": None}, "-"),
    ],
)
def test_values_as_the_field_prints_them(changes, text):
    found = row(**changes)
    assert worded(found["ours"], found) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "-5.0 %"),
        (SHARE, "+0.80 points"),
        (SHARE | {"difference": -0.00003}, "-0.003 points"),
        ({"ours": None}, "-"),
        ({"value": None, "difference": 0.0, "error": 0.0}, "holds"),
        (SHARE | {"value": None, "difference": 0.0, "error": 0.0}, "holds"),
        (SHARE | {"value": None, "difference": -0.003, "error": None, "verdict": "missed"}, "-0.30 points"),
        ({"value": None, "difference": 1.0, "error": 0.25}, "+25.0 %"),
    ],
)
def test_errors_in_words(changes, text):
    assert error_of(row(**changes)) == text


def test_tolerances_in_words():
    assert allowed(row()) == "10 %"
    assert allowed(row(tolerance="", value=None)) == "must hold"


def test_what_is_printed():
    text = printed(row(), row(id="V2", chip="other", verdict="missed", reason="the paper does not say"), row(**SHARE, chip="other"))
    assert "SMALL: A SMALL CHIP" in text
    assert "V1 throughput 1 TOP/s 0.95 TOP/s -5.0 % 10 % predicted within" in text
    assert "V2, throughput: the paper does not say" in text
    assert "predicted 3 2 1 0 5.0 % 5.0 % 0.80 points" in text
    assert "without a stated reason" not in text


def test_failures_are_told():
    text = printed(row(verdict="outside"), row(verdict="error", ours=None, error=None, message="no such key"))
    assert "2 of 2 figures are outside without a stated reason, or failed." in text
    assert "no such key" in text


def test_a_recorded_figure_says_so():
    text = printed(row(record="two-tiles.md", command="chipsim run"))
    assert "predicted*" in text
    assert "*: recorded, not computed now." in text
    assert "recorded" not in printed(row())


def test_a_narrow_terminal_goes_without_some_columns():
    assert "allowed kind verdict" in printed(row())
    assert "error kind verdict" in printed(row(), width=100)
    assert "error verdict" in printed(row(), width=80)


def test_rows_by_chip_in_their_order():
    assert [(chip, len(rows)) for chip, rows in chips([row(chip="b"), row(chip="b"), row(chip="a")])] == [("b", 2), ("a", 1)]
