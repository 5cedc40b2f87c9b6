"""The verb `demand`: what its texts mean, and what is printed in which order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim import demand as calculated
from chipsim.architecture import Architecture
from chipsim.comparators.comparator import comparators
from chipsim.compose import changed, read
from chipsim.demand import PUBLISHED, Demand
from chipsim.errors import InputError
from chipsim.reading import build
from chipsim.report import demand as report
from chipsim.result import Row
from chipsim.units import DIMENSIONS, parse

BATCHES = (1, 64, 4096)
IN_PRINT = "v100-fp16"  # the comparator that the published ratios belong to


def quantity(option: str, text: str, dimension: str) -> float:
    """A quantity above zero from the command line; InputError names the option."""
    try:
        value = parse(text, DIMENSIONS[dimension])
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    if value <= 0:
        raise InputError(f"{option}: '{text}'; expected a quantity above zero")
    return value


def demanded(efficiency: str = "", density: str = "") -> Demand:
    """The claim in these words, the published one where a word is empty."""
    return Demand(
        quantity("--efficiency", efficiency, "efficiency") if efficiency else PUBLISHED.efficiency,
        quantity("--density", density, "density of operations") if density else PUBLISHED.density,
    )


def layers_of(text: str) -> list[tuple[int, int]]:
    """Sizes such as `1024x1024, 2049x100`; InputError for what is none."""
    found = [re.fullmatch(r"\s*([1-9][0-9]{0,8}) ?x ?([1-9][0-9]{0,8})\s*", part) for part in text.split(",")]
    if None in found:
        raise InputError(f"--layer: '{text:.60}' is no list of sizes; expected inputs x outputs, such as '1024x1024, 2049x100'")
    return [(int(match.group(1)), int(match.group(2))) for match in found if match]


def listed(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def print_demands(
    chip: Path | None,
    changes: Sequence[str],
    claim: Demand,
    others: str,
    areas: str,
    layer: str,
    operations: float,
    activity: float,
    as_json: bool,
    console: Console,
) -> None:
    """Everything that the verb says, as text or as JSON. InputError for wrong words and files."""
    if not 0 < operations < float("inf"):
        raise InputError(f"--operations: {operations}; expected a number above zero")
    wanted, sizes = comparators(listed(others)), layers_of(layer)
    synapses = [quantity("--area", text, "area") for text in listed(areas)] or calculated.AREAS
    tables: dict[str, list[Row]] = {
        "demands": calculated.demand_rows(claim, operations),
        "times": calculated.time_rows(claim, synapses, operations),
        "ratios": calculated.ratio_rows(claim.efficiency, claim.density, wanted),
        "layers": calculated.layer_rows(sizes, BATCHES, wanted),
    }
    what = _add_chip(tables, chip, changes, claim, activity) if chip else ""
    if as_json:
        print(report.to_json(claim, tables))
        return
    report.print_demand(console, claim, tables["demands"], tables["times"], operations)
    told = claim == PUBLISHED and (not listed(others) or IN_PRINT in listed(others))
    report.print_ratios(console, tables["ratios"], report.SWAPPED if told else "")
    report.print_layers(console, tables["layers"], claim.energy)
    if chip:
        report.print_energy(console, tables["energy"], what)
        report.print_area(console, tables["area"])


def _add_chip(tables: dict[str, list[Row]], file: Path, changes: Sequence[str], claim: Demand, activity: float) -> str:
    """The tables of a chip in an architecture file; returns what was counted, in words."""
    node = read(file)
    for change in changes:
        node = changed(node, change)
    chip = build(Architecture, node)
    spent = calculated.peak(chip, activity)
    tables["energy"] = calculated.energy_rows(claim, spent.energy, spent.operations)
    tables["area"] = calculated.area_rows(claim, spent.area, spent.operations, spent.time)
    return report.described(chip.name, spent, activity)


