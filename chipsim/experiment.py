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

from chipsim import metrics as figures
from chipsim import summary
from chipsim import timing as timed
from chipsim.accuracy import accuracy, batches, outputs
from chipsim.architecture import Architecture
from chipsim.assumptions import assumed_numbers, citations, sentences, specs_in
from chipsim.chip import Chip, TimedRun
from chipsim.compose import changed, read
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow, Mode
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import Mapping, MappingOptions
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.one_shot import OneShot
from chipsim.programming.programmer import Programmer
from chipsim.reading import build
from chipsim.result import Result, Row
from chipsim.spec import Spec, key, names_file
from chipsim.streams import Stream
from chipsim.timing import Timing
from chipsim.tree import Node
from chipsim.units import Time
from chipsim.version import VERSION
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Workload
from chipsim.workload.load import workload_of

Progress = Callable[[str, float], None]  # what is being done, share done
HOUR, DAY, MONTH, YEAR = 3600.0, 86400.0, 2_592_000.0, 31_536_000.0


@final
class Question(Spec):
    """A resolved experiment: everything that the answer depends on."""

    name: str = key("name of the run; by default: workload on architecture", default="")
    workload: WorkloadSpec = key("the network, or the path of its file")
    architecture: Architecture = key("the chip, or the path of its file")
    mapping: MappingOptions = key("how layers are cut, copied and placed", default=MappingOptions())
    programming: Programmer = key("how weights are written", default=OneShot())
    times: tuple[Time, ...] = key(
        "times after programming at which the accuracy is measured", default=(1.0, HOUR, DAY, MONTH, YEAR), min_length=1
    )
    repeats: int = key("programmings with different random numbers, for mean and spread", default=3, ge=1, le=1000)
    seed: int = key("seed of all random numbers", default=0, ge=0)
    samples: int | None = key("samples of the data set that accuracy is measured on (default: all)", default=None, ge=1)
    stream: int = key("samples that pass through the chip back to back in the timed run", default=1000, ge=1)
    token: Mode = key("what travels as one unit: a row of vectors with two time stamps, or every vector", default="row")
    plugins: tuple[str, ...] = key("Python files or modules that add devices, circuits, layers or topologies", default=())


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

    def program(self, mapping: Mapping, repeat: int = 0) -> ProgrammedNetwork:
        """The crossbars with the weights written into them; every repeat draws other programming errors."""
        stream = Stream(self.question.seed).child(f"chip {repeat}")
        return ProgrammedNetwork(self.workload, self.question.architecture, mapping, self.question.programming, stream)

    def time(self, dataflow: Dataflow, network: ProgrammedNetwork) -> Timing:
        """The timed runs: one sample alone, and a stream."""
        architecture, images = self.question.architecture, self.workload.inputs
        single = Chip(architecture, dataflow, network, images, stream=1).run()
        settled = architecture.tile.array.bound_management == 0  # else time depends on the data: no period can be proven
        stream = self.question.stream if settled else min(self.question.stream, 32)
        return Timing(single, Chip(architecture, dataflow, network, images, stream, fast_forward=settled).run())

    def value(self, mapping: Mapping, first: ProgrammedNetwork, progress: Progress) -> list[Row]:
        """Accuracy at every time, over all repeats."""
        question = self.question
        found: dict[float, list[float]] = {age: [] for age in question.times}
        for repeat in range(question.repeats):
            network = first if repeat == 0 else self.program(mapping, repeat)
            for index, age in enumerate(question.times):
                done = (repeat * len(question.times) + index) / (question.repeats * len(question.times))
                progress(f"accuracy after {_age(age)}, repeat {repeat + 1} of {question.repeats}", done)
                network.drift_to(age)
                found[age].append(accuracy(network, question.samples))
        return [
            {
                "time": age,
                "mean": float(np.mean(values)),
                "spread": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                "values": values,
            }
            for age, values in found.items()
        ]

    def run(self, progress: Progress = lambda text, share: None) -> Result:
        """The answer; InputError for a question that cannot be asked, CheckError when the answer contradicts itself."""
        with self._timed("map"):
            mapping = self.map()
            dataflow = self.lay_out(mapping)
        with self._timed("program"):
            progress("programming", 0.0)
            network = self.program(mapping)
        with self._timed("time"):
            progress("timed run", 0.0)
            network.drift_to(self.question.times[0])
            timing = self.time(dataflow, network)
            agree = self._same_outputs(network, timing.stream)
        with self._timed("value"):
            reference = self.workload.accuracy(*self._data())
            rows = self.value(mapping, network, progress)
        return self._sum_up(mapping, timing, reference, rows, agree)

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

    def _sum_up(self, mapping: Mapping, timing: Timing, reference: float, accuracy_rows: list[Row], agree: int) -> Result:
        architecture, run = self.question.architecture, timing.stream
        routers = sum(run.fabric.channels.is_router)
        leakage = summary.leakage_rows(architecture, mapping.tiles, routers)
        area = summary.area_rows(architecture, mapping.tiles, routers)
        energy = summary.energy_rows(run, leakage, timing.interval)
        links = summary.link_rows(timing)
        tiles = summary.tile_rows(architecture, mapping, timing)
        layers = summary.layer_rows(self.workload, mapping, timing)
        metrics = figures.metrics(self.workload, architecture, mapping, timing, energy, area, leakage)
        metrics["float_accuracy"] = reference
        spans = summary.span_rows(timing.single) + summary.span_rows(run)
        return Result(
            name=self.name,
            digest=self.digest,
            experiment=self.question.plain(),
            provenance=self._provenance(),
            mapping=summary.mapping_rows(mapping, architecture),
            layers=layers,
            tiles=tiles,
            links=links,
            energy=energy,
            area=area,
            leakage=leakage,
            spans=summary.span_rows(run) if spans else [],
            accuracy=accuracy_rows,
            checks=figures.checks(timing, metrics, energy, area, layers, tiles, links, agree),
            assumptions=sentences(self.question.architecture, self.question.token, self.question.repeats),
            assumed=assumed_numbers(architecture, energy, area),
            metrics=metrics,
            timing=timed.timing_facts(timing, self.question.token, architecture),
            bottleneck=timed.bottleneck(timing, links),
            network=timed.network_facts(timing, architecture, links),
            citations=citations(self.question),
        )

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
    node = _with_files(_as_experiment(read(file)), architecture)
    for change in changes:
        node = changed(node, change)
    question = build(Question, node)
    assert isinstance(node.value, dict)
    workload = workload_of(node.value["workload"])
    if question.samples is not None and question.samples > len(workload.inputs):
        raise InputError(f"samples: {question.samples} samples are asked for, but the data set has {len(workload.inputs)}")
    experiment = Experiment(question, workload, _fingerprint(question, workload))
    experiment.wall["load"] = wall_clock.perf_counter() - start
    return experiment


def _as_experiment(node: Node) -> Node:
    """A workload file is an experiment about that workload."""
    if isinstance(node.value, dict) and "layers" in node.value:
        return Node({"workload": node}, node.file, node.line, node.column, node.folder)
    return node


def _with_files(node: Node, architecture: str | Path | None) -> Node:
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


def _fingerprint(question: Question, workload: Workload) -> str:
    """Hash of the numbers that the question is about: weights, images, labels, and the files that its specs name."""
    digest = hashlib.sha256()
    for spec in specs_in(question.architecture):
        for file in (getattr(spec, name) for name, info in type(spec).model_fields.items() if names_file(info)):
            digest.update(Path(file).read_bytes() if Path(file).is_file() else b"")
    for name in sorted(workload.weights):
        for array in workload.weights[name]:
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    digest.update(workload.inputs.tobytes())
    digest.update(workload.labels.tobytes())
    return digest.hexdigest()


def _age(seconds: float) -> str:
    for name, unit in (("y", YEAR), ("month", MONTH), ("d", DAY), ("h", HOUR)):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


