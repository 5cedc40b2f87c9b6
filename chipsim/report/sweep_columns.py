"""How the columns of a sweep are drawn: their numbers in engineering units, texts as places on an axis, which points keep the limits."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

from chipsim.report.figure import literal, logarithmic
from chipsim.report.svg import scaled
from chipsim.report.wording import number
from chipsim.result import Row
from chipsim.sweep.table import SweepTable
from chipsim.workload.metrics.named import ANY, metric_column, metric_measure

SHARES = ("accuracy", "float_accuracy", "cells_used", "accuracy_loss")  # measures without a unit that are read in percent
_UPWARD = ("accuracy", "inferences_per_second", "sustained_ops", "peak_ops", "float_accuracy")
_LEAST = 0.005  # of a number: length of an axis
_WIDE = 10.0  # largest over smallest number from which on a measure is drawn on a logarithmic axis


@final
@dataclass(frozen=True)
class Scale:
    """One column as an axis of a picture: `words` are the texts of an axis of texts, in order, each at its number."""

    name: str
    label: str
    factor: float = 1.0
    log: bool = False
    words: tuple[str, ...] = ()

    def place(self, value: Any) -> float:
        """Where a value lies; texts at 0, 1, 2 ..."""
        return float(self.words.index(text_of(value))) if self.words else float(value) * self.factor

    def shown(self, value: Any) -> str:
        """A value as a label of a tick."""
        return literal(text_of(value), 14) if self.words else number(self.place(value))

    def draw(self, axis: Any, values: list[Any] | None = None) -> None:
        """Set label, scale and ticks of an axis of a picture; `values`: those it is studied at, ticks where they are few."""
        axis.set_label_text(self.label)
        if self.words:
            axis.set_ticks(range(len(self.words)), [literal(word, 14) for word in self.words])
            (axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim)(-0.5, len(self.words) - 0.5)
        elif self.log:
            logarithmic(axis)
        else:
            _widen(axis)
        if not self.words and values and len(values) <= 8 and not self._crowded(values):
            axis.set_ticks([self.place(value) for value in values], [self.shown(value) for value in values])
            axis.set_minor_locator(_none())

    def _crowded(self, values: list[Any]) -> bool:
        places = [math.log(self.place(value)) if self.log else self.place(value) for value in values]
        whole = max(places) - min(places)
        return any(abs(after - before) < 0.1 * whole for before, after in pairwise(sorted(places)))


def _widen(axis: Any) -> None:
    """An axis is at least half a percent of its numbers long: smaller differences are not drawn as large ones."""
    low, high = sorted(axis.get_view_interval())
    middle = (low + high) / 2
    if high - low < _LEAST * abs(middle):
        reach = _LEAST * abs(middle) / 2
        (axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim)(middle - reach, middle + reach)


def _none() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def text_of(value: Any) -> str:
    """A value of an axis of texts; an axis that does not exist at a point is `-`."""
    return "-" if value is None else str(value)


def scale_of(table: SweepTable, name: str) -> Scale:
    """The axis of a column, from its numbers at all points that were answered."""
    column = table.column(name)
    values = [row.get(name) for row in (table.done or table.rows)]
    called = called_of(name)
    if any(not _is_number(value) for value in values if column["role"] == "axis" or value is not None):
        return Scale(name, called, words=tuple(dict.fromkeys(text_of(value) for value in values)))
    numbers = [float(value) for value in values if value is not None]
    largest, least = max(map(abs, numbers), default=0.0), min(numbers, default=0.0)
    log = column.get("scale") == "log" or (column["role"] != "axis" and largest > _WIDE * least)
    factor, unit = unit_of(name, column["unit"], largest)
    return Scale(name, f"{called} ({unit})" if unit else called, factor, log and least > 0)


def called_of(name: str) -> str:
    """A column for a reader: `accuracy_1d` is `accuracy after 1 d`."""
    timed = re.fullmatch(r"(\w+?)_([\d.]+)([a-z]+)", name)
    if not timed or metric_measure(timed[1]) is None:
        return name.replace("_", " ")
    return f"{timed[1].replace('_', ' ')} after {timed[2]} {timed[3]}"


def _judges(name: str) -> bool:
    """Whether a column holds an accuracy or another metric of the chip."""
    asked = metric_column(name)
    return name.startswith("accuracy") or (asked is not None and asked.kind == "value" and not name.endswith("_spread"))


def unit_of(name: str, unit: str, largest: float) -> tuple[float, str]:
    """Factor and unit in which numbers up to `largest` are read."""
    asked = metric_column(name)
    if not unit and (name in SHARES or name.startswith("accuracy_") or (asked and asked.percent)):
        return 100.0, "%"
    if unit == "1/s":
        return (1e-6, "million/s") if largest >= 1e6 else (1e-3, "thousand/s") if largest >= 1e4 else (1.0, "1/s")
    if unit == "OP/s/m2":
        return 1e-18, "TOP/s/mm2"
    if unit.endswith("/m"):
        factor, words = scaled(largest / 1000, unit.removesuffix("/m"))
        return factor / 1000, f"{words}/mm"
    return scaled(largest, unit) if unit else (1.0, "")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def better(table: SweepTable, name: str) -> str:
    """Whether a measure is to be small or large: as the sweep says, else as it is usual."""
    said = str(table.column(name).get("better") or "")
    asked = metric_column(name)
    if not said and asked and asked.name not in ("accuracy", ANY):
        return "maximise" if asked.higher else "minimise"
    return said or ("maximise" if name.startswith(_UPWARD) or "per_" in name else "minimise")


def sought(table: SweepTable) -> list[str]:
    """The measures of the objectives; where there are none, what most are interested in and what differs from point to point."""
    named = [str(row["column"]) for row in table.objectives]
    usual = ("energy", *(name for name in table.names("measure") if _judges(name)), "latency", "area")
    varied = [name for name in usual if name in table.names("measure") and len({row.get(name) for row in table.done} - {None}) > 1]
    return named or varied[:3]


def keeps(table: SweepTable, row: Row) -> bool:
    """Whether a point keeps every limit."""
    for limit in table.limits:
        value = row.get(limit["column"])
        if value is None or (limit.get("at_most") is not None and value > limit["at_most"]):
            return False
        if limit.get("at_least") is not None and value < limit["at_least"]:
            return False
    return True


def staircase(places: list[tuple[float, float]], ups: tuple[bool, bool]) -> list[tuple[float, float]]:
    """Of points (x, y) those that no other beats in both, in the order of x; `ups`: whether large is better."""
    signs = [-1.0 if up else 1.0 for up in ups]
    kept: list[tuple[float, float]] = []
    for x, y in sorted(set(places), key=lambda place: (signs[0] * place[0], signs[1] * place[1])):
        if not kept or signs[1] * y < signs[1] * kept[-1][1]:
            kept.append((x, y))
    return sorted(kept)
