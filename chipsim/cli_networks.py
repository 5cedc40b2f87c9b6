"""Verbs about networks: how robust one is, what precision it needs, how it fits. `cli` gives them to the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chipsim.cli_chips import Arch, Changes, Into, Json, Subject


def sensitivity(
    files: Annotated[list[Path], typer.Argument(help="experiments, workloads (YAML) or networks (ONNX); several are put side by side")],
    arch: Arch = None,
    changes: Changes = None,
    of: Annotated[str, typer.Option(help="non-idealities, by commas: programming, output_noise, adc_bits ...; by default all")] = "",
    samples: Annotated[int | None, typer.Option(help="samples of A* (default: the experiment's, or the first 1,000)")] = None,
    repeats: Annotated[int | None, typer.Option(help="programmed chips that an A* is the mean of (default: 3)")] = None,
    into: Into = None,
    as_json: Json = False,
) -> None:
    """Find which non-ideality to fix first: at which value of each the network falls to 99 % of float, alone and on top of the rest."""
    from chipsim.verbs.sensitivity import print_sensitivity, study_sensitivity
    from chipsim.verbs.study import answer

    study = lambda show: study_sensitivity(files, arch, changes or [], of, samples, repeats, show)  # noqa: E731
    answer(study, print_sensitivity, into, as_json)


def reload(
    file: Annotated[Path, typer.Argument(help="an experiment, a workload (YAML) or a network (ONNX)")],
    arch: Arch = None,
    changes: Changes = None,
    batch: Annotated[int, typer.Option(help="samples that pass through a round before the next one is written")] = 100,
    rounds: Annotated[int | None, typer.Option(help="cut into so many rounds (default: as few as fit)")] = None,
    tiles: Annotated[int | None, typer.Option(help="tiles of which weights are written in a round, at most (default: all)")] = None,
    endurance: Annotated[float | None, typer.Option(help="pulses that a device survives, such as 1e6")] = None,
    beside: Annotated[bool, typer.Option("--beside", help="simulate chips that hold the whole network, too")] = False,
    into: Into = None,
    as_json: Json = False,
) -> None:
    """Run a network that is too large for its chip in rounds of weights: time, energy and wear of batches, accuracy."""
    from chipsim.studies.reload import study
    from chipsim.verbs.reload import print_reload
    from chipsim.verbs.study import answer_of

    made = lambda experiment, show: study(experiment, batch, rounds, tiles, endurance, beside, show)  # noqa: E731
    answer_of(file, arch, changes, made, print_reload, into, as_json)


def compare_precision(
    file: Subject,
    arch: Arch = None,
    changes: Changes = None,
    trained: Annotated[Path | None, typer.Option(help="run folder of `chipsim train hwa`, or a workload (YAML) with its weights")] = None,
    times: Annotated[str, typer.Option(help="times after programming, such as '1 s, 1 h'; by default the experiment's")] = "",
    into: Into = None,
    as_json: Json = False,
) -> None:
    """Compare precisions in one table: float, INT8 and INT4 digital, mapped directly, trained for the chip; over time."""
    from chipsim.verbs.compare_precision import print_precision, study_precision
    from chipsim.verbs.study import answer_of

    study = lambda experiment, show: study_precision(experiment, trained, times, show)  # noqa: E731
    answer_of(file, arch, changes, study, print_precision, into, as_json)
