"""Training in simulated time: the tasks of consecutive mini-batches on the circuits of a chip, messages through its network.

    Lessons(architecture, spec, mapping, footprint).play(works) -> Played

`works` is what consecutive mini-batches were for the arrays, as a watched Network tells it; the values themselves are not computed again.
The interval between mini-batches is taken from the second one on, as nothing comes before the first. Energy is without leakage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

from chipsim.architecture import Architecture
from chipsim.clock import Clock
from chipsim.components.worker import Worker
from chipsim.deadlock import circle
from chipsim.errors import CheckError, InputError
from chipsim.fabric import Fabric, Tariff
from chipsim.lesson import STAGES, Costs, Lesson, Places, Stage, Task, lesson_of
from chipsim.mapping.mapping import Mapping
from chipsim.recorder import Recorder
from chipsim.training.rules.rule import Footprint
from chipsim.training.work import ArrayWork, StepWork
from chipsim.workload.description import WorkloadSpec

PICO = 1e-12
Row = dict[str, Any]
NETWORK = "network"


@final
@dataclass(frozen=True)
class Played:
    """What consecutive mini-batches took; times in seconds, energies in joules.

    batches, samples  what was played
    finished          when the last weight of each mini-batch had moved
    interval          time for each mini-batch: mean after the first one; that of the first where it is the only one
    latency           of the first example alone in an idle chip: forward, backward and update
    critical_path     the longest chain of work and messages of that example, if no circuit ever had to be waited for
    energy            rows: part, layer, stage, energy (of everything played, without leakage)
    busy              rows: stage, layer, track, busy (how long a circuit worked, of everything played)
    stores            rows: layer, row_block, column_block, tile, sample_bits, room (the block's share of the store), peak (most bits)
    spans             rows: track, name, start, end, sample, stage; only where asked for
    """

    batches: int
    samples: int
    finished: tuple[float, ...]
    interval: float
    latency: float
    critical_path: float
    energy: list[Row]
    busy: list[Row]
    stores: list[Row]
    spans: list[Row] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Energy of everything played (J)."""
        return float(sum(row["energy"] for row in self.energy))

    def energy_by(self, key: str) -> dict[str, float]:
        """Energy (J) by `part`, `layer` or `stage`."""
        return _summed(self.energy, key, "energy")

    def busy_by(self, key: str) -> dict[str, float]:
        """Time (s) for which circuits worked, by `stage`, `layer` or `track`; circuits that work at once count each."""
        return _summed(self.busy, key, "busy")


@final
class Lessons:
    """A network on a chip that learns; InputError where the chip cannot, or the mapping has copies or is of another network."""

    def __init__(self, architecture: Architecture, spec: WorkloadSpec, mapping: Mapping, footprint: Footprint) -> None:
        self.architecture = architecture
        self.costs = Costs(architecture, footprint)
        self.places = Places(architecture, spec, mapping)
        graph = architecture.network.graph()
        self.tiles, self.routers = mapping.tiles, sum(bool(router) for _, router in graph.nodes(data="router"))

    def play(self, works: Sequence[StepWork], spans: bool = False) -> Played:
        """Play consecutive mini-batches on one clock; `spans`: keep what every circuit did.

        InputError where an activation store is too small for a mini-batch, or a record is not of the arrays of the mapping.
        """
        if not works:
            raise InputError("Lessons.play: no mini-batch to play; expected one or more, better three or more for a steady interval")
        whole = Play(self.architecture, lesson_of(self.places, self.costs, works), spans)
        whole.run()
        alone = whole
        if len(works) > 1 or works[0].samples > 1:
            alone = Play(self.architecture, lesson_of(self.places, self.costs, [first_of(works[0])]))
            alone.run()
        finished = [end * PICO for end in whole.finished()]
        return Played(
            batches=len(works),
            samples=sum(work.samples for work in works),
            finished=tuple(finished),
            interval=(finished[-1] - finished[0]) / (len(works) - 1) if len(works) > 1 else finished[0],
            latency=max(alone.ends) * PICO,
            critical_path=alone.critical_path() * PICO,
            energy=whole.energy_rows(),
            busy=whole.busy_rows(),
            stores=whole.store_rows(),
            spans=whole.span_rows(),
        )


@final
class Play:
    """One lesson on one clock, played once."""

    def __init__(self, architecture: Architecture, lesson: Lesson, spans: bool = False) -> None:
        self.lesson, self.clock = lesson, Clock()
        self.fabric = Fabric.of(self.clock, architecture.network, [architecture.host.node])
        self.tariff = Tariff.of(architecture.network, architecture.tile_pitch)
        self.recorders: dict[Stage, Recorder] = {stage: Recorder(20_000 if spans else 0) for stage in STAGES}
        tracks = sorted({task.track for task in lesson.tasks if task.track})
        self.workers = {track: Worker(self.clock, number, self.recorders, self._done) for number, track in enumerate(tracks)}
        self.ends = [-1] * len(lesson.tasks)
        self._waits = [task.waits for task in lesson.tasks]

    def run(self) -> None:
        """Play to the end; CheckError with who waits for whom when nothing moves any more."""
        for task in self.lesson.tasks:
            if task.waits == 0:
                self._ready(task)
        self.clock.run()
        if min(self.ends) < 0:
            raise CheckError(self._deadlock())

    def finished(self) -> list[int]:
        """When each mini-batch was over (ps)."""
        ends = [0] * self.lesson.batches
        for task in self.lesson.tasks:
            ends[task.batch] = max(ends[task.batch], self.ends[task.rank])
        return ends

    def critical_path(self) -> int:
        """Length of the longest chain of work and messages, without waiting for circuits or links (ps)."""
        starts, waits = [0] * len(self.lesson.tasks), [task.waits for task in self.lesson.tasks]
        ready = [task for task in self.lesson.tasks if task.waits == 0]
        longest = 0
        while ready:
            task = ready.pop()
            end = starts[task.rank] + task.latency
            longest = max(longest, end)
            for target, bits in task.followers:
                way = self.fabric.latency(task.node, target.node, bits) if bits else 0
                starts[target.rank] = max(starts[target.rank], end + way)
                waits[target.rank] -= 1
                if waits[target.rank] == 0:
                    ready.append(target)
        return longest

    # --- tables -----------------------------------------------------------------------------------------------------------

    def energy_rows(self) -> list[Row]:
        """Energy by part, layer and stage."""
        sums: dict[tuple[str, str, str], float] = defaultdict(float)
        for stage, recorder in self.recorders.items():
            for entry, energy in recorder.charged.items():
                sums[entry.part, entry.layer, stage] += energy
        return [{"part": part, "layer": layer, "stage": stage, "energy": sums[part, layer, stage]} for part, layer, stage in sorted(sums)]

    def busy_rows(self) -> list[Row]:
        """Working time of every circuit."""
        sums: dict[tuple[str, str, str], int] = defaultdict(int)
        for task in self.lesson.tasks:
            if task.track:
                sums[task.stage, task.layer, task.track] += task.busy
        return [{"stage": s, "layer": layer, "track": track, "busy": sums[s, layer, track] * PICO} for s, layer, track in sorted(sums)]

    def store_rows(self) -> list[Row]:
        """How full the activation stores were."""
        held: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for one in self.lesson.held:
            since = self.ends[one.first.rank] - one.first.latency
            held[one.store] += [(since, 1), (self.ends[one.last.rank], -1)]
        return [store._asdict() | {"peak": store.sample_bits * _peak(held[number])} for number, store in enumerate(self.lesson.stores)]

    def span_rows(self) -> list[Row]:
        """What every circuit did, in the order of time."""
        rows = [
            {"track": s.track, "name": s.layer, "start": s.start * PICO, "end": s.end * PICO, "sample": s.sample, "stage": stage}
            for stage, recorder in self.recorders.items()
            for s in recorder.spans
        ]
        return sorted(rows, key=lambda row: (row["start"], row["track"]))

    # --- playing ----------------------------------------------------------------------------------------------------------

    def _ready(self, task: Task) -> None:
        if task.track:
            self.workers[task.track].put(task)
        else:
            for part, energy in task.energy:
                self.recorders[task.stage].charge(part, task.layer, task.node, energy)
            self._done(task)

    def _done(self, task: Task) -> None:
        self.ends[task.rank] = int(self.clock.now)
        for target in task.then:
            self._arrived(target)
        for number, what in enumerate(sorted(task.messages)):
            self._send(task, number, what)

    def _send(self, task: Task, number: int, what: tuple[int, ...]) -> None:
        message = task.messages[what]
        nodes, now = tuple(sorted(message.targets)), int(self.clock.now)

        def arrived(node: int, first: int, last: int) -> None:
            for target in message.targets[node]:
                self._arrived(target)

        energy = self.fabric.transfer_energy(self.tariff, task.node, nodes, message.bits)
        self.recorders[task.stage].charge(NETWORK, task.layer, task.node, energy)
        self.fabric.send(task.rank, number, task.node, nodes, message.bits, 1, now, now, arrived)

    def _arrived(self, target: Task) -> None:
        self._waits[target.rank] -= 1
        if self._waits[target.rank] == 0:
            self._ready(target)

    def _deadlock(self) -> str:
        tasks = self.lesson.tasks
        waits: dict[int, list[int]] = defaultdict(list)
        for task in tasks:
            if self.ends[task.rank] < 0:
                for target, _ in task.followers:
                    waits[target.rank].append(task.rank)
        named = circle(waits) or sorted(waits)
        lines = [f"  {tasks[rank].name} waits for {', '.join(tasks[other].name for other in waits[rank][:3])}" for rank in named[:20]]
        return "\n".join([f"the lesson is deadlocked, {sum(end < 0 for end in self.ends)} tasks are left:", *lines])


def first_of(work: StepWork) -> StepWork:
    """The first sample of a mini-batch as a mini-batch of its own."""
    return StepWork(work.first, 1, tuple(_first_of(array) for array in work.arrays))


def _first_of(array: ArrayWork) -> ArrayWork:
    cut = {name: getattr(array, name)[:1] for name in ("retries", "cells", "back_retries", "back_cells", "updates")}
    return array._replace(**cut)


def _peak(changes: list[tuple[int, int]]) -> int:
    """The most that was there at once; what leaves at a moment makes room for what comes."""
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _summed(rows: list[Row], key: str, value: str) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        sums[row[key]] += row[value]
    return dict(sums)
