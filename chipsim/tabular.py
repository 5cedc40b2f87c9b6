"""What answers are: frozen dataclasses of plain tables (lists of rows) and numbers in SI, as JSON and for pandas."""

from __future__ import annotations

import json
from abc import ABC
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from html import escape
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]
SHOWN = 12  # rows of a table that a notebook shows


class Tabular(ABC):  # noqa: B024  # members are dataclasses; there is nothing that each must define
    """Root of results and studies."""

    def to_json(self) -> str:
        """Everything as JSON, numbers in SI; ValueError for what is not a finite number."""
        return json.dumps(asdict(self), indent=1, allow_nan=False)  # type: ignore[call-overload]

    @property
    def tables(self) -> dict[str, list[Row]]:
        """The tables by name, the empty ones too; a dict of numbers (such as metrics) is a table of one row."""
        found: dict[str, list[Row]] = {}
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if str(item.type) in ("list[Row]", "list[dict[str, Any]]"):
                found[item.name] = value
            elif str(item.type) == "dict[str, float]":
                found[item.name] = [value]
        return found

    def to_pandas(self, table: str = "") -> pandas.DataFrame:
        """One table as a pandas DataFrame, numbers in SI; by default the first one. InputError for an unknown name, or without pandas."""
        known = self.tables
        name = table or next(iter(known))
        if name not in known:
            raise InputError(f"to_pandas: there is no table '{name}' ({did_you_mean(name, known)})")
        return frame(known[name])

    def _repr_html_(self) -> str:
        """What a notebook shows: every table, its first rows."""
        parts = [f"<h5>{escape(name)}</h5>{_table(rows)}" for name, rows in self.tables.items() if rows]
        return f"<h4>{escape(str(getattr(self, 'name', type(self).__name__)))}</h4>" + "".join(parts)


def frame(rows: Iterable[Mapping[str, Any]]) -> pandas.DataFrame:
    """Rows as a pandas DataFrame; InputError where pandas is missing."""
    try:
        import pandas as pd
    except ImportError:
        raise InputError('to_pandas needs pandas: pip install "chipsim[report]"') from None
    return pd.DataFrame(list(rows))


def _table(rows: list[Row]) -> str:
    names = list(rows[0])
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>" for row in rows[:SHOWN])
    more = f"<p>{len(rows) - SHOWN} more rows: to_pandas</p>" if len(rows) > SHOWN else ""
    return f"<table><tr>{head}</tr>{body}</table>{more}"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value) if value is not None else ""
    return escape(text if len(text) <= 60 else f"{text[:57]}...")
