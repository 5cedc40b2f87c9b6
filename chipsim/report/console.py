"""Pieces of the text report: headings, tables and bars that stay legible at 80 columns, without colour, in a pipe.

Every text becomes a rich `Text`, never markup, so that a layer called `[red]` is printed as it is. Lines are drawn in ASCII.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import Box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chipsim.report.columns import Column, broken, widths
from chipsim.report.wording import plain

_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_GAP = 3  # spaces between two columns
BAR = 20  # columns of a full bar


def heading(console: Console, text: str) -> None:
    """A blank line and the name of a section."""
    console.print()
    console.print(Text(text.upper(), style="bold"))


def say(console: Console, text: str, style: str = "") -> None:
    """A sentence, wrapped and indented by two."""
    console.print(Padding(Text(plain(text), style=style), (0, 0, 0, 2)))


def item(console: Console, text: str) -> None:
    """One sentence of a list, with its dash hanging."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("-"), Text(plain(text)))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


def table(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str | Text]], right: str = "") -> None:
    """A table indented by one; column i is set to the right where `right[i]` is `r`. Cells are words, never markup.

    Where the console is too narrow, cells are broken at spaces and behind the parts of names (`columns.py`).
    """
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in rows]
    if not cells:
        return say(console, "none")
    lines = [[Text(name) for name in headings], *cells]
    to_right = [right[index : index + 1] == "r" for index in range(len(headings))]
    texts = [Column([row[index].plain for row in lines], number) for index, number in enumerate(to_right)]
    for level, gap in ((1, _GAP), (1, _GAP - 1), (2, _GAP), (2, _GAP - 1)):  # closer together where a name would break otherwise
        found = widths(texts, console.width - len(headings) * gap)
        if not _torn(texts, found, level):
            break
    drawn = Table(box=_HEAD, show_edge=False, pad_edge=True, header_style="bold", padding=(0, 1, 0, gap - _GAP + 1))
    first, *others = ([_broken(cell, width) for cell, width in zip(row, found, strict=True)] for row in lines)
    for name, number, width in zip(first, to_right, found, strict=True):
        drawn.add_column(name, justify="right" if number else "left", width=width, overflow="fold")
    for row in others:
        drawn.add_row(*row)
    console.print(Padding(drawn, (0, 0, 0, 1), expand=False))


def _torn(columns: Sequence[Column], found: Sequence[int], level: int) -> bool:
    """Whether a number, a word (level 1) or a part of a name (level 2) is broken."""
    return any(width < (c.cells_alone if c.number else c.limits[level]) for c, width in zip(columns, found, strict=True))


def _broken(cell: Text, width: int) -> Text:
    """A cell with its lines as `columns.broken` cuts them, in its own style."""
    return Text("\n").join(cell[start:end] for start, end in broken(cell.plain, width))


def bar(share: float, console: Console) -> Text:
    """A bar as long as `share` of the full length; blocks on a screen, number signs in a pipe."""
    length = round(min(max(share, 0.0), 1.0) * BAR)
    return Text(("#" if not console.is_terminal or console.options.ascii_only else "█") * length, style="cyan")


def verdict(passed: bool) -> Text:
    """`passed` or `FAILED`, in colour where there is colour."""
    return Text("passed", style="green") if passed else Text("FAILED", style="bold red")
