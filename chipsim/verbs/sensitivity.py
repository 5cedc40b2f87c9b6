"""The verb `sensitivity`: what its words mean, and where the study goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.report.sensitivity import render, write
from chipsim.report.study import present
from chipsim.studies.asked import listed
from chipsim.studies.sensitivity import REPEATS, SensitivityStudy, study
from chipsim.verbs.study import Progress, silent

MOST = 1000


def study_sensitivity(
    files: Sequence[Path],
    arch: Path | None = None,
    changes: Sequence[str] = (),
    of: str = "",
    samples: int | None = None,
    repeats: int | None = None,
    progress: Progress = silent,
) -> SensitivityStudy:
    """The study of one or several networks; words as on the command line. InputError for wrong ones."""
    repeats = REPEATS if repeats is None else repeats
    if samples is not None and samples < 1:
        raise InputError(f"--samples {samples}: expected 1 or more")
    if not 1 <= repeats <= MOST:
        raise InputError(f"--repeats {repeats}: expected a number from 1 to {MOST:,}")
    experiments = [load_experiment(file, arch, changes) for file in files]
    names = [experiment.name for experiment in experiments]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice:
        raise InputError(f"sensitivity: two of the networks are called '{twice}'; expected different ones, or give one a `name`")
    terms = [word.replace(" ", "_") for word in listed(of)]
    return study(experiments, terms, samples, repeats, progress)


def print_sensitivity(found: SensitivityStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)
