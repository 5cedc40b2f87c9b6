"""A run beside others in words and bars: ratios to comparators, and what a machine that fetches its weights would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from markupsafe import Markup
from rich.console import Console
from rich.text import Text

from chipsim.report.breakdown import energy_by_part
from chipsim.report.charts import Bar, bars
from chipsim.report.console import heading, say, table
from chipsim.report.palette import CATEGORIES, REST
from chipsim.report.wording import number, percent, plain, ratio
from chipsim.result import Result, Row
from chipsim.units import show

NOTE = "Times less energy / more on an area: peaks of both, or this network and its roofline bound there, at its whole peak."
_NARROW = 84  # columns of a console that has no room for two ratios beside each other
_WAYS = {"peaks": "peaks of both", "rated": "network / rating", "roofline": "network"}
_PARTS = 4  # of this chip, that have a colour of their own
_MACHINE = {"DRAM": CATEGORIES[3], "SRAM": CATEGORIES[1], "registers": CATEGORIES[6], "MAC": CATEGORIES[7]}
_LONG = {"DRAM": "DRAM access", "SRAM": "SRAM access", "registers": "register access", "MAC": "arithmetic"}
_OWN = (CATEGORIES[0], CATEGORIES[4], CATEGORIES[2], CATEGORIES[5])


@final
@dataclass(frozen=True)
class Compared:
    """One comparison in words: with whom, what was taken on both sides, the two ratios, and an inference there."""

    comparator: str
    way: str
    less_energy: str
    more_on_area: str
    energy: str
    time: str
    share: str


@final
@dataclass(frozen=True)
class Machine:
    """An inference on a von Neumann machine in words: where weights lie, what it takes, what moves and takes how much in each part."""

    way: str
    energy: str
    times: str
    parts: tuple[str, ...]


def compared(result: Result) -> list[Compared]:
    """Every comparator in every way."""
    return [
        Compared(
            comparator=_name(row),
            way=_WAYS.get(row["way"], plain(row["way"])) + (f", batch {row['batch']}" if row["batch"] else ""),
            less_energy=_factor(row["less_energy"]),
            more_on_area=_factor(row["more_on_area"]),
            energy=show(row["energy"], "J"),
            time=show(row["time"], "s"),
            share=percent(row["share"]),
        )
        for row in result.comparators
    ]


def machines(result: Result) -> list[Machine]:
    """Every place of the weights."""
    return [
        Machine(
            way=way,
            energy=show(_energy(parts), "J"),
            times=ratio(_energy(parts), result.metrics["energy"]),
            parts=tuple(f"{_count(row)}, {show(row['energy'], 'J')}" for row in parts),
        )
        for way, parts in _by_way(result).items()
    ]


def parts_of(result: Result) -> list[str]:
    """Names of the parts of a von Neumann machine."""
    return list(dict.fromkeys(plain(row["part"]) for row in result.saved))


def _count(row: Row) -> str:
    return show(row["count"], "").strip() if row["part"] == "MAC" else show(row["count"] / 8, "B")


def saved(result: Result) -> str:
    """What a von Neumann machine would take, in two sentences; empty where the run was not compared."""
    found = [f"{one.energy} ({one.times}) {_place(one.way)}" for one in machines(result)]
    if not found:
        return ""
    machine, moved = plain(result.saved[0]["machine"]), result.saved[0]  # the DRAM, a sample at a time
    text = f"{machine}, weights fetched: at least {', '.join(found)}."
    here, there = result.metrics["energy"], moved["energy"]
    how = f"{number(there / here)} times less" if there > here else f"{number(here / there)} times more" if there else "more"
    return f"{text} This chip takes {how} energy than moving {_count(moved)} to and from the DRAM of that machine, at batch 1."


def _place(way: str) -> str:
    return "from SRAM" if way == "SRAM" else f"at {way.removeprefix('DRAM, ')}"


def print_compared(result: Result, console: Console, full: bool = False) -> None:
    """The section of the report; nothing where the run was not compared. `full` lists every way with energy and time."""
    if not result.comparators:
        return
    heading(console, "Compared with")
    used = [row for row in result.comparators if row["way"] != "rated"]
    columns = list(dict.fromkeys((row["way"], row["batch"]) for row in used))
    cells: dict[str, list[str]] = {_name(row): ["-"] * len(columns) for row in used}
    between = "\n" if console.width < _NARROW else " / "
    for row in used:
        ratios = _factor(row["less_energy"]), _factor(row["more_on_area"])
        cells[_name(row)][columns.index((row["way"], row["batch"]))] = between.join(ratios)
    titles = ["peaks" if way == "peaks" else f"batch {batch}" for way, batch in columns]
    table(console, ("comparator", *titles), [[name, *map(Text, found)] for name, found in cells.items()], " " + "r" * len(columns))
    say(console, NOTE, "dim")
    if result.saved:
        say(console, saved(result))
    if full:
        _print_all(result, console)


def _print_all(result: Result, console: Console) -> None:
    console.print()
    found = compared(result)
    begins = {one.comparator: one for one in reversed(found)}  # a name stands in its first line alone
    rows = [(c.comparator if begins[c.comparator] is c else "", c.way, c.less_energy, c.more_on_area, c.energy, c.time) for c in found]
    table(console, ("comparator", "compared", "energy", "on area", "energy there", "time there"), rows, "  rrrr")
    console.print()
    lines = [(one.way, one.energy, *one.parts) for one in machines(result)]
    table(console, ("weights from", "energy", *parts_of(result)), lines, " r")


def energy_beside(result: Result) -> Markup:
    """Energy of an inference here and on a von Neumann machine, by part."""
    parts = energy_by_part(result)
    own = [(part.amount, colour, f"{part.name}: {show(part.amount, 'J')}") for part, colour in zip(parts, _OWN, strict=False)]
    rest = sum(part.amount for part in parts[_PARTS:])
    own += [(rest, REST, f"other parts: {show(rest, 'J')}")] if rest else []
    rows = [Bar("this chip", tuple(own), show(sum(part.amount for part in parts), "J"))]
    for way, found in _by_way(result).items():
        segments = [(row["energy"], _colour(row["part"]), f"{row['part']}: {show(row['energy'], 'J')}") for row in found]
        rows.append(Bar(way, tuple(segments), show(_energy(found), "J")))
    keys = [(part.name, colour) for part, colour in zip(parts, _OWN, strict=False)]
    keys += [("other parts", REST)] if rest else []
    machine = [(_LONG.get(part, part), _colour(part)) for part in parts_of(result)]
    return bars(rows, "J", "energy per inference", "energy per inference here and on a von Neumann machine", [*keys, *machine])


def _colour(part: str) -> str:
    return _MACHINE.get(part, REST)


def _by_way(result: Result) -> dict[str, list[Row]]:
    """Rows of `saved` by place of the weights."""
    found: dict[str, list[Row]] = {}
    for row in result.saved:
        found.setdefault(row["way"], []).append(row)
    return found


def _energy(parts: list[Row]) -> float:
    return float(sum(row["energy"] for row in parts))


def _factor(value: float) -> str:
    return f"x{number(value)}"


def _name(row: Row) -> str:
    name, used = plain(row["comparator"]), row.get("utilisation", 1.0)
    name = name if row["precision"] in name else f"{name}, {plain(row['precision'])}"
    return name if used == 1 else f"{name}, {percent(used, 0)} of its peak"
