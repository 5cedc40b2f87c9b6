"""Columns of a sweep for its page: units in prefixes that suit the numbers, texts beside numbers, which direction is better."""

from __future__ import annotations

import math
from typing import Any

from chipsim.report.svg import scaled
from chipsim.report.wording import plain
from chipsim.result import Row
from chipsim.sweep.table import SweepTable

_SHARES = ("accuracy", "float_accuracy", "cells_used", "accuracy_loss")  # 1 is all: shown in percent
_SMALLER = ("s", "J", "W", "m2")  # units of what a chip should take little of
_DIGITS = 6
_SPREAD = 50.0  # largest over smallest from which on an axis is logarithmic


def columns_of(table: SweepTable) -> list[dict[str, Any]]:
    """Every column that holds anything: name, label, unit, role, better, whether it is text, whether it suits a logarithm, its values."""
    found = [_column(column, table.rows) for column in table.columns]
    return [column for column in found if any(value is not None for value in column["values"])]


def _column(column: Row, rows: list[Row]) -> dict[str, Any]:
    name = str(column["name"])
    values = [row.get(name) for row in rows]
    known = [value for value in values if value is not None]
    text = any(isinstance(value, (str, bool, list, dict)) for value in known)
    head: dict[str, Any] = {"name": name, "label": plain(name).replace("_", " "), "meaning": plain(column.get("meaning") or "")}
    head |= {"role": column["role"], "better": column.get("better") or _better(name, str(column.get("unit") or ""), str(column["role"]))}
    if text:
        return head | {"text": True, "unit": "", "log": False, "values": [None if value is None else plain(value) for value in values]}
    factor, unit = scale_of(name, str(column.get("unit") or ""), known)
    shown = [None if value is None else rounded(value * factor) for value in values]
    return head | {"text": False, "unit": unit, "factor": factor, "log": _logarithmic(column, known), "values": shown}


def scale_of(name: str, unit: str, values: list[float]) -> tuple[float, str]:
    """Factor and unit for the numbers of a column (SI)."""
    if any(name == share or name.startswith(f"{share}_") for share in _SHARES):
        return 100.0, "%"
    largest = max((abs(value) for value in values), default=0.0)
    if unit.endswith("/m2"):  # per square millimetre, as papers print it
        factor, symbol = scaled(largest * 1e-6, unit.removesuffix("/m2"))
        return factor * 1e-6, f"{symbol}/mm2"
    return scaled(largest, unit) if unit else (1.0, "")


def rounded(value: float) -> float:
    """A number with as many digits as a page shows at most."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value


def _better(name: str, unit: str, role: str) -> str:
    if role != "measure":
        return ""
    if unit in _SMALLER or name.startswith("accuracy_loss"):
        return "minimise"
    return "maximise" if unit.startswith("OP/s") or "accuracy" in name else ""


def _logarithmic(column: Row, values: list[float]) -> bool:
    if not values or min(values) <= 0:
        return False
    return (column.get("scale") == "log" and max(values) > min(values)) or max(values) / min(values) > _SPREAD
