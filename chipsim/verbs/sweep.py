"""The verb `sweep`: the plan, the run with its bar, the report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim import runs
from chipsim.errors import CheckError
from chipsim.report.sweep import render
from chipsim.report.sweep_plan import render_estimate, render_plan
from chipsim.sweep.drive import StoppedError, run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.estimate import estimate
from chipsim.sweep.plan import check_count, load_plan
from chipsim.sweep.table import SweepTable
from chipsim.verbs.sweep_bar import sweep_bar


def sweep(
    file: Path,
    changes: Sequence[str],
    into: Path,
    workers: int | None,
    console: Console,
    only_plan: bool = False,
    yes: bool = False,
    as_json: bool = False,
) -> None:
    """Print the plan of a sweep file, run it, and print what came out; with `only_plan` the plan alone.

    InputError for a file with problems and for too many points unless `yes`; CheckError where every point failed.
    """
    plan = load_plan(file, changes)
    check_count(plan, file, yes)
    told = Console(stderr=True) if as_json and not only_plan else console
    render_plan(plan, told)
    runs.check_writable(into)
    folder = plan.folder(into)
    with Local(workers) as engine:
        found = estimate(plan, folder, engine.workers, lambda text: print(text, file=sys.stderr))
        render_estimate(plan, found, engine.workers, folder, told)
        if only_plan:
            return
        try:
            with sweep_bar(plan) as watch:
                table, folder = run_sweep(plan, into, engine, watch)
        except StoppedError as stop:
            print(f"stopped: {stop}", file=sys.stderr)
            raise KeyboardInterrupt from None
    if as_json:
        print(table.to_json())
    else:
        render(table, console, folder)
    check_outcome(table)


def check_outcome(table: SweepTable) -> None:
    """CheckError where no point has an answer."""
    failed = [row for row in table.rows if row["status"] == "failed"]
    if failed and not table.done:
        raise CheckError(f"all {len(failed):,} points failed, such as point {failed[0]['point']}: {failed[0]['message']}")


def report_sweeps(folders: Sequence[Path], console: Console, as_json: bool = False) -> None:
    """Print the reports of sweeps that lie in these folders, as far as they are; InputError for a folder that holds none."""
    for folder in folders:
        table = SweepTable.of_folder(folder)
        if as_json:
            print(table.to_json())
        else:
            render(table, console, folder)


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (folder / "sweep.json").is_file()
