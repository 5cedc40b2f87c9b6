"""Demands, ratios to GPUs and the parts of a chip that spend more, for a reader: sentences and tables of 80 columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from chipsim.demand import ALL, OPERATIONS, PUBLISHED, SOURCE, Demand, Spent
from chipsim.report.console import heading, say, table
from chipsim.report.wording import number, percent, rate_per_area, rate_per_watt
from chipsim.result import Row
from chipsim.units import show

SWAPPED = (
    "In print the two are found the other way round: 280 times the throughput per area and 100 times less energy "
    "(Mackin et al., Nature Communications 13, 3765, 2022, of this work). By this arithmetic, against a V100 without tensor "
    "cores, 281 belongs to the energy and 98 to the area."
)
RATING = "Against the rating of each, which few networks reach. Of one operation; 1 multiply-add = 2 OP."
ROOFLINE = (
    "Forward, backward and update; the weights come from the memory each time (roofline). Left out: caches and the start of "
    "kernels. The whole rated power is charged."
)


def measured(value: float, unit: str) -> str:
    """A value of a demand in the unit that the field prints it in."""
    if unit == "m2 s":
        return f"{number(value * 1e21, 4)} um2 ns"
    if unit == "W/m2":
        return f"{number(value * 1e-6)} W/mm2"
    return show(value, unit)


def factor(value: float) -> str:
    """A factor: `x2.7`."""
    return f"x{number(value)}"


def print_demand(console: Console, demand: Demand, rows: Sequence[Row], times: Sequence[Row], operations: float = OPERATIONS) -> None:
    """What a claim demands; `rows` and `times` are those of `demand_rows` and `time_rows`."""
    heading(console, "what is demanded")
    source = f" ({SOURCE})" if demand == PUBLISHED else ""
    say(console, f"{rate_per_watt_in_full(demand.efficiency)} and {rate_per_area(demand.density)}{source}; {number(operations)} OP of a "
                 "synapse and example (forward 2, backward 2, update 2 is 6).")  # fmt: skip
    table(console, ("demand", "value"), [(row["name"], measured(row["value"], row["unit"])) for row in rows], " r")
    if times:
        console.print()
        lines = [(show(row["area"], "m2"), show(row["time"], "s")) for row in times]
        table(console, ("area of a synapse, periphery included", "time of an example"), lines, "rr")


def rate_per_watt_in_full(value: float) -> str:
    """OP/s/W as GOP/s/W with all digits of the claim."""
    return f"{value / 1e9:,.10g} GOP/s/W"


def print_ratios(console: Console, rows: Sequence[Row], note: str = "") -> None:
    """Against comparators; the rows are those of `ratio_rows`."""
    heading(console, "against others")
    say(console, RATING)
    lines = [(row["comparator"], factor(row["energy"]), factor(row["area"])) for row in rows]
    table(console, ("comparator", "less energy", "more on an area"), lines, " rr")
    if note:
        say(console, note)


def print_layers(console: Console, rows: Sequence[Row], demanded: float | None = None) -> None:
    """What comparators reach on fully connected layers; the rows are those of `layer_rows`; `demanded` is an energy (J/OP)."""
    heading(console, "training of a fully connected layer elsewhere")
    say(console, ROOFLINE)
    titles = ["comparator", "layer", "batch", "of rating", "energy of an OP"] + ["claim: less by"] * (demanded is not None)
    lines = []
    for row in rows:
        layer = f"{row['rows']} x {row['columns']}"
        line = [row["comparator"], layer, str(row["batch"]), percent(row["share"], 2), show(row["energy"], "J")]
        lines.append([*line, factor(row["energy"] / demanded)] if demanded else line)
    table(console, titles, lines, "  rrrr")


def print_energy(console: Console, rows: Sequence[Row], what: str = "") -> None:
    """Energy of an operation by part; the rows are those of `energy_rows`, `what` says what was counted."""
    _print_parts(console, "energy of an operation by part", "energy", "J", rows, what)


def print_area(console: Console, rows: Sequence[Row], what: str = "") -> None:
    """Area x time of an operation by part; the rows are those of `area_rows`, `what` says what was counted."""
    _print_parts(console, "area x time of an operation by part", "area_time", "m2 s", rows, what)


def _print_parts(console: Console, title: str, name: str, unit: str, rows: Sequence[Row], what: str) -> None:
    heading(console, title)
    if what:
        say(console, what)
    lines = [(row["part"], measured(row[name], unit), percent(row["share"]), factor(row["factor"])) for row in rows]
    table(console, ("part", "of an operation", "share", "of the demand"), lines, " rrr")
    say(console, verdict(rows))


def verdict(rows: Sequence[Row]) -> str:
    """Whether the sum keeps to the demand, and which parts alone are above it."""
    total = next(row["factor"] for row in rows if row["part"] == ALL)
    if total <= 1:
        return f"Within the demand ({factor(total)})."
    above = [row["part"] for row in rows if row["factor"] > 1 and row["part"] != ALL]
    alone = f"; above it by themselves: {', '.join(above)}" if above else "; no part is above it by itself"
    return f"{number(total)} times the demand{alone}."


def described(name: str, spent: Spent, activity: float) -> str:
    """What was counted of a chip, and what it comes to, in a sentence."""
    efficiency = spent.operations / sum(spent.energy.values())
    density = spent.operations / spent.time / sum(spent.area.values())
    return (
        f"{name}, forward products of all arrays at the same time ({show(spent.time, 's')}, {show(spent.operations, 'OP')}): "
        f"{rate_per_watt(efficiency)}, {rate_per_area(density)}. Cells are {percent(activity)} busy; leakage and area are those of "
        "the whole chip; network, host and buffers do nothing. A claim of training counts backward passes and updates too."
    )


def to_json(demand: Demand, tables: Mapping[str, Sequence[Row]]) -> str:
    """The claim and all tables as JSON, numbers in SI."""
    whole: dict[str, Any] = {"demand": asdict(demand), **tables}
    return json.dumps(whole, indent=1)
