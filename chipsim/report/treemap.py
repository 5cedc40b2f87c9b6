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
    total = sum(areas)
    found = [Rectangle(within.x, within.y, 0.0, 0.0)] * len(areas)
    if total <= 0:
        return found
    scale = within.width * within.height / total
    order = sorted((index for index, area in enumerate(areas) if area > 0), key=lambda index: -areas[index])
    sizes, left = {index: areas[index] * scale for index in order}, within
    while order:
        row = _row(order, sizes, min(left.width, left.height))
        left = _lay(row, sizes, left, found)
        order = order[len(row) :]
    return found


def _row(order: Sequence[int], sizes: dict[int, float], side: float) -> Sequence[int]:
    """As many of the next areas as go well into a row along a side."""
    count = 1
    while count < len(order) and _worst(order[: count + 1], sizes, side) <= _worst(order[:count], sizes, side):
        count += 1
    return order[:count]


def _worst(row: Sequence[int], sizes: dict[int, float], side: float) -> float:
    """Largest ratio of the sides of the rectangles in a row."""
    total = sum(sizes[index] for index in row)
    thick = total / side
    return max(max(thick / (sizes[index] / thick), sizes[index] / thick / thick) for index in row)


def _lay(row: Sequence[int], sizes: dict[int, float], left: Rectangle, found: list[Rectangle]) -> Rectangle:
    """Set a row along the shorter side; what is left of the room."""
    total = sum(sizes[index] for index in row)
    upright = left.height <= left.width  # the row is a column at the left edge
    thick, place = total / (left.height if upright else left.width), 0.0
    for index in row:
        long = sizes[index] / thick
        found[index] = (
            Rectangle(left.x, left.y + place, thick, long) if upright else Rectangle(left.x + place, left.y, long, thick)
        )
        place += long
    if upright:
        return Rectangle(left.x + thick, left.y, max(left.width - thick, 1e-300), left.height)
    return Rectangle(left.x, left.y + thick, left.width, max(left.height - thick, 1e-300))
