"""How much each axis of a sweep has to do with each objective.

Where the points are a full grid (every value of each axis with every value of the others, nothing failed), it is the axis' own share of
the variance, which is exact for the points at hand:

    share(axis) = sum over values v of n_v (mean_v - mean)^2 / sum over points (y - mean)^2

n_v points have the value v of the axis and the mean mean_v. The shares of all axes add up to at most 1; what is missing is what axes do
together. `method` is then `variance`.

Elsewhere (searches, grids with failures or conditions) points crowd where the objective is good, and means over them would mislead. There
it is what tells the best quarter of the points from the others, axis by axis (PED-ANOVA, Watanabe et al. 2023,
doi:10.24963/ijcai.2023/488, as optuna has it); shares add up to 1, `method` is `ped-anova`. It needs optuna and is an estimate. With 60
points, the fewest that are taken, the axis that matters most comes first, but one without influence is given some hundredths; so it is
not asked about axes that cannot reach an objective (`reaches`): these have a share of 0. Limits play no part in either.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.facets import FREE
from chipsim.record import Row
from chipsim.sweep.search.shares import QUANTILE, Told, shares_of
from chipsim.sweep.table import SweepTable
from chipsim.workload.metrics.named import metric_column

LEAST = 3  # points of a grid for each axis; fewer say nothing
BEST = 15  # points in the best quarter where there is no full grid; of ten, the order of two axes comes out wrong too often
FEWEST = round(BEST / QUANTILE)
TIMES = ("s", "OP/s")  # units of what prices cannot reach
ACCURACIES = ("accuracy", "float_accuracy", "best", "gap", "loss", "float_loss", "bits_per_step")
COUNTS = ("inferences_per_second", "examples_per_second", "tiles_used", "cells_used")


def importances(table: SweepTable) -> SweepTable:
    """The table with the shares of its axes in each objective, or with the reason why there are none (`facts`)."""
    rows, reason = shares(table)
    facts = {name: fact for name, fact in table.facts.items() if name != "importance"}
    return replace(table, importance=rows, facts=facts | ({"importance": reason} if reason else {}))


def shares(table: SweepTable) -> tuple[list[Row], str]:
    """Rows: objective, axis, share, method; and a sentence where they are missing."""
    if any(row["status"] == "waiting" for row in table.rows):
        return [], "importance is told when all points are over"
    axes = table.names("axis")
    points = _points(table, axes)
    varied = [axis for axis in axes if len({row[axis] for row in points}) > 1]
    if not varied:
        return [], "importance needs points that differ"
    if len(points) < LEAST * len(varied):
        return [], f"importance needs {LEAST * len(varied)} points, {LEAST} for each axis that varies; there are {len(points)}"
    whole = is_grid(points, axes) and len(points) == _asked(table, axes)
    if not whole and len(points) < FEWEST:
        return [], f"importance needs {FEWEST} points where they are no full grid; there are {len(points)}"
    found: list[Row] = []
    reason = "no objective changes from point to point"
    for objective in table.objectives:
        values = np.array([row[objective["column"]] for row in points], float)
        if np.ptp(values) == 0:
            continue  # nothing to explain
        if not whole and _alike(values, objective):
            reason = f"more than half of the points are equally good in {objective['column']}: there is no best quarter"
            continue
        try:
            parts = variance_shares(points, varied, values) if whole else _estimated(table, points, varied, values, objective)
        except ImportError:
            return [], 'the importance of axes needs optuna where the points are no full grid: pip install "chipsim[sweep]"'
        head = {"objective": objective["column"], "method": "variance" if whole else "ped-anova"}
        found += [head | {"axis": axis, "share": share} for axis, share in parts.items()]
    return found, "" if found else reason


def _points(table: SweepTable, axes: list[str]) -> list[Row]:
    """One row for each answered point, with the mean of each objective over its repeats."""
    sought = [objective["column"] for objective in table.objectives]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in table.done:
        if all(row.get(column) is not None for column in sought):
            groups.setdefault(tuple(row.get(axis) for axis in axes), []).append(row)
    return [
        dict(zip(axes, values, strict=True)) | {column: _told(math.fsum(row[column] for row in rows) / len(rows)) for column in sought}
        for values, rows in groups.items()
    ]


def _told(value: float) -> float:
    return float(f"{value:.10g}")  # what differs after that is the order of a sum


def _asked(table: SweepTable, axes: list[str]) -> int:
    return len({tuple(row.get(axis) for axis in axes) for row in table.rows})


def is_grid(points: list[Row], axes: list[str]) -> bool:
    """Whether every value of each axis stands with every value of the others, each once."""
    return len(points) == math.prod(len({row[axis] for row in points}) for axis in axes) and all(
        row[axis] is not None for row in points for axis in axes
    )


def variance_shares(points: list[Row], axes: list[str], values: NDArray[np.float64]) -> dict[str, float]:
    """The share of each axis in the variance of the values over a full grid."""
    centred = values - values.mean()
    total = float(centred @ centred)
    found = {}
    for axis in axes:
        groups: dict[Any, list[float]] = {}
        for row, value in zip(points, centred, strict=True):
            groups.setdefault(row[axis], []).append(float(value))
        found[axis] = math.fsum(math.fsum(group) ** 2 / len(group) for group in groups.values()) / total
    return found


def reaches(facet: str, column: Row) -> bool:
    """Whether a key of a facet (empty: not known) can change a column: prices change no time, only values change an accuracy."""
    accuracy = (column["name"].startswith(ACCURACIES) or metric_column(column["name"]) is not None) and " / " not in column["name"]
    if facet in FREE:
        return not (accuracy or column["unit"] in TIMES or column["name"] in COUNTS)
    return not (facet == "time" and accuracy)


def _reaching(table: SweepTable, points: list[Row], axes: list[str], objective: Row) -> list[str]:
    """The axes that can change an objective; all where points differ in it that differ in the others alone (copies, long waits)."""
    column = next((item for item in table.columns if item["name"] == objective["column"]), None)
    if column is None:
        return axes
    found = [axis for axis in axes if reaches(table.column(axis).get("facet", ""), column)]
    seen: dict[tuple[Any, ...], float] = {}
    same = all(seen.setdefault(tuple(row[a] for a in found), row[column["name"]]) == row[column["name"]] for row in points)
    return found if found and same else axes


def _alike(values: NDArray[np.float64], objective: Row) -> bool:
    """Whether there is no best quarter, as too many points are equally good."""
    signed = -values if objective["better"] == "maximise" else values
    cut = np.sort(signed)[math.ceil(QUANTILE * len(signed)) - 1]
    return bool(2 * np.count_nonzero(signed <= cut) > len(signed))


def _estimated(table: SweepTable, points: list[Row], axes: list[str], values: NDArray[np.float64], objective: Row) -> dict[str, float]:
    logs = {axis for axis in axes if table.column(axis).get("scale") == "log"}
    asked = _reaching(table, points, axes, objective)
    told = [Told({a: row[a] for a in asked if row[a] is not None}, float(v)) for row, v in zip(points, values, strict=True)]
    found = shares_of(told, asked, logs, objective["better"] == "maximise")
    return {axis: found[axis] if axis in asked else 0.0 for axis in axes if axis in found or axis not in asked}
