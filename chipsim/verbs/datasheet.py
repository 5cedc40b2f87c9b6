"""The verb `datasheet`: which chip is meant, how busy its cells are, and where the sheet goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.architecture import Architecture
from chipsim.datasheet import Datasheet, datasheet
from chipsim.reading import load
from chipsim.report.datasheet import render, write
from chipsim.report.study import present


def print_datasheet(
    file: Path, changes: Sequence[str] = (), activity: float = 0.03, into: Path | None = None, as_json: bool = False, *, console: Console
) -> Datasheet:
    """Print the data sheet of the chip in `file` (as JSON where `as_json`), with files in the folder `into`.

    `changes`: `key=value`, counted from the architecture. InputError for what cannot be read or written.
    """
    sheet = datasheet(load(file, Architecture, changes), activity)
    present(sheet, render, write, console, into, as_json)
    return sheet
