"""The verb `reload`: a network in rounds on a chip that is too small for it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from chipsim.report.reload import render, write
from chipsim.report.study import present
from chipsim.studies.reload import ReloadStudy


def print_reload(found: ReloadStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)
