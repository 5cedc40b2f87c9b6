"""How much each axis of a sweep has to do with each objective.

Where the points are a full grid (every value of each axis with every value of the others, nothing failed), it is the axis' own share of
the variance, which is exact for the points at hand:

    share(axis) = sum over values v of n_v (mean_v - mean)^2 / sum over points (y - mean)^2

n_v points have the value v of the axis and the mean mean_v. The shares of all axes add up to at most 1; what is missing is what axes do
together. `method` is then `variance`.

Elsewhere (searches, grids with failures or conditions) points crowd where the objective is good, and means over them would mislead. There
it is what tells the best tenth of the points from the others, axis by axis (PED-ANOVA, Watanabe et al. 2023,
doi:10.24963/ijcai.2023/488, as optuna has it); shares add up to 1, `method` is `ped-anova`. It needs optuna and is an estimate: with few
points it says little. Limits play no part in either.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.record import Row
from chipsim.sweep.search.shares import Told, shares_of
from chipsim.sweep.table import SweepTable

LEAST = 3  # points for each axis; fewer say nothing


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
    found: list[Row] = []
    for objective in table.objectives:
        values = np.array([row[objective["column"]] for row in points], float)
        if np.ptp(values) == 0:
            continue  # nothing to explain
        whole = is_grid(points, axes) and len(points) == _asked(table, axes)
        try:
            parts = variance_shares(points, varied, values) if whole else _estimated(table, points, varied, values, objective)
        except ImportError:
            return [], 'the importance of axes needs optuna where the points are no full grid: pip install "chipsim[sweep]"'
        head = {"objective": objective["column"], "method": "variance" if whole else "ped-anova"}
        found += [head | {"axis": axis, "share": share} for axis, share in parts.items()]
    return found, "" if found else "no objective changes from point to point"


def _points(table: SweepTable, axes: list[str]) -> list[Row]:
    """One row for each answered point, with the mean of each objective over its repeats."""
    sought = [objective["column"] for objective in table.objectives]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in table.done:
        if all(row.get(column) is not None for column in sought):
            groups.setdefault(tuple(row.get(axis) for axis in axes), []).append(row)
    return [
        dict(zip(axes, values, strict=True)) | {column: math.fsum(row[column] for row in rows) / len(rows) for column in sought}
        for values, rows in groups.items()
    ]


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


def _estimated(table: SweepTable, points: list[Row], axes: list[str], values: NDArray[np.float64], objective: Row) -> dict[str, float]:
    logs = {axis for axis in axes if table.column(axis).get("scale") == "log"}
    told = [Told({a: row[a] for a in axes if row[a] is not None}, float(v)) for row, v in zip(points, values, strict=True)]
    return shares_of(told, axes, logs, objective["better"] == "maximise")
