"""All reports of a run into its folder: report.txt, report.html, trace.json.gz, citations.bib, tables/*.csv."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from chipsim.report.citations import write_bib
from chipsim.report.html import write_page
from chipsim.report.tables import write_tables
from chipsim.report.text import render
from chipsim.report.trace import write_trace
from chipsim.result import Result

_WIDTH = 100
_PLACEMENTS = 400


def save(result: Result, folder: str | Path) -> list[Path]:
    """Write every report of `result` into the existing `folder`; returns the files in a fixed order."""
    target = Path(folder)
    return [
        write_text(result, target / "report.txt"),
        write_page(result, target / "report.html"),
        write_trace(result, target / "trace.json.gz"),
        write_bib(result, target / "citations.bib"),
        *write_tables(result, target / "tables"),
    ]


def write_text(result: Result, path: str | Path) -> Path:
    """Write the text report without colour; every placement is listed unless they are too many to read."""
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, force_terminal=False, record=False)
    render(result, console, full=len(result.mapping) <= _PLACEMENTS)
    stream = console.file
    assert isinstance(stream, io.StringIO)
    lines = (line.rstrip() for line in stream.getvalue().splitlines())
    file = Path(path)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
