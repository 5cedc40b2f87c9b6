"""Columns of a sweep for its page: numbers in engineering units, texts beside numbers, which direction is better."""

from __future__ import annotations

import math
from typing import Any

from chipsim.report.sweep_columns import better, called_of, scale_of, text_of, unit_of
from chipsim.report.wording import plain
from chipsim.result import Row
from chipsim.sweep.table import SweepTable

_DIGITS = 6


def columns_of(table: SweepTable) -> list[dict[str, Any]]:
    """Every column that holds anything: name, label, unit, role, better, whether it is text, whether it suits a logarithm, its values."""
    found = [column for column in table.columns if any(row.get(column["name"]) is not None for row in table.rows)]
    return [_column(table, column) for column in found]


def _column(table: SweepTable, column: Row) -> dict[str, Any]:
    name, values = str(column["name"]), [row.get(column["name"]) for row in table.rows]
    known = [value for value in values if value is not None]
    head: dict[str, Any] = {"name": name, "label": plain(called_of(name)), "meaning": plain(column.get("meaning") or "")}
    head |= {"role": column["role"], "better": better(table, name) if column["role"] == "measure" else ""}
    if any(not isinstance(value, (int, float)) or isinstance(value, bool) for value in known):
        shown = [None if value is None else plain(text_of(value)) for value in values]
        return head | {"text": True, "unit": "", "factor": 1.0, "log": False, "values": shown}
    factor, unit = unit_of(name, str(column.get("unit") or ""), max(map(abs, known)))
    log = min(known) > 0 and scale_of(table, name).log
    return head | {"text": False, "unit": unit, "factor": factor, "log": log, "values": [rounded(value, factor) for value in values]}


def rounded(value: float | None, factor: float) -> float | None:
    """A number in the unit of its column, with as many digits as a page shows at most."""
    return None if value is None or not math.isfinite(value) else float(f"{value * factor:.{_DIGITS}g}")
