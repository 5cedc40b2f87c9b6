"""The verb `run`: an answer found or simulated, its folder, what is printed, and when an answer is not to be trusted."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from chipsim import runs
from chipsim.errors import CheckError
from chipsim.experiment import Experiment
from chipsim.report.folder import save
from chipsim.report.text import render
from chipsim.terminal import progress


def run_experiment(experiment: Experiment, into: Path, as_json: bool, full: bool, again: bool, console: Console) -> None:
    """Print the answer (as JSON where `as_json`), found in a folder under `into` or simulated; CheckError when a check of it fails."""
    runs.check_writable(into)
    folder = runs.folder_of(experiment.name, experiment.digest, into)
    result = None if again else runs.find(folder)
    if result is None:
        with progress() as show:
            result = experiment.run(show)
            show("writing", 1.0)
        folder = runs.write(result, into, save)
    else:
        print(f"answered before (on {result.provenance['date']}); --again simulates anew", file=sys.stderr)
    if as_json:
        print(result.to_json())
    else:
        render(result, console, full=full, folder=folder)
    failed = [row["name"] for row in result.checks if not row["passed"]]
    if failed:
        raise CheckError(f"checks failed: {', '.join(failed)}; the figures of this run are not to be trusted")
