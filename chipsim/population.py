"""Many chips, each programmed several times: accuracy with its spread, the confidence in its mean, and the yield.

Accuracy stands for the workload's metric, whatever it is; a loss is how much worse it is, on whichever side that lies.

What is fixed for a chip (stuck devices, mismatch) is drawn from the chip's own stream, what differs from programming to programming
and from reading to reading from the repeat's. The interval holds the mean of all chips like these with 95 % confidence
(Student's t over the means of the chips; over the repeats where there is one chip; never beyond what the
metric can be, such as 0 and 1); yield is the share of chips whose mean accuracy is at most `within` worse than the float network's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from chipsim.accuracy import judgement
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.maintenance import Maintenance
from chipsim.recalibration import forget, recalibrate
from chipsim.result import Row
from chipsim.workload.metrics import Accuracy, Metric

CONFIDENCE = 0.95
Programming = Callable[[int, int, int], ProgrammedNetwork]  # chip, repeat, number of the programming


class Reading(NamedTuple):
    """One accuracy: time (s), chip, repeat; `also`: the values of the further metrics."""

    time: float
    chip: int
    repeat: int
    accuracy: float
    also: tuple[float, ...] = ()


def bring_to(network: ProgrammedNetwork, maintenance: Maintenance, time: float) -> None:
    """Let a network stand as it does `time` after the chip was first programmed (the right programming of it given)."""
    age = maintenance.age(time)
    stand_at(network, age, maintenance.calibrated(age), maintenance.statistics)


def stand_at(network: ProgrammedNetwork, age: float, calibrated: float, images: int) -> None:
    """Let a network stand `age` after its programming, calibrated at the age `calibrated` (s) with statistics of `images` (0: none)."""
    forget(network)
    if images:
        network.drift_to(calibrated)
        recalibrate(network, images)
    if not images or calibrated != age:
        network.drift_to(age, calibrated)


class Memory(Protocol):
    """What knows accuracies of a programming (chip, repeat, number) from before."""

    def recall(self, which: tuple[int, int, int], time: float) -> Sequence[float] | None:
        """The accuracy at a time (s) and the further metrics after it, None where they are not known."""

    def note(self, which: tuple[int, int, int], time: float, found: Sequence[float]) -> None:
        """Remember what was found of a programming that was just made."""


def readings(
    program: Programming,
    times: Sequence[float],
    chips: int,
    repeats: int,
    maintenance: Maintenance,
    samples: int | None,
    threads: int | None = None,
    memory: Memory | None = None,
) -> Iterator[Reading]:
    """Every accuracy, chip by chip, repeat by repeat, time by time; a chip is programmed only where `memory` does not know them."""
    for chip in range(chips):
        for repeat in range(repeats):
            number, network = -1, None
            for time in times:
                if maintenance.programming(time) != number:
                    number, network = maintenance.programming(time), None
                which = chip, repeat, number
                found = None if memory is None else memory.recall(which, time)
                if found is None:
                    network = network or program(*which)
                    bring_to(network, maintenance, time)
                    found = judgement(network, samples, threads)
                    if memory is not None:
                        memory.note(which, time, found)
                yield Reading(time, chip, repeat, found[0], tuple(found[1:]))


def accuracy_rows(
    found: Sequence[Reading], reference: float, within: float, metric: Metric | None = None, also: Sequence[Metric] = ()
) -> list[Row]:
    """A row for each time: time, mean, spread, low, high (of the mean, None for one value), yield, values, chips (their means).

    metric: what the accuracies are of (default: accuracy); `also`: further metrics, whose means stand under their names.
    """
    rows, judge = [], metric or Accuracy()
    for time in dict.fromkeys(reading.time for reading in found):
        mine = [reading for reading in found if reading.time == time]
        values = [reading.accuracy for reading in mine]
        chips = [float(np.mean([r.accuracy for r in mine if r.chip == chip])) for chip in dict.fromkeys(r.chip for r in mine)]
        mean = float(np.mean(values))
        half = margin(chips if len(chips) > 1 else values)
        rows.append(
            {
                "time": time,
                "mean": mean,
                "spread": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                "low": None if half is None else judge.clipped(mean - half),
                "high": None if half is None else judge.clipped(mean + half),
                "yield": sum(judge.loss(reference, chip) <= within + 1e-12 for chip in chips) / len(chips),
                "values": values,
                "chips": chips,
                **{other.column: float(np.mean([reading.also[i] for reading in mine])) for i, other in enumerate(also)},
            }
        )
    return rows


def margin(values: Sequence[float]) -> float | None:
    """Half the width of the confidence interval of the mean; None for a single value."""
    if len(values) < 2:
        return None
    from scipy.stats import t  # slow to import

    return float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
