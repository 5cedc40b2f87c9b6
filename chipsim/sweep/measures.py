"""Columns of the table of a sweep: measures of a run, of its chip or of a training, accuracies at their times, with unit and meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import final

from chipsim.architecture import Architecture
from chipsim.errors import InputError, did_you_mean
from chipsim.insitu.result import TrainingResult
from chipsim.result import Result
from chipsim.sheet.datasheet import FIGURES, Datasheet, datasheet
from chipsim.units import quotient, show
from chipsim.validation.measures import MEANINGS, PARTS, known, of_metric, of_run, of_sheet, unit_of
from chipsim.workload.metrics.named import ANY, metric_measure

USUAL = (
    "latency", "interval", "energy", "power", "area", "sustained_ops", "sustained_ops_per_watt", "sustained_ops_per_area",
    "peak_ops_per_watt", "peak_ops_per_area", "tiles_used", "cells_used", "programming_time", "programming_energy",
    "float_accuracy", "accuracy",
)  # fmt: skip
NEAR = 12  # names that are told where none is close


def has_time(measure: str) -> bool:
    """Whether a measure of a run has a time: a metric of the chip."""
    asked = metric_measure(measure)
    return asked is not None and asked.kind != "float"


TRAINING: dict[str, tuple[str, str]] = {  # of a training: unit, meaning
    "accuracy": ("", "on the test data after the last epoch, mean of the seeds"),
    "best": ("", "best test accuracy of an epoch"),
    "float_accuracy": ("", "the same network trained in floating point"),
    "gap": ("", "floating point less the chip"),
    "loss": ("", "of the last epoch"),
    "float_loss": ("", "of the last epoch in floating point"),
    "bits_per_step": ("", "loss of one step of a sequence, in bits"),
    "pulses": ("", "pulses of the whole training"),
    "pulses_per_device": ("", "pulses over weights"),
    "clipped_share": ("", "of the driven lines, that needed more than the longest train"),
    "weights": ("", "weights that learn"),
    "training_samples": ("", "samples of an epoch"),
    "training_time": ("s", "the whole training on the chip"),
    "training_energy": ("J", "the whole training on the chip"),
    "training_time_error": ("s", "standard error of the time"),
    "training_energy_error": ("J", "standard error of the energy"),
    "area": ("m2", "the chip"),
    "latency": ("s", "one example alone, forward, backward and update"),
    "time_per_example": ("s", "one example, in steady state"),
    "energy_per_example": ("J", "one example, leakage included"),
    "dynamic_energy_per_example": ("J", "one example, without leakage"),
    "leakage_energy_per_example": ("J", "leakage during one example"),
    "examples_per_second": ("", "examples in a second"),
    "ops_per_example": ("", "operations of one example"),
    "pulses_per_example": ("", "pulses of one example"),
    "power": ("W", "mean power of the training"),
    "sustained_ops": ("OP/s", "operations of the training in a second"),
    "sustained_ops_per_watt": ("OP/s/W", "the same over the power"),
    "sustained_ops_per_area": ("OP/s/m2", "the same over the area"),
    "peak_ops": ("OP/s", "all arrays full and busy"),
    "peak_ops_per_watt": ("OP/s/W", "the same over their power"),
    "peak_ops_per_area": ("OP/s/m2", "the same over the area"),
    "endurance_years": ("", "years of training until a mean device has had its last pulse"),
}
SPREADS = ("accuracy", "best", "float_accuracy", "gap", "loss")  # of a training: that vary between seeds
USUAL_TRAINING = (
    "accuracy", "best", "float_accuracy", "gap", "loss", "pulses_per_device", "clipped_share", "training_time", "training_energy",
    "time_per_example", "energy_per_example", "sustained_ops_per_watt", "sustained_ops_per_area", "area",
)  # fmt: skip
_AGES = (  # years of 365 and of 365.25 days, months of 30 days and of a twelfth of a year: defaults, and what units say
    ("y", 31_536_000.0), ("y", 31_557_600.0), ("month", 2_592_000.0), ("month", 2_629_800.0), ("d", 86_400.0), ("h", 3600.0),
    ("min", 60.0), ("s", 1.0),
)  # fmt: skip


@final
@dataclass(frozen=True)
class Column:
    """One number of an answer: a measure; of an accuracy at a time (s; None: the first), or its spread."""

    measure: str
    time: float | None = None
    spread: bool = False
    training: bool = False

    @property
    def name(self) -> str:
        """Name in tables."""
        when = "" if self.time is None else f"_{age(self.time)}"
        return f"{self.measure}{when}{'_spread' if self.spread else ''}"

    @property
    def unit(self) -> str:
        """SI unit, empty for counts and shares; InputError for a measure that no answer has."""
        return _unit(self.measure, self.training)

    @property
    def meaning(self) -> str:
        """What it is, for a reader."""
        if self.spread:
            return f"standard deviation of {Column(self.measure, self.time).name.replace('_', ' ')}"
        if self.time is not None:
            return f"{self.measure.replace('_', ' ')} {age(self.time, ' ')} after programming"
        if self.training and self.measure in TRAINING:
            return TRAINING[self.measure][1]
        asked = metric_measure(self.measure)
        if self.measure not in MEANINGS and asked is not None:
            called = asked.metric.called if asked.metric else "what the network is judged by"
            ends = {"value": "at the first of the times", "loss": "how much worse than in floating point", "float": "in floating point"}
            return f"{called}, {ends[asked.kind]}"
        sheet = FIGURES[self.measure][1] if self.measure in FIGURES else self.measure
        return MEANINGS.get(self.measure, sheet)


def age(time: float, between: str = "") -> str:
    """A time after programming in the largest unit in which it is a short number: `1h`, `1d`, `3month`, `1y`; `1ms` below a second."""
    if time < 1:
        return show(time, "s", 6).replace(" ", between)
    for name, seconds in _AGES:
        short = float(f"{time / seconds:.3g}")
        if short >= 1 and abs(short * seconds - time) <= 1e-9 * time:
            return f"{short:.12g}{between}{name}"
    return f"{time:.12g}{between}s"


def offered(training: bool) -> list[str]:
    """Names of the measures that an answer has."""
    if not training:
        return list(dict.fromkeys(known(runs=True)))
    return list(dict.fromkeys([*TRAINING, *(f"{name}_spread" for name in SPREADS), *FIGURES, *(f"{name}.PART" for name in PARTS)]))


def _suggested(measure: str, training: bool) -> str:
    """What a mistyped name may mean; where nothing comes close, the names that are least far."""
    names = offered(training)
    if get_close_matches(measure, names, n=1):
        return did_you_mean(measure, names)
    return f"such as {', '.join(get_close_matches(measure, names, n=NEAR, cutoff=0.0))}; 'chipsim explain measures' names all"


def _unit(measure: str, training: bool) -> str:
    above, over, below = measure.partition(" / ")
    if over:
        return quotient(_unit(above, training), _unit(below, training))
    if not training:
        try:
            return unit_of(measure, runs=True)
        except InputError:
            raise InputError(f"'{measure}' is no measure of a run ({_suggested(measure, training)})") from None
    if measure in TRAINING:
        return TRAINING[measure][0]
    if measure.removesuffix("_spread") in SPREADS:
        return ""
    try:
        return unit_of(measure, runs=False)
    except InputError:
        raise InputError(f"'{measure}' is no measure of a training ({_suggested(measure, training)})") from None


def values_of(result: Result | TrainingResult, columns: Sequence[Column], architecture: Architecture) -> dict[str, float | None]:
    """All numbers of an answer, by column; None where it has none, such as an accuracy without data or a part that this chip lacks."""
    sheets: list[Datasheet] = []

    def sheet() -> Datasheet:
        if not sheets:
            sheets.append(datasheet(architecture))
        return sheets[0]

    return {column.name: _value(result, column, sheet) for column in columns}


def _value(result: Result | TrainingResult, column: Column, sheet: Callable[[], Datasheet]) -> float | None:
    if column.time is not None or column.spread:
        return _accuracy(result, column) if isinstance(result, Result) else result.metrics.get(column.name)
    above, over, below = column.measure.partition(" / ")
    value = _one(result, above, sheet)
    if not over or value is None:
        return value
    divisor = _one(result, below, sheet)
    return value / divisor if divisor else None


def _accuracy(result: Result, column: Column) -> float | None:
    row = next((row for row in result.accuracy if column.time is None or abs(row["time"] - column.time) <= 1e-9 * column.time), None)
    asked = metric_measure(column.measure)
    if row is None or asked is None:
        return None
    if column.spread:
        judged = asked.name in (result.metric.get("name", "accuracy"), ANY)
        return float(row["spread"]) if judged and row.get("spread") is not None else None
    try:
        return of_metric(asked, result, row)
    except InputError:  # another metric of another workload
        return None


def _one(result: Result | TrainingResult, measure: str, sheet: Callable[[], Datasheet]) -> float | None:
    """One measure, None where this answer has no such number."""
    try:
        if isinstance(result, TrainingResult):
            found = result.metrics.get(measure)
            return of_sheet(measure, sheet()) if found is None and measure not in TRAINING and not measure.endswith("_spread") else found
        found = of_run(measure, result)
        return of_sheet(measure, sheet()) if found is None else found
    except InputError:  # no such part or layer here, no data
        return None
