"""The verb `uncertainty`: what its words mean, and where the study goes."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.report.study import present
from chipsim.report.uncertainty import render, write
from chipsim.studies.asked import listed, measures_of
from chipsim.studies.uncertainty import DRAWS, UncertaintyStudy, study
from chipsim.verbs.study import Progress, silent

MOST = 100_000


def study_uncertainty(
    experiment: Experiment,
    draws: int = DRAWS,
    seed: int = 0,
    of: str = "",
    only: str = "",
    progress: Progress = silent,
) -> UncertaintyStudy:
    """The study of an experiment; words as on the command line. InputError for wrong ones."""
    if not 1 <= draws <= MOST:
        raise InputError(f"--samples {draws}: expected a number from 1 to {MOST:,}")
    if seed < 0:
        raise InputError(f"--seed {seed}: expected 0 or more")
    return study(experiment, measures_of(listed(of)), draws, seed, listed(only), progress)


def print_uncertainty(found: UncertaintyStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)
