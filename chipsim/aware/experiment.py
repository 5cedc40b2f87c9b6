"""A hardware-aware training with everything it needs: the experiment it serves, and the data it learns from.

The network learns from the `train` split of the workload's data; a share of it, drawn once, is held out and chooses the best epoch. The
split that the workload names, `test`, is read when all is over, to judge the found weights as `chipsim run` judges any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.aware.description import AwareQuestion
from chipsim.comparators.comparator import named
from chipsim.compose import changed
from chipsim.errors import InputError
from chipsim.experiment import Experiment, experiment_of
from chipsim.kernels.philox import uniform
from chipsim.loaded import as_experiment, as_node, opened, with_files
from chipsim.question import Question
from chipsim.reading import build
from chipsim.streams import Stream
from chipsim.tree import Node
from chipsim.version import VERSION
from chipsim.workload.data import Targets, load_data
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.given import brought
from chipsim.workload.graph import Workload
from chipsim.workload.load import check_samples

EXPERIMENT = "experiment"


class Part(NamedTuple):
    """Samples: images [N, C, H, W] float32, scaled, and their labels [N] or [N, T]."""

    x: NDArray[np.float32]
    labels: NDArray[Any]

    def taken(self, chosen: NDArray[np.int64] | slice) -> Part:
        """Some of them."""
        return Part(self.x[chosen], self.labels[chosen])


@final
@dataclass
class AwareExperiment:
    """A hardware-aware training with its data loaded; made by `load_aware`."""

    question: AwareQuestion
    experiment: Experiment  # the network before it learns, the chip, and the data it is judged by
    train: Part
    validation: Part
    fingerprint: str

    @property
    def name(self) -> str:
        """Name of the training."""
        return self.question.title

    @property
    def digest(self) -> str:
        """Hash of the resolved question and of the numbers it is asked about."""
        return hashlib.sha256(f"{self.question.digest()} {self.fingerprint} {VERSION}".encode()).hexdigest()[:12]

    @property
    def workload(self) -> Workload:
        """The network before it learns."""
        return self.experiment.workload


def load_aware(
    file: str | Path | Workload,
    architecture: str | Path | Architecture | None = None,
    changes: Sequence[str] = (),
    train: tuple[NDArray[np.float32], NDArray[Any]] | None = None,
) -> AwareExperiment:
    """A hardware-aware training from its file, or from an experiment or a workload (YAML, ONNX) with defaults.

    A Workload and an Architecture made in Python may stand in place of their files; `train` are then the images [N, C, H, W], scaled, and
    labels to learn from. `changes` are `key.sub=value`: of the training, or else of its experiment (`epochs=3`,
    `architecture.tile.array.adc.bits=6`). InputError lists all problems.
    """
    own = brought(file) if isinstance(file, Workload) else None
    node = aware_node(as_node(own.spec) if own else opened(str(file)), architecture)
    for change in changes:
        node = changed(node, _placed(change))
    return aware_of(node, own, None if train is None else Part(*train))


def aware_node(node: Node, architecture: str | Path | Architecture | None = None) -> Node:
    """The tree of a hardware-aware training with the files that it names read in; `architecture` replaces that of the experiment."""
    entries = dict(node.value) if isinstance(node.value, dict) else {}
    if EXPERIMENT not in entries or "axes" in entries:  # a sweep has an experiment too, and is refused by name
        entries = {EXPERIMENT: node}
    inner = entries[EXPERIMENT]
    if isinstance(inner.value, str):
        inner = opened(inner.folder / inner.value)
    inner = with_files(as_experiment(inner), architecture)
    if isinstance(inner.value, dict) and "rule" in inner.value:
        message = "belongs to a training on the chip; expected an experiment or a workload here, in which no rule is named"
        raise InputError(inner.value["rule"].problem(message, "rule"))
    return Node(entries | {EXPERIMENT: inner}, node.file, node.line, node.column, node.folder)


def aware_of(node: Node, own: Workload | None = None, given: Part | None = None) -> AwareExperiment:
    """The hardware-aware training that a tree describes, its data loaded; InputError lists all problems.

    A program may bring its `own` network, and samples to learn from (`given`).
    """
    assert isinstance(node.value, dict)
    inner = named(node.value[EXPERIMENT])
    question = build(AwareQuestion, Node(node.value | {EXPERIMENT: inner}, node.file, node.line, node.column, node.folder))
    experiment = experiment_of(inner, own)
    samples = training_data(question, experiment.workload, given)
    train, validation = divided(samples, question.validation, question.seed)
    return AwareExperiment(question, experiment, train, validation, _fingerprint(experiment.numbers, samples))


def training_data(question: AwareQuestion, workload: Workload, given: Part | None = None) -> Part:
    """What is learned from, given or the training split of a workload's data; InputError where there is none, or it does not fit."""
    spec = workload.spec
    found = _stored(spec, workload.metric.targets) if given is None else given
    output, file = workload.shapes[workload.output], spec.data.file if spec.data and given is None else ""
    check_samples(found.x, found.labels, spec.input.shape, output, file, workload.metrics, "train" if file else "")
    if question.samples is not None and question.samples > len(found.x):
        raise InputError(f"samples: {question.samples} samples are asked for, but the training data has {len(found.x)}")
    return found.taken(slice(question.samples))


def _stored(spec: WorkloadSpec, targets: Targets) -> Part:
    """The training split of the data that a workload names."""
    if spec.data is None:
        raise InputError("workload.data: is missing; a network learns from data, expected an .npz file with x_train and y_train")
    if spec.data.split == "train":
        raise InputError("workload.data.split: is train, so the network would be judged by what it has learned from; expected test")
    try:
        return Part(*load_data(Path(spec.data.file), spec.data.having(split="train"), spec.input, targets))
    except InputError as error:
        way_out = "hardware-aware training learns from the train split, beside the test split that it is judged by"
        raise InputError(f"{error.problems[0]}; {way_out}") from None


def divided(samples: Part, share: float, seed: int) -> tuple[Part, Part]:
    """What is learned from and what is held out, drawn from the seed; InputError where nothing is left of one of them."""
    held = round(share * len(samples.x))
    if not 0 < held < len(samples.x):
        message = f"{share:g} of {len(samples.x)} training samples are {held}; expected at least one to learn from and one to be held out"
        raise InputError(f"validation: {message}; give more samples, or another share")
    order = np.argsort(uniform(len(samples.x), Stream(seed).child("hardware-aware").child("held out").key, 0), kind="stable")
    return samples.taken(np.sort(order[held:])), samples.taken(np.sort(order[:held]))


def _placed(change: str) -> str:
    """A change with its key counted from the top of the training."""
    first = change.partition("=")[0].strip().partition(".")[0].partition("[")[0]
    inner = first in Question.model_fields and first not in AwareQuestion.model_fields
    return f"{EXPERIMENT}.{change}" if inner else change  # what neither knows is told by the training


def _fingerprint(numbers: str, samples: Part) -> str:
    """Hash of the numbers of an experiment, and of those that are learned from."""
    digest = hashlib.sha256(numbers.encode())
    for array in samples:
        digest.update(f"{array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).data)
    return digest.hexdigest()
