"""Areas as rectangles that fill a rectangle, as square as they can be.

Rows of areas are set along the shorter side as long as the worst ratio of their sides gets better: M. Bruls, K. Huizing, J. van Wijk,
Squarified treemaps, Data Visualization 2000, DOI 10.1007/978-3-7091-6783-0_4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Rectangle(NamedTuple):
    """Left upper corner and size."""

    x: float
    y: float
    width: float
    height: float


def treemap(areas: Sequence[float], within: Rectangle) -> list[Rectangle]:
    """One rectangle for each area (0 or more, in any unit), in their order; they fill `within` in proportion."""
    found = [Rectangle(within.x, within.y, 0.0, 0.0)] * len(areas)
    order = sorted((index for index, area in enumerate(areas) if area > 0), key=lambda index: -areas[index])
    left = within
    while order:
        row = _row([areas[index] for index in order], left)
        share = sum(areas[index] for index in order[:row]) / sum(areas[index] for index in order)
        left = _lay(order[:row], areas, share, left, found)
        order = order[row:]
    return found


def _row(areas: Sequence[float], left: Rectangle) -> int:
    """How many of the next areas go well into a row along the shorter side."""
    side, room = min(left.width, left.height), left.width * left.height
    scale, count = room / sum(areas), 1
    while count < len(areas) and _worst(areas[: count + 1], scale, side) <= _worst(areas[:count], scale, side):
        count += 1
    return count


def _worst(row: Sequence[float], scale: float, side: float) -> float:
    """Largest ratio of the sides of the rectangles in a row."""
    thick = sum(row) * scale / side
    if thick <= 0:
        return float("inf")
    longs = [area * scale / thick for area in row]
    return max(max(thick / long, long / thick) if long > 0 else float("inf") for long in longs)


def _lay(row: Sequence[int], areas: Sequence[float], share: float, left: Rectangle, found: list[Rectangle]) -> Rectangle:
    """Set a row, which takes a share of the room, along the shorter side; what is left of the room."""
    upright = left.height <= left.width  # the row is a column at the left edge
    thick, side = (left.width * share, left.height) if upright else (left.height * share, left.width)
    total, place = sum(areas[index] for index in row), 0.0
    for index in row:
        long = side * areas[index] / total
        found[index] = Rectangle(left.x, left.y + place, thick, long) if upright else Rectangle(left.x + place, left.y, long, thick)
        place += long
    if upright:
        return Rectangle(left.x + thick, left.y, left.width - thick, left.height)
    return Rectangle(left.x, left.y + thick, left.width, left.height - thick)
