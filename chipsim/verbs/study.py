"""What every verb of a study does: see that its folder can be written, load, study with a bar of progress, print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from chipsim import runs
from chipsim.experiment import Experiment, load_experiment
from chipsim.report.study import Study
from chipsim.terminal import console, progress

Some = TypeVar("Some", bound=Study)
Progress = Callable[[str, float], None]
Show = Callable[[Some, Console, Path | None, bool], None]  # the study, where to print it, its folder, as JSON


def silent(text: str, share: float) -> None:
    """Nobody is told how far a study is."""


def answer(study: Callable[[Progress], Some], show: Show[Some], into: Path | None, as_json: bool) -> None:
    """Make a study and show it; InputError before anything begins where the folder `into` cannot be written."""
    if into is not None:
        runs.check_writable(into)
    with progress() as tell:
        found = study(tell)
    show(found, console(), into, as_json)


def answer_of(
    file: Path,
    arch: Path | None,
    changes: Sequence[str] | None,
    study: Callable[[Experiment, Progress], Some],
    show: Show[Some],
    into: Path | None,
    as_json: bool,
) -> None:
    """`answer` for the study of an experiment, or of a workload on an architecture."""
    answer(lambda tell: study(load_experiment(file, arch, changes or []), tell), show, into, as_json)
