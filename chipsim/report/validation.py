"""A validation for a reader: published figures beside ours, chip by chip, in words; what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from chipsim.report.console import heading, item, say, table
from chipsim.report.wording import number, percent
from chipsim.result import Row
from chipsim.validation.outcome import ERROR, MISSED, OUTSIDE, WITHIN, Validation

SUMS = ("kind", "figures", "within", "missed", "failed", "median error", "largest error", "median of shares")
_ALIGNED = {"id": " ", "what": " ", "published": "r", "ours": "r", "error": "r", "allowed": "r", "kind": " ", "verdict": " "}
_SPARED = {"allowed": 130, "kind": 95}  # columns that a narrow terminal goes without
_STYLES = {WITHIN: "green", MISSED: "yellow", OUTSIDE: "bold red", ERROR: "bold red"}


def worded(value: float | None, row: Row) -> str:
    """A value in the unit that its figure was printed in."""
    if value is None:
        return "-"
    amount = value / row["size"]
    text = f"{amount:.2f}" if row["points"] and abs(amount) >= 0.01 else number(amount, 4)
    return f"{text} {row['printed']}".strip()


def error_of(row: Row) -> str:
    """How far ours is off, in words: per cent, points of a share, or nothing to say."""
    if row["ours"] is None:
        return "-"
    if row["value"] is None and not row["difference"] and row["verdict"] == WITHIN:
        return "holds"
    if row["points"]:
        difference = 100 * row["difference"]
        return f"{difference:+.2f} points" if abs(difference) >= 0.01 else f"{difference:+.1g} points"
    return "-" if row["error"] is None else f"{100 * row['error']:+.1f} %"


def render(found: Validation, console: Console) -> None:
    """Print everything."""
    for chip, rows in chips(found.rows):
        about = rows[0]["about"]
        heading(console, f"{chip}: {about}" if about else chip)
        spared = [name for name, width in _SPARED.items() if console.width < width]
        kept = [name for name in _ALIGNED if name not in spared]
        table(console, kept, [[_cells(row)[name] for name in kept] for row in rows], "".join(_ALIGNED[name] for name in kept))
        for row in rows:
            if row["reason"] or row["message"]:
                item(console, f"{row['id']}, {row['what']}: {row['message'] or row['reason']}")
    heading(console, "together")
    table(console, SUMS, sums(found), " rrrrrrr")
    text = "Median and largest error of quantities; those of shares, such as accuracies, in points."
    say(console, text + (" *: recorded, not computed now." if any(row["record"] for row in found.rows) else ""), "dim")
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
    return row["tolerance"] or ("must hold" if row["value"] is None else "-")


def _cells(row: Row) -> dict[str, str | Text]:
    kind = f"{row['kind']}*" if row["record"] else row["kind"]
    words = {"id": row["id"], "what": row["what"], "published": row["published"], "ours": worded(row["ours"], row)}
    verdict = Text(row["verdict"], style=_STYLES[row["verdict"]])
    return words | {"error": error_of(row), "allowed": allowed(row), "kind": kind, "verdict": verdict}


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)
