"""One question, one answer: a workload on a chip, timed, valued and told.

`Experiment.run()` reads like its list of steps: load, map, program, time, value, sum up. Nothing is hidden in between.
"""

from __future__ import annotations

import hashlib
import platform
import time as wall_clock
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import batches, outputs
from chipsim.answer import Findings, result_of
from chipsim.chip import Chip, TimedRun
from chipsim.circuits.effects import Effect
from chipsim.comparators.comparator import named
from chipsim.compose import changed, read
from chipsim.devices.device import span
from chipsim.errors import InputError, did_you_mean
from chipsim.layer_error import SAMPLES, layer_errors
from chipsim.loaded import loaded, with_files_of
from chipsim.mapping.dataflow import Dataflow
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import Mapping
from chipsim.mapping.rooms import rooms
from chipsim.population import accuracy_rows, bring_to, readings
from chipsim.programmed import ProgrammedNetwork
from chipsim.question import DAY, HOUR, MONTH, YEAR, Question
from chipsim.reading import build
from chipsim.result import Result, Row
from chipsim.streams import Stream
from chipsim.timing import Timing
from chipsim.tree import Node
from chipsim.version import VERSION
from chipsim.workload.graph import Workload
from chipsim.writing import Writing, Written

Progress = Callable[[str, float], None]  # what is being done, share done


@final
@dataclass
class Experiment:
    """A question with its workload loaded; made by `load_experiment` or from a Question and a Workload."""

    question: Question
    workload: Workload
    fingerprint: str = ""  # hash of the weights and data files
    wall: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.question.name or f"{self.question.workload.name} on {self.question.architecture.name}"

    @property
    def digest(self) -> str:
        """Hash of the resolved question and of the weights and data it is asked about."""
        return hashlib.sha256(f"{self.question.digest()} {self.fingerprint} {VERSION}".encode()).hexdigest()[:12]

    def map(self) -> Mapping:
        """The mapping, decided before anything is simulated."""
        return map_workload(self.workload, self.question.architecture, self.question.mapping)

    def lay_out(self, mapping: Mapping) -> Dataflow:
        """Who sends what to whom."""
        return lay_out(self.workload, self.question.architecture, mapping, self.question.token)

    def network(self, mapping: Mapping, chip: int = 0, repeat: int = 0, programming: int = 0) -> ProgrammedNetwork:
        """An empty chip that is to be programmed: its faults and mismatch belong to `chip`, all else to the repeat."""
        question, name = self.question, f"chip {chip}"
        fixed = Stream(question.seed if question.chip_seed is None else question.chip_seed).child(name)
        stream = Stream(question.seed).child(name).child(f"repeat {repeat}")
        stream = stream.child(f"programming {programming}") if programming else stream
        return ProgrammedNetwork(
            self.workload, question.architecture, mapping, question.programming, stream, fixed, self._exempt()
        )

    def _check_times(self) -> None:
        """InputError for a time of which the device's model says nothing, before anything long begins."""
        question, device = self.question, self.question.architecture.tile.array.cell.device
        read = question.times[:1] if self.workload.spec.drawn else question.times  # without accuracy nothing is read later
        wrong = [time for time in read if not device.covered.cover(question.maintenance.age(time))]
        if wrong:
            listed = ", ".join(map(span, wrong))
            raise InputError(
                f"times: {listed}: device type '{device.type_name}' covers {device.covered} after programming; {device.covered.way_out}, "
                'such as --set "times=[...]"'
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
        return Writing(self.question.architecture, network).run()

    def time(self, dataflow: Dataflow, network: ProgrammedNetwork) -> Timing:
        """The timed runs: one sample alone, and a stream."""
        architecture, images = self.question.architecture, self.workload.inputs
        single = Chip(architecture, dataflow, network, images, stream=1).run()
        settled = architecture.tile.array.bound_management == 0  # else time depends on the data: no period can be proven
        stream = self.question.stream if settled else min(self.question.stream, 32)
        return Timing(single, Chip(architecture, dataflow, network, images, stream, fast_forward=settled).run())

    def value(self, mapping: Mapping, first: ProgrammedNetwork, reference: float, progress: Progress) -> list[Row]:
        """Accuracy at every time, over all chips and repeats; `first` is the first chip as it stands at the first time."""
        question, found = self.question, []

        def programmed(chip: int, repeat: int, programming: int) -> ProgrammedNetwork:
            if chip == repeat == 0 and programming == self._first_programming:
                return first
            network = self.network(mapping, chip, repeat, programming)
            self.program(network)
            return network

        total = len(question.times) * question.chips * question.repeats
        for reading in readings(
            programmed, question.times, question.chips, question.repeats, question.maintenance, question.samples
        ):
            found.append(reading)
            progress(f"accuracy after {_age(reading.time)}, chip {reading.chip + 1}, repeat {reading.repeat + 1}", len(found) / total)
        return accuracy_rows(found, reference, question.within)

    def run(self, progress: Progress = lambda text, share: None) -> Result:
        """The answer; InputError for a question that cannot be asked, CheckError when the answer contradicts itself."""
        self._check_times()
        with self._timed("map"):
            mapping = self.map()
            dataflow = self.lay_out(mapping)
            rooms(dataflow, self.question.architecture)  # a buffer that is too small is told before anything long begins
        with self._timed("program"):
            progress("programming", 0.0)
            network = self.network(mapping, programming=self._first_programming)
            written = self.program(network)
        with self._timed("time"):
            progress("timed run", 0.0)
            bring_to(network, self.question.maintenance, self.question.times[0])
            timing = self.time(dataflow, network)
            agree = self._same_outputs(network, timing.stream)
            errors = layer_errors(network, np.array(sorted(timing.stream.outputs)[:SAMPLES], np.uint32))
        with self._timed("value"):
            reference = None if self.workload.spec.drawn else self.workload.accuracy(*self._data())
            rows = [] if reference is None else self.value(mapping, network, reference, progress)
        found = Findings(mapping, network, written, timing, reference, rows, errors, agree)
        return result_of(self.question, self.workload, found, self.name, self.digest, self._provenance())

    # --- the last step -----------------------------------------------------------------------------------------------

    def _data(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        count = self.question.samples or len(self.workload.inputs)
        return self.workload.inputs[:count], self.workload.labels[:count]

    def _same_outputs(self, network: ProgrammedNetwork, run: TimedRun) -> int:
        """How many samples of the timed run the functional pass reproduces to the last bit (all, or -1)."""
        ids = np.array(sorted(run.outputs), np.uint32)
        for part in batches(self.workload, len(ids)):
            images = self.workload.inputs[ids[part] % len(self.workload.inputs)]
            functional = outputs(network, images, ids[part])
            if not all(np.array_equal(run.outputs[int(s)], row) for s, row in zip(ids[part], functional, strict=True)):
                return -1
        return len(ids)

    def _provenance(self) -> dict[str, Any]:
        libraries = {name: metadata.version(name) for name in ("numpy", "numba", "simpy", "networkx", "scipy", "pydantic")}
        return {
            "version": VERSION,
            "python": platform.python_version(),
            "libraries": libraries,
            "seed": self.question.seed,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "wall": {phase: round(seconds, 3) for phase, seconds in self.wall.items()},
            "platform": platform.platform(),
        }

    @contextmanager
    def _timed(self, phase: str) -> Any:
        start = wall_clock.perf_counter()
        yield
        self.wall[phase] = self.wall.get(phase, 0.0) + wall_clock.perf_counter() - start


def load_experiment(file: str | Path, architecture: str | Path | None = None, changes: Sequence[str] = ()) -> Experiment:
    """An experiment from a file: an experiment, or a workload together with an architecture; InputError lists all problems.

    `changes` are `key.sub=value`, counted from the top of the experiment (`architecture.tile.array.adc.bits=6`).
    """
    start = wall_clock.perf_counter()
    node = with_files(as_experiment(read(file)), architecture)
    if isinstance(node.value, dict) and "rule" in node.value:
        raise InputError(node.value["rule"].problem("belongs to a training, which 'chipsim train' takes", "rule"))
    for change in changes:
        node = changed(node, change)
    experiment = experiment_of(node)
    experiment.wall["load"] = wall_clock.perf_counter() - start
    return experiment


def experiment_of(node: Node) -> Experiment:
    """The experiment that a tree describes, its workload loaded; InputError lists all problems."""
    question = build(Question, named(node))
    assert isinstance(node.value, dict)
    workload, numbers = loaded(node.value["workload"], question.workload)
    if question.samples is not None and question.samples > len(workload.inputs):
        raise InputError(f"samples: {question.samples} samples are asked for, but the data set has {len(workload.inputs)}")
    if question.maintenance.statistics > len(workload.inputs):
        raise InputError(
            f"maintenance.statistics: {question.maintenance.statistics} images are asked for, but the data set has {len(workload.inputs)}"
        )
    return Experiment(question, workload, with_files_of(question.architecture, numbers))


def as_experiment(node: Node) -> Node:
    """A workload file is an experiment about that workload."""
    if isinstance(node.value, dict) and "layers" in node.value:
        return Node({"workload": node}, node.file, node.line, node.column, node.folder)
    return node


def with_files(node: Node, architecture: str | Path | None) -> Node:
    """The experiment with the files it names read in; `architecture` replaces what it says."""
    if not isinstance(node.value, dict):
        return node
    entries = dict(node.value)
    for name in ("workload", "architecture"):
        entry = entries.get(name)
        if entry is not None and isinstance(entry.value, str):
            entries[name] = read(entry.folder / entry.value)
    if architecture is not None:
        entries["architecture"] = read(architecture)
    if "architecture" not in entries:
        raise InputError(f"{node.file}: names no architecture; add 'architecture: FILE' or give --arch FILE")
    return Node(entries, node.file, node.line, node.column, node.folder)


def _age(seconds: float) -> str:
    for name, unit in (("y", YEAR), ("month", MONTH), ("d", DAY), ("h", HOUR)):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


