"""Accuracy over time under several compensations of drift, and how often a chip must be looked after to stay accurate.

The same programmed chips are read under each compensation: `none`; `global`, one factor for each array; `column`, one for each
column; `statistics`, global, and the statistics of every channel recalibrated over some images (`recalibration`).
An upkeep is studied by itself. `calibrate`: the weights are written once, drift is measured every so often. `program`: the weights
are written again every so often, with new errors, and drift is measured right before a reading. Loss is largest just before an
upkeep: for each interval the accuracy is measured at its ends nearest to the given times, and the worst mean of them stands for
the interval. loss = mean accuracy right after the first programming (age 0) - worst mean, each under the same compensation.
All tables are lists of rows of plain numbers in SI, None where there is nothing to say; the rows' keys:

    accuracy    compensation, time, mean, spread, low, high, yield, values, chips (as in `Result`)
    upkeep      action, compensation, every (None: never), points, worst, at (time of the worst), loss, margin (half width of the
                95 % interval of the mean loss), stays (whether loss <= within), time, energy, downtime (share), power (of the upkeep)
    answers     action, compensation, verdict (`not needed`, `often enough`, `too seldom`), every (longest interval that stays)
    refused     age, compensation, reason: what the model of the device does not answer for

Random numbers belong to chip, repeat and number of the programming: another list of times or intervals changes no chip.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from chipsim.accuracy import accuracy
from chipsim.architecture import Tile
from chipsim.assumptions import citations
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.mapping.mapping import Mapping
from chipsim.population import Reading, accuracy_rows, margin, stand_at
from chipsim.programmed import ProgrammedNetwork
from chipsim.question import DAY, HOUR, MONTH
from chipsim.result import Row
from chipsim.studies.drift_moments import COMPENSATIONS, STATISTICS, Every, Interval, Moment, curve_of, fresh, intervals_of, moments_of
from chipsim.summary import awake, energy_rows, leakage_rows
from chipsim.tabular import Tabular
from chipsim.upkeep import calibration, upkeep_row
from chipsim.workload.metrics import Accuracy, Metric
from chipsim.writing import Written

CALIBRATE = (HOUR, 6 * HOUR, DAY, 7 * DAY, MONTH, None)  # None: never
PROGRAM = (DAY, 7 * DAY, MONTH, None)
IMAGES = 1000
NOT_NEEDED, OFTEN_ENOUGH, TOO_SELDOM = "not needed", "often enough", "too seldom"
Progress = Callable[[str, float], None]
Values = dict[tuple[int, int], float]  # accuracy by chip and repeat


@final
@dataclass(frozen=True)
class DriftStudy(Tabular):
    """The numbers of one network on one chip; tables as in the docstring of this file."""

    name: str
    seed: int
    chips: int
    repeats: int
    samples: int  # images that accuracy is measured on
    images: int  # that statistics are recalibrated over
    reference: float  # accuracy of the float network
    within: float
    times: tuple[float, ...]
    compensations: tuple[str, ...]
    fresh: dict[str, float]  # mean accuracy right after programming, by compensation
    maintenance: Row  # calibrate_every and reprogram_every of the curves (None: right before every reading, and never)
    accuracy: list[Row]
    upkeep: list[Row]
    answers: list[Row]
    refused: list[Row]
    cites: list[str]  # keys of the works whose models took part
    metric: Row = field(default_factory=dict)  # what accuracies are of, as in `Result`


def study(
    experiment: Experiment,
    times: Sequence[float] | None = None,
    compensations: Sequence[str] = COMPENSATIONS,
    calibrate_every: Sequence[Every] = CALIBRATE,
    program_every: Sequence[Every] = PROGRAM,
    progress: Progress = lambda text, share: None,
) -> DriftStudy:
    """Study the experiment's chips at `times` (s; None: its own), with intervals of upkeep up to the last of them (None: never).

    Chips, repeats, samples, `within` and the maintenance of the curves are the experiment's own. InputError for a compensation
    that is not known, for a workload whose weights or inputs are drawn, for times before the end of programming, and when nothing can
    be read at any of the times.
    """
    question, workload = experiment.question, experiment.workload
    if workload.spec.drawn:
        raise InputError(f"drift: the {workload.spec.drawn} of '{workload.name}' are drawn, so it has no accuracy to study; name files")
    asked = _ascending(question.times if times is None else times)
    for name in compensations:
        if name not in COMPENSATIONS:
            raise InputError(f"drift: unknown compensation {name!r:.40} ({did_you_mean(name, COMPENSATIONS)})")
    kinds = tuple(name for name in COMPENSATIONS if name in compensations)
    images = min(question.maintenance.statistics or IMAGES, len(workload.inputs))
    curves = {kind: curve_of(kind, question.maintenance, asked) for kind in kinds}
    intervals = list(intervals_of(kinds, asked, calibrate_every, program_every))
    mapping = experiment.map()
    found, refused, first, written = _measured(experiment, mapping, moments_of(curves, intervals), images, progress)
    count = question.samples or len(workload.inputs)
    reference = workload.accuracy(workload.inputs[:count], workload.labels[:count])
    metric = workload.metric
    rows = [row for kind in kinds for row in _accuracy(kind, curves[kind], found, reference, question.within, metric)]
    if not rows:
        raise InputError(f"drift: nothing can be read at any of the times: {next(iter(refused.values()))}")
    latest = max(moment.age for moment in found)
    inference = _inference(experiment, mapping, first, latest) if STATISTICS in kinds and calibrate_every else (0.0, 0.0)
    tile = question.architecture.tile
    costs = {kind: _calibration(tile, first, kind, images, *inference) for kind in kinds}
    known = [interval._replace(moments={time: m for time, m in interval.moments.items() if m in found}) for interval in intervals]
    upkeep = [_upkeep(interval, found, question.within, costs, written, metric) for interval in known if interval.moments]
    return DriftStudy(
        name=experiment.name, seed=question.seed, chips=question.chips, repeats=question.repeats, samples=count, images=images,
        reference=reference, within=question.within, times=tuple(asked), compensations=kinds,
        fresh={kind: _mean(found[fresh(kind)]) for kind in kinds},
        maintenance={name: getattr(question.maintenance, name) for name in ("calibrate_every", "reprogram_every")},
        accuracy=rows, upkeep=upkeep, answers=list(_answers(upkeep)),
        refused=[{"age": age, "compensation": kind, "reason": reason} for (age, kind), reason in sorted(refused.items())],
        cites=citations(question), metric=workload.metric.told(),
    )  # fmt: skip


def _ascending(times: Iterable[float]) -> list[float]:
    asked = sorted({float(time) for time in times})
    if not asked or not 0 <= asked[0] <= asked[-1] < math.inf:
        raise InputError(f"drift: times of {asked} s; expected one or more, in seconds after the end of programming")
    return asked


def _measured(
    experiment: Experiment, mapping: Mapping, moments: Sequence[Moment], images: int, progress: Progress
) -> tuple[dict[Moment, Values], dict[tuple[float, str], str], ProgrammedNetwork, Written]:
    """Accuracies by moment, reasons of refused ages and compensations, and the first chip with what its first programming took."""
    question = experiment.question
    first = experiment.network(mapping)
    written = experiment.program(first)
    found: dict[Moment, Values] = {}
    refused: dict[tuple[float, str], str] = {}
    places = [(chip, repeat) for chip in range(question.chips) for repeat in range(question.repeats)]
    for done, (chip, repeat) in enumerate(places):
        network, number = first, 0
        for index, moment in enumerate(moments):
            if index == 0 or moment.programming != number:
                number = moment.programming
                network = first if chip == repeat == number == 0 else _programmed(experiment, mapping, chip, repeat, number)
            share = (done + index / len(moments)) / len(places)
            progress(f"chip {chip + 1}, repeat {repeat + 1}, {moment.compensation}", share)
            try:
                _stand(network, moment, images)
            except InputError as error:
                refused[moment.age, moment.compensation] = str(error)
                continue
            found.setdefault(moment, {})[chip, repeat] = accuracy(network, question.samples)
    return found, refused, first, written


def _programmed(experiment: Experiment, mapping: Mapping, chip: int, repeat: int, number: int) -> ProgrammedNetwork:
    network = experiment.network(mapping, chip, repeat, number)
    experiment.program(network)
    return network


def _stand(network: ProgrammedNetwork, moment: Moment, images: int) -> None:
    _compensate(network, moment.compensation)
    stand_at(network, moment.age, moment.calibrated, images if moment.compensation == STATISTICS else 0)


def _compensate(network: ProgrammedNetwork, kind: str) -> None:
    """Compensate drift in another way from now on: it is done in digital, the devices do not notice."""
    for crossbar in network.crossbars.values():
        crossbar.array = crossbar.array.having(drift_compensation="global" if kind == STATISTICS else kind)


def _inference(experiment: Experiment, mapping: Mapping, network: ProgrammedNetwork, age: float) -> tuple[float, float]:
    """Interval (s) and energy (J) of an inference in steady state."""
    architecture = experiment.question.architecture
    network.drift_to(age)
    timing = experiment.time(experiment.lay_out(mapping), network)
    routers = sum(timing.stream.fabric.channels.is_router)
    leakage = leakage_rows(architecture, mapping.tiles, routers, awake(architecture, mapping, timing))
    return timing.interval, sum(row["energy"] for row in energy_rows(timing.stream, leakage, timing.interval))


def _calibration(
    tile: Tile, network: ProgrammedNetwork, kind: str, images: int, interval: float, energy: float
) -> tuple[float, float]:
    """Time (s) and energy (J) of one calibration."""
    _compensate(network, kind)
    return calibration(tile, network, images if kind == STATISTICS else 0, interval, energy)


def _accuracy(
    kind: str, curve: dict[float, Moment], found: dict[Moment, Values], reference: float, within: float, metric: Metric
) -> list[Row]:
    values = ((time, found.get(moment, {})) for time, moment in curve.items())
    readings = [Reading(time, chip, repeat, value) for time, own in values for (chip, repeat), value in own.items()]
    return [{"compensation": kind} | row for row in accuracy_rows(readings, reference, within, metric)]


def _upkeep(
    interval: Interval,
    found: dict[Moment, Values],
    within: float,
    costs: dict[str, tuple[float, float]],
    written: Written,
    metric: Metric | None = None,
) -> Row:
    """The row of one interval."""
    (action, kind, every, moments), metric = interval, metric or Accuracy()
    at = max(moments, key=lambda time: metric.loss(0.0, _mean(found[moments[time]])))
    worst, before = found[moments[at]], found[fresh(kind)]
    losses = {place: metric.loss(before[place], value) for place, value in worst.items()}
    loss = _mean(losses)
    row: Row = {"action": action, "compensation": kind, "every": every, "points": len(moments), "worst": _mean(worst), "at": at}
    row |= {"loss": loss, "margin": margin(_independent(losses)), "stays": loss <= within + 1e-12}
    if every is None:
        return row | dict.fromkeys(("time", "energy", "downtime", "power"))
    taken = costs[kind] if action == "calibrate" else (written.duration, written.energy)
    return row | {key: value for key, value in upkeep_row(action, every, *taken).items() if key not in row}


def _answers(upkeep: Sequence[Row]) -> Iterator[Row]:
    """The longest interval of each upkeep that stays, as do all shorter ones; `never` counts as the longest."""
    for action, kind in dict.fromkeys((row["action"], row["compensation"]) for row in upkeep):
        rows = sorted((r for r in upkeep if (r["action"], r["compensation"]) == (action, kind)), key=lambda r: r["every"] or math.inf)
        staying = [row["every"] for place, row in enumerate(rows) if all(r["stays"] for r in rows[: place + 1])]
        never = rows[-1]["every"] is None and rows[-1]["stays"]
        verdict = NOT_NEEDED if never else OFTEN_ENOUGH if staying else TOO_SELDOM
        yield {"action": action, "compensation": kind, "verdict": verdict, "every": staying[-1] if staying and not never else None}


def _independent(values: Values) -> list[float]:
    """What a confidence interval is made of: the means of the chips, or the repeats of the only one."""
    chips = dict.fromkeys(chip for chip, _ in values)
    means = [_mean({place: value for place, value in values.items() if place[0] == chip}) for chip in chips]
    return means if len(means) > 1 else list(values.values())


def _mean(values: Values) -> float:
    return float(np.mean(list(values.values())))
