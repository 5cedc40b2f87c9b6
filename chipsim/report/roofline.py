"""Roofline as SVG: what this chip and its comparators reach with this network, under the roofs of their ratings.

    roof of a machine = min(peak, bandwidth x operations per byte)

Bytes are those that cross the border of the chip: through the host interface here (the busier direction), to the memory there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from markupsafe import Markup

from chipsim.report.charts import WIDTH
from chipsim.report.palette import CATEGORIES, category
from chipsim.report.svg import drawing, element, legend, line, text
from chipsim.result import Result, Row
from chipsim.units import show

_LEFT, _RIGHT, _HEIGHT = 74.0, 16.0, 270.0
_BYTE = 8.0


@final
@dataclass(frozen=True)
class Frame:
    """The axes, powers of ten: operations per byte from `left` to `right`, operations per second from `low` to `high`."""

    left: float
    right: float
    low: float
    high: float
    top: float = 0.0

    @classmethod
    def of(cls, rows: list[Row], top: float = 0.0) -> Frame:
        """Axes that hold every point, every peak and every ridge."""
        places = [place for row in rows for place in (intensity(row), ridge(row))]
        rates = [rate for row in rows for rate in (row["reached"], row["peak"])]
        return cls(_below(min(places)), _above(max(places)), _below(min(rates)), _above(max(rates)), top)

    def x(self, place: float) -> float:
        """Pixels from the left of a place (OP/B)."""
        share = math.log(place / self.left) / math.log(self.right / self.left)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, rate: float) -> float:
        """Pixels from the top of a rate (OP/s)."""
        return self.top + (1 - math.log(rate / self.low) / math.log(self.high / self.low)) * _HEIGHT


def intensity(row: Row) -> float:
    """Operations per byte of a point."""
    return float(row["intensity"]) * _BYTE


def ridge(row: Row) -> float:
    """Operations per byte from which on a machine can reach its peak."""
    return float(row["peak"]) / float(row["bandwidth"]) * _BYTE


def roof(row: Row, left: float, right: float, low: float) -> list[tuple[float, float]]:
    """Corners (OP/B, OP/s) of a machine's roof between two places, from where it leaves the lowest rate shown."""
    slope = row["bandwidth"] / _BYTE
    start = max(left, low / slope)
    corners = [(start, min(slope * start, row["peak"]))]
    if start < ridge(row) < right:
        corners.append((ridge(row), row["peak"]))
    return [*corners, (right, min(slope * right, row["peak"]))]


def roofline(result: Result) -> Markup:
    """The chart as SVG; empty where the run was not compared."""
    rows = result.roofline
    if not rows:
        return Markup("")
    colours = colours_of(rows)
    keys, height = legend(_LEFT, 14, colours.items(), WIDTH - _LEFT)
    frame = Frame.of(rows, height)
    parts = [keys, *_axes(frame)]
    for index, row in enumerate({row["name"]: row for row in rows}.values()):
        corners = roof(row, frame.left, frame.right, frame.low)
        points = " ".join(f"{frame.x(place):.1f},{frame.y(rate):.1f}" for place, rate in corners)
        style: dict[str, object] = {"fill": "none", "stroke": colours[row["name"]], "stroke-width": 2}
        dashes: dict[str, object] = {"stroke-dasharray": "6 4"} if index >= len(CATEGORIES) else {}  # colours begin anew
        parts.append(element("polyline", {"points": points} | style | dashes))
    parts += [_point(frame, row, colours[row["name"]]) for row in rows]
    label = "operations in a second against operations per byte of off-chip traffic"
    return drawing(WIDTH, frame.y(frame.low) + 42, label, parts)


def _axes(frame: Frame) -> list[Markup]:
    low, high, base = frame.x(frame.left), frame.x(frame.right), frame.y(frame.low)
    parts = []
    for place in _decades(frame.left, frame.right):
        x, anchor = frame.x(place), "end" if place == frame.right else "middle"
        parts += [line(x, frame.y(frame.high), x, base, "grid"), text(x, base + 16, f"{place:,g}", "tick", anchor)]
    for rate in _decades(frame.low, frame.high):
        y = frame.y(rate)
        parts += [line(low, y, high, y, "grid"), text(low - 8, y + 4, show(rate, "OP/s"), "tick", "end")]
    return [*parts, text((low + high) / 2, base + 34, "operations per byte of off-chip traffic (OP/B)", "axis", "middle")]


def _point(frame: Frame, row: Row, colour: str) -> Markup:
    """A diamond for this chip, a circle for a batch of one, a square for more."""
    x, y = frame.x(intensity(row)), frame.y(row["reached"])
    batch = "" if row["kind"] == "chip" else f", batch {row['batch']}"
    tip = f"{row['name']}{batch}: {show(row['reached'], 'OP/s')} at {intensity(row):.3g} OP/B"
    style: dict[str, object] = {"fill": colour, "stroke": "#ffffff", "stroke-width": 1, "data-tip": tip}
    if row["kind"] == "chip":
        corners = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
        return element("polygon", {"points": corners} | style)
    if row["batch"] == 1:
        return element("circle", {"cx": x, "cy": y, "r": 5} | style)
    return element("rect", {"x": x - 4.5, "y": y - 4.5, "width": 9, "height": 9} | style)


def colours_of(rows: list[Row]) -> dict[str, str]:
    """A colour for each machine, in the order of the rows."""
    return {name: category(index) for index, name in enumerate(dict.fromkeys(str(row["name"]) for row in rows))}


def _below(value: float) -> float:
    return float(10.0 ** math.floor(math.log10(value) - 0.05))


def _above(value: float) -> float:
    return float(10.0 ** math.ceil(math.log10(value) + 0.05))


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten, every one or every second, third ... so that there are at most eight."""
    first, last = round(math.log10(low)), round(math.log10(high))
    step = -(-(last - first) // 8)
    return [10.0**power for power in range(first, last + 1, step)]
