"""What was published, as text, as numbers: a quantity with its unit, or bounds; and how far off a value may be.

    published           must come out                  error
    1.008 TOP/s         within the tolerance of it     ours / published - 1,  or ours - published where the tolerance is absolute
    40 to 140           from 40 to 140                 distance from the nearer bound, a share of it; 0 within
    at least 93 %       93 % or more                   the same
    above 1, below 1    more, less                     the same

Numbers carry their units, except counts and ratios; `%` is a hundredth, and so is a point, of the difference of two shares.
Tolerances: `1 %` of the published value, `0.5 points` of a share, or a quantity such as `5 ns`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import final

from chipsim.units import DIMENSIONS, Dimension, parse

OF_CLAIMS = (  # of an operation
    Dimension("area times a time", "meter**2 * second", "m2 s", "278 um2 ns"),
    Dimension("power on an area", "watt/meter**2", "W/m2", "0.128 W/mm2"),
)
_PURE = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?) ?(%|points?|)")
_BOUNDS = {"at least": (1, False), "above": (1, True), "at most": (-1, False), "below": (-1, True)}
_ROUNDING = 1e-9  # of the last bits of a calculation


@final
@dataclass(frozen=True)
class Target:
    """Bounds of what must come out (SI); a single figure has both at the same place. `strict`: the bounds themselves are outside."""

    low: float
    high: float
    strict: bool = False

    @property
    def value(self) -> float | None:
        """The published figure; None where only bounds were published."""
        return self.low if self.low == self.high else None

    def error(self, ours: float) -> float:
        """How far `ours` is off as a share of the published figure or of the nearer bound; 0 within bounds, inf for a share of 0."""
        nearest = min(max(ours, self.low), self.high)
        return (ours - nearest) / abs(nearest) if nearest else math.copysign(math.inf, ours) if ours else 0.0

    def difference(self, ours: float) -> float:
        """How far `ours` is off, in the unit of the figure."""
        return ours - min(max(ours, self.low), self.high)

    def holds(self, ours: float) -> bool:
        """Whether `ours` lies within bounds."""
        return self.low < ours < self.high if self.strict else self.low <= ours <= self.high


@final
@dataclass(frozen=True)
class Tolerance:
    """How far off a value may be: a share of the published one, or an amount in its unit."""

    relative: float | None = None
    absolute: float | None = None

    def allows(self, target: Target, ours: float) -> bool:
        """Whether `ours` is near enough."""
        if self.absolute is not None:
            return abs(target.difference(ours)) <= self.absolute * (1 + _ROUNDING)
        return abs(target.error(ours)) <= (self.relative or 0.0) * (1 + _ROUNDING) + _ROUNDING


def dimension_of(symbol: str) -> Dimension | None:
    """The dimension of a unit symbol, also of one that has no name, as quotients have; None for counts, ratios and shares."""
    if not symbol:
        return None
    known = (dimension for dimension in (*DIMENSIONS.values(), *OF_CLAIMS) if dimension.symbol == symbol)
    return next(known, Dimension(f"figure in {symbol}", symbol, symbol, f"5 {symbol}"))


def quantity(text: str | float, dimension: Dimension | None) -> float:
    """A number with its unit, or without one where `dimension` is None; ValueError says what is wrong."""
    if dimension is not None:
        if not isinstance(text, str):
            raise ValueError(f"{text!r} has no unit, expected {dimension.expected}")
        return parse(text, dimension)
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise ValueError(f"{text!r:.60} is no number")
    match = _PURE.fullmatch(str(text).strip())
    if not match:
        raise ValueError(f"'{text}' is no bare number and no share, such as 64, 93.2 % or 0.5 points")
    return float(match.group(1)) / (100 if match.group(2) else 1)


def target_of(text: str | float, dimension: Dimension | None) -> Target:
    """What was published; ValueError for what is neither a quantity nor bounds."""
    words = " ".join(str(text).split())
    for name, (side, strict) in _BOUNDS.items():
        if words.startswith(f"{name} "):
            bound = quantity(words.removeprefix(name).strip(), dimension)
            return Target(bound, math.inf, strict) if side > 0 else Target(-math.inf, bound, strict)
    low, between, high = words.partition(" to ")
    if not between:
        value = quantity(text, dimension)
        return Target(value, value)
    unit = re.sub(r"^[-+\d.eE]+ ?", "", high.strip())  # `40 to 140 %` means 40 % to 140 %
    first = low if re.search(r"[A-Za-z%]", low) or not unit else f"{low} {unit}"
    bounds = Target(quantity(first, dimension), quantity(high.strip(), dimension))
    if bounds.low >= bounds.high:
        raise ValueError(f"'{words}': the first bound is not below the second")
    return bounds


def printed_in(text: str | float, dimension: Dimension | None) -> tuple[str, float]:
    """The unit that a figure was printed in and its size in SI: `GOP/s/mm2`, 1e15; `%`, 0.01; empty and 1 for a bare number."""
    match = re.search(r"(?:^|\s)[-+]?[\d.]+(?:[eE][-+]?\d+)? ?((?:1 ?/ ?)?[^\W\d]\S*(?: [^\W\d]\S*)*|%)?$", str(text).strip())
    unit = (match.group(1) or "") if match else ""
    return (unit, quantity(f"1 {unit}", dimension)) if unit else ("", 1.0)


def told(value: str | float) -> str:
    """A published figure as text; bare numbers with their thousands marked."""
    return f"{value:,.12g}" if isinstance(value, (int, float)) else " ".join(value.split())


def tolerance_of(text: str, dimension: Dimension | None) -> Tolerance:
    """A tolerance; ValueError for what is neither a share, nor points, nor a quantity in the unit of the figure."""
    words = " ".join(text.split())
    points = re.fullmatch(r"(\S+) points?", words)
    if points and dimension is not None:
        raise ValueError(f"'{text}': points suit shares only, and this is {dimension.expected}; expected such as '5 %' or an amount")
    if points:
        return Tolerance(absolute=_positive(quantity(points.group(1), None) / 100, text))
    if words.endswith("%"):
        return Tolerance(relative=_positive(quantity(words, None), text))
    try:
        return Tolerance(absolute=_positive(quantity(words, dimension), text))
    except ValueError:
        amount = "'0.5 points' (of a share)" if dimension is None else f"an amount such as '{dimension.example}'"
        raise ValueError(f"'{text}' is no tolerance; expected such as '5 %' (of the figure) or {amount}") from None


def _positive(value: float, text: str) -> float:
    if value < 0:
        raise ValueError(f"'{text}' is below zero")
    return value
