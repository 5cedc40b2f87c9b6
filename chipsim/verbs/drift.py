"""The verb `drift`: what its texts mean, and where the study goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.report.drift import render, write
from chipsim.report.study import present
from chipsim.studies.drift import CALIBRATE, PROGRAM, DriftStudy, study
from chipsim.studies.drift_moments import COMPENSATIONS, Every
from chipsim.units import DIMENSIONS, parse
from chipsim.verbs.device import times_of

NEVER, NONE = "never", "none"


def study_drift(
    experiment: Experiment,
    times: str = "",
    compensations: str = "",
    calibrate_every: str = "",
    program_every: str = "",
    progress: Callable[[str, float], None] = lambda text, share: None,
) -> DriftStudy:
    """The study of an experiment; lists are texts as on the command line, empty for the usual ones. InputError for wrong ones."""
    kinds = [word.strip() for word in compensations.split(",")] if compensations.strip() else COMPENSATIONS
    calibrate = _intervals("--calibrate-every", calibrate_every, CALIBRATE)
    program = _intervals("--program-every", program_every, PROGRAM)
    return study(experiment, times_of(times), kinds, calibrate, program, progress)


def share_of(text: str) -> float:
    """A share such as `1%`, `0.5 %` or `0.01`; InputError for what is none."""
    number, percent, _ = text.strip().partition("%")
    try:
        return float(number) / 100 if percent else float(number)
    except ValueError:
        raise InputError(f"--within: '{text:.40}' is no share; expected one such as 1% or 0.01") from None


def print_drift(found: DriftStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)


def _intervals(option: str, text: str, usual: tuple[Every, ...]) -> tuple[Every, ...]:
    """Intervals such as `1 h, 1 d, never`, each once; `none` stands for no interval at all."""
    words = [word.strip() for word in text.split(",")]
    if words in ([""], [NONE]):
        return () if words == [NONE] else usual
    try:
        found = [None if word == NEVER else parse(word, DIMENSIONS["time"]) for word in words]
    except ValueError as error:
        raise InputError(f"{option}: {error}; separate intervals by commas, such as '1 h, 1 d, never', or say 'none'") from None
    wrong = [every for every in found if every is not None and not 0 < every < float("inf")]
    if wrong:
        raise InputError(f"{option}: an interval of {wrong[0]:g} s; expected more than 0 s")
    return tuple(dict.fromkeys(found))
