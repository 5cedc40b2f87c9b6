"""The answer to a training experiment: tables of plain numbers in SI, as JSON without loss; every report is made from it alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

from chipsim.record import Record, Row, file_of

FORMAT = 1
KIND = "training"


@final
@dataclass(frozen=True)
class TrainingResult(Record):
    """Everything that one training experiment found; None where something was not asked for or does not exist.

    experiment   the resolved question, as plain values
    provenance   chipsim and library versions, seeds, date, wall time, platform
    curves       rows: seed, epoch, rate, loss, train_accuracy, test_accuracy, the same of the twin (float_...), pulses,
                 pulses_per_device (one device counted for each weight), clipped_share (of the driven lines), reads (lines that the
                 rule read), operations (digital, of the rule), seconds (wall time); of the chip: time (s), time_error, energy (J),
                 energy_error (standard errors of the sampling)
    seeds        rows: seed, chip_seed, epochs, ended (why), accuracy (after the last epoch), best, best_epoch, float_accuracy, gap
                 (float - chip), pulses_per_device, clipped_share, time, energy
    moments      rows: seed, epoch, sample (of the epoch, the first one), seldom (whether it ends with a step that the rule takes
                 seldom), interval (s per mini-batch), latency and critical_path (s, one example alone), energy (J per mini-batch),
                 fill (largest share of an activation store that was full)
    stages       rows: stage, energy (J per example), error, share, busy (s per example, of the busiest circuit)
    energy       rows: part, layer, stage, energy (J per example), error; leakage is a stage of its own
    area         rows: part, count, area (of all), share
    leakage      rows: part, power
    layers       rows: layer, rows, columns, blocks (arrays it is cut into); with a clock also: vectors, operations, pulses (of an
                 example), pulses_per_device (of an example), examples and years (until a mean device has had its last pulse)
    by_energy    rows: part, energy (J/OP), share, factor (of what the published efficiency demands); the sum as part `all`
    by_area      rows: part, area_time (m2 s/OP), share, factor (of what the published density demands); the sum as part `all`
    comparators  rows: comparator, energy (times less of it for an operation), area (times more operations on it)
    elsewhere    rows: comparator, rows, columns, batch, time (s per example), energy (J/OP), share (of its rating): such layers there
    warnings     sentences about what a reader should change or know
    assumptions  sentences that belong next to the numbers
    assumed      rows: key, value, source: numbers of the description that are assumed or carry no source
    metrics      headline numbers by name
    timing       how time and energy were sampled; empty without a clock
    citations    keys of the works whose models or numbers were used
    """

    format: ClassVar[int] = FORMAT
    kind: ClassVar[str] = KIND
    called: ClassVar[str] = "training of chipsim"
    anew: ClassVar[tuple[str, str]] = "train again", "train again"

    name: str
    digest: str
    experiment: dict[str, Any]
    provenance: dict[str, Any]
    curves: list[Row]
    seeds: list[Row]
    moments: list[Row]
    stages: list[Row]
    energy: list[Row]
    area: list[Row]
    leakage: list[Row]
    layers: list[Row]
    by_energy: list[Row]
    by_area: list[Row]
    comparators: list[Row]
    elsewhere: list[Row]
    warnings: list[str]
    assumptions: list[str]
    assumed: list[Row]
    metrics: dict[str, float]
    timing: dict[str, Any]
    citations: list[str] = field(default_factory=list)


def is_training(folder: str | Path) -> bool:
    """Whether a folder (or a result.json) holds a training; False for what cannot be read."""
    try:
        data = json.loads(file_of(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("kind") == KIND
