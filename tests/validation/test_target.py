"""Published figures as text: quantities, bounds, tolerances, and what is none of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.units import DIMENSIONS
from chipsim.validation.target import Target, Tolerance, dimension_of, printed_in, quantity, target_of, told, tolerance_of

TIME, RATE = DIMENSIONS["time"], DIMENSIONS["rate of operations"]


@pytest.mark.parametrize(
    ("text", "symbol", "value"),
    [
        ("1.008 TOP/s", "OP/s", 1.008e12),
        ("10.5 TOP/s/W", "OP/s/W", 10.5e12),
        ("1.59 TOP/s/mm2", "OP/s/m2", 1.59e18),
        ("13.4 nJ", "J", 13.4e-9),
        ("40.5 mm2", "m2", 40.5e-6),
        ("133 ns", "s", 133e-9),
        ("6.5 W", "W", 6.5),
        ("92.8 %", "", 0.928),
        (20490, "", 20490),
        ("-0.4 points", "", -0.004),
        ("1e-3", "", 1e-3),
        (1.24, "", 1.24),
        ("5 TOPS", "OP/s", 5e12),
        ("1.285 TOPS/mm2", "OP/s/m2", 1.285e18),
        ("3 1/mm2", "1/m2", 3e6),
        ("2 ns/pJ", "s/J", 2e3),
    ],
)
def test_what_is_printed_of_chips(text, symbol, value):
    found = target_of(text, dimension_of(symbol))
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "low", "high", "strict"),
    [
        ("40 to 140", 40, 140, False),
        ("5 to 8 %", 0.05, 0.08, False),
        ("5 % to 8 %", 0.05, 0.08, False),
        ("at least 93.5 %", 0.935, math.inf, False),
        ("at most 2", -math.inf, 2, False),
        ("at most 0.5 points", -math.inf, 0.005, False),
        ("above 1", 1, math.inf, True),
        ("below 1", -math.inf, 1, True),
    ],
)
def test_bounds(text, low, high, strict):
    found = target_of(text, None)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.strict is strict
    assert found.value is None


def test_bounds_with_units():
    assert target_of("5 to 7 ns", TIME) == Target(5e-9, 7e-9)
    assert target_of("900 ps to 7 ns", TIME) == Target(900e-12, 7e-9)
    assert target_of("at most 5 ns", TIME) == Target(-math.inf, 5e-9)


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("133", TIME, "'133' has no unit"),
        (133, TIME, "133 has no unit"),
        ("133 nJ", TIME, "is an energy, expected a time"),
        ("1 TOPPS", RATE, "unknown unit 'TOPPS'"),
        ("1.285", dimension_of("OP/s/m2"), "has no unit, expected a density of operations such as '1 TOP/s/mm2'"),
        ("7", dimension_of("1/m2"), "has no unit, expected a figure in 1/m2 such as '5 1/m2'"),
        ("fast", None, "is no bare number and no share"),
        ("5 ns", None, "is no bare number"),
        ("at least fast", None, "is no bare number"),
        ("7 to 5", None, "the first bound is not below the second"),
        ("5 to 5", None, "the first bound is not below the second"),
        (True, None, "True is no number"),
    ],
)
def test_what_is_no_figure(text, dimension, message):
    with pytest.raises(ValueError, match=message):
        target_of(text, dimension)


@pytest.mark.parametrize(
    ("text", "dimension", "expected"),
    [
        ("1 %", None, Tolerance(relative=0.01)),
        ("10 %", TIME, Tolerance(relative=0.1)),
        ("0.5 points", None, Tolerance(absolute=0.005)),
        ("1 point", None, Tolerance(absolute=0.01)),
        ("5 ns", TIME, Tolerance(absolute=5e-9)),
        ("3", None, Tolerance(absolute=3)),
        ("0 %", None, Tolerance(relative=0)),
    ],
)
def test_tolerances(text, dimension, expected):
    assert tolerance_of(text, dimension) == expected


@pytest.mark.parametrize(("text", "dimension"), [("-1 %", None), ("5 nJ", TIME), ("1 points", TIME), ("some", None), ("", None)])
def test_what_is_no_tolerance(text, dimension):
    with pytest.raises(ValueError, match=r"is no tolerance|is below zero|points suit shares only"):
        tolerance_of(text, dimension)


@pytest.mark.parametrize(
    ("text", "symbol", "unit", "size"),
    [
        ("1485 GOP/s/mm2", "OP/s/m2", "GOP/s/mm2", 1e15),
        ("278 um2 ns", "m2 s", "um2 ns", 1e-21),
        ("at most 5 ns", "s", "ns", 1e-9),
        ("5ns", "s", "ns", 1e-9),
        ("3 1/mm2", "1/m2", "1/mm2", 1e6),
        ("2 TOPS/W", "OP/s/W", "TOPS/W", 1e12),
        ("5 to 7 uJ", "J", "uJ", 1e-6),
        ("92.8 %", "", "%", 0.01),
        ("at most 0.5 points", "", "points", 0.01),
        ("above 1", "", "", 1),
        ("1e-3", "", "", 1),
        (20490, "", "", 1),
    ],
)
def test_the_unit_that_a_figure_was_printed_in(text, symbol, unit, size):
    assert printed_in(text, dimension_of(symbol)) == (unit, pytest.approx(size))


def test_bare_numbers_have_their_thousands_marked():
    assert (told(2.7e8), told(20490), told(1.0576), told(" 5  ns")) == ("270,000,000", "20,490", "1.0576", "5 ns")


def test_errors_are_relative_and_signed():
    assert Target(2.0, 2.0).error(1.9) == pytest.approx(-0.05)
    assert Target(2.0, 4.0).error(3.0) == 0
    assert Target(2.0, 4.0).error(5.0) == pytest.approx(0.25)
    assert Target(2.0, 4.0).error(1.0) == pytest.approx(-0.5)
    assert Target(0.0, 0.0).error(0.0) == 0
    assert Target(0.0, 0.0).error(1.0) == math.inf


def test_a_strict_bound_is_itself_outside():
    above = target_of("above 1", None)
    assert not above.holds(1.0)
    assert above.holds(1.0 + 1e-12)
    assert target_of("at least 1", None).holds(1.0)


@given(value=st.floats(1e-15, 1e20), share=st.floats(0, 0.5), off=st.floats(-1, 1))
def test_a_relative_tolerance_allows_exactly_its_share(value, share, off):
    allowed = Tolerance(relative=share).allows(Target(value, value), value * (1 + off))
    if abs(abs(off) - share) > 1e-6:
        assert allowed == (abs(off) < share)


@given(st.floats(0, 1), st.floats(0, 1))
def test_points_are_differences(ours, published):
    assert Tolerance(absolute=0.01).allows(Target(published, published), ours) == (abs(ours - published) <= 0.01 * (1 + 1e-9))


def test_counts_must_be_equal_where_no_tolerance_is_left():
    assert tolerance_of("0 %", None).allows(Target(20_490, 20_490), 20_490)
    assert not tolerance_of("0 %", None).allows(Target(20_490, 20_490), 20_491)


def test_numbers_of_yaml():
    assert quantity(5, None) == 5
    assert quantity("5 %", None) == 0.05
