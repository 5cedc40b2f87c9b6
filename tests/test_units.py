"""Numbers with units: exact in and out, and one sentence for everything that is none."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.spec import Spec, key
from chipsim.units import DIMENSIONS, LONGEST, EnergyPerBitLength, Temperature, Time, exact, parse, picoseconds, quotient, show

NAMES = sorted(DIMENSIONS)
floats = st.floats(allow_nan=False, allow_infinity=False)


class Pulse(Spec):
    """A description with dimensions."""

    width: Time = key("width of the pulse", default=1e-9, gt=0)
    steps: tuple[Time, ...] = key("several times", default=())
    rest: Temperature | None = key("temperature", default=None)
    wire: EnergyPerBitLength = key("energy", default=0.0)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("5 ns", "time", 5e-9),
        ("5ns", "time", 5e-9),
        (" +5e0  ns ", "time", 5e-9),
        (".5 us", "time", 5e-7),
        ("0.5 µs", "time", 5e-7),  # micro sign
        ("0.5 μs", "time", 5e-7),  # Greek mu
        ("1 h", "time", 3600.0),
        ("1 day", "time", 86400.0),
        ("0.634 mm2", "area", 0.634e-6),
        ("923 um^2", "area", 923e-12),
        ("923 µm²", "area", 923e-12),
        ("1 m**2", "area", 1.0),
        ("1 ns/mm", "time per length", 1e-6),
        ("0.06 pJ/b", "energy per bit", 6e-14),
        ("0.06 pJ/bit", "energy per bit", 6e-14),
        ("8 pJ/B", "energy per bit", 1e-12),
        ("0.1 pJ/b/mm", "energy per bit and length", 1e-10),
        ("32 Gb/s", "data rate", 32e9),
        ("1 GB/s", "data rate", 8e9),
        ("2 KiB", "data size", 16384.0),
        ("64 kb", "data size", 64000.0),
        ("1 Kib", "data size", 1024.0),
        ("5 1/s", "frequency", 5.0),
        ("25 uA/V", "conductance", 25e-6),
        ("0.35 Ohm", "resistance", 0.35),
        ("2 kΩ", "resistance", 2000.0),
        ("3 V A", "power", 3.0),
        ("1 eV", "energy", 1.602176634e-19),
        ("5 TOPS", "rate of operations", 5e12),
        ("5 kOPS", "rate of operations", 5e3),
        ("2 POPS", "rate of operations", 2e15),
        ("3 TFLOPS", "rate of operations", 3e12),
        ("6.94 TOPS/W", "efficiency", 6.94e12),
        ("1.59 TOPS/mm2", "density of operations", 1.59e18),
        ("40 GOPS/mm^2", "density of operations", 40e15),
        ("0", "energy", 0.0),
        ("-0.0", "energy", 0.0),
        ("0 pJ", "energy", 0.0),
    ],
)
def test_reads_what_chip_papers_print(text, name, value):
    assert parse(text, DIMENSIONS[name]) == value


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("22 pW", "energy", "'22 pW' is a power, expected an energy such as '1.2 pJ'"),
        ("5", "time", "'5' has no unit, expected a time such as '5 ns'"),
        ("ns", "time", "'ns' is not a time such as '5 ns'"),
        ("", "time", "'' is not a time"),
        ("five ns", "time", "is not a time"),
        ("nan s", "time", "is not a time"),
        ("inf s", "time", "is not a time"),
        ("-inf", "time", "is not a time"),
        ("1,5 ns", "time", "unknown unit ',5 ns'"),
        ("5 parsnips", "time", "unknown unit 'parsnips'"),
        ("5 1e3 ns", "time", "is not a time"),
        ("1 000 ns", "time", "is not a time"),
        ("1.5.3 ns", "time", "unknown unit '.3 ns'"),
        ("1_000 ns", "time", "unknown unit '_000 ns'"),
        ("0x10 ns", "time", "unknown unit 'x10 ns'"),
        ("٣ ns", "time", "is not a time"),  # a digit, but not one of ours
        ("5 ns; 6 ns", "time", "unknown unit"),
        ("1 / 2 s", "time", "unknown unit"),
        ("5 (ns)", "time", "unknown unit"),
        ("5 m/", "length", "unknown unit"),
        ("25 degC", "temperature", "'degC' does not count from zero, expected a temperature such as '300 K'"),
        ("25 °C", "temperature", "does not count from zero"),
        ("3 dBm", "power", "unknown unit 'dBm'"),
        ("1e400 s", "time", "beyond what a number can hold"),
        ("1e-400 s", "time", "beyond what a number can hold"),
        ("1e9999 s", "time", "beyond what a number can hold"),
        ("1e99999999 s", "time", "unknown unit"),
        ("5 m/s", "time", "is in meter / second, expected a time"),
        ("5 %", "time", "unknown unit '%'"),
        ("5\nns s", "time", "'5 ns s' is in second ** 2"),
    ],
)
def test_says_what_is_wrong_in_one_line(text, name, said):
    with pytest.raises(ValueError, match="such as") as caught:
        parse(text, DIMENSIONS[name])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "5 __import__('os').system('true')",
        "5 9**9**9 s",  # would not end if it were computed
        "5 (9**9**9) s",
        "5 s**999999999",
        "5 " + "s  " * 32 + "!",  # a trap for a pattern that tries every way to cut it
        "1" * LONGEST,
        "1" * 1_000_000,
        "1" * 50 + "\n" + "x" * 40,
        "s" * 90,
    ],
)
def test_computes_nothing_and_answers_at_once(text):
    with pytest.raises(ValueError, match="such as") as caught:
        parse(text, DIMENSIONS["time"])
    assert len(str(caught.value)) < 3 * LONGEST


@pytest.mark.parametrize("name", NAMES)
@given(value=floats)
def test_what_is_written_is_read_back_to_the_same_float(name, value):
    assert parse(exact(value, DIMENSIONS[name]), DIMENSIONS[name]) == value


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_message_is_right(name):
    dimension = DIMENSIONS[name]
    assert parse(dimension.example, dimension) > 0
    assert dimension.expected.startswith(("a ", "an "))


@given(number=st.floats(1e-3, 1e3), name=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
def test_no_dimension_passes_for_another(number, name, other):
    assume(name != other)
    with pytest.raises(ValueError, match="expected"):
        parse(exact(number, DIMENSIONS[name]), DIMENSIONS[other])


def number_or_sentence(text: str, name: str) -> None:
    """A text is a finite number or refused with what was expected; nothing else comes out."""
    try:
        value = parse(text, DIMENSIONS[name])
    except ValueError as error:
        assert DIMENSIONS[name].expected in str(error)  # noqa: PT017
    else:
        assert math.isfinite(value)


@given(text=st.text(max_size=120), name=st.sampled_from(NAMES))
def test_any_text_is_a_number_or_refused(text, name):
    number_or_sentence(text, name)


@given(text=st.text(alphabet="0123456789.eE+-*/^() \tmsJbKBnupkG²µ", max_size=40), name=st.sampled_from(NAMES))
def test_anything_that_looks_like_a_quantity_is_a_number_or_refused(text, name):
    number_or_sentence(text, name)


@given(value=floats, symbol=st.sampled_from(["s", "J", "m2", "b/s"]))
def test_shown_numbers_keep_three_digits(value, symbol):
    text, _, unit = show(value, symbol).partition(" ")
    assert unit.endswith("m2" if symbol == "m2" else symbol)
    prefixes = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}
    exponent = {"mm2": -6, "um2": -12}.get(unit) if symbol == "m2" else prefixes[unit.removesuffix(symbol)]
    assume(1e-290 < abs(value) < 1e290 or value == 0)
    assert float(text) * 10.0**exponent == pytest.approx(value, rel=5.1e-3)


@pytest.mark.parametrize(
    ("value", "symbol", "text"),
    [
        (1.2e-8, "J", "12 nJ"),
        (999.9e-9, "J", "1 uJ"),
        (0, "s", "0 s"),
        (1e-21, "s", "0.001 as"),
        (-5e-9, "s", "-5 ns"),
        (0.634e-6, "m2", "0.634 mm2"),
        (923e-12, "m2", "923 um2"),
        (math.inf, "s", "inf s"),
    ],
)
def test_shows_engineering_prefixes(value, symbol, text):
    assert show(value, symbol) == text


def test_picoseconds_are_whole_and_nearest():
    assert picoseconds(1.3e-7) == 130_000
    assert picoseconds(0.4e-12) == 0
    assert isinstance(picoseconds(1e-9), int)


def test_a_float_in_python_is_si_and_a_text_has_its_unit():
    assert Pulse(width=5e-9).width == Pulse(width="5 ns").width == 5e-9
    assert Pulse(steps=("1 s", 3600)).steps == (1.0, 3600.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, True, None, [], {}, "nan", 0.0, -1e-9])
def test_what_is_no_width_is_refused(value):
    with pytest.raises(InputError, match=r"Pulse\.width") as caught:
        Pulse(width=value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("above", "below", "symbol"),
    [
        ("OP/s", "m2", "OP/s/m2"),
        ("OP/s", "W", "OP/s/W"),
        ("J", "s", "W"),
        ("OP/s", "OP/s/W", "W"),
        ("m2", "m2", ""),
        ("J", "", "J"),
        ("", "", ""),
        ("", "m2", "1/m2"),
        ("", "s", "Hz"),
        ("s", "OP/s/W", "s/OP s W"),
        ("J", "m2", "J/m2"),
    ],
)
def test_the_unit_of_a_quotient(above, below, symbol):
    assert quotient(above, below) == symbol
