"""A chip at another node for a reader: figures before and after, factors part by part, what stays and why; the file of the new chip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.circuits.scaling import whole
from chipsim.errors import InputError
from chipsim.report.console import heading, say, table
from chipsim.report.study import section
from chipsim.report.wording import number, rate_per_area, rate_per_watt
from chipsim.result import Row
from chipsim.spec import yaml_text
from chipsim.studies.scale import ScaleStudy, overlay
from chipsim.units import show

NAMES = {
    "product_time": "time of a product",
    "product_interval": "time between products",
    "product_energy": "energy of a product",
    "tile_area": "area of a tile",
    "area": "area of the chip",
    "static_power": "static power",
    "peak_ops": "peak rate",
    "peak_ops_per_watt": "peak efficiency",
    "peak_ops_per_area": "peak density",
    "rated_power": "rated power",
}
TABLES = {
    "stillmaker-baas": "Stillmaker and Baas, Integration 58, 74, 2017: ring oscillators of predictive models; leakage goes with energy "
    "(assumed)",
    "adc-survey": "Andrulis et al., arXiv:2404.06553, a regression over published converters (Murmann's survey); rate and bits stay",
    "dennard": "Dennard et al., IEEE JSSC 9, 256, 1974: all lengths and voltages by one factor; too good below 90 nm",
    "hwcomponents-library": "hwcomponents-library 1.0.58, as it converts parts of published accelerators",
}
STAYS = (
    "Wires: a wire of the same length keeps its capacitance from node to node, so energy of a bit and millimetre stays; its resistance "
    "rises as it gets thinner (Ho, Mai, Horowitz, Proc. IEEE 89, 490, 2001). Only lengths change, where tiles become smaller. "
    "The clock of the network stays, for its links set it.",
    "Noise of analog circuits: thermal and 1/f noise of cells, drivers and converters are not smaller at a newer node, while a lower "
    "supply leaves less room for the signal. All noise keys stay. That is why converters have a table of their own.",
    "Cells, their devices and the wires of the array: conductances, drift, noise, read and programming voltages and times belong to the "
    "material; so do the transistors and drivers that stand these voltages.",
    "Links to other chips, memory in packages of its own and the host interface: standards and boards set them.",
)


def render(found: ScaleStudy, console: Console) -> None:
    """Print the study."""
    say(console, f"{found.name} at {whole(found.node)} nm")
    heading(console, "before and after, at peak")
    lines = [(NAMES[row["name"]], _shown(row, "before"), _shown(row, "after"), _factor(row["factor"])) for row in found.figures]
    table(console, ("", "before", "after", ""), lines, " rrr")
    say(console, "a product: one, full, of one array; peak: all arrays at work, leakage of the whole chip, network and host idle", "dim")
    heading(console, "scaled")
    table(console, ("part", "from", "energy", "area", "delay", "leakage", "table"), map(_line, found.scaled), "lrrrrr")
    section(console, "by", _tables(found))
    section(console, "left as they are", (f"{row['part']}: {row['reason']}" for row in found.kept))
    section(console, "measured totals", map(_rest, found.rests))
    section(console, "what does not scale, and why", STAYS)


def _line(row: Row) -> tuple[str, ...]:
    between = "~" if row["between"] else ""
    factors = (f"x{number(row[name])}" for name in ("energy", "area", "delay", "leakage"))
    return (row["part"], f"{between}{whole(row['from_node'])} nm", *factors, row["table"])


def _shown(row: Row, key: str) -> str:
    if row["unit"] == "OP/s/W":
        return rate_per_watt(row[key])
    return rate_per_area(row[key]) if row["unit"] == "OP/s/m2" else show(row[key], row["unit"])


def _factor(value: float | None) -> str:
    return "-" if value is None else f"x{number(value)}"


def _tables(found: ScaleStudy) -> Iterator[str]:
    for name in dict.fromkeys(row["table"] for row in found.scaled):
        yield f"{name}: {TABLES.get(name, 'a table of a plug-in')}"
    supplies = sorted({(whole(row["from_node"]), row["supply"], row["to_supply"]) for row in found.scaled if row["supply"] is not None})
    if supplies:
        words = ", ".join(f"{node} nm {_volts(old)} to {_volts(old if new is None else new)}" for node, old, new in supplies)
        yield f"supply of the digital circuits: {words}; {_speed(found)}"
    if any(row["supply"] is None and row["table"] != "adc-survey" for row in found.scaled):
        yield "tables without a supply: voltages change as their authors took them to"
    if any(row["between"] for row in found.scaled):
        yield "~ a node between two of the table: taken between them on logarithmic axes"


def _volts(supply: float) -> str:
    return f"{supply:.3g} V"


def _speed(found: ScaleStudy) -> str:
    if found.delay == "kept":
        return "clocks stay (--delay scaled: as fast as the node allows)"
    return "clocks become as fast as the table says"


def _rest(row: Row) -> str:
    what = row["what"] if row["what"].endswith("chip") else f"{row['what']} of the core"
    if row["before"] == row["after"]:
        return f"{what}: {show(row['before'], row['unit'])} as measured; none of its known parts changes it"
    before, rest, after = (show(row[key], row["unit"]) for key in ("before", "rest", "after"))
    return f"{what}: {before}, of which {rest} are not explained by known parts and stay; with the scaled parts {after}"


def write_chip(found: ScaleStudy, source: Path, target: Path) -> None:
    """The new chip as a file that extends the old one; InputError when it cannot be written, or would write over the old one."""
    if target.resolve() == source.resolve():
        raise InputError(f"--output {target}: is the file of the chip itself; name another one")
    base = os.path.relpath(source.resolve(), target.resolve().parent)
    head = f"# {found.name} at {whole(found.node)} nm, by `chipsim scale`: what was scaled, and by which table.\n\n"
    try:
        target.write_text(head + yaml_text({"extends": base.replace(os.sep, "/")} | overlay(found)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--output {target}: cannot be written ({error.strerror})") from None
