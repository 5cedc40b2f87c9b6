"""Interactive pages: of a sweep at its end, of a sweep or of runs when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chipsim.errors import InputError
from chipsim.insitu.result import is_training
from chipsim.report.page.page import runs_page, sweep_page, write_text
from chipsim.result import Result
from chipsim.sweep.table import SweepTable

NAME = "page.html"


def page_of_folders(folders: Sequence[Path], file: Path, swept: bool) -> Path:
    """The page of a sweep (`swept`: a folder is one), of a run, or of several side by side; InputError for others, or without plotly."""
    if any(map(is_training, folders)):
        raise InputError("--page: draws runs and sweeps; of a training, read report.html in its folder")
    if not swept:
        return write_text(runs_page([Result.load(folder) for folder in folders]), file)
    if len(folders) > 1:
        raise InputError(f"--page: {len(folders)} folders given, one of them a sweep; expected one sweep, or run folders")
    return write_text(sweep_page(SweepTable.of_folder(folders[0]), folders[0]), file)


def page_of_sweep(table: SweepTable, folder: Path) -> str:
    """Write the page of a sweep into its folder; a sentence that says where it is, or why there is none."""
    try:
        return f"page: {write_text(sweep_page(table, folder), folder / NAME)}"
    except InputError as error:  # the sweep itself is whole
        return f"no page: {error}"
