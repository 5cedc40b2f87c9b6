"""The verb `report`: runs, trainings or sweeps, printed, compared, as JSON or as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.aware.result import is_aware
from chipsim.comparators.comparator import comparators
from chipsim.comparison import against
from chipsim.errors import InputError
from chipsim.insitu.result import is_training
from chipsim.record import as_text
from chipsim.report.compare import compare
from chipsim.report.text import render
from chipsim.result import Result
from chipsim.verbs.hwa import report_hwa
from chipsim.verbs.page import page_of_folders
from chipsim.verbs.sweep import is_sweep, report_sweeps
from chipsim.verbs.train import report_trainings


def report_runs(
    folders: Sequence[Path], console: Console, as_json: bool = False, full: bool = False, plots: Path | None = None, others: str = "",
    page: Path | None = None,
) -> None:  # fmt: skip
    """Print the report of a run, several side by side, or as JSON; pictures into the folder `plots` instead where it is given.

    `page`: write an interactive page there; nothing is printed then but the files written.
    `others`: comparators (names or YAML files, by commas) in place of those of the runs.

    InputError for a folder that holds no run, or one that cannot be written.
    """
    if page is not None:
        print(page_of_folders(folders, page, any(map(is_sweep, folders))))
        if plots is None:
            return
    if any(map(is_sweep, folders)):
        if others:
            raise InputError("--against: holds one run of a network against others; name a folder in 'points/' of the sweep")
        report_sweeps(folders, console, as_json, plots)
        return
    learned, aware = (any(map(kind, folders)) for kind in (is_training, is_aware))
    if others and (learned or aware or len(folders) > 1):
        raise InputError("--against: holds one run of a network against others; name one folder, and none of a training")
    if aware:
        report_hwa(folders, console, as_json, full, plots)
        return
    if learned:
        report_trainings(folders, console, as_json, full, plots)
        return
    results = [Result.load(folder) for folder in folders]
    if others:
        found = comparators([word.strip() for word in others.split(",") if word.strip()])
        results = [against(result, found) for result in results]
    if plots is not None:
        _draw(results, plots)
    elif as_json:
        print(as_text(results))
    elif len(results) == 1:
        render(results[0], console, full=full, folder=folders[0])
    else:
        compare(results, console)


def _draw(results: Sequence[Result], plots: Path) -> None:
    """The pictures of every run, of several in a folder for each; those of a comparison beside these folders."""
    from chipsim.report.plots import write_comparison, write_plots

    try:
        for result in results:
            folder = plots if len(results) == 1 else plots / result.digest
            folder.mkdir(parents=True, exist_ok=True)
            for kind in ("png", "svg"):
                for path in write_plots(result, folder, kind):
                    print(path)
        for kind in ("png", "svg") if len(results) > 1 else ():
            for path in write_comparison(results, plots, kind):
                print(path)
    except OSError as error:
        raise InputError(f"{plots}: the pictures cannot be written here ({error.strerror})") from None
