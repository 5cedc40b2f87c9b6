"""How numbers are worded in every report: times after programming, shares, accuracies, rates in the field's units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chipsim.units import show

_DAY = 86_400.0
_LONG = (  # unit, seconds; a month is 30 days and a year 365 days, close enough for two digits
    (" y", 365 * _DAY),
    (" month", 30 * _DAY),
    (" d", _DAY),
    (" h", 3600.0),
    (" min", 60.0),
)


def plain(value: object) -> str:
    """`value` as one line of printable text: a name may not move the cursor of the reader's terminal."""
    text = " ".join(str(value).split())
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def duration(time: float) -> str:
    """A time after programming (s) as words: `1 s`, `1 h`, `1 d`, `1 month`, `1 y`, `2 months`."""
    for unit, size in _LONG:
        count = time / size
        if count >= 0.995:
            text = f"{count:.2g}" if count < 99.5 else f"{count:.0f}"
            plural = "s" if unit == " month" and text != "1" else ""
            return f"{text}{unit}{plural}"
    return show(time, "s")


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction as `12.3 %`; what would round to zero but is not is shown as `<0.1 %`."""
    text = f"{100 * fraction:.{decimals}f}"
    if fraction > 0 and float(text) == 0:
        return f"<{10.0**-decimals:.{decimals}f} %"
    return f"{text} %"


def accuracy(mean: float, spread: float, repeats: int) -> str:
    """`97.83 +- 0.12 %`; without the spread where there is one repeat, which has none."""
    return f"{100 * mean:.2f} +- {100 * spread:.2f} %" if repeats > 1 else f"{100 * mean:.2f} %"


def loss(float_accuracy: float, mean: float) -> str:
    """What is lost against the float network, in points (hundredths); a gain is negative."""
    return points(float_accuracy - mean)


def points(difference: float) -> str:
    """A difference of two accuracies in points (hundredths): `0.25 points`."""
    return f"{round(100 * difference, 2) + 0.0:.2f} points"


def interval(low: float | None, high: float | None) -> str:
    """Limits of an accuracy in percent: `97.60 - 98.05`; `-` where they are not known."""
    return "-" if low is None or high is None else f"{100 * low:.2f} - {100 * high:.2f}"


def number(value: float, digits: int = 3) -> str:
    """`value` with `digits` significant digits, thousands marked, without an exponent where it stays readable."""
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    if abs(value) >= 1:
        return f"{float(text):,.0f}" if abs(value) < 1e12 else text
    return f"{float(text):.9f}".rstrip("0") if abs(value) >= 1e-6 else text


def rate_per_watt(value: float) -> str:
    """OP/s/W as GOP/s/W."""
    return f"{number(value / 1e9)} GOP/s/W"


def rate_per_area(value: float) -> str:
    """OP/s/m2 as TOP/s/mm2."""
    return f"{number(value / 1e18)} TOP/s/mm2"


def ratio(value: float, first: float) -> str:
    """`value` as a multiple of `first`: `x1.25`; nothing to say where `first` is zero."""
    return f"x{number(value / first)}" if first else "-"


def runs(numbers: Iterable[int]) -> str:
    """Whole numbers as runs: `0-5, 7, 9-10`."""
    found: list[list[int]] = []
    for item in sorted(set(numbers)):
        if found and item == found[-1][1] + 1:
            found[-1][1] = item
        else:
            found.append([item, item])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def cell(value: Any, unit: str = "") -> str:
    """One value of a table in the unit of its column (`fraction` is shown in percent); nothing is `-`."""
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(item, unit) for item in value)
    if not isinstance(value, (int, float)):
        return plain(value)
    if unit == "fraction":
        return percent(value)
    if unit:
        return show(value, unit)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
