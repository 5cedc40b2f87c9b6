"""The verb `array-size`: what its texts mean, and where the study goes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from rich.console import Console

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.report.array_size import render, write
from chipsim.report.study import present
from chipsim.studies.array_size import SIZES, ArraySizeStudy, study
from chipsim.studies.resized import Bound, Rest
from chipsim.verbs.study import Progress, silent


def sizes_of(text: str) -> tuple[int, ...]:
    """Sizes such as `64, 128`, each once and in order; empty for the usual ones. InputError for what is none."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if not word.isascii() or not word.isdigit() or not 2 <= int(word) <= 16384:
            raise InputError(f"--sizes: '{word:.40}' is no size of an array; expected numbers from 2 to 16384, such as '64,128,256'")
    return tuple(sorted({int(word) for word in words})) or SIZES


def study_sizes(
    experiment: Experiment,
    sizes: str = "",
    bound: str = "keep",
    rest: str = "lines",
    progress: Progress = silent,
) -> ArraySizeStudy:
    """The study of an experiment; words as on the command line. InputError for wrong ones."""
    for option, word, known in (("--bound", bound, get_args(Bound)), ("--rest", rest, get_args(Rest))):
        if word not in known:
            raise InputError(f"{option} {word}: expected one of {', '.join(known)}")
    return study(experiment, sizes_of(sizes), bound, rest, progress)  # type: ignore[arg-type]  # checked above


def print_sizes(found: ArraySizeStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)
