"""From everything that the steps of an experiment found to its Result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from chipsim import metrics as figures
from chipsim import summary, upkeep
from chipsim import timing as timed
from chipsim.assumptions import assumed_numbers, citations, sentences
from chipsim.comparators.work import work_of
from chipsim.comparison import compared, works_of
from chipsim.mapping.mapping import Mapping
from chipsim.programmed import ProgrammedNetwork
from chipsim.question import Question
from chipsim.result import Result, Row
from chipsim.sheet.plan import plan_of
from chipsim.timing import Timing
from chipsim.workload.graph import Workload
from chipsim.writing import Written


class Findings(NamedTuple):
    """What the steps found: the mapping, the first chip and how it was written, its timed runs, accuracies, errors of its layers.

    `reference` is what the float network reaches by each metric, empty where there is nothing to measure it on; `agree` is how many
    samples of the timed run the functional pass reproduced to the last bit, -1 for none.
    """

    mapping: Mapping
    network: ProgrammedNetwork
    written: Written
    timing: Timing
    reference: Sequence[float]
    accuracy: list[Row]
    errors: list[Row]
    agree: int


def result_of(question: Question, workload: Workload, found: Findings, name: str, digest: str, provenance: dict[str, Any]) -> Result:
    """The answer to a question."""
    architecture, mapping, timing, run = question.architecture, found.mapping, found.timing, found.timing.stream
    routers = sum(run.fabric.channels.is_router)
    leakage = summary.leakage_rows(architecture, mapping.tiles, routers, summary.awake(architecture, mapping, timing))
    area = summary.area_rows(architecture, mapping.tiles, routers)
    energy = summary.energy_rows(run, leakage, timing.interval, architecture.parts)
    links = summary.link_rows(timing)
    tiles = summary.tile_rows(architecture, mapping, timing)
    layers = summary.layer_rows(workload, mapping, timing, found.errors)
    metrics = figures.metrics(workload, architecture, mapping, timing, energy, area)
    metrics |= {"programming_time": found.written.duration, "programming_energy": found.written.energy}
    metrics |= {"float_accuracy": found.reference[0]} if found.reference else {}
    network = work_of(workload)
    spans = summary.span_rows(timing.single) + summary.span_rows(run)
    return Result(
        name=name,
        digest=digest,
        experiment=question.plain(),
        provenance=provenance,
        mapping=summary.mapping_rows(workload, mapping, architecture),
        layers=layers,
        tiles=tiles,
        links=links,
        energy=energy,
        area=area,
        leakage=leakage,
        spans=summary.span_rows(run) if spans else [],
        programming=upkeep.programming_rows(found.written),
        convergence=upkeep.convergence_rows(found.written),
        upkeep=upkeep.upkeep_rows(found.network, question.maintenance, found.written, metrics),
        accuracy=found.accuracy,
        checks=figures.checks(timing, metrics, energy, area, layers, tiles, links, found.agree),
        assumptions=sentences(question),
        assumed=assumed_numbers(architecture, energy, area, question.programming),
        metrics=metrics,
        timing=timed.timing_facts(timing, question.token, architecture),
        bottleneck=timed.bottleneck(timing, links),
        network=timed.network_facts(timing, architecture, links),
        plan=plan_of(architecture).plain(),
        metric=summary.metric_facts(workload, found.reference, question.samples),
        citations=sorted({*citations(question), *works_of(question)}),
        **compared(question, network, metrics),
    )
