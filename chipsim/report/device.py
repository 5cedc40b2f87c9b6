"""The study of one device for a reader: text of 80 columns, CSV and JSON, and the pictures of `device_plots.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import final

from rich.console import Console

from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, say, table
from chipsim.report.device_plots import write_plots
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.svg import scaled
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
from chipsim.studies.device import DeviceStudy, Row
from chipsim.units import show

COLUMNS: dict[str, tuple[Column, ...]] = {
    "programming": (
        Column("target", "target", "S"),
        Column("mean", "mean", "S"),
        Column("sigma", "standard deviation", "S"),
        Column("relative", "standard deviation over target"),
        Column("closed", "closed form", "S"),
        Column("deviation", "deviation", "fraction"),
        Column("error", "standard error of the deviation", "fraction"),
        Column("zero", "cells at 0 S", "fraction"),
    ),
    "exponent": (
        Column("target", "target", "S"),
        Column("mean", "mean"),
        Column("mean_closed", "mean in closed form"),
        Column("mean_deviation", "deviation of the mean", "fraction"),
        Column("mean_error", "standard error of that", "fraction"),
        Column("sigma", "standard deviation"),
        Column("sigma_closed", "standard deviation in closed form"),
        Column("sigma_deviation", "deviation of the standard deviation", "fraction"),
        Column("sigma_error", "standard error of that", "fraction"),
    ),
    "drift": (
        Column("target", "target", "S"),
        Column("time", "time after programming", "s"),
        Column("mean", "mean", "S"),
        Column("sigma", "standard deviation", "S"),
        Column("low", "5 % of the cells below", "S"),
        Column("high", "95 % of the cells below", "S"),
        Column("left", "mean over mean at 0 s"),
    ),
    "read_noise": (
        Column("target", "target", "S"),
        Column("time", "time after programming", "s"),
        Column("sigma", "standard deviation", "S"),
        Column("relative", "standard deviation over mean"),
        Column("closed", "closed form", "S"),
        Column("deviation", "deviation", "fraction"),
        Column("error", "standard error of the deviation", "fraction"),
    ),
    "histogram": (
        Column("target", "target", "S"),
        Column("low", "from", "S"),
        Column("high", "to", "S"),
        Column("cells", "cells"),
    ),
    "published": (
        Column("quantity", "quantity"),
        Column("low", "published from"),
        Column("high", "published to"),
        Column("found", "model"),
        Column("unit", "unit"),
        Column("relation", "relation"),
        Column("source", "source"),
    ),
    "refused": (Column("time", "time after programming", "s"), Column("targets", "targets refused"), Column("reason", "reason")),
}
_AT_ONCE = 6  # times side by side
_FAR = 4.0  # standard errors between sampled value and closed form that are remarked upon


@final
class _Scale:
    """Numbers of one column in one unit, three digits each, so that a reader compares them at a glance."""

    def __init__(self, values: Iterable[float], symbol: str) -> None:
        self.factor, self.unit = scaled(max((abs(value) for value in values), default=0.0), symbol) if symbol else (1.0, "")

    def __call__(self, value: float | None) -> str:
        """A value (SI) in the unit of the column; nothing is `-`."""
        if value is None:
            return "-"
        text = f"{value * self.factor:#.3g}" if value else "0"
        return number(value * self.factor) if "e" in text else text.rstrip(".")




def render(study: DeviceStudy, console: Console) -> None:
    """Print the study."""
    reach = f"{show(study.g_min, 'S')} to {show(study.g_max, 'S')}"
    say(console, f"{study.name}: {reach}, {len(study.targets)} conductances, {study.cells:,} cells each, seed {study.seed}")
    say(console, f"times that the model covers: {study.covers}")
    _programming(study, console)
    _exponent(study, console)
    _drift(study, console)
    _read_noise(study, console)
    section(console, "published", published(study))
    section(console, "retention", retention(study))
    section(console, "not studied", refusals(study))
    section(console, "sampled against closed form", _remarks(study))
    section(console, "from", (reference(name) if name in entries() else name for name in study.cites))


def published(study: DeviceStudy) -> Iterator[str]:
    """Published figures besides the fit, and what the model says."""
    for row in study.published:
        unit = row["unit"]
        low, high, found = (show(row[name], unit) if unit else percent(row[name]) for name in ("low", "high", "found"))
        said = low if row["low"] == row["high"] else f"below {high}" if row["low"] == 0 else f"{low} to {high}"
        yield f"{row['quantity']}: {found}, published {said} ({row['relation']}; {row['source']})."


def retention(study: DeviceStudy) -> Iterator[str]:
    """What is left of the conductance after each time, in words; times after which it is the same share one sentence."""
    kept = [(time, _kept(study, time)) for time in study.times if time > 0]
    if not kept:
        yield "unknown: no time after programming could be studied."
    for sentence, members in groupby(kept, key=lambda pair: pair[1]):
        times = [duration(time) for time, _ in members]
        yield f"after {times[0]}{f' to {times[-1]}' if times[1:] else ''}: {sentence}."


def refusals(study: DeviceStudy) -> Iterator[str]:
    """Times that were not studied and why; those with the same way out share one sentence."""
    whole = len(study.targets)
    alike = sorted(study.refused, key=lambda row: (row["reason"].partition("; ")[2] or row["reason"], row["targets"], row["time"]))
    for (_, targets), members in groupby(alike, key=lambda row: (row["reason"].partition("; ")[2] or row["reason"], row["targets"])):
        rows = list(members)
        some = "" if targets == whole else f" ({targets} of {whole} conductances)"
        yield f"{', '.join(duration(row['time']) for row in rows)}{some}: {rows[0]['reason']}"


def _kept(study: DeviceStudy, time: float) -> str:
    rows = [row for row in study.drift if row["time"] == time]
    shares = sorted((row["left"], row["target"]) for row in rows if row["left"] is not None and row["target"] > 0)
    widest, first = (max((row["sigma"] for row in study.drift if row["time"] == at), default=0.0) for at in (time, 0.0))
    spread = f"cells spread by up to {show(widest, 'S')} ({show(first, 'S')} when programmed)"
    if not shares:
        return spread
    (least, low), (most, high) = shares[0], shares[-1]
    if percent(least) == percent(most):
        return f"{percent(least)} of the programmed conductance is left, in every state; {spread}"
    return f"{percent(least)} of the programmed conductance is left at {show(low, 'S')}, {percent(most)} at {show(high, 'S')}; {spread}"


def write(study: DeviceStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, pictures; InputError when nothing can be written there."""
    return write_study(study, folder, as_text(study), COLUMNS, write_plots)


def as_text(study: DeviceStudy) -> str:
    """The printed study, 80 columns wide, without colour."""
    return plain_text(study, render)


def _programming(study: DeviceStudy, console: Console) -> None:
    heading(console, "programming error")
    wide, narrow = _Scale([study.g_max], "S"), _Scale([row["sigma"] for row in study.programming], "S")
    rows = [
        (wide(row["target"]), wide(row["mean"]), narrow(row["sigma"]), _share(row["relative"]), percent(row["sigma"] / study.g_max),
         narrow(row["closed"]), _signed(row["deviation"]), _share(row["zero"]))
        for row in study.programming
    ]  # fmt: skip
    names = (f"target/{wide.unit}", "mean", f"sigma/{narrow.unit}", "/target", "/g_max", "closed", "dev.", "at 0 S")
    table(console, names, rows, "r" * len(names))


def _exponent(study: DeviceStudy, console: Console) -> None:
    rate = study.exponent_unit
    heading(console, "leak rate of each cell" if rate else "drift exponent of each cell")
    if not study.exponent:
        return say(console, "none: no law with an exponent for each cell; what time does stands below.")
    wide, words = _Scale([study.g_max], "S"), _Scale([], "")
    rows = [
        (wide(row["target"]), *(cell for part in ("mean", "sigma") for cell in
         (words(row[part]), words(row[f"{part}_closed"]), _signed(row[f"{part}_deviation"]))))
        for row in study.exponent
    ]  # fmt: skip
    unit = f"/({rate})" if rate else ""
    table(console, (f"target/{wide.unit}", f"mean{unit}", "closed", "dev.", f"sigma{unit}", "closed", "dev."), rows, "r" * 7)


def _drift(study: DeviceStudy, console: Console) -> None:
    heading(console, "mean conductance after programming")
    _matrix(study, study.drift, "mean", console)


def _read_noise(study: DeviceStudy, console: Console) -> None:
    heading(console, "standard deviation of the read noise after programming")
    if not any(row["sigma"] for row in study.read_noise):
        return say(console, "none: this model reads without noise.")
    _matrix(study, study.read_noise, "sigma", console)


def _matrix(study: DeviceStudy, rows: Sequence[Row], key: str, console: Console) -> None:
    """Targets down, times across, a few times at once so that 80 columns hold them."""
    values = {(row["target"], row["time"]): row[key] for row in rows}
    wide, words = _Scale([study.g_max], "S"), _Scale(list(values.values()), "S")
    say(console, f"in {words.unit}")
    for start in range(0, len(study.times), _AT_ONCE):
        times = study.times[start : start + _AT_ONCE]
        lines = [(wide(target), *(words(values.get((target, time))) for time in times)) for target in study.targets]
        if start:
            console.print()
        table(console, (f"target/{wide.unit}", *(duration(time) for time in times)), lines, "r" * (1 + len(times)))


def _remarks(study: DeviceStudy) -> Iterator[str]:
    """How well sampled values and closed forms agree, and where they do not."""
    error = percent((2 * study.cells) ** -0.5)
    yield (
        "sigma: standard deviation of the sampled cells; closed: that of the model's formula; dev. = sigma / closed - 1. From "
        f"{study.cells:,} cells a standard deviation is known to about {error} (one standard error)."
    )
    law = "leak rate" if study.exponent_unit else "exponent"
    kinds = (
        ("programming error", study.programming, ""),
        (f"mean of the {law}", study.exponent, "mean_"),
        (f"spread of the {law}", study.exponent, "sigma_"),
        ("read noise", study.read_noise, ""),
    )
    for name, rows, part in kinds:
        compared = [row for row in rows if row[f"{part}deviation"] is not None]
        if compared:
            yield f"{name}: {_agreement(compared, part)}."
    if any(row["zero"] and row["sigma"] for row in study.programming) or study.exponent:
        yield (
            "Formulas hold before conductances below zero are cut off (at 0 S: share of the cells there) and before the sign of an "
            "exponent is dropped; sampled values are what is left."
        )


def _agreement(rows: list[Row], part: str) -> str:
    """How many deviations sampling explains, how many the cut at zero may, and how many nothing does; the worst of each."""
    groups: dict[str, list[Row]] = {"": [], "beyond, where zero is near": [], "beyond": []}
    for row in rows:
        far = abs(row[f"{part}deviation"]) > _FAR * (row[f"{part}error"] or 0.0)
        groups["" if not far else "beyond, where zero is near" if _near_zero(row) else "beyond"].append(row)
    texts = [f"{len(groups.pop(''))} of {len(rows)} within {_FAR:.0f} standard errors"]
    for words, group in groups.items():
        if group:
            worst = max(group, key=lambda row: abs(row[f"{part}deviation"]))
            texts.append(f"{len(group)} {words}, such as {_signed(worst[f'{part}deviation'])} at {_place(worst)}")
    return "; ".join(texts)


def _near_zero(row: Row) -> bool:
    """Whether what physics cuts off at zero is felt: cells at 0 S, exponents of both signs, noise as large as the conductance."""
    if "zero" in row:
        return bool(row["zero"] > 0)
    if "mean_closed" in row:
        return bool(abs(row["mean_closed"]) < 4 * row["sigma_closed"])
    return row["relative"] is None or bool(row["relative"] > 0.2)


def _place(row: Row) -> str:
    return show(row["target"], "S") + (f" after {duration(row['time'])}" if row.get("time") else "")


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f} %"
