"""Measures: names of what chipsim can say of a chip, of a run on it, or of a claim, with their units.

    of a chip     FIGURES of the data sheet, and one part of its tables: `area.adc`, `rated_power.network routers`
    of a run      metrics, `accuracy`, `accuracy_loss`, the same of any metric of its workload (`perplexity`, `float_top_5`;
                  `metric`: what the network is judged by), `layers.NAME.COLUMN`, `inference_energy.PART`
    of a claim    `claim_energy`, `claim_area_time`, `claim_power_density`; against a comparator `claim_energy_ratio`, `claim_area_ratio`

`a / b` is the quotient of two, in the unit that comes out of theirs.
A name that both a run and the data sheet know is the run's where there is a workload.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chipsim.comparators.comparator import Comparator
from chipsim.demand import Demand
from chipsim.errors import InputError, did_you_mean
from chipsim.result import METRICS, Result, Row
from chipsim.sheet.datasheet import FIGURES, Datasheet
from chipsim.units import quotient
from chipsim.workload.metrics.named import ANY, Measured, metric_measure

PARTS: dict[str, tuple[str, str, str]] = {  # measure: table of the data sheet, column, unit
    "product_energy": ("product", "energy", "J"),
    "array_area": ("array_area", "area", "m2"),
    "tile_area": ("tile_area", "area", "m2"),
    "area": ("area", "area", "m2"),
    "tile_static_power": ("tile_static", "power", "W"),
    "static_power": ("static", "power", "W"),
    "tile_rated_power": ("tile_rating", "power", "W"),
    "rated_power": ("rating", "power", "W"),
}
RUN: dict[str, str] = METRICS | {"accuracy": "", "accuracy_loss": ""}
MEANINGS: dict[str, str] = {  # of a run
    "latency": "one inference, from its first input to its last output",
    "interval": "from one inference to the next in a stream",
    "inferences_per_second": "in a stream",
    "energy": "one inference in a stream, leakage included",
    "dynamic_energy": "one inference, without leakage",
    "leakage_energy": "leakage during one interval",
    "power": "mean power in a stream",
    "macs": "multiply-adds of one inference",
    "ops": "operations of one inference",
    "sustained_ops": "operations of a stream in a second",
    "sustained_ops_per_watt": "the same over the power",
    "sustained_ops_per_area": "the same over the area",
    "tiles_used": "tiles that hold weights",
    "arrays_used": "arrays that hold weights",
    "cells_used": "share of the cells that hold weights",
    "programming_time": "programming of all weights",
    "programming_energy": "programming of all weights",
    "float_accuracy": "the network in floating point",
    "accuracy": "at the first of the times",
    "accuracy_loss": "floating point less the chip, at the first of the times",
}
LAYER_UNITS = {"latency": "s", "busy": "s", "energy": "J"}  # of the columns of the layers table; others are bare numbers
CLAIM: dict[str, tuple[str, Callable[[Demand], float]]] = {
    "claim_energy": ("J", lambda claim: claim.energy),
    "claim_area_time": ("m2 s", lambda claim: claim.area_time),
    "claim_power_density": ("W/m2", lambda claim: claim.power_density),
}
RATIOS: dict[str, Callable[[Demand, Comparator], float]] = {
    "claim_energy_ratio": lambda claim, other: other.energy_ratio(claim.efficiency),
    "claim_area_ratio": lambda claim, other: other.density_ratio(claim.density),
}
RATINGS: dict[str, Callable[[Comparator], float]] = {  # what of a comparator a measure of this unit is held against
    "OP/s": lambda other: other.peak,
    "OP/s/W": lambda other: other.peak / other.power,
    "OP/s/m2": lambda other: other.density,
    "W": lambda other: other.power,
    "m2": lambda other: other.area,
}


def unit_of(measure: str, runs: bool, claims: bool = False) -> str:
    """The SI unit of a measure, empty for counts, ratios and shares; InputError for a name that is none."""
    numerator, over, denominator = measure.partition(" / ")
    if over:
        return quotient(unit_of(numerator, runs, claims), unit_of(denominator, runs, claims))
    if claims:
        return _claimed(measure)
    head, _, rest = measure.partition(".")
    if runs and measure in RUN:
        return RUN[measure]
    if runs and metric_measure(measure):
        return ""
    if runs and head == "layers" and "." in rest:
        return LAYER_UNITS.get(rest.rpartition(".")[2], "")
    if runs and head == "inference_energy" and rest:
        return "J"
    if measure in FIGURES:
        unit = FIGURES[measure][0]
        return "" if unit in ("OP", "fraction") else unit
    if head in PARTS and rest:
        return PARTS[head][2]
    if measure in RUN:
        raise InputError(f"'{measure}' is a measure of a run; give a workload")
    raise InputError(f"'{measure}' is no measure ({did_you_mean(measure, known(runs))})")


def known(runs: bool) -> list[str]:
    """Names of the measures of a chip, with those of a run on it where `runs`."""
    more = [*RUN, "layers.NAME.COLUMN", "inference_energy.PART"] if runs else []
    return [*FIGURES, *(f"{name}.PART" for name in PARTS), *more]


def explained() -> list[tuple[str, str, str]]:
    """Every measure: its name, its unit, what it is."""
    sheet = [(name, unit, meaning) for name, (unit, meaning) in FIGURES.items()]
    parts = [(f"{name}.PART", unit, f"one part of the table '{table}' of the data sheet") for name, (table, _, unit) in PARTS.items()]
    runs = [(name, unit, f"of a run: {MEANINGS[name]}") for name, unit in RUN.items() if name not in FIGURES]
    more = [("layers.NAME.COLUMN", "", "of a run: a column of the table of layers"), ("inference_energy.PART", "J", "of a run: one part")]
    claims = [(name, unit, "of a claim, for one operation") for name, (unit, _) in CLAIM.items()]
    return [*sheet, *parts, *runs, *more, *claims, *((name, "", "of a claim, against a comparator") for name in RATIOS)]


def of_sheet(measure: str, sheet: Datasheet) -> float:
    """A measure of the data sheet; InputError for a part that the chip does not have."""
    if measure in sheet.figures:
        return sheet.figures[measure]
    head, _, part = measure.partition(".")
    table, column, _ = PARTS[head]
    return _of_part(measure, part, getattr(sheet, table), column)


def of_run(measure: str, result: Result) -> float | None:
    """A measure of a run; None where it is one of the data sheet. InputError where the run has no such layer, part or accuracy."""
    if (asked := metric_measure(measure)) is not None:
        if not result.accuracy:
            raise InputError(f"{measure}: the run has no accuracy, as its workload has no trained weights or no data")
        return of_metric(asked, result, result.accuracy[0])
    if measure in result.metrics:
        return result.metrics[measure]
    head, _, rest = measure.partition(".")
    if head == "inference_energy":
        return _of_part(measure, rest, result.energy, "energy")
    if head == "layers":
        layer, _, column = rest.rpartition(".")
        return _of_layer(measure, layer, column, result.layers)
    if measure in RUN and measure not in FIGURES:
        raise InputError(f"{measure}: the run has no such number")
    return None


def of_metric(asked: Measured, result: Result, row: Row) -> float:
    """A metric of a run at the time of a row of its accuracies; InputError where the run does not tell it."""
    facts: dict[str, Any] = {"name": "accuracy", "higher": True, "also": []} | result.metric
    if asked.name in (facts["name"], ANY):
        value, reference = float(row["mean"]), result.metrics["float_accuracy"]
    else:
        others = {other["name"]: other for other in facts["also"]}
        if asked.name not in others:
            told = ", ".join([facts["name"], *others])
            raise InputError(f"{asked.name}: the run tells {told}; name it under 'metric' or 'also' of the workload")
        facts = others[asked.name]
        value, reference = float(row[asked.name]), float(facts["float"])
    loss = reference - value if facts["higher"] else value - reference
    return {"value": value, "loss": loss, "float": reference}[asked.kind]


def of_claim(measure: str, claim: Demand, other: Comparator | None) -> float:
    """A measure of a claimed efficiency and density."""
    if measure in CLAIM:
        return CLAIM[measure][1](claim)
    assert other is not None  # checked when the file was read
    return RATIOS[measure](claim, other)


def _claimed(measure: str) -> str:
    if measure in CLAIM:
        return CLAIM[measure][0]
    if measure in RATIOS:
        return ""
    raise InputError(f"'{measure}' is no measure of a claim ({did_you_mean(measure, [*CLAIM, *RATIOS])})")


def _of_part(measure: str, part: str, rows: list[Row], column: str) -> float:
    found = [float(row[column]) for row in rows if row["part"] == part]
    if not found:
        raise InputError(f"{measure}: the chip has no part '{part}' there ({did_you_mean(part, {str(row['part']) for row in rows})})")
    return sum(found)


def _of_layer(measure: str, layer: str, column: str, rows: list[Row]) -> float:
    found = {str(row["layer"]): row for row in rows}
    if layer not in found:
        raise InputError(f"{measure}: the network has no layer '{layer}' ({did_you_mean(layer, found)})")
    value = found[layer].get(column)
    if not isinstance(value, (int, float)):
        numbers = [name for name, item in found[layer].items() if isinstance(item, (int, float))]
        raise InputError(f"{measure}: a layer has no number '{column}' ({did_you_mean(column, numbers)})")
    return float(value)
