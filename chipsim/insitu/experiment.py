"""One training, one answer: networks that learn, seed after seed, each with its floating-point twin.

`TrainingExperiment.run()` reads like its list of steps. It may be stopped at any mini-batch; asked again, it goes on from the
checkpoints of its folder and ends with the same bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.assumptions import specs_in
from chipsim.comparators.comparator import named
from chipsim.compose import changed, read
from chipsim.errors import InputError
from chipsim.experiment import as_experiment, with_files
from chipsim.insitu.clock import TrainingClock
from chipsim.insitu.question import TrainingQuestion
from chipsim.lesson import cuts_of, laid_out
from chipsim.mapping.mapping import Mapping
from chipsim.reading import build
from chipsim.spec import names_file
from chipsim.streams import Stream
from chipsim.training.loop import NOBODY, Keeping, Looking, Training
from chipsim.training.network import Network, check_kinds
from chipsim.training.reads import Reads
from chipsim.training.rules import Rule
from chipsim.training.samples import Samples, samples_of
from chipsim.tree import Node
from chipsim.version import VERSION
from chipsim.workload.graph import Graph
from chipsim.workload.load import output_shapes, placed, workload_of
from chipsim.workload.weights import Weights


class Trained(NamedTuple):
    """One training that is over, and the seed it was made with."""

    seed: int
    training: Training


@final
@dataclass
class TrainingExperiment:
    """A question about training with its data loaded; made by `load_training`."""

    question: TrainingQuestion
    train: Samples
    test: Samples
    start: Map[str, Weights] | None = None  # trained weights to go on from
    fingerprint: str = ""  # hash of data, weights and the files that the description names
    wall: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the training."""
        question = self.question
        return question.name or f"{question.workload.name} on {question.architecture.name} with {question.rule.type_name}"

    @property
    def digest(self) -> str:
        """Hash of the resolved question and of the data it is asked about."""
        return hashlib.sha256(f"{self.question.asked.digest()} {self.fingerprint} {VERSION}".encode()).hexdigest()[:12]

    @property
    def seeds(self) -> range:
        """The seeds of the trainings."""
        return range(self.question.seed, self.question.seed + self.question.seeds)

    @property
    def rule(self) -> Rule:
        """The rule with the devices it works on: its own, or those of the chip; InputError where neither says."""
        rule, learning = self.question.rule, self.question.architecture.tile.learning
        return rule if rule.response is not None or learning is None else rule.having(response=learning.response)

    @cached_property
    def mapping(self) -> Mapping:
        """Which block of which layer lies on which tile, one copy of each."""
        return laid_out(self.question.workload, self.question.architecture, self.question.mapping)

    @cached_property
    def clock(self) -> TrainingClock | None:
        """The chip on the clock; None where nothing is to be played, or the chip does not say what learning takes."""
        question = self.question
        if not question.timing.moments or question.architecture.tile.learning is None:
            return None
        return TrainingClock(question, self.mapping, self.rule.footprint, len(self.train.x), self.rule.interval)

    def network(self, seed: int) -> Network:
        """The network on the chip before it learns."""
        question = self.question
        learning = question.architecture.tile.learning
        reads = Reads(question.architecture.tile.array, *(() if learning is None else (learning.transposed,)))
        stream, chip = self._streams(seed)
        return Network(question.workload, self.rule, reads, stream, chip, question.omega, self.start, cuts_of(self.mapping))

    def twin(self, seed: int) -> Network:
        """The same network in floating point."""
        stream, chip = self._streams(seed)
        return Network(self.question.workload, None, Reads(), stream, chip, start=self.start)

    def training(self, seed: int, folder: Path | None = None, looking: Looking = NOBODY) -> Training:
        """One training as it stands: at its beginning, or where the checkpoint in `folder` was written."""
        twin = self.twin(seed) if self.question.twin else None
        keeping = None if folder is None else Keeping(folder / f"seed-{seed}.npz", self.question.checkpoint)
        stream = self._streams(seed)[0].child("training")
        moments = None if self.clock is None else self.clock.moments
        return Training(self.network(seed), twin, self.train, self.test, self.question.schedule, stream, keeping, looking, moments)

    def check(self) -> None:
        """InputError for what would only be found on the way, such as stores without room for a mini-batch."""
        network = self.training(self.question.seed).networks[0]
        if self.clock is not None:
            first = self.train.taken(slice(self.question.schedule.batch))
            work = network.step(first.x, first.labels, self.question.schedule.rate, 0, watch=True).work
            self.clock.play([work] if work is not None else [])

    def run(self, folder: Path | None = None, looking: Looking = NOBODY) -> list[Trained] | None:
        """All trainings, one after the other, with checkpoints in `folder`; None where who looks on stopped them.

        CheckError where a training diverges.
        """
        found = []
        for seed in self.seeds:
            training = self.training(seed, folder, looking)
            training.run()
            if not training.done:
                return None
            found.append(Trained(seed, training))
        return found

    def place(self, training: Training) -> int:
        """Which of the trainings this is, counted from 0."""
        return training.stream.seed - self.question.seed

    def spent(self, training: Training) -> tuple[float, float] | None:
        """Time (s) and energy (J) that the chip has taken so far, None as long as nothing was played."""
        if self.clock is None or not training.moments:
            return None
        time, energy = self.clock.spent(training.moments, training.epoch + training.position / len(self.train.x))
        return time.value, energy.value

    def _streams(self, seed: int) -> tuple[Stream, Stream]:
        """Of everything, and of what is fixed for the chip."""
        chip_seed = self.question.chip_seed
        return Stream(seed).child("train"), Stream(seed if chip_seed is None else chip_seed).child("chip 0")


def load_training(file: str | Path, architecture: str | Path | None = None, changes: Sequence[str] = ()) -> TrainingExperiment:
    """A training experiment from its file, or from a workload together with an architecture and a rule among the `changes`.

    `changes` are `key.sub=value`, counted from the top of the experiment (`rule.type=tiki_taka_v2`). InputError lists all problems.
    """
    node = with_files(as_experiment(read(file)), architecture)
    for change in changes:
        node = changed(node, change)
    return training_of(node)


def training_of(node: Node) -> TrainingExperiment:
    """The training that a tree describes, its data loaded; InputError lists all problems."""
    question = build(TrainingQuestion, named(node))
    assert isinstance(node.value, dict)
    if isinstance(question.mapping.copies, dict):
        raise InputError(node.problem("a layer that learns cannot have copies, they would learn apart; leave it out", "mapping.copies"))
    spec, described = question.workload, node.value["workload"]
    with placed(described):
        graph = Graph(spec.layers)
        output = output_shapes(spec, graph)[graph.output]
        check_kinds(graph)  # layers without a backward path
    train, test = (_first(*both) for both in zip(("samples", "test_samples"), (question.samples, question.test_samples),
                                                 samples_of(spec, output), strict=True))  # fmt: skip
    start = workload_of(described).weights if question.start == "weights" else None
    experiment = TrainingExperiment(question, train, test, start, _fingerprint(question, train, test, start))
    experiment.check()
    return experiment


def _first(name: str, count: int | None, samples: Samples) -> Samples:
    if count is not None and count > len(samples.x):
        raise InputError(f"{name}: {count} samples are asked for, but this part of the data has {len(samples.x)}")
    return samples.taken(slice(count))


def _fingerprint(question: TrainingQuestion, train: Samples, test: Samples, start: Map[str, Weights] | None) -> str:
    """Hash of the numbers that the question is about: samples, first weights, and the files that chip and rule name."""
    digest = hashlib.sha256()
    for spec in (*specs_in(question.architecture), *specs_in(question.rule)):
        for file in (getattr(spec, name) for name, info in type(spec).model_fields.items() if names_file(info)):
            digest.update(Path(file).read_bytes() if file and Path(file).is_file() else b"")
    weights: list[NDArray[Any]] = [array for name in sorted(start or {}) for array in (start or {})[name] if array is not None]
    weights += [*train, *test]
    for array in weights:
        digest.update(f"{array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
