"""What every study does with its numbers: a plain text of 80 columns, files in a folder, an answer on the console."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.console import heading, item
from chipsim.report.tables import Column, write_rows

WIDTH = 80


class Study(Protocol):
    """Tables of plain numbers under their names, all of them as JSON."""

    def to_json(self) -> str:
        """Everything as JSON, numbers in SI."""


Some = TypeVar("Some", bound=Study)


def plain_text(study: Some, render: Callable[[Some, Console], None]) -> str:
    """The printed study, 80 columns wide, without colour."""
    stream = io.StringIO()
    render(study, Console(file=stream, width=WIDTH, color_system=None, force_terminal=False))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def write_study(
    study: Some,
    folder: Path,
    text: str,
    tables: Mapping[str, Sequence[Column]],
    write_plots: Callable[[Some, Path, str], list[Path]],
) -> list[Path]:
    """Everything into a folder: study.txt, study.json, a CSV file for each table, pictures as PNG and SVG.

    InputError when nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / "study.txt", folder / "study.json"]
        files[0].write_text(text, encoding="utf-8")
        files[1].write_text(study.to_json() + "\n", encoding="utf-8")
        files += [write_rows(getattr(study, name), columns, folder / f"{name}.csv") for name, columns in tables.items()]
        return files + [picture for kind in ("png", "svg") for picture in write_plots(study, folder, kind)]
    except OSError as error:
        raise InputError(f"{folder}: the study cannot be written here ({error.strerror})") from None


def present(
    study: Some,
    render: Callable[[Some, Console], None],
    write: Callable[[Some, Path], list[Path]],
    console: Console,
    into: Path | None = None,
    as_json: bool = False,
) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    files = [] if into is None else write(study, into)
    if as_json:
        print(study.to_json())
        return
    render(study, console)
    if files:
        console.print(f"\n{len(files)} files in {into}: {', '.join(file.name for file in files)}", markup=False, highlight=False)


def section(console: Console, title: str, sentences: Iterable[str]) -> None:
    """A section of sentences; nothing where there are none."""
    for place, sentence in enumerate(sentences):
        if place == 0:
            heading(console, title)
        item(console, sentence)
