"""The printed validation: values in the units of the paper, errors, reasons, sums."""

import io

import pytest
from rich.console import Console

from chipsim.report.validation import allowed, chips, error_of, render, worded

from .validations import SHARE, row, validation


def printed(*rows, width=110):
    stream = io.StringIO()
    render(validation(*rows), Console(file=stream, width=width, color_system=None))
    return " ".join(stream.getvalue().split())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ours": 0.95e12}, "950 GOP/s"),
        ({"unit": "OP/s/W", "ours": 9.76e12}, "9.76 TOP/s/W"),
        ({"unit": "OP/s/m2", "ours": 1.55e18}, "1.55 TOP/s/mm2"),
        ({"unit": "s", "ours": 133e-9}, "133 ns"),
        ({"unit": "m2", "ours": 40.5e-6}, "40.5 mm2"),
        ({"unit": "m2 s", "ours": 278e-21}, "278 um2 ns"),
        ({"unit": "W/m2", "ours": 0.128e6}, "0.128 W/mm2"),
        ({"unit": "", "ours": 280.65}, "280.6"),
        (SHARE, "94.00 %"),
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
        ({"ours": None}, "-"),
        ({"value": None, "difference": 0.0, "error": 0.0}, "in bounds"),
        ({"value": None, "difference": 1.0, "error": 0.25}, "+25.0 %"),
    ],
)
def test_errors_in_words(changes, text):
    assert error_of(row(**changes)) == text


def test_tolerances_in_words():
    assert allowed(row()) == "10 %"
    assert allowed(row(tolerance="", value=None)) == "bounds"


def test_what_is_printed():
    text = printed(row(), row(id="V2", chip="other", verdict="missed", reason="the paper does not say"), row(**SHARE, chip="other"))
    assert "SMALL: A SMALL CHIP" in text
    assert "V1 throughput 1 TOP/s 950 GOP/s -5.0 % 10 % predicted within" in text
    assert "V2, throughput: the paper does not say" in text
    assert "predicted 3 2 1 0 5.0 % 5.0 % 0.80 points" in text
    assert "without a stated reason" not in text


def test_failures_are_told():
    text = printed(row(verdict="outside"), row(verdict="error", ours=None, error=None, message="no such key"))
    assert "2 of 2 figures are outside without a stated reason, or failed." in text
    assert "no such key" in text


def test_a_recorded_figure_says_so():
    assert "predicted, recorded" in printed(row(record="two-tiles.md", command="chipsim run"))


def test_rows_by_chip_in_their_order():
    assert [(chip, len(rows)) for chip, rows in chips([row(chip="b"), row(chip="b"), row(chip="a")])] == [("b", 2), ("a", 1)]
