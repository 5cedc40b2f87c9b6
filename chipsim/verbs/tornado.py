"""The verb `tornado`: what its texts mean, and where the study goes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.report.study import present
from chipsim.report.tornado import TOP, render, write
from chipsim.studies.asked import listed, measures_of
from chipsim.studies.tornado import STEP, TornadoStudy, study
from chipsim.verbs.study import Progress, silent


def share_of(text: str) -> float:
    """A share such as `10%` or `0.1`; the usual step for an empty text. InputError for what is none."""
    if not text.strip():
        return STEP
    number, sign, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if sign else 1)
    except ValueError:
        share = 0.0
    if rest or not 0 < share < 1:
        raise InputError(f"--step: '{text:.40}' is no step; expected more than 0 and less than 100%, such as 10%")
    return share


def study_tornado(
    experiment: Experiment,
    step: str = "",
    of: str = "",
    only: str = "",
    progress: Progress = silent,
) -> TornadoStudy:
    """The study of an experiment; words as on the command line. InputError for wrong ones."""
    return study(experiment, measures_of(listed(of)), share_of(step), listed(only), progress)


def print_tornado(
    found: TornadoStudy, console: Console, into: Path | None = None, as_json: bool = False, top: int = TOP
) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`; InputError for a `top` below 1."""
    if top < 1:
        raise InputError(f"--top {top}: expected 1 or more")
    present(found, partial(render, top=top), partial(write, top=top), console, into, as_json)
