"""Packing blocks into arrays: one block an array, or several small ones that take turns (shelves, first fit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

Corner = tuple[int, int]


@final
@dataclass
class _Shelf:
    top: int
    height: int
    filled: int = 0


@final
@dataclass
class _Bin:
    rows: int
    columns: int
    shelves: list[_Shelf] = field(default_factory=list)

    def place(self, shape: tuple[int, int]) -> Corner | None:
        """The corner (row, column) where a block of `shape` goes, None when this array has no room for it."""
        rows, columns = shape
        for shelf in self.shelves:
            if rows <= shelf.height and shelf.filled + columns <= self.columns:
                shelf.filled += columns
                return shelf.top, shelf.filled - columns
        top = self.shelves[-1].top + self.shelves[-1].height if self.shelves else 0
        if top + rows > self.rows or columns > self.columns:
            return None
        self.shelves.append(_Shelf(top, rows, columns))
        return top, 0


def pack(shapes: Sequence[tuple[int, int]], rows: int, columns: int) -> list[tuple[int, Corner]]:
    """For each block (rows, columns): the number of its array and its corner there, tallest blocks first.

    A block shares no row with blocks of other shelves, and no column with blocks of its own, so each can be read by itself.
    """
    bins: list[_Bin] = []
    chosen: dict[int, tuple[int, Corner]] = {}
    for index in sorted(range(len(shapes)), key=lambda i: (-shapes[i][0], -shapes[i][1], i)):
        chosen[index] = _first_fit(bins, shapes[index]) or _new_bin(bins, shapes[index], rows, columns)
    return [chosen[index] for index in range(len(shapes))]


def _first_fit(bins: list[_Bin], shape: tuple[int, int]) -> tuple[int, Corner] | None:
    for number, candidate in enumerate(bins):
        corner = candidate.place(shape)
        if corner is not None:
            return number, corner
    return None


def _new_bin(bins: list[_Bin], shape: tuple[int, int], rows: int, columns: int) -> tuple[int, Corner]:
    bins.append(_Bin(rows, columns))
    corner = bins[-1].place(shape)
    if corner is None:
        raise ValueError(f"pack: a block of {shape} does not fit an array of {(rows, columns)}")
    return len(bins) - 1, corner
