"""The study of latency against injection for a reader: text of 80 columns, CSV and JSON, and the picture of `injection_plots.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.console import heading, say, table
from chipsim.report.injection_plots import write_plots
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import number, percent
from chipsim.result import Row
from chipsim.studies.injection import TIMES, InjectionStudy, level
from chipsim.units import show

_CASE = (Column("pattern", "pattern"), Column("control", "flow control"))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "curves": (
        *_CASE,
        Column("load", "offered load", "flits/tile/cycle"),
        Column("share", "share of the bound", "fraction"),
        Column("latency", "mean latency", "s"),
        Column("low", "mean, lower limit", "s"),
        Column("high", "mean, upper limit", "s"),
        Column("late", "95 % quantile", "s"),
        Column("accepted", "accepted load", "flits/tile/cycle"),
        Column("packets", "packets counted"),
        Column("warm", "cycles of warm-up"),
        Column("measured", "cycles measured"),
        Column("saturated", "beyond saturation"),
    ),
    "limits": (
        *_CASE,
        Column("bound", "bound of the busiest channel", "flits/tile/cycle"),
        Column("zero_load", "zero-load latency", "s"),
        Column("saturation", "saturation", "flits/tile/cycle"),
        Column("share", "share of the bound", "fraction"),
        Column("hops", "mean links of a way"),
    ),
    "refused": (*_CASE, Column("reason", "reason")),
    "here": (
        Column("run", "run"),
        Column("pattern", "pattern"),
        Column("what", "links as busy as"),
        Column("load", "load", "flits/tile/cycle"),
        Column("links", "of the run's links", "fraction"),
    ),
}


def render(study: InjectionStudy, console: Console) -> None:
    """Print the study."""
    unit, cycle = units_of(study)
    say(console, f"{study.name}: {study.topology} of {study.tiles} tiles, {study.links} links, {study.routing} routing")
    size = f"{study.bits:,} b, {study.flits} {cycle + 's' if study.circuits else unit}"
    say(console, f"packets of {size}; loads in {unit} that each tile offers in a {cycle} of {show(study.slot, 's')}")
    heading(console, "limits")
    headings = ("pattern", "flow control", "zero-load latency", "bound", "saturation", "of the bound")
    table(console, headings, [_limit(row) for row in study.limits], "  rrrr")
    say(console, f"bound: the busiest channel is always busy; saturation: the latency is {TIMES:g} times the zero-load latency", "dim")
    for limit in study.limits:
        heading(console, f"{limit['pattern']}, {limit['control']}")
        rows = curve_of(study, limit)
        lines = [_line(row) for row in rows]
        table(console, ("load", "of the bound", "mean latency", "+-", "95 % of packets", "accepted", "packets"), lines, "rrrrrrr")
        measured = ", ".join(f"{row['warm']:,} and {row['measured']:,} at {number(row['load'])}" for row in (rows[0], rows[-1]))
        say(console, f"+-: 95 % of the mean, from 10 batches; {units_of(study)[1]}s of warm-up and measured: {measured}", "dim")
    section(console, "where the run stands", _here(study))
    notes = [*study.notes, *_grown(study)]
    section(console, "how", notes)
    section(console, "no curve", (f"{row['pattern']}, {row['control']}: {row['reason']}" for row in study.refused))


def units_of(study: InjectionStudy) -> tuple[str, str]:
    """What loads count, and in which time."""
    return ("vectors", "step") if study.circuits else ("flits", "cycle")


def curve_of(study: InjectionStudy, limit: Row) -> list[Row]:
    """The points of the curve that a row of the limits belongs to."""
    return [row for row in study.curves if (row["pattern"], row["control"]) == (limit["pattern"], limit["control"])]


def _limit(row: Row) -> tuple[str, ...]:
    found = row["saturation"]
    reached = ("not reached", "-") if found is None else (number(found), percent(row["share"]))
    return row["pattern"], row["control"], show(row["zero_load"], "s"), number(row["bound"]), *reached


def _line(row: Row) -> tuple[str, ...]:
    latency = show(row["latency"], "s") + (" *" if row["saturated"] else "")
    wide = show((row["high"] - row["low"]) / 2, "s", 2)
    rates = number(row["load"]), percent(row["share"])
    return *rates, latency, wide, show(row["late"], "s"), number(row["accepted"]), f"{row['packets']:,}"


def _grown(study: InjectionStudy) -> Iterator[str]:
    if any(row["saturated"] for row in study.curves):
        yield "*: beyond saturation queues grow as long as packets are made, so the latency says how long the run was"


def _here(study: InjectionStudy) -> Iterator[str]:
    """Where a run stands on each curve, in sentences."""
    for row in study.here:
        words = "links are busy in the mean" if row["what"] == "mean" else "the busiest link is busy"
        for limit in study.limits:
            if limit["pattern"] == row["pattern"]:
                latency = level(curve_of(study, limit), row["load"])
                there = "beyond the curve" if latency is None else f"{show(latency, 's')} with {limit['control']}"
                load = f"for {percent(row['links'])} of the time, as in {row['run']}, at a load of {number(row['load'])}"
                yield f"{row['pattern']}: {words} {load}: {there}"


def write(study: InjectionStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, the picture; InputError when nothing can be written there."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, write_plots)
