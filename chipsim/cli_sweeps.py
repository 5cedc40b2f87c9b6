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
    memory: Annotated[str, typer.Option(help="memory that one worker may take, such as '4 GB'; by default its part of 80 % of all")] = "",
    engine: Annotated[str, typer.Option(help="who runs the points: local, or dask for a cluster")] = "local",
    cluster: Annotated[str, typer.Option(help="of dask: local, tcp://HOST:PORT, a scheduler's .json, slurm, pbs, lsf, sge, .yaml")] = "",
    option: Annotated[list[str] | None, typer.Option("--cluster-option", help="key=value of a batch system: queue, jobs ...")] = None,
    job_script: Annotated[bool, typer.Option("--job-script", help="print the script of a job, and do nothing")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="run again what failed for good, too")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="print the plan and the estimated time, and stop there")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="run more than 100,000 points")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the table as JSON")] = False,
) -> None:
    """Run an experiment or a training at many points of its parameters, and keep every answer."""
    from chipsim.sweep.cluster import Choice
    from chipsim.verbs.sweep import sweep as swept

    choice = Choice(engine, workers, memory, cluster, tuple(option or ()))
    if job_script:
        print(choice.job_script())
        return
    swept(file, changes or [], into, choice, console(), plan, yes, as_json, retry)
