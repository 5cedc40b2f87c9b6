"""One question, one answer: a workload on a chip, timed, valued and told.

`Experiment.run()` reads like its list of steps: load, map, program, time, value, sum up. Nothing is hidden in between.
"""

from __future__ import annotations

import hashlib
import time as wall_clock
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import reproduced
from chipsim.answer import Findings, result_of
from chipsim.architecture import Architecture
from chipsim.chip import Chip
from chipsim.circuits.effects import Effect
from chipsim.comparators.comparator import named
from chipsim.compose import changed, texts
from chipsim.errors import InputError, did_you_mean
from chipsim.facets import can_be_known, described, of_time, of_values
from chipsim.layer_error import SAMPLES, layer_errors
from chipsim.loaded import as_experiment, as_node, fingerprint, given, loaded, named_or_made, opened, with_files, with_files_of
from chipsim.mapping.dataflow import Dataflow
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import Mapping
from chipsim.mapping.rooms import rooms
from chipsim.population import Reading, accuracy_rows, bring_to, readings
from chipsim.programmed import ProgrammedNetwork
from chipsim.provenance import provenance
from chipsim.question import DAY, HOUR, MONTH, YEAR, Question
from chipsim.reading import build
from chipsim.result import Result, Row
from chipsim.reuse import Known, Notes, Played, blocks_of, key_of, values_in
from chipsim.streams import Stream
from chipsim.timing import Timing
from chipsim.tree import Node
from chipsim.version import VERSION
from chipsim.workload.given import brought
from chipsim.workload.graph import Workload
from chipsim.writing import Rehearsal, Writing, Written

__all__ = ["Experiment", "Progress", "as_experiment", "experiment_of", "load_experiment", "with_files"]

Progress = Callable[[str, float], None]  # what is being done, share done
RESOLUTION, OF_AT_MOST = 1e-4, 1.0  # of the youngest age that is read, but of 1 s at most: drift is compared with the end of programming
ONE_READING: dict[str, Any] = {"times": (), "chips": 1, "repeats": 1}  # a programming does not know how many others there are
FLOAT = "float network"


@final
@dataclass(repr=False)
class Experiment:
    """A question with its workload loaded; made by `load_experiment` or from a Question and a Workload."""

    question: Question
    workload: Workload
    fingerprint: str = ""  # hash of the weights and data files
    wall: dict[str, float] = field(default_factory=dict)
    threads: int | None = None  # of the functional pass (default: one for each processor); the answer is the same for any number

    def __repr__(self) -> str:
        return f"<Experiment '{self.name}', {self.digest}>"

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.question.name or f"{self.question.workload.name} on {self.question.architecture.name}"

    @property
    def digest(self) -> str:
        """Hash of the resolved question and of the weights and data it is asked about."""
        return hashlib.sha256(f"{self.question.digest()} {self.fingerprint} {VERSION}".encode()).hexdigest()[:12]

    @cached_property
    def _blank(self) -> Architecture:
        """The chip as the timed run knows it: without prices, which are added up when it is over."""
        return of_time(self.question).architecture

    def map(self) -> Mapping:
        """The mapping, decided before anything is simulated."""
        return map_workload(self.workload, self.question.architecture, self.question.mapping)

    def lay_out(self, mapping: Mapping) -> Dataflow:
        """Who sends what to whom."""
        return lay_out(self.workload, self._blank, mapping, self.question.token)

    def network(self, mapping: Mapping, chip: int = 0, repeat: int = 0, programming: int = 0) -> ProgrammedNetwork:
        """An empty chip that is to be programmed: its faults and mismatch belong to `chip`, all else to the repeat."""
        question, name = self.question, f"chip {chip}"
        fixed = Stream(question.seed if question.chip_seed is None else question.chip_seed).child(name)
        stream = Stream(question.seed).child(name).child(f"repeat {repeat}")
        stream = stream.child(f"programming {programming}") if programming else stream
        return ProgrammedNetwork(
            self.workload, of_values(question).architecture, mapping, question.programming, stream, fixed, self._exempt()
        )

    @property
    def _first_programming(self) -> int:
        """Number of the programming that the weights come from at the first time."""
        return self.question.maintenance.programming(self.question.times[0])

    def _exempt(self) -> dict[str, tuple[Effect, ...]]:
        """Effects that are switched off, by layer with weights; InputError for a layer that has none."""
        exempt = self.question.exempt
        known = ["all", *self.workload.weights]
        for name in exempt:
            if name not in known:
                raise InputError(f"exempt: no layer with weights is called '{name}' ({did_you_mean(name, known)})")
        return {name: (*exempt.get("all", ()), *exempt.get(name, ())) for name in self.workload.weights}

    def program(self, network: ProgrammedNetwork) -> Written:
        """Write the weights into a chip, in simulated time."""
        return Writing(self._blank, network, self.resolution).run().priced(self.question.architecture)

    @property
    def resolution(self) -> float:
        """To what the waits of blocks for the last one are kept (s): conductances change by less than 1e-4 of their range for half of it.

        Chips whose networks bring the weights some nanoseconds sooner or later then hold the same devices, and are as accurate.
        """
        return RESOLUTION * min(OF_AT_MOST, *(self.question.maintenance.age(time) for time in self.question.times))

    def time(self, dataflow: Dataflow, network: ProgrammedNetwork) -> Timing:
        """The timed runs: one sample alone, and a stream."""
        chip, images = self._blank, self.workload.inputs
        single = Chip(chip, dataflow, network, images, stream=1).run()
        settled = chip.tile.array.bound_management == 0  # else time depends on the data: no period can be proven
        stream = self.question.stream if settled else min(self.question.stream, 32)
        several = Chip(chip, dataflow, network, images, stream, fast_forward=settled).run()
        return Timing(single, several).priced(self.question.architecture)

    def play(self, mapping: Mapping, progress: Progress = lambda text, share: None) -> Played:
        """The chip programmed and timed; InputError for a mapping that does not fit its buffers."""
        with self._timed("map"):
            dataflow = self.lay_out(mapping)
            rooms(dataflow, self._blank)  # a buffer that is too small is told before anything long begins
        with self._timed("program"):
            progress("programming", 0.0)
            network = self.network(mapping, programming=self._first_programming)
            written = self.program(network)
        with self._timed("time"):
            progress("timed run", 0.0)
            bring_to(network, self.question.maintenance, self.question.times[0])
            timing = self.time(dataflow, network)
            agree = reproduced(network, timing.stream.outputs)
            errors = layer_errors(network, np.array(sorted(timing.stream.outputs)[:SAMPLES], np.uint32))
        return Played(mapping, network, written, timing, errors, agree, {})

    def value(self, played: Played, progress: Progress, notes: Notes | None = None) -> list[Reading]:
        """Accuracy at every time, over all chips and repeats; the first chip stands as it does at the first time."""
        question, found = self.question, []
        first = 0, 0, self._first_programming

        def programmed(chip: int, repeat: int, programming: int) -> ProgrammedNetwork:
            which, network, written = (chip, repeat, programming), played.network, played.written
            if which != first:
                network = self.network(played.mapping, *which)
                written = self.program(network)
            if notes is not None:
                notes.written(which, written)
            return network

        if notes is not None:
            notes.written(first, played.written)
        asked = question.times, question.chips, question.repeats, question.maintenance, question.samples
        total = len(question.times) * question.chips * question.repeats
        for reading in readings(programmed, *asked, self.threads, notes):
            found.append(reading)
            progress(f"accuracy after {_age(reading.time)}, chip {reading.chip + 1}, repeat {reading.repeat + 1}", len(found) / total)
        return found

    def run(self, progress: Progress = lambda text, share: None, known: Known | None = None) -> Result:
        """The answer; InputError for a question that cannot be asked, CheckError when the answer contradicts itself.

        What `known` remembers of what this question shares with others is not done again; the answer is the same.
        """
        self.question.check_times()
        known = known if can_be_known(self.question) else None
        with self._timed("map"):
            mapping = self.map()
        key = key_of("run", described(self._first_reading()), self.numbers, mapping, self.resolution) if known else ""
        played = known.played(key) if known else None
        reused = ["timed run"] if played else []
        played = played or self.play(mapping, progress)
        with self._timed("value"):
            reference, rows, again = self._valued(played, progress, known)
        if known:
            known.keep(key, played)
        written, timing = played.written.priced(self.question.architecture), played.timing.priced(self.question.architecture)
        found = Findings(mapping, played.network, written, timing, reference, rows, played.errors, played.agree)
        told = provenance(self.question.seed, self.wall, [*again, *reused])
        return result_of(self.question, self.workload, found, self.name, self.digest, told)

    def _valued(self, played: Played, progress: Progress, known: Known | None) -> tuple[list[float], list[Row], list[str]]:
        """Accuracy and further metrics of the float network, rows of accuracies, and what of them was known."""
        if self.workload.spec.drawn:
            return [], [], []
        notes = None
        if known:
            mapping, programmer = played.mapping, self.question.programming
            described_as = described(of_values(self.question).model_copy(update=ONE_READING))
            key = key_of("values", described_as, self.numbers, blocks_of(mapping), self.resolution)

            def rehearse(durations: Sequence[float]) -> tuple[float, ...]:
                return Writing(self._blank, Rehearsal(mapping, programmer, durations), self.resolution).run().waits

            notes = Notes(known, key, played, rehearse)
        reference = self._reference(known)
        metric, *also = self.workload.metrics
        rows = accuracy_rows(self.value(played, progress, notes), reference[0], self.question.within, metric, also)
        return reference, rows, notes.close() if notes else []

    def _reference(self, known: Known | None) -> list[float]:
        """Accuracy of the float network, and the further metrics."""
        if known is None:
            return self.workload.judged(*self._data())
        key = key_of("float", described(self.question.workload), self.numbers, self.question.samples)
        book = known.book(key)
        if FLOAT not in book.accuracies:
            found = self.workload.judged(*self._data())
            book.accuracies[FLOAT] = found[0] if len(found) == 1 else found
            known.note(key, book)
        return values_in(book.accuracies[FLOAT])

    def _first_reading(self) -> Question:
        """What the timed run depends on: how many more readings are made of other chips and later is nothing to it."""
        return of_time(self.question).model_copy(update=ONE_READING | {"times": self.question.times[:1], "samples": None})

    @cached_property
    def numbers(self) -> str:
        """Hash of the numbers that the question is about, also for an experiment made without one."""
        return self.fingerprint or with_files_of(self.question.architecture, fingerprint(self.workload))

    # --- the last step -----------------------------------------------------------------------------------------------

    def _data(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        count = self.question.samples or len(self.workload.inputs)
        return self.workload.inputs[:count], self.workload.labels[:count]

    @contextmanager
    def _timed(self, phase: str) -> Any:
        start = wall_clock.perf_counter()
        yield
        self.wall[phase] = self.wall.get(phase, 0.0) + wall_clock.perf_counter() - start


def load_experiment(
    file: str | Path | Workload, architecture: str | Path | Architecture | None = None, changes: Sequence[str] = ()
) -> Experiment:
    """An experiment from a file: an experiment, or a workload together with an architecture; InputError lists all problems.

    A Workload and an Architecture made in Python may stand in place of their files. `changes` are `key.sub=value`, counted from the
    top of the experiment (`architecture.tile.array.adc.bits=6`).
    """
    start = wall_clock.perf_counter()
    named_or_made(file, architecture)
    own = brought(file) if isinstance(file, Workload) else None
    node = with_files(as_experiment(as_node(own.spec) if own else opened(str(file))), architecture)
    if isinstance(node.value, dict) and "rule" in node.value:
        raise InputError(node.value["rule"].problem("belongs to a training, which 'chipsim train' takes", "rule"))
    for change in texts(changes):
        node = changed(node, change)
    experiment = experiment_of(node, own)
    experiment.wall["load"] = wall_clock.perf_counter() - start
    return experiment


def experiment_of(node: Node, own: Workload | None = None) -> Experiment:
    """The experiment that a tree describes, its workload loaded unless a program brings its own; InputError lists all problems."""
    question = build(Question, named(node))
    assert isinstance(node.value, dict)
    workload, numbers = given(own, question.workload) if own else loaded(node.value["workload"], question.workload)
    asked = {"samples": question.samples or 0, "maintenance.statistics": question.maintenance.statistics}
    for key, count in asked.items():
        if count > len(workload.inputs):
            what = "samples" if key == "samples" else "images"
            raise InputError(f"{key}: {count} {what} are asked for, but the data set has {len(workload.inputs)}")
    return Experiment(question, workload, with_files_of(question.architecture, numbers))


def _age(seconds: float) -> str:
    for name, unit in (("y", YEAR), ("month", MONTH), ("d", DAY), ("h", HOUR)):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


