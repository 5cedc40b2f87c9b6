"""The verb `train`: where a training is kept while it runs, how it is stopped and taken up again, and what its folder holds."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console

from chipsim import runs
from chipsim.insitu.answer import answer
from chipsim.insitu.experiment import Trained, TrainingExperiment
from chipsim.insitu.result import TrainingResult
from chipsim.record import as_text
from chipsim.report.training import render, save
from chipsim.report.training_bar import Bar, bar
from chipsim.report.training_compare import compare
from chipsim.report.training_plots import pictures
from chipsim.spec import yaml_text
from chipsim.training.loop import Looking, Training

WEIGHTS = "weights.npz"


def train(experiment: TrainingExperiment, into: Path = Path("runs"), again: bool = False) -> tuple[TrainingResult, Path]:
    """The answer and its folder under `into`: found there, or learned, going on from what an earlier call has left.

    `again`: from the beginning. KeyboardInterrupt after Ctrl-C, with a checkpoint; CheckError when a training diverges.
    """
    runs.check_writable(into)
    folder = runs.folder_of(experiment.name, experiment.digest, into)
    result = None if again else runs.find(folder, TrainingResult.load)
    if result is not None:
        print(f"answered before (on {result.provenance['date']}); --again trains anew", file=sys.stderr)
        return result, folder
    draft = runs.draft_of(folder)
    if again:
        shutil.rmtree(draft, ignore_errors=True)
    trained = _learned(experiment, runs.begin(experiment.question, draft))
    if trained is None:
        way_on = f"chipsim train {draft / 'experiment.yaml'} --into {into}"
        print(f"stopped; the training is kept in {draft}; go on with: {way_on}", file=sys.stderr)
        raise KeyboardInterrupt
    result = answer(experiment, trained)
    folder = runs.write(result, into, lambda found, target: _fill(found, target, experiment, trained))
    shutil.rmtree(draft, ignore_errors=True)
    return result, folder


def report_trainings(
    folders: Sequence[Path], console: Console, as_json: bool = False, full: bool = False, plots: Path | None = None
) -> None:
    """Print the report of a training, several side by side, or as JSON; pictures into the folder `plots` instead where it is given.

    InputError for a folder that holds no training.
    """
    results = [TrainingResult.load(folder) for folder in folders]
    if plots is not None:
        for result in results:
            for path in pictures(result, plots if len(results) == 1 else plots / result.digest):
                print(path)
    elif as_json:
        print(as_text(results))
    elif len(results) == 1:
        render(results[0], console, full=full, folder=folders[0])
    else:
        compare(results, console)


def _learned(experiment: TrainingExperiment, draft: Path) -> list[Trained] | None:
    with _stopping() as stop, bar(experiment.question.seeds) as shown:
        return experiment.run(draft, Looking(lambda training: _look(training, shown, experiment, stop), shown.say))


def _look(training: Training, shown: Bar, experiment: TrainingExperiment, stop: threading.Event) -> bool:
    if shown.due:
        shown.tell(training, experiment.place(training), experiment.spent(training))
    return not stop.is_set()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that a mini-batch is finished first; a second Ctrl-C stops at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield event
        return

    def handle(number: int, frame: object) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def _fill(result: TrainingResult, folder: Path, experiment: TrainingExperiment, trained: list[Trained]) -> None:
    """Reports and pictures; the weights, and a workload that has learned them, which `chipsim run` can take."""
    save(result, folder)
    for place, (seed, training) in enumerate(trained):
        name = WEIGHTS if place == 0 else f"weights-seed-{seed}.npz"
        with (folder / name).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **training.networks[0].weights())
    spec = experiment.question.workload
    plain = spec.plain()
    before = ("weights", "onnx", "shapes", "output", "digital")  # where the weights came from that were not learned
    learned = {"name": plain.pop("name"), "weights": WEIGHTS} | {name: value for name, value in plain.items() if name not in before}
    (folder / "workload.yaml").write_text(yaml_text(learned), encoding="utf-8")
