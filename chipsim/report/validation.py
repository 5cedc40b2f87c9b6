"""A validation for a reader: published figures beside ours, chip by chip, in words; what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from chipsim.report.console import heading, item, say, table
from chipsim.report.demand import measured
from chipsim.report.wording import number, percent, rate_per_area
from chipsim.result import Row
from chipsim.units import show
from chipsim.validation.outcome import ERROR, MISSED, OUTSIDE, WITHIN, Validation

SUMS = ("kind", "figures", "within", "missed", "failed", "median error", "largest error", "median of shares")
_STYLES = {WITHIN: "green", MISSED: "yellow", OUTSIDE: "bold red", ERROR: "bold red"}


def worded(value: float | None, row: Row, digits: int = 4) -> str:
    """A value in the unit of its figure, as the figure was printed."""
    if value is None:
        return "-"
    unit = row["unit"]
    if not unit:
        return f"{100 * value:.2f} %" if "%" in row["published"] else number(value, digits)
    if unit == "OP/s/m2":
        return rate_per_area(value)
    return measured(value, unit) if unit in ("m2 s", "W/m2") else show(value, unit, digits)


def error_of(row: Row) -> str:
    """How far ours is off, in words: per cent, points of a share, or nothing to say."""
    if row["ours"] is None or row["error"] is None:
        return "-"
    if row["points"]:
        return f"{100 * row['difference']:+.2f} points"
    if row["value"] is None and not row["difference"]:
        return "in bounds"
    return f"{100 * row['error']:+.1f} %"


def render(found: Validation, console: Console) -> None:
    """Print everything."""
    for chip, rows in chips(found.rows):
        about = rows[0]["about"]
        heading(console, f"{chip}: {about}" if about else chip)
        table(console, ("id", "what", "published", "ours", "error", "allowed", "kind", ""), [_line(row) for row in rows], "  rrrr  ")
        for row in rows:
            if row["reason"] or row["message"]:
                item(console, f"{row['id']}, {row['what']}: {row['message'] or row['reason']}")
    heading(console, "together")
    table(console, SUMS, sums(found), " rrrrrrr")
    say(console, "Median and largest error of quantities; those of shares, such as accuracies, in points.", "dim")
    failed = found.failed
    if failed:
        say(console, f"{len(failed)} of {len(found.rows)} figures are outside without a stated reason, or failed.", "bold red")


def chips(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows by chip, in their order."""
    return [(chip, list(own)) for chip, own in groupby(rows, key=lambda row: str(row["chip"]))]


def sums(found: Validation) -> list[tuple[str, ...]]:
    """What the figures of each kind come to, in words."""
    return [
        (
            row["kind"], str(row["figures"]), str(row[WITHIN]), str(row[MISSED]), str(row[OUTSIDE] + row[ERROR]),
            _share(row["median"]), _share(row["largest"]), "-" if row["points"] is None else f"{100 * row['points']:.2f} points",
        )
        for row in found.sums
        if row["figures"]
    ]  # fmt: skip


def allowed(row: Row) -> str:
    """The tolerance in words."""
    return row["tolerance"] or ("bounds" if row["value"] is None else "-")


def _line(row: Row) -> list[str | Text]:
    verdict = Text(row["verdict"], style=_STYLES[row["verdict"]])
    kind = row["kind"] + (", recorded" if row["record"] else "")
    return [row["id"], row["what"], row["published"], worded(row["ours"], row), error_of(row), allowed(row), kind, verdict]


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)
