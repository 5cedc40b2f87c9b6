"""The study of array sizes for a reader: text of 80 columns, CSV and JSON, and the picture of `array_size_plots.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.array_size_plots import write_plots
from chipsim.report.console import heading, say, table
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
from chipsim.result import Row
from chipsim.studies.array_size import ArraySizeStudy
from chipsim.units import show

COLUMNS: dict[str, tuple[Column, ...]] = {
    "sizes": (
        Column("size", "rows and columns"),
        Column("tiles", "tiles"),
        Column("grid", "grid"),
        Column("wires", "wires"),
        Column("wire_error", "error of wires", "fraction"),
        Column("wire_left", "error of wires after a factor for each column", "fraction"),
        Column("adc_product", "ADC share of a full product", "fraction"),
        Column("adc_energy", "ADC share of an inference", "fraction"),
        Column("adc_area", "ADC share of the area", "fraction"),
        Column("clipped", "products clipped in the worst layer", "fraction"),
        Column("accuracy", "accuracy", "fraction"),
        Column("low", "low", "fraction"),
        Column("high", "high", "fraction"),
        Column("energy", "energy per inference", "J"),
        Column("latency", "latency", "s"),
        Column("interval", "interval", "s"),
        Column("cells_used", "cells used", "fraction"),
        Column("peak_ops_per_watt", "peak efficiency", "OP/s/W"),
        Column("peak_ops_per_area", "peak density", "OP/s/m2"),
        Column("area", "area", "m2"),
    ),
    "refused": (Column("size", "rows and columns"), Column("reason", "reason")),
}


def render(study: ArraySizeStudy, console: Console) -> None:
    """Print the study."""
    say(console, f"{study.name}: arrays of {study.own_size[0]} x {study.own_size[1]} in the description")
    say(console, f"accuracy over {study.samples:,} samples {_age(study)} after programming, float network {percent(study.reference, 2)}")
    for title, headings, columns, note in _TABLES:
        heading(console, title)
        lines = [(str(row["size"]), *(column(row) for column in columns)) for row in study.sizes]
        table(console, ("size", *headings), lines, "r" * (1 + len(headings)))
        say(console, note, "dim")
    section(console, "how", [*study.notes, *_wires(study)])
    section(console, "not built", (f"{row['size']}: {row['reason']}" for row in study.refused))


def _share(key: str) -> Callable[[Row], str]:
    return lambda row: "-" if row[key] is None else percent(row[key])


def _amount(key: str, unit: str) -> Callable[[Row], str]:
    return lambda row: show(row[key], unit)


def _confidence(row: Row) -> str:
    return f"{100 * row['low']:.1f} - {100 * row['high']:.1f} %"


_TABLES: tuple[tuple[str, tuple[str, ...], tuple[Callable[[Row], str], ...], str], ...] = (
    (
        "wires and accuracy",
        ("error of wires", "left", "clipped", "accuracy", "95 %"),
        (_share("wire_error"), _share("wire_left"), _share("clipped"), _share("accuracy"), _confidence),
        "error of wires: of a full array's products, rms; left: after the best factor for each column; clipped: products of the worst "
        "layer with an output out of range",
    ),
    (
        "share of the ADCs, rates",
        ("of a product", "an inference", "the area", "peak TOP/s/W", "TOP/s/mm2"),
        (_share("adc_product"), _share("adc_energy"), _share("adc_area"), lambda row: number(row["peak_ops_per_watt"] / 1e12),
         lambda row: number(row["peak_ops_per_area"] / 1e18)),
        "shares of the energy of a full product, of the energy of an inference, of the area of the chip; rates: all arrays full",
    ),
    (
        "time, energy, use",
        ("tiles", "grid", "cells used", "energy", "latency", "interval", "area"),
        (lambda row: str(row["tiles"]), lambda row: str(row["grid"]), _share("cells_used"), _amount("energy", "J"),
         _amount("latency", "s"), _amount("interval", "s"), _amount("area", "m2")),
        "of an inference; cells used: of the tiles that hold something",
    ),
)  # fmt: skip


def _age(study: ArraySizeStudy) -> str:
    return duration(study.age) if study.age else "right"


def _wires(study: ArraySizeStudy) -> Iterator[str]:
    for wires in dict.fromkeys(row["wires"] for row in study.sizes):
        sizes = ", ".join(str(row["size"]) for row in study.sizes if row["wires"] == wires)
        yield f"wires of {sizes}: {wires}"


def write(study: ArraySizeStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, the picture; InputError when nothing can be written there."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, write_plots)
