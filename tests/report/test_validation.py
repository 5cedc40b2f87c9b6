"""The printed validation: values in the units of the paper, errors, reasons, sums."""

import io

import pytest
from rich.console import Console

from chipsim.report.validation import allowed, chips, error_of, render, worded

from .validations import SHARE, row, validation


def lines(*rows, width=140):
    stream = io.StringIO()
    render(validation(*rows), Console(file=stream, width=width, color_system=None))
    return stream.getvalue().splitlines()


def printed(*rows, width=140):
    return " ".join(" ".join(lines(*rows, width=width)).split())


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
    assert "V1: throughput [1] within 1 TOP/s 0.95 TOP/s -5.0 % 10 % predicted, high" in text
    assert "10 % predicted, high the paper does not say" in text
    assert "predicted 3 2 1 0 5.0 % 5.0 % 0.80 points" in text
    assert "without a stated reason" not in text


def test_sources_are_numbered_below_each_chip():
    text = printed(row(), row(source="another 2021"), row(), row(source=""), row(chip="other", source="another 2021"))
    assert text.count("[1] somebody 2020 [2] another 2021") == 1
    assert text.count("[1] another 2021") == 1
    assert "throughput [2] within" in text
    assert "throughput within" in text


def test_failures_are_told():
    text = printed(row(verdict="outside"), row(verdict="error", ours=None, error=None, message="no such key"))
    assert "2 of 2 figures are outside without a stated reason, or failed." in text
    assert "no such key" in text
    assert "1 of 2 figures is outside" in printed(row(verdict="outside"), row())


def test_the_same_message_is_told_once():
    text = printed(*(row(id=name, verdict="error", ours=None, error=None, message="no such key") for name in "abc"))
    assert text.count("no such key") == 1
    assert text.count("as for a") == 2


def test_a_recorded_figure_says_so():
    text = printed(row(record="two-tiles.md", command="chipsim run"))
    assert "predicted*" in text
    assert "*: recorded, not computed now." in text
    assert "recorded" not in printed(row())


WIDE = {"what": "efficiency of all of its accelerators together, without the memory", "tolerance": "0.5 points", "kind": "calibrated"}
WIDE |= {"published": "at least 2,479 GOP/s/mm2", "printed": "GOP/s/mm2", "size": 1e9, "source": "a long source of several words " * 4}
WIDE |= {"points": True, "difference": -0.1, "value": None, "record": "r", "verdict": "missed"}
WIDE |= {"reason": "several words of a reason " * 5}


@pytest.mark.parametrize("width", [80, 100, 150])
@pytest.mark.parametrize("rows", [[row()], [row(**WIDE)], [row(), row(**SHARE), row(**WIDE)]])
def test_no_width_cuts_or_breaks_a_word(rows, width):
    text = lines(*rows, width=width)
    assert max(map(len, text)) <= width
    words = {word for one in rows for name in ("what", "published", "kind", "tolerance", "source") for word in one[name].split()}
    words |= {"published", "ours", "error", "allowed", "kind,", "confidence", "figures", "missed", "median", "largest", "shares"}
    told = set(" ".join(text).replace("*", " ").replace(",", ", ").split()) | set(" ".join(text).replace("*", " ").split())
    assert {word for word in words if word not in told and f"{word}," not in told} == set()


def test_rows_by_chip_in_their_order():
    assert [(chip, len(rows)) for chip, rows in chips([row(chip="b"), row(chip="b"), row(chip="a")])] == [("b", 2), ("a", 1)]
