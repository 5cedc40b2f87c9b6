"""The verb `train hwa`: where a hardware-aware training is kept while it runs, how it goes on after a stop, and what its folder holds."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from chipsim import runs
from chipsim.errors import CheckError, InputError
from chipsim.record import as_text
from chipsim.terminal import progress

if TYPE_CHECKING:
    from chipsim.aware.experiment import AwareExperiment
    from chipsim.aware.result import AwareResult
    from chipsim.aware.training import Trained

WORD = "hwa"
MANY = 1000  # test samples, above which a judgement is long enough to say how it becomes shorter
NEEDED = 'chipsim train hwa needs PyTorch: pip install "chipsim[train]"'


def train_hwa(
    file: Path, arch: Path | None, changes: Sequence[str], into: Path, as_json: bool, again: bool, full: bool, console: Console
) -> None:
    """Train, or find the answer of before; print the report (JSON where `as_json`). KeyboardInterrupt after Ctrl-C, with a checkpoint."""
    check_torch()
    from chipsim.aware.experiment import load_aware
    from chipsim.report.robust import render

    result, folder = train(load_aware(file, arch, changes), into, again)
    if as_json:
        print(result.to_json())
    else:
        render(result, console, full=full, folder=folder)


def file_of(words: Sequence[Path]) -> tuple[Path, bool]:
    """The file that `chipsim train` is given, and whether the word `hwa` stands before it; InputError for anything else."""
    aware = str(words[0]) == WORD
    if len(words) != 1 + aware:
        given = " ".join(map(str, words))
        raise InputError(f"train {given}: expected one file, or the word hwa and one file, such as chipsim train hwa experiment.yaml")
    return words[-1], aware


def check_torch() -> None:
    """InputError where PyTorch is missing."""
    try:
        import chipsim.aware.loop  # noqa: F401
    except ImportError as error:
        if error.name != "torch":
            raise
        raise InputError(NEEDED) from None


def train(aware: AwareExperiment, into: Path = Path("runs"), again: bool = False) -> tuple[AwareResult, Path]:
    """The answer and its folder under `into`: found there, or learned, going on from what an earlier call has left."""
    from chipsim.aware.result import AwareResult

    runs.check_writable(into)
    folder = runs.folder_of(aware.name, aware.digest, into)
    draft = runs.draft_of(folder)
    begun = (draft / "checkpoint.npz").exists()  # after --again that was stopped, an older answer is there too
    found = None if again or begun else runs.find(folder, AwareResult.load)
    if found is not None:
        print(f"answered before (on {found.provenance['date']}); --again trains anew", file=sys.stderr)
        return found, folder
    if again:
        shutil.rmtree(draft, ignore_errors=True)
    result, trained = _learned(aware, draft)
    try:
        folder = runs.write(result, into, lambda answer, target: _fill(answer, target, aware, trained))
    except (CheckError, InputError) as error:
        raise CheckError(f"{error}; {_kept(trained, draft)}") from None
    shutil.rmtree(draft, ignore_errors=True)
    return result, folder


def _kept(trained: Trained, draft: Path) -> str:
    """What of a training that ended early is kept, and how it goes on."""
    kept, epochs = trained.training.kept, trained.training.question.epochs
    if kept is None:
        return f"nothing was kept; to begin again: {_command()}"
    what = f"epochs up to {kept} of {epochs} are" if kept else f"epoch 0 of {epochs}, the network before training, is"
    return f"{what} kept in {draft}; to go on: {_command()}"


def _command() -> str:
    """The command that was given, without --again, which would begin anew; that of a program is its own affair."""
    if Path(sys.argv[0]).stem not in ("chipsim", "__main__"):
        return "ask the same again"
    return shlex.join(["chipsim", *(word for word in sys.argv[1:] if word != "--again")])


def report_hwa(folders: Sequence[Path], console: Console, as_json: bool = False, full: bool = False, plots: Path | None = None) -> None:
    """Print the reports of hardware-aware trainings, one after the other, or as JSON; pictures into the folder `plots` instead.

    InputError for a folder that holds none.
    """
    from chipsim.aware.result import AwareResult
    from chipsim.report.robust import render
    from chipsim.report.robust_plots import pictures

    results = [AwareResult.load(folder) for folder in folders]
    if plots is not None:
        for result in results:
            for path in pictures(result, plots if len(results) == 1 else plots / result.digest):
                print(path)
    elif as_json:
        print(as_text(results))
    else:
        for result, folder in zip(results, folders, strict=True):
            render(result, console, full=full, folder=folder)


def _learned(aware: AwareExperiment, draft: Path) -> tuple[AwareResult, Trained]:
    """The answer and its training, with a checkpoint after each epoch in `draft`."""
    from chipsim.aware.answer import answer
    from chipsim.aware.training import begun
    from chipsim.report.robust import epoch_line

    runs.begin(aware.question, draft)
    with progress() as show:
        trained = begun(aware, draft, _say)
        if trained.training.rows:
            _say(f"going on after epoch {trained.training.epoch} of {aware.question.epochs}, from {draft}")
        metric = aware.workload.metric.told()
        try:
            trained.training.run(show, lambda row: _say(epoch_line(row._asdict(), aware.question.epochs, metric)))
            _say(_judging(aware))
            return answer(aware, trained.found, show), trained
        except KeyboardInterrupt:
            _say(f"stopped; {_kept(trained, draft)}")
            raise


def _judging(aware: AwareExperiment) -> str:
    """What comes after the last epoch, and may take longer than all of them."""
    asked = aware.experiment.question
    tested, times = asked.samples or len(aware.workload.inputs), len(asked.times)
    readings = f"{asked.chips} x {asked.repeats} programmings, {times} time{'s' if times > 1 else ''}"
    fewer = "; fewer with --set experiment.samples=1000" if tested > MANY else ""
    return f"trained; now the simulator judges the weights before and after: {tested:,} test samples, {readings}{fewer}"


def _fill(result: AwareResult, folder: Path, aware: AwareExperiment, trained: Trained) -> None:
    """Report and pictures; the weights, and a workload that has learned them, which `chipsim run` can take; an ONNX file."""
    from chipsim.aware.export import ONNX, write_onnx, write_weights
    from chipsim.aware.training import CHECKPOINT
    from chipsim.report.robust import save

    problem = write_onnx(trained.network, folder / ONNX)
    if problem:
        _say(problem)
    save(replace(result, warnings=[*result.warnings, problem]) if problem else result, folder)
    draft = runs.draft_of(runs.folder_of(aware.name, aware.digest, folder.parent))
    found = trained.found
    write_weights(folder, aware.workload.spec, found.arrays, found.ranges)
    kept = draft / CHECKPOINT
    if kept.exists():
        shutil.copyfile(kept, folder / CHECKPOINT)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
