"""The study of what to improve first, for a reader: text of 80 columns, CSV and JSON, and the pictures of `tornado_plots.py`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rich.console import Console

from chipsim.report.console import heading, item, say, table
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.tornado_plots import WORDS, shown, stepped, write_plots
from chipsim.report.wording import duration, percent
from chipsim.studies.asked import ACCURACIES
from chipsim.studies.tornado import TornadoStudy, usual
from chipsim.tabular import Row

TOP = 15
COLUMNS: dict[str, tuple[Column, ...]] = {
    "measures": (
        Column("measure", "measure"),
        Column("value", "value"),
        Column("unit", "unit"),
        Column("better", "better"),
        Column("noise", "standard error"),
    ),
    "effects": (
        Column("measure", "measure"),
        Column("key", "key"),
        Column("elasticity", "elasticity"),
        Column("down", "change for a step down"),
        Column("up", "change for a step up"),
        Column("improve", "better"),
        Column("gain", "gain of that step"),
        Column("tried", "tried"),
        Column("within_noise", "within the noise"),
    ),
    "numbers": (
        Column("key", "key"),
        Column("value", "value"),
        Column("unit", "unit"),
        Column("low", "after a step down"),
        Column("high", "after a step up"),
        Column("dimension", "dimension"),
        Column("assumed", "assumed"),
        Column("source", "source"),
        Column("affects", "affects"),
        Column("reason", "reason"),
    ),
    "refused": (Column("key", "key"), Column("value", "value"), Column("unit", "unit"), Column("reason", "reason")),
}


def render(study: TornadoStudy, console: Console, top: int = TOP) -> None:
    """Print the study: what to improve first, then the `top` numbers of each measure."""
    numbers = {row["key"]: row for row in study.numbers}
    say(console, f"{study.name}: every number of the chip a step of {percent(study.step, 0)} down and up, {len(numbers)} numbers")
    say(console, "equal random numbers in all runs; * assumed, or without a source", "dim")
    _first(study, console)
    listed: list[str] = []
    for measure in study.measures:
        listed += _measure(study, measure, numbers, console, top)
    reasons = {key: numbers[key]["reason"] for key in dict.fromkeys(listed) if numbers[key]["reason"]}
    section(console, "one side only", (f"{key}: {reason}" for key, reason in reasons.items()))
    section(console, "not varied, as both sides are refused", (f"{row['key']}: {row['reason']}" for row in study.refused))


def _first(study: TornadoStudy, console: Console) -> None:
    numbers = {row["key"]: row for row in study.numbers}
    heading(console, f"what to improve first: gain for {percent(study.step, 0)}, or the step told")
    for measure in study.measures:
        rows = [row for row in study.effects if row["measure"] == measure["measure"] and row["gain"] > 0 and not row["within_noise"]]
        gains = [_gain(row, measure, numbers[row["key"]], study.step) for row in rows[:3]]
        item(console, f"{title(measure)}: {', '.join(gains) or 'no number of the chip alone'}")


def _gain(row: Row, measure: Row, number: Row, step: float) -> str:
    """What the better step of a number did to the measure, and which step it was where it is not the usual one."""
    end, side = ("low", "down") if row["improve"] == "less" else ("high", "up")
    unit = "points" if measure["measure"] in ACCURACIES else "%"
    went = "" if usual(number, end, step) else f" {stepped(number, step, [end])}"
    return f"{row['improve']} {row['key']}{went} ({_change(row[side])} {unit})"


def title(measure: Row) -> str:
    """A measure as readers call it."""
    return WORDS.get(measure["measure"], str(measure["measure"]).replace("_", " "))


def _measure(study: TornadoStudy, measure: Row, numbers: dict[str, Row], console: Console, top: int) -> list[str]:
    """The table of one measure; the keys that it lists."""
    rows = [row for row in study.effects if row["measure"] == measure["measure"]]
    moving = [row for row in rows if row["down"] or row["up"]]
    heading(console, title(measure))
    say(console, f"{_value(measure, study)}; {measure['better']} is better")
    unit = "points" if measure["measure"] in ACCURACIES else "%"
    cells = [_cells(row, numbers[row["key"]], study.step) for row in moving[:top]]
    table(console, ("number", "value", f"down ({unit})", f"up ({unit})", "elasticity", "better"), cells, "lrrrrl")
    rest = f"{len(rows) - len(moving)} numbers do not change it"
    say(console, (f"... and {len(moving) - top} more; " if len(moving) > top else "") + rest, "dim")
    if any(not row["tried"] for row in moving[:top]):
        say(console, "(less), (more): would be better by what the other side says, but is refused", "dim")
    if any(row["within_noise"] for row in moving[:top]):
        say(console, "~ less than two standard errors of the accuracy: not to be told from chance", "dim")
    return [row["key"] for row in moving[:top]]


def _value(measure: Row, study: TornadoStudy) -> str:
    if measure["measure"] not in ACCURACIES:
        return shown(measure["value"], measure["unit"])
    found = f"{study.samples:,} samples, {study.runs} programming{'s' if study.runs > 1 else ''}"
    age = f"{duration(study.age)} after programming" if study.age else "right after programming"
    return f"{100 * measure['value']:.2f} +- {100 * measure['noise']:.2f} % (standard error; {found}, {age})"


def _cells(row: Row, number: Row, step: float) -> tuple[str, ...]:
    sides = [_change(row[side]) if number[end] is not None else "refused" for side, end in (("down", "low"), ("up", "high"))]
    slope = "-" if row["elasticity"] is None else f"{row['elasticity'] + 0.0:.3g}"
    improve = row["improve"] if row["tried"] else f"({row['improve']})"
    better = ("~" if row["within_noise"] else "") + (improve or "-")
    return row["key"] + (" *" if number["assumed"] else ""), stepped(number, step), *sides, slope, better


def _change(change: float | None) -> str:
    if not change:
        return "-" if change is None else "0"
    return f"{100 * change:+.{2 if abs(change) < 0.0995 else 1}f}"


def write(study: TornadoStudy, folder: Path, top: int = TOP) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, a picture for each measure; InputError where that fails."""
    text = plain_text(study, partial(render, top=top))
    return write_study(study, folder, text, COLUMNS, partial(write_plots, top=top))
