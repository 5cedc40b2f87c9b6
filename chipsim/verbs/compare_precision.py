"""The verb `compare-precision`: what its words mean, where trained weights lie, and where the study goes."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.report.precision import render, write
from chipsim.report.study import present
from chipsim.studies.precision import WAY, PrecisionStudy, study
from chipsim.verbs.device import times_of
from chipsim.verbs.study import Progress, silent
from chipsim.workload.graph import Workload
from chipsim.workload.load import load_workload

WORKLOAD = "workload.yaml"


def trained_of(path: Path) -> Workload:
    """The network of a run folder of hardware-aware training, or of a workload file; InputError where there is none."""
    file = path / WORKLOAD if path.is_dir() else path
    if not file.is_file():
        what = f"has no {WORKLOAD}" if path.is_dir() else "does not exist"
        raise InputError(f"--trained: {path} {what}; expected a run folder of `{WAY}`, or a workload (YAML)")
    return load_workload(file)


def study_precision(
    experiment: Experiment, trained: Path | None = None, times: str = "", progress: Progress = silent
) -> PrecisionStudy:
    """The study of an experiment at `times` (as on the command line; empty: its own). InputError for wrong words."""
    other = None if trained is None else trained_of(trained)
    asked = times_of(times)
    if asked:
        experiment = Experiment(experiment.question.having(times=tuple(asked)), experiment.workload, experiment.fingerprint)
    return study(experiment, other, progress=progress)


def print_precision(found: PrecisionStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)
