"""Verbs about many runs. `cli` gives them to the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chipsim.terminal import console


def sweep(
    file: Annotated[Path, typer.Argument(help="a sweep file (YAML): experiment, axes, objectives")],
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key.sub=value of the experiment")] = None,
    into: Annotated[Path, typer.Option(help="folder of the sweeps' folders")] = Path("sweeps"),
    workers: Annotated[int | None, typer.Option(help="processes; by default one for each core")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="print the plan and the estimated time, and stop there")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="run more than 100,000 points")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the table as JSON")] = False,
) -> None:
    """Run an experiment or a training at many points of its parameters, and keep every answer."""
    from chipsim.verbs.sweep import sweep as swept

    swept(file, changes or [], into, workers, console(), plan, yes, as_json)
