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

from chipsim.report.wording import plain

_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
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
    """A table indented by one; column i is set to the right where `right[i]` is `r`. Cells are words, never markup."""
    drawn = Table(box=_HEAD, show_edge=False, pad_edge=True, header_style="bold")
    for index, name in enumerate(headings):
        to_right = right[index : index + 1] == "r"
        drawn.add_column(Text(name), justify="right" if to_right else "left", no_wrap=to_right, overflow="fold")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    if not drawn.row_count:
        return say(console, "none")
    console.print(Padding(drawn, (0, 0, 0, 1), expand=False))


def bar(share: float, console: Console) -> Text:
    """A bar as long as `share` of the full length; blocks on a screen, number signs in a pipe."""
    length = round(min(max(share, 0.0), 1.0) * BAR)
    return Text(("#" if not console.is_terminal or console.options.ascii_only else "█") * length, style="cyan")


def verdict(passed: bool) -> Text:
    """`passed` or `FAILED`, in colour where there is colour."""
    return Text("passed", style="green") if passed else Text("FAILED", style="bold red")
