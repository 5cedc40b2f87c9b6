"""The verb `sweep`: the plan, the run with its bar, the report."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from chipsim import runs
from chipsim.errors import CheckError, InputError
from chipsim.record import as_text
from chipsim.report.sweep import render, repeats_of
from chipsim.report.sweep_plan import render_estimate, render_plan
from chipsim.sweep.cluster import Choice
from chipsim.sweep.drive import StoppedError, run_sweep
from chipsim.sweep.estimate import estimate
from chipsim.sweep.folder import SweepFolder
from chipsim.sweep.plan import check_count, load_plan
from chipsim.sweep.point import LOG
from chipsim.sweep.table import SweepTable
from chipsim.verbs.page import page_of_sweep
from chipsim.verbs.sweep_bar import sweep_bar


def sweep(
    file: Path,
    changes: Sequence[str],
    into: Path,
    choice: Choice,
    console: Console,
    only_plan: bool = False,
    yes: bool = False,
    as_json: bool = False,
    retry: bool = False,
) -> None:
    """Print the plan of a sweep file, run it with the chosen engine, and print what came out; with `only_plan` the plan alone.

    `retry`: run again what failed for good, too.

    InputError for a file with problems and for too many points unless `yes`; CheckError where every point failed.
    """
    choice.check()
    plan = load_plan(file, changes)
    check_count(plan, file, yes, only_plan)
    told = Console(stderr=True) if as_json and not only_plan else console
    render_plan(plan, told)
    runs.check_writable(into)
    folder = plan.folder(into)
    with choice.begun() as engine:
        _greet(engine.facts())
        found = estimate(plan, folder, engine, lambda text: print(text, file=sys.stderr))
        render_estimate(plan, found, engine.workers, folder, told)
        if only_plan:
            SweepFolder(folder).drop_empty_log()
            return
        try:
            with sweep_bar(plan) as watch:
                table, folder = run_sweep(plan, into, engine, watch, retry)
        except StoppedError as stop:
            print(f"stopped: {stop}", file=sys.stderr)
            raise KeyboardInterrupt from None
    if (log := folder / LOG).is_file():
        print(f"workers printed something: {log}", file=sys.stderr)
    page = page_of_sweep(table, folder)
    if as_json:
        print(table.to_json())
    else:
        render(table, console, folder)
    told.print(page, markup=False, highlight=False, soft_wrap=True)
    check_outcome(table)


def _greet(facts: Mapping[str, Any]) -> None:
    """Say where the scheduler is, and its dashboard where it has one."""
    if "address" in facts:
        dashboard = f", dashboard: {facts['dashboard']}" if "dashboard" in facts else ""
        print(f"scheduler: {facts['address']}{dashboard}", file=sys.stderr)


def check_outcome(table: SweepTable) -> None:
    """CheckError where no point has an answer."""
    failed = [row for row in table.rows if row["status"] == "failed"]
    if failed and not table.done:
        one = "point" if repeats_of(table) == 1 else "run"
        raise CheckError(f"all {len(failed):,} {one}s failed, such as {one} {failed[0]['point']}: {failed[0]['message']}")


def report_sweeps(folders: Sequence[Path], console: Console, as_json: bool = False, plots: Path | None = None) -> None:
    """Print the reports of sweeps that lie in these folders, as far as they are; pictures into the folder `plots` instead.

    InputError for a folder that holds no sweep.
    """
    tables = [SweepTable.of_folder(folder) for folder in folders]
    if plots is not None:
        _draw(tables, folders, plots)
    elif as_json:
        print(as_text(tables))
    else:
        for table, folder in zip(tables, folders, strict=True):
            render(table, console, folder)


def _draw(tables: Sequence[SweepTable], folders: Sequence[Path], plots: Path) -> None:
    """The pictures of every sweep, of several in a folder for each."""
    from chipsim.report.sweep_charts import runs_of_front
    from chipsim.report.sweep_plots import write_sweep_plots

    try:
        for table, folder in zip(tables, folders, strict=True):
            target = plots if len(tables) == 1 else plots / table.digest
            target.mkdir(parents=True, exist_ok=True)
            fronts = runs_of_front(table, folder)
            for path in (path for kind in ("png", "svg") for path in write_sweep_plots(table, target, kind, fronts)):
                print(path)
    except OSError as error:
        raise InputError(f"{plots}: the pictures cannot be written here ({error.strerror})") from None


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (folder / "sweep.json").is_file()
