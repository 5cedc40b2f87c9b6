"""Columns that were asked for and have no number: why a point has none, in the words of what it does have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from chipsim import runs
from chipsim.errors import InputError
from chipsim.result import Result
from chipsim.sweep.table import SweepTable
from chipsim.validation.measures import of_run


def asked_for(described: dict[str, Any]) -> list[str]:
    """The measures that a sweep file names: those of `measures`, objectives and limits."""
    sought = [one.get("minimise") or one.get("maximise") for one in described.get("objectives") or ()]
    limits = [one.get("measure") for one in described.get("limits") or ()]
    return list(dict.fromkeys(str(name) for name in (*(described.get("measures") or ()), *sought, *limits) if name))


def why_empty(measure: str, result: Result) -> str:
    """Why a run has no such number; empty where it has one, or where nothing can be said."""
    for part in measure.split(" / "):
        try:
            of_run(part, result)
        except InputError as error:
            return str(error)
    return ""


def empty_columns(table: SweepTable, folder: Path | None) -> list[str]:
    """A sentence for each measure that was asked for and that no point has."""
    if not table.done:
        return []
    names = [name for name in asked_for(table.sweep) if name in table.names("measure")]
    empty = [name for name in names if all(row.get(name) is None for row in table.done)]
    return _sentences(empty, str(table.done[0].get("folder") or ""), folder, "is empty at every point")


def empty_at_first(described: dict[str, Any], values: Iterable[dict[str, float | None]], run: str, folder: Path) -> list[str]:
    """The same of the first points that were answered."""
    found = list(values)
    names = [name for name in asked_for(described) if any(name in point for point in found)]
    empty = [name for name in names if all(point.get(name) is None for point in found)]
    return _sentences(empty, run, folder, "is empty")


def _sentences(measures: Sequence[str], run: str, folder: Path | None, words: str) -> list[str]:
    result = None
    if measures and run and folder is not None:
        with suppress(InputError, OSError):
            result = runs.find(folder / "points" / run)
    told = []
    for measure in measures:
        why = why_empty(measure, result) if isinstance(result, Result) else ""
        told.append(f"'{measure}' {words}" + (f": {why.removeprefix(f'{measure}: ')}" if why else ""))
    return told
