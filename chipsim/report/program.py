"""The study of programming algorithms for a reader: text of 80 columns, CSV and JSON, and the pictures of `program_plots.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, say, table
from chipsim.report.judged import Judged
from chipsim.report.program_plots import write_plots
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import cell, duration, percent
from chipsim.studies.program import ProgramStudy, Row
from chipsim.units import show

_COST = (
    Column("time", "time", "s"),
    Column("energy", "energy", "J"),
    Column("pulses", "pulses"),
    Column("reads", "reads"),
    Column("turns", "turns"),
)
_OWN_MEASURE = (Column("error", "own error at the end", "fraction"), Column("open", "devices still open", "fraction"))
_ERRORS = (Column("mvm_error", "MVM error", "fraction"), Column("weight_error", "weight error", "fraction"))

COLUMNS: dict[str, tuple[Column, ...]] = {
    "algorithms": (
        Column("algorithm", "algorithm"),
        Column("own", "the experiment's own"),
        *_COST,
        Column("pulse_energy", "energy of the pulses", "J"),
        Column("read_energy", "energy of the reads", "J"),
        Column("transport_energy", "energy of host and network", "J"),
        *_OWN_MEASURE,
    ),
    "reached": (
        Column("algorithm", "algorithm"),
        Column("time", "time after programming", "s"),
        *_ERRORS,
        Column("accuracy", "accuracy", "fraction"),
    ),
    "layers": (Column("algorithm", "algorithm"), Column("layer", "layer"), Column("blocks", "blocks"), *_COST, *_OWN_MEASURE, *_ERRORS),
    "convergence": (
        Column("algorithm", "algorithm"),
        Column("layer", "layer"),
        Column("block", "block"),
        Column("devices", "devices"),
        Column("turn", "turn"),
        Column("time", "time since the block's start", "s"),
        Column("error", "own error", "fraction"),
        Column("open", "devices still open", "fraction"),
    ),
    "histogram": (
        Column("algorithm", "algorithm"),
        Column("low", "weight error from", "full-scale cells"),
        Column("high", "to", "full-scale cells"),
        Column("weights", "weights"),
    ),
    "products": (
        Column("algorithm", "algorithm"),
        Column("layer", "layer"),
        Column("ideal", "ideal product over its rms"),
        Column("analog", "analog product over the same"),
    ),
    "stuck": (
        Column("block", "block"),
        Column("plane", "plane"),
        Column("row", "row"),
        Column("column", "column"),
        Column("conductance", "conductance", "S"),
    ),
    "refused": (Column("algorithm", "algorithm"), Column("time", "time after programming", "s"), Column("reason", "reason")),
}


def render(study: ProgramStudy, console: Console) -> None:
    """Print the study."""
    held = f"{study.weights:,} weights in {study.blocks} arrays, cells of type {study.cell}, devices of type {study.device}"
    say(console, f"{study.name}: {held}, seed {study.seed}")
    heading(console, "what programming takes")
    table(console, ("algorithm", "time", "energy", "pulses", "reads", "turns"), (_cost(study, row) for row in study.algorithms), "lrrrrr")
    heading(console, "what it reaches")
    table(console, ("algorithm", "after", "MVM error", "weight error", Judged.told(study.metric).called), _reached(study), "lrrrr")
    _layers(study, console)
    section(console, "how the error went, by each algorithm's own measure", _courses(study))
    section(console, "refused", (_refusal(row) for row in study.refused))
    section(console, "what the numbers mean", _meaning(study))
    section(console, "from", (reference(name) if name in entries() else name for name in study.cites))


def write(study: ProgramStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, pictures; InputError when nothing can be written there."""
    return write_study(study, folder, as_text(study), COLUMNS, write_plots)


def as_text(study: ProgramStudy) -> str:
    """The printed study, 80 columns wide, without colour."""
    return plain_text(study, render)


def _cost(study: ProgramStudy, row: Row) -> tuple[str, ...]:
    name = row["algorithm"] + (" *" if row["own"] and len(study.algorithms) > 1 else "")
    return (name, *(cell(row[column.key], column.unit) for column in _COST))


def _reached(study: ProgramStudy) -> Iterator[tuple[str, ...]]:
    for row in study.reached:
        right = "-" if row["accuracy"] is None else Judged.told(study.metric).value(row["accuracy"])
        yield row["algorithm"], duration(row["time"]), percent(row["mvm_error"], 2), percent(row["weight_error"], 2), right


def _layers(study: ProgramStudy, console: Console) -> None:
    """The layers with the experiment's own algorithm, or with the first that was studied."""
    names = [row["algorithm"] for row in study.algorithms]
    if not names:
        return
    chosen = study.own if study.own in names else names[0]
    heading(console, f"layers, written with {chosen}")
    rows = [row for row in study.layers if row["algorithm"] == chosen]
    names_of = ("layer", "arrays", "time", "energy", "pulses", "turns", "MVM", "weights")
    table(console, names_of, ((row["layer"], str(row["blocks"]), *_layer(row)) for row in rows), "lrrrrrrr")


def _layer(row: Row) -> tuple[str, ...]:
    costs = (cell(row[column.key], column.unit) for column in _COST if column.key != "reads")  # too wide for 80 columns
    return (*costs, *(_share(row[column.key]) for column in _ERRORS))


def _courses(study: ProgramStudy) -> Iterator[str]:
    """From where to where the error of every algorithm went that has turns; one sentence each."""
    for name in dict.fromkeys(row["algorithm"] for row in study.convergence):
        rows = [row for row in study.convergence if row["algorithm"] == name]
        first = max((row for row in rows if row["turn"] == 0), key=lambda row: row["error"])
        ends = {row["block"]: row for row in rows}.values()  # the last row of every block stays
        last = max(ends, key=lambda row: row["error"])
        start, end = percent(first["error"], 2), percent(last["error"], 2)
        words = f"{start} at first, {end} after {last['turn'] + 1} turns and {show(last['time'], 's')}"
        yield f"{name}: {words} in the worst array; {percent(max(row['open'] for row in ends), 2)} of its devices still open at most."


def _refusal(row: Row) -> str:
    after = "" if row["time"] is None else f" after {duration(row['time'])}"
    return f"{row['algorithm']}{after}: {row['reason']}"


def _meaning(study: ProgramStudy) -> Iterator[str]:
    if len(study.algorithms) > 1 and any(row["own"] for row in study.algorithms):
        yield "*: the experiment's own programming, with its own keys; the others have their defaults."
    yield "time: from the first weight that leaves the host to the last array that is done; energy: pulses, reads, host and network."
    yield (
        f"MVM error: |y - x W| / |x W| for {study.vectors} random inputs x of every array, noise of the converters included; weight "
        "error: root mean square, in full-scale cells. Arrays weigh as their weights."
    )
    if study.float_accuracy is not None:
        judged = Judged.told(study.metric)
        of = f"{judged.called}: of {study.samples:,} samples, one chip, written once"
        yield f"{of}; the float network has {judged.value(study.float_accuracy)}."
    yield "A pulse's duration, energy and error are keys of the device (`pulse`); most defaults are assumed: chipsim explain Pulse."


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)
