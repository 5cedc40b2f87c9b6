"""The study of assumed numbers for a reader: text of 80 columns, CSV and JSON, and the picture of `uncertainty_plots.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.console import heading, item, say, table
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.svg import scaled
from chipsim.report.tables import Column
from chipsim.report.tornado import title
from chipsim.report.tornado_plots import shown
from chipsim.report.uncertainty_plots import LEAST, write_plots
from chipsim.report.wording import duration, number, percent
from chipsim.studies.asked import ACCURACIES
from chipsim.studies.uncertainty import SHARED, SURE, UncertaintyStudy
from chipsim.tabular import Row

COLUMNS: dict[str, tuple[Column, ...]] = {
    "measures": (
        Column("measure", "measure"),
        Column("unit", "unit"),
        Column("better", "better"),
        Column("value", "as described"),
        Column("low", "5 %"),
        Column("middle", "50 %"),
        Column("high", "95 %"),
        Column("width", "width"),
        Column("explained", "explained", "fraction"),
    ),
    "shares": (
        Column("measure", "measure"),
        Column("key", "key"),
        Column("share", "share of the variance", "fraction"),
        Column("error", "standard error", "fraction"),
        Column("sure", "sure"),
        Column("slope", "slope"),
        Column("left", "width left"),
    ),
    "numbers": (
        Column("key", "key"),
        Column("value", "value"),
        Column("unit", "unit"),
        Column("low", "low"),
        Column("high", "high"),
        Column("origin", "range"),
        Column("source", "source"),
    ),
    "refused": (Column("draw", "draw"), Column("reason", "reason")),
}
_MOST = 5  # numbers listed for a measure
_POOR = 0.8  # explained by less than this, shares are told with a warning


def render(study: UncertaintyStudy, console: Console) -> None:
    """Print the study: how wide the answer is, what the width hangs on, between what the numbers were drawn."""
    say(console, f"{study.name}: {len(study.numbers)} numbers are uncertain, drawn {study.draws} times (seed {study.seed})")
    heading(console, "the answer")
    table(console, ("", "unit", "described", "5 %", "50 %", "95 %", "width"), map(_cells, study.measures), "llrrrrr")
    say(console, "width: the 95 % quantile over the 5 % quantile", "dim")
    heading(console, "what the width hangs on")
    for row in study.measures:
        item(console, _sentence(study, row))
    for row in study.measures:
        _shares(study, row, console)
    _ranges(study, console)
    section(console, "how", _how(study))


def _cells(measure: Row) -> tuple[str, ...]:
    factor, unit = _scale(measure)
    values = [factor * measure[key] for key in ("value", "low", "middle", "high")]
    digits = 4 if unit == "%" else 3
    return title(measure), unit, *(number(value, digits) for value in values), _width(measure, measure["width"])


def _scale(measure: Row) -> tuple[float, str]:
    """What a measure is multiplied with for a reader, and its unit then."""
    rates = {"OP/s/W": (1e-12, "TOP/s/W"), "OP/s/m2": (1e-18, "TOP/s/mm2"), "": (1.0, "")}
    if measure["measure"] in ACCURACIES:
        return 100.0, "%"
    return rates[measure["unit"]] if measure["unit"] in rates else scaled(measure["value"], measure["unit"])


def _width(measure: Row, width: float) -> str:
    return f"{100 * width:.2f} points" if measure["measure"] in ACCURACIES else f"x{number(width)}"


def _sentence(study: UncertaintyStudy, measure: Row) -> str:
    """How much of one measure hangs on which number."""
    name = f"{title(measure)} ({_width(measure, measure['width'])})"
    if measure["explained"] is None:
        needed = SHARED * len(study.numbers)
        few = measure["low"] != measure["high"] and study.answers < needed
        return f"{name}: shares need {needed} draws, {SHARED} for each number" if few else f"{title(measure)}: on none of them"
    first = next(row for row in study.shares if row["measure"] == measure["measure"])
    poor = f" (of a linear model that explains {percent(measure['explained'], 0)} only)" if measure["explained"] < _POOR else ""
    if not first["sure"]:
        return f"{name}: on no number beyond chance{poor}"
    left = "" if first["left"] is None else f"; run again with it as described, {_width(measure, first['left'])} is left"
    return f"{name}: {percent(first['share'], 0)} on {first['key']}{poor}{left}"


def _shares(study: UncertaintyStudy, measure: Row, console: Console) -> None:
    rows = [row for row in study.shares if row["measure"] == measure["measure"] and row["share"] >= LEAST][:_MOST]
    if not rows:
        return
    numbers = {row["key"]: row for row in study.numbers}
    heading(console, title(measure))
    cells = [(row["key"], _range(numbers[row["key"]]), *_told(measure, row)) for row in rows]
    table(console, ("number", "range", "share", "width left"), cells, "lrrr")
    if any(not row["sure"] for row in rows):
        say(console, f"~ less than {SURE:g} standard errors: not to be told from chance; more draws tell", "dim")
    if measure["explained"] < _POOR:
        rest = "bends, how numbers act together, or chance"
        say(console, f"a linear model explains {percent(measure['explained'], 0)} only; the rest is {rest}", "dim")


def _told(measure: Row, row: Row) -> tuple[str, str]:
    """A share and what is left, as far as they are known."""
    return percent(row["share"]) if row["sure"] else "~", "" if row["left"] is None else _width(measure, row["left"])


def _range(row: Row) -> str:
    return f"{shown(row['low'], row['unit'])} - {shown(row['high'], row['unit'])}"


def _ranges(study: UncertaintyStudy, console: Console) -> None:
    heading(console, "ranges")
    cells = [(row["key"], shown(row["value"], row["unit"]), _range(row), row["origin"]) for row in study.numbers]
    table(console, ("number", "value", "drawn between", "range"), cells, "lrrl")
    say(console, "assumed: a factor 2 both ways, bits one more or less; `ranges` in the description says better", "dim")
    if any(row["origin"] == "cut" for row in study.numbers):
        say(console, "cut: to one side only, as the description refuses the other", "dim")


def _how(study: UncertaintyStudy) -> Iterator[str]:
    yield "all numbers drawn independently, evenly in their logarithm (Latin hypercube); all else as described, seeds too"
    yield "share: of the variance, by a linear model of the logarithms; explained: adjusted R^2"
    yield "width left: all draws run again with this number alone as described; only for the first numbers of the measures"
    if any(row["measure"] in ACCURACIES for row in study.measures):
        age = f"{duration(study.age)} after programming" if study.age else "right after programming"
        yield f"accuracy: {study.samples:,} samples, {study.runs} programming{'s' if study.runs > 1 else ''}, {age}"
    if study.refused:
        yield f"{len(study.refused)} of {study.draws} draws cannot be run and are left out; the first: {study.refused[0]['reason']}"


def write(study: UncertaintyStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, the picture; InputError when nothing can be written there."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, write_plots)
