"""The study of one response to pulses for a reader: text of 80 columns, CSV and JSON, and the pictures of `response_plots.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, say, table
from chipsim.report.response_plots import write_plots
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import number, percent
from chipsim.studies.response import ResponseStudy
from chipsim.studies.response_spreads import Row

COLUMNS: dict[str, tuple[Column, ...]] = {
    "curve": (
        Column("pulse", "pulse"),
        Column("direction", "direction"),
        Column("average", "average device"),
        Column("mean", "mean"),
        Column("sigma", "standard deviation"),
        Column("median", "median"),
        Column("low", "5 % of the devices below"),
        Column("high", "95 % of the devices below"),
    ),
    "samples": (Column("device", "device"), Column("pulse", "pulse"), Column("weight", "weight")),
    "steps": (
        Column("weight", "weight"),
        *(
            Column(f"{side}_{key}", f"step {side}, {words}")
            for side in ("up", "down")
            for key, words in (
                ("average", "average device"),
                ("mean", "mean"),
                ("sigma", "standard deviation"),
                ("median", "median"),
                ("low", "5 % of the devices below"),
                ("high", "95 % of the devices below"),
            )
        ),
    ),
    "symmetry": (Column("low", "from"), Column("high", "to"), Column("devices", "devices")),
    "spreads": (
        Column("quantity", "quantity"),
        Column("mean", "mean"),
        Column("mean_closed", "mean in closed form"),
        Column("sigma", "standard deviation"),
        Column("sigma_closed", "standard deviation in closed form"),
        Column("deviation", "deviation of the standard deviation", "fraction"),
        Column("error", "standard error of that", "fraction"),
        Column("devices", "devices"),
    ),
}
_ROWS = 6  # of the first sweep up and down each
_WEIGHTS = 9
_FAR = 4.0  # standard errors between drawn devices and description that are remarked upon


def render(study: ResponseStudy, console: Console) -> None:
    """Print the study."""
    way = "pulses up after each reset" if study.one_sided else "pulses up, then down"
    say(console, f"{study.name}: {study.cells:,} devices, {study.pulses:,} {way}, {study.cycles} times, seed {study.seed}")
    say(console, "weights and steps in units of the full-scale weight")
    _curve(study, console)
    _steps(study, console)
    section(console, "states, symmetry, yield", summary(study))
    _spreads(study, console)
    section(console, "drawn devices against description", _remarks(study))
    section(console, "from", (reference(name) if name in entries() else name for name in study.cites))


def summary(study: ResponseStudy) -> Iterator[str]:
    """States, symmetry point, asymmetry, stuck devices and leak, in words."""
    low, middle, high = (number(value) for value in study.own_states)
    yield (
        f"states: {number(study.states)} from {number(study.w_min)} to {number(study.w_max)} by mean bounds over step; of single devices "
        f"(own range over own step at weight 0) {middle}, 90 % between {low} and {high}."
    )
    yield f"granularity for the lengths of trains: {number(study.granularity)}."
    if study.one_sided:
        yield "no weights below 0: one device of a pair, pulsed upwards only; no symmetry point."
    if study.symmetry_point is not None:
        mean, sigma = study.symmetry_point
        ends = f"; at a bound of {percent(study.at_bound)}, where up and down are nowhere equal" if study.at_bound else ""
        yield f"symmetry point: {mean:.3f} on average, standard deviation {number(sigma)} between devices{ends}."
    if study.asymmetry is not None:
        mean, sigma = study.asymmetry
        yield f"asymmetry at weight 0, (up - down) / (up + down): {100 * mean:.1f} % on average, standard deviation {percent(sigma)}."
    yield f"stuck: {percent(study.stuck)} of the devices drawn, {percent(study.stuck_described)} described."
    if study.leak is not None:
        yield f"leak: {number(study.leak)} of a weight is lost in a mini-batch, on average; not part of the curves."


def write(study: ResponseStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, pictures; InputError when nothing can be written there."""
    return write_study(study, folder, as_text(study), COLUMNS, write_plots)


def as_text(study: ResponseStudy) -> str:
    """The printed study, 80 columns wide, without colour."""
    return plain_text(study, render)


def _curve(study: ResponseStudy, console: Console) -> None:
    heading(console, "weight against pulses")
    sweeps = 1 if study.one_sided else 2
    first = [row for row in study.curve if row["pulse"] <= sweeps * study.pulses]
    first = first[: 1 + next((i for i, row in enumerate(first) if row["pulse"] == sweeps * study.pulses), len(first))]
    rises = [row for row in first if row["direction"] >= 0]
    falls = [row for row in first if row["direction"] < 0]
    chosen = [*_some(rises, _ROWS), *_some(falls, _ROWS)]
    rows = [
        (number(row["pulse"], 6), {1: "up", -1: "down", 0: ""}[row["direction"]],
         *(f"{round(row[name], 3) + 0.0:.3f}" for name in ("average", "mean", "sigma", "low", "high")))
        for row in chosen
    ]  # fmt: skip
    table(console, ("pulse", "", "average device", "mean", "sigma", "5 %", "95 %"), rows, "rlrrrrr")


def _some(rows: list[Row], count: int) -> list[Row]:
    """At most `count` of the rows, the first and the last among them."""
    if len(rows) <= count:
        return rows
    return [rows[round(place * (len(rows) - 1) / (count - 1))] for place in range(count)]


def _steps(study: ResponseStudy, console: Console) -> None:
    heading(console, "step of a pulse against the weight, without noise")
    sides = ("up",) if study.one_sided else ("up", "down")
    rows = [
        (f"{row['weight']:.3f}", *(_small(row[f"{side}_{part}"]) for side in sides for part in ("average", "low", "high")))
        for row in _some(study.steps, _WEIGHTS)
    ]
    names = ("weight", *(name for side in sides for name in (side, "5 %", "95 %")))
    table(console, names, rows, "r" * len(names))
    say(console, f"{' and '.join(sides)}: average device; 5 % and 95 % of the devices whose range holds the weight")


def _spreads(study: ResponseStudy, console: Console) -> None:
    heading(console, "how devices and pulses differ")
    rows = [
        (row["quantity"], _small(row["mean"]), _small(row["mean_closed"]), _small(row["sigma"]), _small(row["sigma_closed"]),
         "-" if row["deviation"] is None else f"{round(100 * row['deviation'], 1) + 0.0:+.1f} %", percent(row["error"]))
        for row in study.spreads
    ]  # fmt: skip
    table(console, ("", "mean", "described", "sigma", "described", "dev.", "error"), rows, "lrrrrrr")


def _remarks(study: ResponseStudy) -> Iterator[str]:
    """Where drawn devices and description agree, and where they do not."""
    compared = [row for row in study.spreads if row["deviation"] is not None]
    far = [row for row in compared if abs(row["deviation"]) > _FAR * row["error"]]
    yield (
        "sigma: standard deviation over the devices (noise: in units of the described one); described: in closed form, or over the "
        "devices of the file; dev. = sigma / described - 1; error: one standard error of it."
    )
    beyond = ", ".join(row["quantity"] for row in far)
    yield f"{len(compared) - len(far)} of {len(compared)} within {_FAR:.0f} standard errors{f'; beyond: {beyond}' if far else ''}."


def _small(value: float | None) -> str:
    """Three digits; what is next to nothing is 0."""
    if value is None:
        return "-"
    return "0" if abs(value) < 5e-8 else number(value)
