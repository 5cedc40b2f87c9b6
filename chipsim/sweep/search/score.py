"""What a search is told about a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from chipsim.record import Row
from chipsim.sweep.pareto import excesses, mean


@final
@dataclass(frozen=True)
class Score:
    """The outcome of a point."""

    numbers: tuple[int, ...]  # of its rows
    status: str  # done, failed or pruned
    values: tuple[float, ...] | None  # the objectives, means over the repeats; None where it has none
    excesses: tuple[float, ...] = ()  # by how much each limit is exceeded, as a share of it; 0 or less where it is kept


def score_of(rows: Sequence[Row], objectives: Sequence[Row], limits: Sequence[Row]) -> Score:
    """The score of a point from its rows, one for each repeat; a point that fails once has failed."""
    numbers = tuple(row["point"] for row in rows)
    if any(row["status"] != "done" for row in rows):
        return Score(numbers, "failed", None)
    values = [mean(rows, objective["column"]) for objective in objectives]
    over = excesses(rows, limits)
    if None in values or None in over:
        return Score(numbers, "done", None)
    return Score(numbers, "done", tuple(v for v in values if v is not None), tuple(v for v in over if v is not None))
