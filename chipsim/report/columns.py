"""How wide the columns of a table are on a narrow terminal, and where their cells break.

Every column has widths that it can do with, from its longest line down:

    whole    its longest line
    words    broken at spaces
    names    long words broken behind dots, underscores, slashes and hyphens, too
    letters  broken anywhere

Columns give way one width after the other, the widest first: texts to words, then the first column, which says what a row is about; the
headings of numbers are broken at spaces before anything else, numbers themselves only where nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

_PIECE = re.compile(r"(?<=[a-zA-Z0-9)\]][._/-])(?=[a-zA-Z(\[])")  # not within numbers
_LEAST = 4  # letters of a column


@final
@dataclass(frozen=True)
class Column:
    """The texts of one column, its heading first; `number` is set to the right and kept on one line as long as possible."""

    texts: Sequence[str]
    number: bool = False

    @property
    def limits(self) -> tuple[int, int, int, int]:
        """The widths of the column: whole, words, names, letters; never rising."""
        lines = [line for text in self.texts for line in text.split("\n")]
        whole = max(map(len, lines), default=0)
        words = max((len(word) for line in lines for word in line.split()), default=0)
        names = max((len(piece) for line in lines for word in line.split() for piece in _PIECE.split(word)), default=0)
        return whole, words, names, min(_LEAST, names)

    @property
    def cells_alone(self) -> int:
        """The width of a column of numbers whose heading is broken at spaces."""
        cells = [len(line) for text in self.texts[1:] for line in text.split("\n")]
        return max([*cells, *map(len, self.texts[0].split())], default=0)


def widths(columns: Sequence[Column], room: int) -> list[int]:
    """Widths of the columns whose sum is at most `room`, where they can be that narrow."""
    limits = [column.limits for column in columns]
    found = [limit[0] for limit in limits]
    numbers = [i for i, column in enumerate(columns) if column.number]
    texts = [i for i, column in enumerate(columns) if not column.number and i > 0]
    key = [] if 0 in numbers else [0]
    for one in numbers:
        _give_way(found, [one], [columns[one].cells_alone], room)
    for level in (1, 2):
        for group in (texts, key):
            _give_way(found, group, [limits[i][level] for i in group], room)
    for group, level in ((texts, 3), (key, 3), (numbers, 1), (numbers, 3)):
        _give_way(found, group, [limits[i][level] for i in group], room)
    return found


def _give_way(found: list[int], group: list[int], least: list[int], room: int) -> None:
    """Make the widest columns of a group narrower, letter by letter, until all fit into the room or the group has its least widths."""
    floor = dict(zip(group, least, strict=True))
    while sum(found) > room:
        wide = max((i for i in group if found[i] > floor[i]), key=lambda i: found[i], default=None)
        if wide is None:
            return
        found[wide] -= 1


def broken(text: str, width: int) -> list[tuple[int, int]]:
    """Start and end of every line of `text` in a column of `width` letters: at spaces, else at ends of names, else anywhere."""
    lines: list[tuple[int, int]] = []
    place = 0
    for line in text.split("\n"):
        lines += [(place + start, place + end) for start, end in _lines(line, max(width, 1))]
        place += len(line) + 1
    return lines


def _lines(text: str, width: int) -> list[tuple[int, int]]:
    if len(text) <= width:
        return [(0, len(text))]
    pieces = [piece for word in re.finditer(r"\S+", text) for piece in _pieces(word.group(), word.start(), width)]
    lines: list[tuple[int, int]] = []
    for start, end in pieces:
        if lines and end - lines[-1][0] <= width:
            lines[-1] = lines[-1][0], end
        else:
            lines.append((start, end))
    return lines or [(0, 0)]


def _pieces(word: str, start: int, width: int) -> list[tuple[int, int]]:
    """A word, in pieces where it is longer than a line."""
    if len(word) <= width:
        return [(start, start + len(word))]
    ends = sorted({0, *(found.start() for found in _PIECE.finditer(word)), len(word)})
    found: list[tuple[int, int]] = []
    for low, high in pairwise(ends):
        found += [(start + at, start + min(at + width, high)) for at in range(low, high, width)]
    return found
