"""`chipsim.run` in Python: what `chipsim run` does, but for what it prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chipsim import runs
from chipsim.architecture import Architecture
from chipsim.errors import CheckError
from chipsim.experiment import load_experiment
from chipsim.report.folder import save
from chipsim.result import Result
from chipsim.workload.graph import Workload


def run(
    workload: str | Path | Workload,
    architecture: str | Path | Architecture | None = None,
    changes: Sequence[str] = (),
    into: str | Path | None = "runs",
    again: bool = False,
) -> Result:
    """The answer to an experiment (arguments as those of `load`), with all its reports in a folder of its own under `into`.

    An answer that lies there is not simulated `again`; with `into=None` nothing is written. InputError for a question that cannot be
    asked, CheckError when a check of the answer fails.
    """
    experiment = load_experiment(workload, architecture, changes)
    found = runs.find(runs.folder_of(experiment.name, experiment.digest, into)) if into is not None and not again else None
    if into is not None:
        runs.check_writable(into)
    result = found or experiment.run()
    if into is not None and found is None:
        runs.write(result, into, save)
    failed = [row["name"] for row in result.checks if not row["passed"]]
    if failed:
        raise CheckError(f"checks failed: {', '.join(failed)}; the figures of this run are not to be trusted")
    return result
