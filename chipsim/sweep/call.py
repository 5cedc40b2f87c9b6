"""A sweep from Python: one call, as `chipsim sweep FILE` does it with processes of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chipsim.sweep.drive import run_sweep as drive
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan
from chipsim.sweep.table import SweepTable


def run_sweep(
    file: str | Path, changes: Sequence[str] = (), into: str | Path = "sweeps", workers: int | None = None
) -> tuple[SweepTable, Path]:
    """Run a sweep file with `workers` processes (None: one for each core); its table and its folder under `into`.

    `changes` are `key.sub=value` of the experiment. What was answered before is not run again. InputError lists what is wrong with the
    file; points that fail are rows of the table.
    """
    plan = load_plan(file, changes)
    with Local(workers) as engine:
        return drive(plan, Path(into), engine)
