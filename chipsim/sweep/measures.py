"""Columns of the table of a sweep: measures of a run, accuracies at their times, with unit and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from chipsim.result import Result
from chipsim.units import show
from chipsim.validation.measures import MEANINGS, of_run, unit_of

USUAL = (
    "latency", "interval", "energy", "power", "area", "sustained_ops", "sustained_ops_per_watt", "sustained_ops_per_area",
    "peak_ops_per_watt", "peak_ops_per_area", "tiles_used", "cells_used", "programming_time", "programming_energy",
    "float_accuracy", "accuracy",
)  # fmt: skip
SHARES = ("accuracy",)  # measures that have a time


@final
@dataclass(frozen=True)
class Column:
    """One number of a run: a measure, of an accuracy at a time (s; None: the first)."""

    measure: str
    time: float | None = None

    @property
    def name(self) -> str:
        """Name in tables."""
        return self.measure if self.time is None else f"{self.measure}_{show(self.time, 's').replace(' ', '')}"

    @property
    def unit(self) -> str:
        """SI unit, empty for counts and shares; InputError for a measure that no run has."""
        return unit_of(self.measure, runs=True)

    @property
    def meaning(self) -> str:
        """What it is, for a reader."""
        when = "" if self.time is None else f" {show(self.time, 's')} after programming"
        return MEANINGS.get(self.measure, self.measure.replace("_", " ")) if not when else f"{self.measure}{when}"


def value_of(result: Result, column: Column) -> float | None:
    """The number of a run; None where this run has none, such as an accuracy without data."""
    if column.measure == "accuracy":
        rows = [row for row in result.accuracy if column.time is None or row["time"] == column.time]
        return float(rows[0]["mean"]) if rows else None
    if column.measure in ("float_accuracy", "accuracy_loss") and not result.accuracy:
        return None
    return of_run(column.measure, result)


def values_of(result: Result, columns: Sequence[Column]) -> dict[str, float | None]:
    """All numbers of a run, by column."""
    return {column.name: value_of(result, column) for column in columns}
