"""One network in several precisions, for a reader: text of 80 columns, CSV and JSON, and the picture of `precision_plots.py`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from chipsim.report.console import heading, item, say, table
from chipsim.report.precision_plots import write_plots
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
from chipsim.studies.precision import PrecisionStudy
from chipsim.tabular import Row

COLUMNS: dict[str, tuple[Column, ...]] = {
    "variants": (
        Column("variant", "variant"), Column("weights", "weights", "b"), Column("activations", "activations", "b"),
        Column("told", "what"),
    ),
    "rows": (
        Column("variant", "variant"), Column("time", "time", "s"), Column("value", "metric"), Column("spread", "spread"),
        Column("low", "low"), Column("high", "high"), Column("loss", "loss"), Column("kept", "A*"),
        Column("error", "standard error of A*"), Column("iso", "iso-accuracy"),
        Column("sure", "surely"),
    ),
    "notes": (Column("note", "note"),),
}  # fmt: skip


def render(study: PrecisionStudy, console: Console) -> None:
    """Print the study: one line for each precision and time."""
    say(console, f"{study.name}: {study.metric} on {study.samples:,} samples, {study.chips} chip{'s' if study.chips > 1 else ''} "
                 f"programmed {study.repeats} time{'s' if study.repeats > 1 else ''}, seed {study.seed}")  # fmt: skip
    say(console, f"A*: 1 for the float network ({_value(study, study.reference)}), 0 for chance ({_value(study, study.chance)}); "
                 f"* {percent(study.level, 0)} or more, "
                 "(*) the same, but less than 1.96 standard errors above", "dim")  # fmt: skip
    heading(console, "precision")
    cells = [(row["variant"], "any" if row["time"] is None else duration(row["time"]), _spread(study, row), _loss(study, row), _kept(row))
             for row in study.rows]  # fmt: skip
    table(console, ("variant", "time", study.metric, "loss", "A*"), cells, "llrrr")
    say(console, f"+- of the {study.metric}: standard deviation over the {study.chips * study.repeats} programmings. +- of A*: standard "
                 "error; on the chip over programmings, for digital rows over the samples, never below one sample", "dim")  # fmt: skip
    heading(console, "what they are")
    for row in study.variants:
        item(console, f"{row['variant']}: {row['told']}")
    section(console, "notes", [row["note"] for row in study.notes])


def _value(study: PrecisionStudy, value: float) -> str:
    return percent(value, 2) if study.percent else number(value, 4)


def _spread(study: PrecisionStudy, row: Row) -> str:
    if not row["spread"]:
        return _value(study, row["value"])
    if study.percent:
        return f"{100 * row['value']:.2f} +- {100 * row['spread']:.2f} %"
    return f"{number(row['value'], 4)} +- {number(row['spread'], 2)}"


def _loss(study: PrecisionStudy, row: Row) -> str:
    return f"{round(100 * row['loss'], 2) + 0.0:.2f} points" if study.percent else number(row["loss"], 3)


def _kept(row: Row) -> str:
    error = "" if row["error"] is None else f" +- {100 * row['error']:.2f}"
    star = "" if not row["iso"] else "*" if row["sure"] else "(*)"
    return f"{100 * row['kept']:.2f}{error} % {star:<3}"


def write(study: PrecisionStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, the picture; InputError where that fails."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, write_plots)
