"""The verb `validate`: which files are meant, the bar, the page, and what counts as failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.errors import CheckError, InputError
from chipsim.report.validation import failures, render
from chipsim.terminal import progress
from chipsim.validation.outcome import Validation, figures_files, validate


def run_validation(
    files: Sequence[Path], only: str = "", page: Path | None = None, as_json: bool = False, *, console: Console
) -> Validation:
    """Print published figures beside ours (as JSON where `as_json`), and write the page with its picture where `page` is given.

    Without files: those under architectures/figures/ of the current folder. CheckError when a figure is outside without a reason.
    """
    if page is not None and only:
        raise InputError(f"--page: a page holds all figures of its files; leave out --only {only}, or name the files")
    chosen = list(files) or figures_files(Path())
    with progress() as show:
        found = validate(chosen, only, show)
    if page is not None:
        from chipsim.report.validation_page import write_page

        write_page(found, page)
    if as_json:
        print(found.to_json())
    else:
        render(found, console)
    if found.failed:
        names = ", ".join(dict.fromkeys(f"{row['chip']} {row['id']}" for row in found.failed))
        raise CheckError(f"{failures(found)} outside the tolerance without a reason, or failed: {names}")
    return found
