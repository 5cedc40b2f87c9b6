"""The answer to a hardware-aware training: plain tables and numbers, as JSON without loss; every report is made from it alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

from chipsim.record import Record, Row, file_of

FORMAT = 2  # since what calibrated ranges alone bring stands in the rows
KIND = "hwa"


STAGES = ("before", "calibrated", "after")  # weights and ranges as they came; calibrated ranges alone; what was learned


@final
@dataclass(frozen=True)
class AwareResult(Record):
    """Everything that one hardware-aware training found; None where something was not asked for or does not exist.

    experiment   the resolved question, as plain values
    provenance   chipsim and library versions, seed, date, wall time, platform
    metric       what accuracies are: name, called, higher (whether more is better), percent, chance (None: not known)
    epochs       rows: epoch (0: the network as it came), rate, loss, validation (metric of the held-out data with the chip in the way),
                 spread (between the draws of the chip), validation_loss, seconds (wall time), best (whether its weights are the answer)
    accuracy     rows: time (s after programming); for each of before, calibrated and after (`STAGES`): <stage> (metric of the simulated
                 chip, mean), <stage>_spread, <stage>_values, <stage>_normalised (None where chance is not known). `calibrated` are
                 the weights before with the input ranges that training began with; not there where no ranges were calibrated
    layers       rows: layer, range_before, range_calibrated, range_after (input ranges; None: that of the array), largest_before,
                 largest_after (of the weights), deviation_before, deviation_after (standard deviation of the weights)
    metrics      headline numbers by name: float_before, float_after, epochs, best_epoch, train_samples, held_out, test_samples, chips,
                 repeats, seconds_per_epoch
    warnings     sentences about what a reader should change or know
    assumptions  sentences that belong next to the numbers
    citations    keys of the works whose models or numbers were used
    """

    format: ClassVar[int] = FORMAT
    kind: ClassVar[str] = KIND
    called: ClassVar[str] = "hardware-aware training of chipsim"
    anew: ClassVar[tuple[str, str]] = "train again", "train again"

    name: str
    digest: str
    experiment: dict[str, Any]
    provenance: dict[str, Any]
    metric: dict[str, Any]
    epochs: list[Row]
    accuracy: list[Row]
    layers: list[Row]
    metrics: dict[str, float]
    warnings: list[str]
    assumptions: list[str]
    citations: list[str] = field(default_factory=list)


def stages(rows: Sequence[Row]) -> tuple[str, ...]:
    """The stages that were judged, in order."""
    return tuple(stage for stage in STAGES if stage in rows[0])


def is_aware(folder: str | Path) -> bool:
    """Whether a folder (or a result.json) holds a hardware-aware training; False for what cannot be read."""
    try:
        data = json.loads(file_of(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("kind") == KIND
