"""What a point of a sweep asks: an experiment or a training, answered and kept in its run folder."""

from __future__ import annotations

import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, final

from chipsim import runs
from chipsim.errors import ChipsimError
from chipsim.experiment import Experiment, experiment_of
from chipsim.insitu.answer import answer as training_answer
from chipsim.insitu.experiment import TrainingExperiment, training_of
from chipsim.insitu.result import TrainingResult
from chipsim.result import Result
from chipsim.reuse import Known
from chipsim.sweep.measures import Column, values_of
from chipsim.tree import Node

Some = TypeVar("Some", Result, TrainingResult)


class StorageError(ChipsimError):
    """The folder of the sweep cannot be written: nothing is wrong with the point, but no other point can be kept either."""


class Asked(ABC):
    """One question of a sweep."""

    experiment: Experiment | TrainingExperiment
    result: Result | TrainingResult | None = None

    @abstractmethod
    def find(self, folder: Path) -> bool:
        """Take the answer from a run folder; False where there is none, or a damaged one."""

    @abstractmethod
    def answer(self, folder: Path, known: Known) -> None:
        """Find the answer and keep it in its run folder; StorageError where that cannot be written."""

    def adopt(self, folder: Path) -> bool:
        """Take the answer of the same question from another sweep beside this one, and keep it here too; False where there is none."""
        for other in sorted(folder.parents[2].glob(f"*/{folder.parent.name}/{folder.name}")):
            if other != folder and self.find(other):
                assert self.result is not None
                _kept(self.result, folder.parent)
                return True
        return False

    def values(self, columns: Sequence[Column]) -> dict[str, float | None]:
        """The numbers of the answer, by column."""
        assert self.result is not None
        return values_of(self.result, columns, self.experiment.question.architecture)

    @property
    def seconds(self) -> float:
        """Wall time of the answer when it was found."""
        assert self.result is not None
        return float(sum(self.result.provenance["wall"].values()))


def asked(node: Node) -> Asked:
    """The question that a tree describes; InputError lists all problems."""
    if isinstance(node.value, dict) and "rule" in node.value:
        return AskedTraining(training_of(node))
    return AskedRun(experiment_of(node))


@final
class AskedRun(Asked):
    """A run of a network on a chip."""

    experiment: Experiment

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment

    def find(self, folder: Path) -> bool:
        self.result = _found(folder, runs.find(folder))
        return self.result is not None

    def answer(self, folder: Path, known: Known) -> None:
        self.experiment.threads = 1  # every worker has one core
        self.result = self.experiment.run(known=known)
        _kept(self.result, folder.parent)


@final
class AskedTraining(Asked):
    """A training on a chip; one that was killed goes on from its last checkpoint."""

    experiment: TrainingExperiment

    def __init__(self, experiment: TrainingExperiment) -> None:
        self.experiment = experiment

    def find(self, folder: Path) -> bool:
        self.result = _found(folder, runs.find(folder, TrainingResult.load))
        return self.result is not None

    def answer(self, folder: Path, known: Known) -> None:
        draft = runs.draft_of(folder)
        with _alone(draft) as kept:
            trained = self.experiment.run(draft if kept else None)
            assert trained is not None  # nobody stops it
            self.result = training_answer(self.experiment, trained)
            _kept(self.result, folder.parent)
            if kept:
                shutil.rmtree(draft, ignore_errors=True)


def _found(folder: Path, result: Some | None) -> Some | None:
    """A result whose folder also holds its question to the last key; None where a crash of the machine has cut that."""
    if result is None:
        return None
    try:
        text = (folder / "experiment.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    whole = text.endswith("\n") and all(f"\n{key}:" in f"\n{text}" for key in result.experiment)
    return result if whole else None


def _kept(result: Result | TrainingResult, into: Path) -> None:
    if not into.is_dir():
        raise StorageError(f"{into.parent}: the folder of the sweep is gone")
    try:
        runs.write(result, into, indent=None)
    except (ChipsimError, OSError) as error:
        raise StorageError(str(error)) from None


@contextmanager
def _alone(draft: Path) -> Iterator[bool]:
    """Whether this process is the only one that writes checkpoints into a folder; a lock that ends with the process."""
    try:
        draft.mkdir(exist_ok=True)
        file = (draft / "lock").open("w")
    except OSError as error:
        raise StorageError(f"{draft}: no checkpoint can be written here ({error.strerror})") from None
    with file:
        yield _locked(file.fileno())


def _locked(number: int) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
