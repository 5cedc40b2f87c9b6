"""Words for numbers: closed forms, and the promise that nothing nonzero is shown as zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.report.wording import (
    accuracy,
    cell,
    duration,
    interval,
    loss,
    number,
    percent,
    plain,
    points,
    rate_per_area,
    rate_per_watt,
    ratio,
    runs,
)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (0.0, "0 s"),
        (2e-6, "2 us"),
        (1.0, "1 s"),
        (20.0, "20 s"),
        (60.0, "1 min"),
        (3600.0, "1 h"),
        (86400.0, "1 d"),
        (30 * 86400.0, "1 month"),
        (365.25 * 86400.0 / 12, "1 month"),
        (90 * 86400.0, "3 months"),
        (365 * 86400.0, "1 y"),
        (365.25 * 86400.0, "1 y"),
        (10 * 365 * 86400.0, "10 y"),
        (150 * 365 * 86400.0, "150 y"),
    ],
)
def test_times_are_words(time: float, words: str) -> None:
    assert duration(time) == words


def test_rates_are_in_the_units_of_the_field() -> None:
    assert rate_per_watt(28_065e9) == "28,100 GOP/s/W"
    assert rate_per_area(3.6e18) == "3.6 TOP/s/mm2"
    assert rate_per_area(6.23e15) == "0.00623 TOP/s/mm2"


def test_small_shares_are_not_shown_as_zero() -> None:
    assert percent(0.0004) == "<0.1 %"
    assert percent(0.0) == "0.0 %"
    assert percent(0.98765, 2) == "98.77 %"


def test_spread_of_one_repeat_is_not_shown() -> None:
    assert accuracy(0.9783, 0.0012, 5) == "97.83 +- 0.12 %"
    assert accuracy(0.9783, 0.0, 1) == "97.83 %"


def test_loss_is_in_points_and_a_gain_is_negative() -> None:
    assert loss(0.99, 0.975) == "1.50 points"
    assert loss(0.97, 0.975) == "-0.50 points"
    assert loss(0.97, 0.9700000001) == "0.00 points"


def test_ratio_to_nothing_is_not_a_number() -> None:
    assert ratio(3.0, 2.0) == "x1.5"
    assert ratio(3.0, 0.0) == "-"


def test_numbers_in_a_row_are_joined() -> None:
    assert runs([7, 0, 1, 2, 9, 10, 7]) == "0-2, 7, 9-10"
    assert runs([]) == ""


def test_a_name_cannot_move_the_cursor() -> None:
    assert plain("a\x1b[31mb\n c\u202e") == "a?[31mb c?"


def test_cells() -> None:
    assert cell(None) == cell("") == cell([]) == "-"
    assert cell(0.5, "fraction") == "50.0 %"
    assert cell([1, 2]) == "1, 2"
    assert cell(12345) == "12,345"
    assert cell(1.5e-9, "J") == "1.5 nJ"
    assert cell(True) == "yes"


@given(st.floats(min_value=1e-6, max_value=1e11))
def test_numbers_read_back_to_three_digits(value: float) -> None:
    text = number(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-3, abs=1e-9)


@given(st.lists(st.integers(0, 60)))
def test_runs_name_every_number(numbers: list[int]) -> None:
    spans = [part.split("-") for part in runs(numbers).split(", ") if part]
    assert {i for span in spans for i in range(int(span[0]), int(span[-1]) + 1)} == set(numbers)


def test_differences_are_points_and_limits_are_in_percent() -> None:
    assert (points(0.0025), points(-0.00001), points(-0.013)) == ("0.25 points", "0.00 points", "-1.30 points")
    assert interval(0.976, 1.0) == "97.60 - 100.00"
    assert interval(None, 0.9) == interval(0.9, None) == "-"
