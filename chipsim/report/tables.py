"""Every table of a Result as CSV (RFC 4180): SI numbers in full precision, units in the header, columns in a fixed order.

The columns are those of `Result`'s docstring; other reports take headings and units from here too.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from chipsim.report.wording import cell
from chipsim.result import Result, Row


@final
@dataclass(frozen=True)
class Column:
    """One column: its key in the rows, its heading, the SI unit of its numbers (`fraction`: 1 is all)."""

    key: str
    heading: str
    unit: str = ""

    @property
    def header(self) -> str:
        """Heading with the unit, as the first line of a CSV file has it."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading

    def shown(self, row: Row) -> str:
        """The value of this column for a reader."""
        return cell(row.get(self.key), self.unit)


COLUMNS: dict[str, tuple[Column, ...]] = {
    "metrics": (Column("name", "metric"), Column("value", "value"), Column("unit", "unit")),
    "mapping": (
        Column("layer", "layer"),
        Column("copy", "copy"),
        Column("row_block", "row block"),
        Column("column_block", "column block"),
        Column("tile", "tile"),
        Column("rows", "rows"),
        Column("columns", "columns"),
        Column("row_start", "first row"),
        Column("column_start", "first column"),
        Column("utilisation", "cells used", "fraction"),
    ),
    "layers": (
        Column("layer", "layer"),
        Column("type", "type"),
        Column("tiles", "tiles"),
        Column("copies", "copies"),
        Column("vectors", "products per sample"),
        Column("macs", "MACs"),
        Column("latency", "latency", "s"),
        Column("busy", "busy per sample", "s"),
        Column("utilisation", "utilisation", "fraction"),
        Column("energy", "energy per inference", "J"),
        Column("retries", "retries per product"),
        Column("clipped", "products with a clipped output", "fraction"),
        Column("snr", "signal to noise", "dB"),
        Column("own_snr", "signal to noise by itself", "dB"),
        Column("inputs_clipped", "inputs clipped", "fraction"),
    ),
    "tiles": (
        Column("tile", "tile"),
        Column("x", "x", "tile pitches"),
        Column("y", "y", "tile pitches"),
        Column("layers", "layers"),
        Column("utilisation", "utilisation", "fraction"),
        Column("energy", "energy per inference", "J"),
    ),
    "links": (
        Column("source", "source"),
        Column("destination", "destination"),
        Column("x0", "x0", "tile pitches"),
        Column("y0", "y0", "tile pitches"),
        Column("x1", "x1", "tile pitches"),
        Column("y1", "y1", "tile pitches"),
        Column("utilisation", "utilisation", "fraction"),
        Column("flits", "flits per inference"),
        Column("length", "length", "m"),
    ),
    "energy": (Column("part", "part"), Column("layer", "layer"), Column("energy", "energy per inference", "J")),
    "area": (
        Column("part", "part"),
        Column("count", "count"),
        Column("area", "area of all", "m2"),
        Column("share", "share", "fraction"),
    ),
    "leakage": (Column("part", "part"), Column("power", "power", "W")),
    "spans": (
        Column("track", "track"),
        Column("name", "name"),
        Column("start", "start", "s"),
        Column("end", "end", "s"),
        Column("sample", "sample"),
    ),
    "programming": (
        Column("layer", "layer"),
        Column("blocks", "blocks"),
        Column("time", "time of the slowest block", "s"),
        Column("pulses", "pulses"),
        Column("reads", "reads"),
        Column("energy", "energy", "J"),
        Column("turns", "turns"),
        Column("error", "last error"),
        Column("open", "devices given up", "fraction"),
    ),
    "convergence": (
        Column("layer", "layer"),
        Column("block", "block"),
        Column("iteration", "turn"),
        Column("time", "time since the tile began", "s"),
        Column("error", "error"),
        Column("open", "devices open", "fraction"),
    ),
    "upkeep": (
        Column("action", "action"),
        Column("every", "every", "s"),
        Column("time", "time", "s"),
        Column("energy", "energy", "J"),
        Column("downtime", "downtime", "fraction"),
        Column("power", "mean power", "W"),
    ),
    "accuracy": (
        Column("time", "time after programming", "s"),
        Column("mean", "mean accuracy", "fraction"),
        Column("spread", "standard deviation", "fraction"),
        Column("low", "mean, lower limit", "fraction"),
        Column("high", "mean, upper limit", "fraction"),
        Column("yield", "yield", "fraction"),
        Column("values", "accuracy of each programming", "fraction"),
        Column("chips", "accuracy of each chip", "fraction"),
    ),
    "work": (
        Column("layer", "layer"),
        Column("macs", "MACs"),
        Column("weights", "weights"),
        Column("inputs", "numbers read"),
        Column("outputs", "numbers written"),
        Column("entering", "of the network's input"),
        Column("leaving", "of the network's output"),
    ),
    "comparators": (
        Column("comparator", "comparator"),
        Column("kind", "kind"),
        Column("precision", "precision"),
        Column("way", "way"),
        Column("batch", "batch"),
        Column("time", "time of an inference there", "s"),
        Column("energy", "energy of an inference there", "J"),
        Column("density", "inferences on an area there", "1/s/m2"),
        Column("share", "of its rating", "fraction"),
        Column("own_energy", "energy of an inference here", "J"),
        Column("own_density", "inferences on an area here", "1/s/m2"),
        Column("less_energy", "times less energy"),
        Column("more_on_area", "times more on an area"),
        Column("utilisation", "share of the peak that is taken to be used", "fraction"),
    ),
    "roofline": (
        Column("name", "machine"),
        Column("kind", "kind"),
        Column("batch", "batch"),
        Column("intensity", "operations per bit", "OP/b"),
        Column("reached", "reached", "OP/s"),
        Column("peak", "peak", "OP/s"),
        Column("bandwidth", "bandwidth", "b/s"),
    ),
    "saved": (
        Column("machine", "machine"),
        Column("way", "weights"),
        Column("part", "part"),
        Column("count", "bits or MACs"),
        Column("energy", "energy", "J"),
    ),
    "checks": (Column("name", "check"), Column("passed", "passed"), Column("detail", "detail")),
    "assumptions": (Column("assumption", "assumption"),),
    "assumed": (Column("key", "key"), Column("value", "value"), Column("source", "source")),
}

METRIC_UNITS = {
    "latency": "s",
    "interval": "s",
    "inferences_per_second": "1/s",
    "energy": "J",
    "dynamic_energy": "J",
    "leakage_energy": "J",
    "power": "W",
    "area": "m2",
    "programming_time": "s",
    "programming_energy": "J",
    "ops": "OP",
    "sustained_ops": "OP/s",
    "sustained_ops_per_watt": "OP/s/W",
    "sustained_ops_per_area": "OP/s/m2",
    "peak_ops": "OP/s",
    "peak_ops_per_watt": "OP/s/W",
    "peak_ops_per_area": "OP/s/m2",
    "float_accuracy": "fraction",
}


def rows_of(result: Result, name: str) -> list[Row]:
    """The rows of table `name`, one of `COLUMNS`."""
    if name == "metrics":
        return [{"name": key, "value": value, "unit": METRIC_UNITS.get(key, "")} for key, value in result.metrics.items()]
    if name == "assumptions":
        return [{"assumption": sentence} for sentence in result.assumptions]
    rows: list[Row] = getattr(result, name)
    return rows


def columns_of(name: str, rows: list[Row]) -> tuple[Column, ...]:
    """The columns of table `name`: the fixed ones, then in alphabetical order whatever else the rows have."""
    fixed = COLUMNS[name]
    known = {column.key for column in fixed}
    others = sorted({key for row in rows for key in row} - known)
    return (*fixed, *(Column(key, key) for key in others))


def write_tables(result: Result, folder: str | Path) -> list[Path]:
    """Write every table as `<name>.csv` into `folder` (made if missing); returns the files."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    files = []
    for name in COLUMNS:
        rows = rows_of(result, name)
        path = write_rows(rows, columns_of(name, rows), target / f"{name}.csv")
        files.append(path)
    return files


def write_rows(rows: Sequence[Row], columns: Sequence[Column], path: Path) -> Path:
    """Write rows as a CSV file with the columns' headers."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)  # its default dialect is RFC 4180: CRLF, quotes doubled
        writer.writerow([column.header for column in columns])
        writer.writerows([_text(row.get(column.key)) for column in columns] for row in rows)
    return path


def _text(value: Any) -> str:
    """A value as CSV holds it: numbers as Python writes them (they read back exactly), lists with semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ";".join(_text(item) for item in value)
    return str(value)
