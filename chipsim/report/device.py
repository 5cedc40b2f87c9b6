"""The study of one device for a reader: text of 80 columns, CSV and JSON, and the pictures of `device_plots.py`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from chipsim.device_study import DeviceStudy, Row
from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, item, say, table
from chipsim.report.device_plots import write_plots
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
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
    "refused": (Column("time", "time after programming", "s"), Column("targets", "targets refused"), Column("reason", "reason")),
}
WIDTH = 80
_AT_ONCE = 6  # times side by side
_FAR = 4.0  # standard errors between sampled value and closed form that are remarked upon


def render(study: DeviceStudy, console: Console) -> None:
    """Print the study."""
    per = "each state" if study.device.get("type") and len(study.targets) < 10 else "each conductance"
    say(console, f"{study.name}: {show(study.g_min, 'S')} to {show(study.g_max, 'S')}, {study.cells:,} cells for {per}, seed {study.seed}")
    say(console, f"times that the model covers: {study.covers}")
    _programming(study, console)
    _exponent(study, console)
    _drift(study, console)
    _read_noise(study, console)
    heading(console, "retention")
    for sentence in retention(study):
        item(console, sentence)
    if study.refused:
        heading(console, "not studied")
        for row in study.refused:
            some = "" if row["targets"] == len(study.targets) else f" ({row['targets']} of {len(study.targets)} conductances)"
            item(console, f"{duration(row['time'])}{some}: {row['reason']}")
    remarks = list(_remarks(study))
    heading(console, "sampled against closed form")
    for remark in remarks:
        item(console, remark)
    works = [reference(name) for name in study.cites if name in entries()]
    if works:
        heading(console, "from")
        for work in works:
            item(console, work)


def retention(study: DeviceStudy) -> Iterator[str]:
    """What is left of the conductance after each time, in words."""
    later = [time for time in study.times if time > 0]
    if not later:
        yield "unknown: no time after programming was studied."
    start = max(row["sigma"] for row in study.drift if row["time"] == 0) if later else 0.0
    for time in later:
        rows = [row for row in study.drift if row["time"] == time]
        shares = sorted((row["left"], row["target"]) for row in rows if row["left"] is not None and row["target"] > 0)
        widest = max(row["sigma"] for row in rows)
        spread = f"cells spread by up to {show(widest, 'S')} ({show(start, 'S')} when programmed)"
        if not shares:
            continue
        (least, low), (most, high) = shares[0], shares[-1]
        if percent(least) == percent(most):
            kept = f"{percent(least)} of the programmed conductance is left, in every state"
        else:
            kept = f"{percent(least)} of the programmed conductance is left at {show(low, 'S')}, {percent(most)} at {show(high, 'S')}"
        yield f"after {duration(time)}: {kept}; {spread}."


def write(study: DeviceStudy, folder: Path) -> list[Path]:
    """Everything into an existing folder: study.txt, study.json, a CSV file for each table, pictures as PNG and SVG."""
    files = [folder / "study.txt", folder / "study.json"]
    files[0].write_text(as_text(study), encoding="utf-8")
    files[1].write_text(study.to_json() + "\n", encoding="utf-8")
    for name, columns in COLUMNS.items():
        files.append(_write_table(getattr(study, name), columns, folder / f"{name}.csv"))
    return files + [picture for kind in ("png", "svg") for picture in write_plots(study, folder, kind)]


def as_text(study: DeviceStudy) -> str:
    """The printed study, 80 columns wide, without colour."""
    stream = io.StringIO()
    render(study, Console(file=stream, width=WIDTH, color_system=None, force_terminal=False))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _programming(study: DeviceStudy, console: Console) -> None:
    heading(console, "programming error")
    rows = [
        (show(row["target"], "S"), show(row["mean"], "S"), show(row["sigma"], "S"), _share(row["relative"]),
         percent(row["sigma"] / study.g_max), show(row["closed"], "S"), _signed(row["deviation"]), _share(row["zero"]))
        for row in study.programming
    ]  # fmt: skip
    table(console, ("target", "mean", "sigma", "/target", "/g_max", "closed", "dev.", "at 0 S"), rows, "rrrrrrrr")


def _exponent(study: DeviceStudy, console: Console) -> None:
    rate = study.exponent_unit == "1/s"
    heading(console, "leak rate of each cell" if rate else "drift exponent of each cell")
    if not study.exponent:
        return say(console, "none: this device follows no law of its own for each cell; what time does stands below.")

    def words(value: float) -> str:
        return show(value, "1/s") if rate else number(value)

    rows = [
        (show(row["target"], "S"), *(cell for part in ("mean", "sigma") for cell in
         (words(row[part]), words(row[f"{part}_closed"]), _signed(row[f"{part}_deviation"]))))
        for row in study.exponent
    ]  # fmt: skip
    table(console, ("target", "mean", "closed", "dev.", "sigma", "closed", "dev."), rows, "rrrrrrr")


def _drift(study: DeviceStudy, console: Console) -> None:
    heading(console, "mean conductance after programming")
    _matrix(study, study.drift, "mean", console)


def _read_noise(study: DeviceStudy, console: Console) -> None:
    heading(console, "read noise (standard deviation accumulated since programming)")
    if not any(row["sigma"] for row in study.read_noise):
        return say(console, "none: this model reads without noise.")
    _matrix(study, study.read_noise, "sigma", console)


def _matrix(study: DeviceStudy, rows: Sequence[Row], key: str, console: Console) -> None:
    """Targets down, times across, a few times at once so that 80 columns hold them."""
    values = {(row["target"], row["time"]): row[key] for row in rows}
    for start in range(0, len(study.times), _AT_ONCE):
        times = study.times[start : start + _AT_ONCE]
        lines = []
        for target in study.targets:
            found = [values.get((target, time)) for time in times]
            lines.append((show(target, "S"), *("-" if value is None else show(value, "S") for value in found)))
        if start:
            console.print()
        table(console, ("target", *(duration(time) for time in times)), lines, "r" * (1 + len(times)))


def _remarks(study: DeviceStudy) -> Iterator[str]:
    """How well sampled values and closed forms agree, and where they do not."""
    yield (
        f"dev. is sampled / closed form - 1. From {study.cells:,} cells a standard deviation is known to about "
        f"{percent((2 * study.cells) ** -0.5)} (one standard error)."
    )
    kinds = (
        ("programming error", study.programming, "deviation", "error"),
        ("mean exponent", study.exponent, "mean_deviation", "mean_error"),
        ("spread of the exponent", study.exponent, "sigma_deviation", "sigma_error"),
        ("read noise", study.read_noise, "deviation", "error"),
    )
    for name, rows, deviation, error in kinds:
        compared = [row for row in rows if row[deviation] is not None]
        if not compared:
            continue
        far = [row for row in compared if abs(row[deviation]) > _FAR * (row[error] or 0.0)]
        near = [row for row in compared if row not in far]
        text = f"{name}: {len(near)} of {len(compared)} within {_FAR:.0f} standard errors"
        if near:
            text += f" (largest deviation {_signed(max((row[deviation] for row in near), key=abs))})"
        if far:
            worst = max(far, key=lambda row: abs(row[deviation]))
            text += f"; furthest off: {_signed(worst[deviation])} at {_place(worst)}"
        yield f"{text}."
    if any(row["zero"] and row["sigma"] for row in study.programming) or study.exponent:
        yield (
            "Closed forms hold before conductances below zero are cut off (at 0 S: share of cells there) and before the sign of an "
            "exponent is dropped; sampled values come after."
        )


def _place(row: Row) -> str:
    return show(row["target"], "S") + (f" after {duration(row['time'])}" if row.get("time") else "")


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f} %"


def _write_table(rows: list[Row], columns: Sequence[Column], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.header for column in columns])
        writer.writerows([_plain(row[column.key]) for column in columns] for row in rows)
    return path


def _plain(value: Any) -> Any:
    return "" if value is None else value
