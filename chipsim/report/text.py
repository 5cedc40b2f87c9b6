"""The report as text for a terminal or a file, from a Result alone."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from chipsim.report.breakdown import (
    Share,
    area_by_part,
    blocks_by_layer,
    bottleneck,
    clipped_inputs,
    drift,
    energy_by_part,
    judged_by,
    leakage_by_part,
    shape_only,
    upkeep,
)
from chipsim.report.comparators import print_compared
from chipsim.report.console import bar, heading, item, say, table, verdict
from chipsim.report.headline import headline, title, work
from chipsim.report.judged import Judged
from chipsim.report.tables import COLUMNS
from chipsim.report.wording import cell, percent, plain
from chipsim.result import Result, Row
from chipsim.units import show

_SPARED = ("MACs", "type", "busy")  # columns that make room for rarer ones; the page has all of them
_NARROW = 72
_ASSUMED = 12  # rows of assumed numbers shown unless everything is asked for


def render(result: Result, console: Console, *, full: bool = False, folder: str | Path | None = None) -> None:
    """Print the report of `result`; `full` lists every placement and every assumed number, `folder` is named at the end."""
    _title(result, console)
    _headline(result, console)
    _mapping(result, console, full)
    _layers(result, console)
    _energy(result, console)
    _area(result, console)
    _accuracy(result, console)
    print_compared(result, console, full)
    _bottleneck(result, console)
    _network(result, console)
    _checks(result, console)
    _assumptions(result, console, full)
    _provenance(result, console, folder)


def _title(result: Result, console: Console) -> None:
    console.print(Text(title(result), style="bold"))
    own = f"{plain(result.name)}  " if plain(result.name) != title(result) else ""
    console.print(Text(f"{own}{plain(result.digest)}", style="dim"))


def _headline(result: Result, console: Console) -> None:
    heading(console, "Headline")
    table(console, ("", "value", "what was counted"), ((f.name, Text(f.value), f.counted) for f in headline(result)), " r")
    say(console, work(result))
    timing = result.timing
    if timing:
        mode = {"row": "rows of a layer (two time stamps)", "vector": "single vectors"}.get(str(timing.get("mode")), "")
        tokens = f", moved as {mode}" if mode else ""
        stream = f" of a stream of {cell(timing['stream'])}" if "stream" in timing else ""
        samples = f"{cell(timing.get('simulated'))} sample{'' if timing.get('simulated') == 1 else 's'}"
        say(console, f"Time: {samples}{stream} simulated{tokens}. {timing.get('why') or ''}")


def _mapping(result: Result, console: Console, full: bool) -> None:
    heading(console, "Mapping")
    rows = [
        (b.layer, str(b.copies), f"{b.row_blocks} x {b.column_blocks}", f"{b.rows} x {b.columns}", percent(b.used), b.tiles)
        for b in blocks_by_layer(result)
    ]
    table(console, ("layer", "copies", "blocks", "largest block", "cells used", "tiles"), rows, " rrrr")
    arrays = len({(row["tile"], row.get("array", 0)) for row in result.mapping})
    planes = 1 + max((row.get("plane", 0) for row in result.mapping), default=0)
    if arrays > len({row["tile"] for row in result.mapping}):
        say(console, f"{arrays:,} arrays in use: several on a tile, which work at the same time.")
    if planes > 1:
        say(console, f"Up to {planes} weight planes of an array in use: blocks on planes of one array take turns.")
    if full:
        console.print()
        headings = ("layer", "copy", "block", "tile", "layer rows", "layer columns", "cells used")
        table(console, headings, (_placement(row) for row in result.mapping), " rrrrrr")


def _placement(row: Row) -> tuple[str, ...]:
    return (
        row["layer"],
        str(row["copy"]),
        f"{row['row_block']}-{row['column_block']}",
        str(row["tile"]) + (f".{row['array']}" if row.get("array") else "") + (f" plane {row['plane']}" if row.get("plane") else ""),
        f"{row['row_start']} .. {row['row_start'] + row['rows'] - 1}",
        f"{row['column_start']} .. {row['column_start'] + row['columns'] - 1}",
        percent(row["utilisation"]),
    )


def _layers(result: Result, console: Console) -> None:
    heading(console, "Layers")
    whole = sum(row["energy"] for row in result.energy) or 1.0
    shown = [name for name in ("retries", "clipped") if any((row.get(name) or 0.0) >= 0.001 for row in result.layers)]
    noisy = any(row.get("snr") is not None for row in result.layers)
    last = [*shown, *(["SNR"] if noisy else [])] or ["share"]
    headings = ("layer", "type", "MACs", "latency", "busy", "load", "energy", *last)
    spared = _SPARED[: len(last) - 1 + 2 * (console.width < _NARROW)]
    kept = [name for name in headings if name not in spared]
    rows = []
    for row in result.layers:
        words = {"layer": row["layer"], "type": row["type"], "MACs": show(row["macs"], "").strip() if row.get("macs") else "-"}
        words |= {name: cell(row.get(name), "s") for name in ("latency", "busy")}
        words |= {"load": cell(row.get("utilisation"), "fraction"), "energy": cell(row.get("energy"), "J"), "SNR": _decibel(row)}
        words |= {"retries": cell(row.get("retries")), "clipped": cell(row.get("clipped"), "fraction")}
        words["share"] = percent((row.get("energy") or 0.0) / whole)
        rows.append([words[name] for name in kept])
    table(console, kept, rows, "".join(" " if name in ("layer", "type") else "r" for name in kept))
    say(console, "latency: first input to last output; busy and load: busiest stage, per sample and in steady state", "dim")
    if noisy:
        say(console, "SNR: output of the layer against the float network's, errors of the layers before it included, in dB", "dim")
    if clipped_inputs(result):
        say(console, clipped_inputs(result))
    if "clipped" in shown:
        say(console, "clipped: share of products with an output beyond the range of the ADC; a larger adc.bound avoids it", "dim")


def _decibel(row: Row) -> str:
    return "-" if row.get("snr") is None else f"{row['snr']:.1f}"


def _energy(result: Result, console: Console) -> None:
    heading(console, "Energy per inference")
    _shares(console, energy_by_part(result), "energy", "J")
    leakage = leakage_by_part(result)
    if leakage:
        parts = ", ".join(f"{part.name} {show(part.amount, 'W')}" for part in leakage[:4])
        say(console, f"Static power {show(sum(part.amount for part in leakage), 'W')}: {parts}{', ...' if leakage[4:] else ''}")


def _area(result: Result, console: Console) -> None:
    heading(console, "Area")
    _shares(console, area_by_part(result), "area", "m2")


def _shares(console: Console, shares: list[Share], name: str, unit: str) -> None:
    rows = [(share.name, show(share.amount, unit), percent(share.share), bar(share.share, console)) for share in shares]
    total = sum(share.amount for share in shares)
    table(console, ("part", name, "share", ""), [*rows, ("sum", show(total, unit), "", "")], " rr")


def _accuracy(result: Result, console: Console) -> None:
    judged = Judged.of(result)
    heading(console, judged.heading)
    reference = result.metrics.get("float_accuracy")
    if not result.accuracy:
        say(console, shape_only(result) or "Not measured: the run had no data.")
        return
    if reference is not None:
        say(console, f"Float network: {judged.value(reference)}")
    found = drift(result)
    chips, repeats = found[0].chips, found[0].repeats
    several = any(row.limits != "-" for row in found)
    rows = [(row.time, row.accuracy, row.loss, *([row.limits] if several else []), *row.also.values()) for row in found]
    headings = ("after", judged.called, "loss", *([f"95 % of mean{judged.share}"] if several else []), *found[0].also)
    table(console, headings, rows, "r" * len(headings))
    for sentence in judged_by(result):
        say(console, sentence)
    if chips > 1:
        say(console, f"Yield: {', '.join(f'{row.good} after {row.time}' for row in found)}, of {chips} chips")
    if several:
        each = f"{chips} chips with {repeats} programming{'s' if repeats > 1 else ''} each" if chips > 1 else f"{repeats} repeats"
        say(console, f"mean +- standard deviation over {each}; loss against the float network; 95 %: confidence in the mean", "dim")
    _upkeep(result, console)


def _upkeep(result: Result, console: Console) -> None:
    """What is done to the chip as time goes by; nothing where nothing is."""
    if result.upkeep:
        heading(console, "Upkeep")
        rows = ((row.action, row.every, row.time, row.energy, row.downtime) for row in upkeep(result))
        table(console, ("action", "every", "time", "energy", "downtime"), rows, " rrrr")


def _bottleneck(result: Result, console: Console) -> None:
    heading(console, "Bottleneck")
    say(console, bottleneck(result) or "Not determined.")
    if result.bottleneck.get("advice"):
        say(console, str(result.bottleneck["advice"]))


def _network(result: Result, console: Console) -> None:
    heading(console, "Network")
    found = result.network
    load = cell(found.get("peak_utilisation"), "fraction")
    say(console, f"{found.get('topology', '-')}, {found.get('flow_control', '-')}; busiest link in use {load} of the time.")
    if found.get("warning"):
        say(console, f"Warning: {found['warning']}", "bold yellow")


def _checks(result: Result, console: Console) -> None:
    failed = sum(not row["passed"] for row in result.checks)
    heading(console, f"Checks: {len(result.checks) - failed} passed, {failed} failed")
    rows = ((verdict(row["passed"]), row["name"], cell(row.get("detail"))) for row in result.checks)
    table(console, ("", "check", "detail"), rows)


def _assumptions(result: Result, console: Console, full: bool) -> None:
    heading(console, "Assumptions")
    for sentence in result.assumptions:
        item(console, sentence)
    if result.assumed:
        shown = result.assumed if full else result.assumed[:_ASSUMED]
        many = f"{len(result.assumed)} number{'s are' if len(result.assumed) > 1 else ' is'}"
        say(console, f"{many} assumed or without a source (what hangs on them: chipsim uncertainty):")
        columns = COLUMNS["assumed"]
        table(console, [column.heading for column in columns], [[c.shown(row) for c in columns] for row in shown])
        if len(shown) < len(result.assumed):
            say(console, f"... and {len(result.assumed) - len(shown)} more", "dim")


def _provenance(result: Result, console: Console, folder: str | Path | None) -> None:
    heading(console, "Run")
    known = result.provenance
    parts = [f"chipsim {known.get('version', '-')}", f"seed {known.get('seed', '-')}", str(known.get("date", ""))]
    say(console, ", ".join(part for part in parts if part))
    wall = known.get("wall") or {}
    if wall:
        phases = ", ".join(f"{phase} {show(seconds, 's')}" for phase, seconds in wall.items())
        say(console, f"Wall time {show(sum(wall.values()), 's')}: {phases}")
    if folder is not None:
        console.print(Text(f"  Run folder: {plain(folder)}"), soft_wrap=True)  # one line, to be copied
