"""The study of a reloaded network for a reader: text of 80 columns, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, say, table
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import number, percent
from chipsim.studies.reload import ReloadStudy
from chipsim.units import show

COLUMNS: dict[str, tuple[Column, ...]] = {
    "rounds": (
        Column("round", "round"),
        Column("first", "first layer with weights"),
        Column("last", "last layer with weights"),
        Column("layers", "layers with weights"),
        Column("tiles", "tiles"),
        Column("weights", "weights written"),
        Column("reads", "numbers read"),
        Column("makes", "numbers kept for later"),
        Column("writing_time", "time of writing", "s"),
        Column("writing_energy", "energy of writing", "J"),
        Column("latency", "latency of a sample", "s"),
        Column("interval", "interval of samples", "s"),
        Column("time", "time for the batch", "s"),
        Column("energy", "energy for the batch", "J"),
    ),
    "batches": (
        Column("batch", "batch"),
        Column("time", "time", "s"),
        Column("energy", "energy of a sample", "J"),
        Column("writing", "writing", "fraction"),
        Column("day", "writings of an array in a day"),
    ),
    "energy": (Column("part", "part"), Column("energy", "energy for the batch", "J"), Column("share", "share", "fraction")),
    "beside": (
        Column("name", "chip"),
        Column("tiles", "tiles"),
        Column("area", "area", "m2"),
        Column("time", "time of the batch", "s"),
        Column("energy", "energy of a sample", "J"),
        Column("why", "why not"),
    ),
}
SHOWN = 24  # rounds that are printed


def render(study: ReloadStudy, console: Console) -> None:
    """Print the study."""
    count = len(study.rounds)
    say(console, f"{study.name}: {count} round{'s' if count > 1 else ''} of weights, batches of {study.batch:,}")
    if count == 1:
        say(console, "The network fits in one round: its weights can stay, nothing has to be reloaded. --rounds 2 cuts it all the same.")
    say(console, f"{show(study.time, 's')} for a batch, {percent(study.writing)} of it for writing ({study.programming}); "
                 f"{show(study.energy_per_sample, 'J')} for a sample, {number(study.batch / study.time)} samples/s")  # fmt: skip
    if study.said:
        say(console, study.said)
    _rounds(study, console)
    _energy(study, console)
    _batches(study, console)
    section(console, "wear", wear(study))
    _beside(study, console)
    section(console, "assumed", ASSUMED)
    section(console, "from", (reference(name) if name in entries() else name for name in study.cites))


ASSUMED = (
    "What a round leaves for a later one waits in the host's memory, at the energy of a bit that `von_neumann` has for its DRAM; so do "
    "the weights until they are written.",
    "Rounds follow each other: nothing is written while another round computes.",
    "Values are those of freshly programmed arrays, each read at the first of `times`. A part of a layer (fc1.part0) is some of its "
    "column blocks and has the devices that these have on a chip which holds the whole layer.",
)


def wear(study: ReloadStudy) -> Iterator[str]:
    """What the writing does to the devices, in sentences."""
    if len(study.rounds) == 1:
        return
    daily = next(row["day"] for row in study.batches if row["batch"] == study.batch)
    pulses = f"{number(study.pulses)} pulse{'' if study.pulses == 1 else 's'}"
    yield (
        f"an array that every round uses is written {number(daily)} times a day when the chip never waits for a batch "
        f"({pulses} for a mean device each time)."
    )
    if study.days is None or study.endurance is None:
        yield "how many pulses a device survives is not known here: say --endurance 1e6, or what your device survives."
    else:
        yield f"a mean device has had the {number(study.endurance)} pulses that it survives after {_span(study.days)}."


def _span(days: float) -> str:
    if days < 2:
        return f"{number(24 * days)} hours" if days > 1 / 12 else show(86400 * days, "s")
    return f"{number(days)} days" if days < 700 else f"{number(days / 365)} years"


def _rounds(study: ReloadStudy, console: Console) -> None:
    heading(console, "rounds")
    rows = []
    for row in study.rounds[:SHOWN]:
        layers = row["first"] if row["layers"] == 1 else f"{row['first']} ... {row['last']} ({row['layers']})"
        times = show(row["writing_time"], "s"), show(row["latency"], "s"), show(row["interval"], "s")
        rows.append((str(row["round"]), layers, str(row["tiles"]), f"{row['weights']:,}", *times, f"{row['makes']:,}"))
    table(console, ("", "layers", "tiles", "weights", "writing", "latency", "interval", "kept"), rows, "r rrrrrr")
    say(console, "kept: numbers of a sample that the round leaves in the host's memory, for later rounds or as the result", "dim")
    if len(study.rounds) > SHOWN:
        say(console, f"... and {len(study.rounds) - SHOWN} more; --into FOLDER writes them all", "dim")


def _energy(study: ReloadStudy, console: Console) -> None:
    heading(console, "energy of a batch")
    rows = [(row["part"], show(row["energy"], "J"), percent(row["share"])) for row in study.energy]
    table(console, ("part", "energy", "share"), rows, " rr")


def _batches(study: ReloadStudy, console: Console) -> None:
    heading(console, "how large a batch")
    rows = []
    for row in study.batches:
        times = show(row["time"], "s"), show(row["time"] / row["batch"], "s")
        rows.append((f"{row['batch']:,}", *times, show(row["energy"], "J"), percent(row["writing"])))
    table(console, ("batch", "time", "of a sample", "energy of a sample", "writing"), rows, "rrrrr")
    if len(study.rounds) > 1:
        said = ", ".join(f"{share.replace('%', ' %')} from {batch:,} samples on" for share, batch in study.enough.items())
        say(console, f"writing takes at most {said}")


def _beside(study: ReloadStudy, console: Console) -> None:
    if not study.beside:
        return
    heading(console, "beside chips that hold the whole network")
    rows = []
    for row in study.beside:
        took = ("-", "-") if row["time"] is None else (show(row["time"], "s"), show(row["energy"], "J"))
        rows.append((row["name"], str(row["tiles"]), show(row["area"], "m2"), *took))
    table(console, ("chip", "tiles", "area", f"batch of {study.batch:,}", "energy of a sample"), rows, " rrrr")
    for row in study.beside:
        if row["why"]:
            say(console, f"{row['name']}: {row['why']}")
    say(console, "The other chips are written once, which is not counted; the host's memory is counted in all rows, for what is read "
                 "and made.")  # fmt: skip


def write(study: ReloadStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table; InputError when nothing can be written there."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, lambda study, folder, kind: [])
