"""The verb `sweep`: the plan, the run with its bar, the table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim import runs
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan
from chipsim.terminal import progress


def sweep(file: Path, changes: Sequence[str], into: Path, workers: int | None, console: Console) -> None:
    """Run a sweep file."""
    plan = load_plan(file, changes)
    runs.check_writable(into)
    with progress() as show, Local(workers) as engine:
        table, folder = run_sweep(plan, into, engine, lambda found, done, of: show(f"{done} of {of} points", done / of))
    console.print(f"{len(table.done)} of {len(table.rows)} points in {folder}", markup=False, highlight=False)
