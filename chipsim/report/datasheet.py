"""A data sheet for a reader: figures, energy of a product, area and power by part, numbers that are assumed; files in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.citations import reference
from chipsim.report.console import heading, item, say, table
from chipsim.report.study import plain_text
from chipsim.report.tables import Column, write_rows
from chipsim.report.wording import percent, rate_per_area, rate_per_watt
from chipsim.result import Row
from chipsim.sheet.datasheet import FIGURES, Datasheet
from chipsim.units import show

GROUPS = {
    "one product of an array": ("product_time", "product_interval", "product_energy", "product_ops", "energy_per_op", "output_steps"),
    "one array": ("array_ops", "array_ops_per_watt", "array_ops_per_area", "array_area"),
    "one tile": (
        "tile_ops", "tile_ops_per_watt", "tile_ops_per_area", "tile_area", "tile_power", "tile_static_power", "tile_rated_power",
    ),
    "the chip": (
        "peak_ops", "peak_ops_per_watt", "peak_ops_per_area", "peak_power", "chip_product_energy", "rated_power", "rated_ops_per_watt",
        "static_power", "area",
    ),
    "what it holds": ("tiles", "routers", "cores", "arrays", "weights", "devices", "assumed"),
}  # fmt: skip

PART = Column("part", "part")
TABLES: dict[str, tuple[Column, ...]] = {
    "product": (PART, Column("energy", "energy of one product", "J"), Column("share", "share", "fraction")),
    "array_area": (PART, Column("area", "area of one array", "m2"), Column("share", "share", "fraction")),
    "tile_area": (PART, Column("area", "area of one tile", "m2"), Column("share", "share", "fraction")),
    "area": (PART, Column("count", "count"), Column("area", "area of all", "m2"), Column("share", "share", "fraction")),
    "tile_static": (PART, Column("power", "static power of one tile", "W"), Column("share", "share", "fraction")),
    "static": (PART, Column("power", "static power", "W"), Column("share", "share", "fraction")),
    "tile_rating": (PART, Column("count", "count"), Column("unit", "power of one", "W"), Column("power", "power of all", "W")),
    "rating": (PART, Column("count", "count"), Column("unit", "power of one", "W"), Column("power", "power of all", "W")),
    "assumed": (Column("key", "key"), Column("value", "value"), Column("source", "source")),
}
MOST_ASSUMED = 12  # printed; the files have all


def worded(name: str, value: float) -> str:
    """A figure of the data sheet in the unit that the field prints it in."""
    unit = FIGURES[name][0]
    if name == "assumed":
        return percent(value)
    if unit == "OP/s/W":
        return rate_per_watt(value)
    if unit == "OP/s/m2":
        return rate_per_area(value)
    return show(value, unit) if unit and unit != "OP" else f"{value:,.0f} {unit}".strip()


def render(sheet: Datasheet, console: Console) -> None:
    """Print the whole sheet."""
    say(console, f"{sheet.name}: {sheet.about}" if sheet.about else sheet.name)
    for title, names in GROUPS.items():
        heading(console, title)
        rows = [(name, worded(name, sheet.figures[name]), FIGURES[name][1]) for name in names if sheet.figures[name]]
        table(console, ("figure", "value", "of what"), rows, " r ")
    say(console, f"Cells are {percent(sheet.activity)} busy: mean of input x conductance, a share of the largest.")
    _parts(console, "energy of one product", sheet, "product", "energy")
    _parts(console, "area of one tile", sheet, "tile_area", "area")
    _parts(console, "area of the chip", sheet, "area", "area")
    _parts(console, "power at full rate, one tile", sheet, "tile_rating", "power")
    _parts(console, "power at full rate, the chip", sheet, "rating", "power")
    _assumed(console, sheet)
    _sources(console, sheet)


def write(sheet: Datasheet, folder: Path) -> list[Path]:
    """The sheet as text, as JSON and as CSV tables in a folder; InputError when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / "datasheet.txt", folder / "datasheet.json"]
        files[0].write_text(plain_text(sheet, render), encoding="utf-8")
        files[1].write_text(sheet.to_json() + "\n", encoding="utf-8")
        return files + [write_rows(getattr(sheet, name), columns, folder / f"{name}.csv") for name, columns in TABLES.items()]
    except OSError as error:
        raise InputError(f"{folder}: the data sheet cannot be written here ({error.strerror})") from None


def _parts(console: Console, title: str, sheet: Datasheet, name: str, summed: str) -> None:
    """A table by part with its sum; the largest first."""
    columns, rows = TABLES[name], getattr(sheet, name)
    if not rows:
        return
    heading(console, title)
    unit = next(column.unit for column in columns if column.key == summed)
    total = sum(row[summed] for row in rows)
    lines = [[column.shown(row) for column in columns] for row in sorted(rows, key=lambda row: -row[summed])]
    last = [show(total, unit) if column.key == summed else "" for column in columns[1:]]
    table(console, [column.heading for column in columns], [*lines, ["sum", *last]], " " + "r" * (len(columns) - 1))


def _assumed(console: Console, sheet: Datasheet) -> None:
    heading(console, "numbers that are assumed or have no source")
    rows: Sequence[Row] = sheet.assumed
    table(console, ("key", "value", "source"), [(row["key"], row["value"], row["source"]) for row in rows[:MOST_ASSUMED]])
    if rows[MOST_ASSUMED:]:
        say(console, f"and {len(rows) - MOST_ASSUMED} more, of parts with a smaller share")


def _sources(console: Console, sheet: Datasheet) -> None:
    heading(console, "works that the models rest on")
    for work in sheet.citations:
        item(console, reference(work))
