"""A network too large for its chip, with weights that are written anew: time, energy and wear of batches, round by round.

    time of a batch      T(N) = sum over rounds of (P_r + S_r(N))                  P_r writing, S_r(N) N samples as a stream
    energy of a batch    E(N) = sum over rounds of (programming_r + fetching_r + N (computing_r + moving_r) + leakage for that time)
    share of writing     P / T(N),  P = sum of P_r;      the batch at which it is s: the smallest N with P / T(N) <= s
    writings in a day    of an array that every round uses: rounds x 1 day / T(N), the chip never idle

P_r is the programming of a round in simulated time, with the experiment's algorithm. What a round reads and makes waits in the host's
memory, a DRAM: each number costs `activation_bits` times the energy of a bit (that of `von_neumann`), each weight likewise when it is
written. Rounds follow each other without overlap. Values are those of the programmed arrays, each read at the first of the experiment's
times after its own writing; a layer, or a part of one, has the same random numbers as on a chip that holds the whole network.

    rounds     round, first and last layer with weights, layers, tiles, weights, reads and makes (numbers of a sample), writing_time,
               writing_energy, latency, interval, time and energy of the batch
    batches    batch, time, energy (of a sample), writing (share of the time), day (writings of an array)
    energy     part (programming, fetching weights, computing, moving, leakage), energy of the batch (J), share
    beside     name, tiles, area, time of the batch, energy (of a sample): this, and chips that hold the whole network

Not modelled: writing one round while another computes, a data rate of the host's memory below that of the host interface.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import batches, outputs
from chipsim.assumptions import citations
from chipsim.comparators.von_neumann import von_neumann
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.mapping.rounds import Round, divided, in_rounds, rounds_of, tiles_of
from chipsim.programmed import ProgrammedNetwork
from chipsim.question import DAY, Question
from chipsim.result import Row
from chipsim.studies.reload_beside import area_of, beside_rows
from chipsim.studies.reload_costs import RoundCost, cost_of, row_of
from chipsim.tabular import Tabular
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.metrics import batch_of, judged
from chipsim.workload.part import part_of
from chipsim.workload.split import whole_name

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]
SHARES = (0.5, 0.1)  # of the time, that writing may take
BATCHES = (1, 10, 100, 1000, 10_000)
WAITING = 2 << 30  # bytes that the values between rounds may take here; fewer samples are judged where they would take more


@final
@dataclass(frozen=True)
class ReloadStudy(Tabular):
    """The numbers of one network on one chip; tables as in the docstring of this file."""

    name: str
    batch: int
    programming: str
    time: float  # of the batch
    writing: float  # share of that time
    energy_per_sample: float
    metric: str
    said: str  # the accuracy in words; empty without data
    accuracy: float | None
    reference: float | None
    samples: int  # that the accuracy is measured on; 0 without data
    seed: int
    pulses: float  # of a device in one writing, mean
    endurance: float | None  # pulses that a device survives
    enough: dict[str, int]  # batch at which writing takes no more than this share of the time
    rounds: list[Row]
    batches: list[Row]
    energy: list[Row]
    beside: list[Row]
    cites: tuple[str, ...]

    @property
    def days(self) -> float | None:
        """Days until a mean device has had the pulses that it survives; None where that is not known."""
        daily = len(self.rounds) * DAY / self.time * self.pulses
        return self.endurance / daily if self.endurance and daily else None


class Reloaded(NamedTuple):
    """What the rounds found: their costs and rows, the values of the samples at the end, pulses of a mean device in one writing."""

    costs: list[RoundCost]
    rows: list[Row]
    outputs: Floats
    pulses: float


def study(
    experiment: Experiment,
    batch: int = 100,
    rounds: int | None = None,
    tiles: int | None = None,
    endurance: float | None = None,
    beside: bool = False,
    progress: Progress = lambda text, share: None,
) -> ReloadStudy:
    """Batches of `batch` samples in rounds: as few as fit, or so many `rounds`, or of at most `tiles` tiles.

    endurance: pulses that a device survives (default: that of `tile.learning`, where there is one); `beside`: chips that hold the whole
    network are simulated too. InputError for numbers below 1 and where the network cannot be cut.
    """
    if batch < 1:
        raise InputError(f"--batch: {batch}; expected at least 1")
    if endurance is not None and not 0 < endurance < float("inf"):
        raise InputError(f"--endurance: {endurance:g} pulses; expected a number above zero")
    question = experiment.question
    _check_names(experiment)
    workload, cut = cuts_of(experiment, rounds, tiles)
    count = _judged(experiment, workload, cut)
    found = reloaded(experiment, workload, cut, batch, workload.inputs[:count], progress)
    learning = question.architecture.tile.learning
    time = _time(found.costs, batch)
    spent = _energy(found.costs, batch)
    total = sum(spent.values())
    judged_at = None if workload.spec.drawn else (accuracy_of(workload, found.outputs), _reference(workload, count))
    return ReloadStudy(
        name=experiment.name, batch=batch, programming=question.programming.type_name, time=time, writing=_share(found.costs, batch),
        energy_per_sample=total / batch, metric=workload.metric.type_name, samples=count if judged_at else 0, seed=question.seed,
        accuracy=judged_at[0] if judged_at else None, reference=judged_at[1] if judged_at else None,
        said=_said(workload, judged_at, count) if judged_at else "",
        pulses=found.pulses, endurance=endurance or (learning.endurance if learning else None),
        enough={f"{share:.0%}": enough(found.costs, share) for share in SHARES},
        rounds=found.rows, batches=[_batch_row(found.costs, size) for size in sorted({*BATCHES, batch})],
        energy=[{"part": part, "energy": amount, "share": amount / total if total else 0.0} for part, amount in spent.items()],
        beside=_beside(experiment, found, batch, progress) if beside else [],
        cites=tuple(sorted(citations(question))),
    )  # fmt: skip


def _check_names(experiment: Experiment) -> None:
    """InputError for a layer that is named but not there: rounds know only some of the layers and could not tell."""
    question, known = experiment.question, [*experiment.workload.weights]
    copies = question.mapping.copies if isinstance(question.mapping.copies, dict) else {}
    named = [("exempt", name) for name in question.exempt if name != "all"]
    named += [("mapping.copies", name) for name in copies] + [("mapping.tiles", name) for name in question.mapping.tiles]
    for place, name in named:
        if name not in known:
            raise InputError(f"{place}: no layer with weights is called '{name}' ({did_you_mean(name, known)})")


def cuts_of(experiment: Experiment, rounds: int | None = None, tiles: int | None = None) -> tuple[Workload, tuple[Round, ...]]:
    """The network of an experiment, too large layers in parts, and its rounds; InputError where there are none such."""
    question = experiment.question
    chip, options = question.architecture, question.mapping
    if rounds is None:
        parts = divided(experiment.workload, chip, options, tiles)
        return parts, rounds_of(parts, chip, options, tiles)
    if rounds < 1 or tiles is not None:
        raise InputError(f"--rounds: {rounds} rounds{' of at most so many tiles' if tiles else ''}; expected 1 or more, without --tiles")
    return in_rounds(experiment.workload, chip, options, rounds)


def reloaded(
    experiment: Experiment,
    workload: Workload,
    cut: Sequence[Round],
    batch: int,
    images: Floats,
    progress: Progress = lambda text, share: None,
) -> Reloaded:
    """All rounds of `workload` one after the other: each is programmed, its stream played, and `images` [N, C, H, W] pass through it."""
    question, memory = experiment.question, (experiment.question.von_neumann or von_neumann()).dram
    waiting: dict[str, Floats] = {INPUT: images}
    costs, rows, pulses, cells = [], [], 0, 0
    for number, one in enumerate(cut, start=1):
        progress(f"round {number} of {len(cut)}", (number - 1) / len(cut))
        read = np.concatenate([waiting[name] for name in one.inputs], axis=1) if len(one.inputs) > 1 else waiting[one.inputs[0]]
        part = part_of(workload, one.steps, one.inputs, one.outputs, read)
        own = Experiment(_question(question, part, batch), part, threads=experiment.threads)
        played = own.play(own.map())
        costs.append(cost_of(played, part, one, question.architecture, memory))
        rows.append({"round": number} | row_of(costs[-1], part, one, played.mapping, batch))
        waiting |= _taken_apart(passed(played.network, read), one, workload)
        later = {name for after in cut[number:] for name in after.inputs} | {workload.output}
        waiting = {name: values for name, values in waiting.items() if name in later}
        pulses += sum(writer.taken.pulses for writer in played.written.writers)
        cells += sum(prod(block.shape) for block in played.mapping.placements)
        del played, own, part  # all devices of the round: there need not be room for those of two rounds
    devices = cells * question.architecture.tile.array.cell.devices
    return Reloaded(costs, rows, waiting[workload.output], pulses / devices)


def passed(network: ProgrammedNetwork, images: Floats) -> Floats:
    """What a programmed network makes of images [N, C, H, W], in batches that fit the memory."""
    parts = batches(network.workload, len(images))
    return np.concatenate([outputs(network, images[part], np.arange(part.start, part.stop, dtype=np.uint32)) for part in parts])


def accuracy_of(workload: Workload, found: Floats) -> float:
    """The workload's metric of outputs [N, C, H, W] of its first samples."""
    metrics = workload.metrics[:1]
    return judged(metrics, [batch_of(metrics, found, workload.labels[: len(found)])])[0]


def _reference(workload: Workload, count: int) -> float:
    return workload.accuracy(workload.inputs[:count], workload.labels[:count])


def _said(workload: Workload, found: tuple[float, float], count: int) -> str:
    text = workload.metric.text
    return f"{workload.metric.type_name}: {text(found[0])}, float network {text(found[1])}, over {count:,} samples"


def _taken_apart(values: Floats, one: Round, whole: Workload) -> dict[str, Floats]:
    """What each layer whose numbers are needed later has made."""
    borders = np.cumsum([whole.shapes[name][0] for name in one.outputs])[:-1]
    pieces = np.split(values, borders, axis=1) if len(one.outputs) > 1 else [values]
    return {name: np.ascontiguousarray(piece) for name, piece in zip(one.outputs, pieces, strict=True)}


def _question(question: Question, part: Workload, batch: int) -> Question:
    """The question for one round: what names other layers is left out."""
    mapping, own = question.mapping, set(part.weights)
    copies = {name: n for name, n in mapping.copies.items() if name in own} if isinstance(mapping.copies, dict) else mapping.copies
    effects = {name: question.exempt.get(name) or question.exempt.get(whole_name(part, name)) for name in ("all", *own)}
    return question.model_copy(update={
        "workload": part.spec,
        "mapping": mapping.having(copies=copies, tiles={name: nodes for name, nodes in mapping.tiles.items() if name in own}),
        "exempt": {name: off for name, off in effects.items() if off},
        "stream": min(question.stream, batch), "chips": 1, "repeats": 1, "times": question.times[:1], "samples": None,
    })  # fmt: skip


def _beside(experiment: Experiment, found: Reloaded, batch: int, progress: Progress) -> list[Row]:
    """This chip with its rounds, then those that hold the whole network."""
    chip = experiment.question.architecture
    energy = sum(_energy(found.costs, batch).values()) / batch
    own = {"name": f"reloaded, {len(found.costs)} rounds", "tiles": tiles_of(chip), "area": area_of(chip)}
    rows = beside_rows(experiment, batch, (experiment.question.von_neumann or von_neumann()).dram, progress)
    return [own | {"time": _time(found.costs, batch), "energy": energy, "why": ""}, *rows]


def _judged(experiment: Experiment, workload: Workload, cut: Sequence[Round]) -> int:
    """Samples that pass through all rounds: those that are asked for, fewer where the values between rounds need too much memory."""
    shapes, count = workload.shapes, len(workload.inputs)
    largest = max(sum(prod(shapes[name]) for name in (*one.inputs, *one.outputs)) for one in cut)
    return max(1, min(experiment.question.samples or count, count, WAITING // (4 * largest)))


def _time(costs: Sequence[RoundCost], batch: int) -> float:
    return sum(cost.writing_time + cost.samples(batch) for cost in costs)


def _share(costs: Sequence[RoundCost], batch: int) -> float:
    return sum(cost.writing_time for cost in costs) / _time(costs, batch)


def _energy(costs: Sequence[RoundCost], batch: int) -> dict[str, float]:
    parts: dict[str, float] = {}
    for cost in costs:
        for part, amount in cost.energy(batch).items():
            parts[part] = parts.get(part, 0.0) + amount
    return parts


def enough(costs: Sequence[RoundCost], share: float) -> int:
    """The smallest batch at which writing takes at most this share of the time."""
    low, high = 0, 1
    while _share(costs, high) > share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _share(costs, middle) <= share else (middle, high)
    return high


def _batch_row(costs: Sequence[RoundCost], batch: int) -> Row:
    time = _time(costs, batch)
    spent = sum(_energy(costs, batch).values())
    return {"batch": batch, "time": time, "energy": spent / batch, "writing": _share(costs, batch), "day": len(costs) * DAY / time}
