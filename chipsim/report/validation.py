"""A validation for a reader: published figures beside ours, chip by chip, in words; what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from chipsim.report.console import heading, say
from chipsim.report.wording import number, percent, plain
from chipsim.result import Row
from chipsim.validation.outcome import ERROR, MISSED, OUTSIDE, WITHIN, Validation

SUMS = ("kind", "figures", "within", "missed", "failed", "median error", "largest error", "median of shares")
_SHORT = (*SUMS[:5], "median", "largest", "of shares")  # as in SUMS, for a narrow terminal
_COLUMNS = ("published", "ours", "error", "allowed", "kind, confidence")
_STYLES = {WITHIN: "green", MISSED: "yellow", OUTSIDE: "bold red", ERROR: "bold red"}
_WIDEST = 100  # characters of a line
_INDENT = "    "


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
    """Print everything: what a figure is on a line of its own, the numbers below it, sources by number below each chip."""
    for chip, rows in chips(found.rows):
        about = rows[0]["about"]
        heading(console, f"{chip}: {about}" if about else chip)
        _print_chip(rows, console)
    heading(console, "together")
    names, *lines = _summed([_SHORT, *sums(found)])
    _print(console, [names, " " + "-" * (len(names) - 1)], "bold")
    _print(console, lines)
    text = "Median and largest error of quantities; those of shares, such as accuracies, in points."
    say(console, text + (" *: recorded, not computed now." if any(row["record"] for row in found.rows) else ""), "dim")
    if found.failed:
        say(console, f"{failures(found)} outside without a stated reason, or failed.", "bold red")


def failures(found: Validation) -> str:
    """How many figures failed, as the beginning of a sentence."""
    count = len(found.failed)
    return f"{count} of {len(found.rows)} figures {'is' if count == 1 else 'are'}"


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


def sources_of(rows: Sequence[Row]) -> list[str]:
    """The sources of the figures of a chip, each once, in their order."""
    return list(dict.fromkeys(row["source"] for row in rows if row["source"]))


def _print_chip(rows: Sequence[Row], console: Console) -> None:
    width = min(console.width, _WIDEST)
    sources = sources_of(rows)
    names, *numbers = _aligned([_COLUMNS, *map(_cells, rows)], width)
    _print(console, [*names, " " + "-" * (width - 2)], "bold")
    told: dict[str, str] = {}  # a chip that cannot be built is said once, not for each of its figures
    for row, lines in zip(rows, numbers, strict=True):
        number = f" [{sources.index(row['source']) + 1}]" if row["source"] else ""
        _print_title(row, f"{plain(row['id'])}: {plain(row['what'])}{number}", width, console)
        _print(console, lines)
        why = row["message"] or (row["reason"] if row["verdict"] == MISSED else "")
        if row["message"]:
            why = f"as for {told[why]}" if why in told else why
            told.setdefault(row["message"], plain(row["id"]))
        _print(console, _wrapped(why, width, _INDENT, _INDENT), "dim" if row["verdict"] == MISSED else "red")
    if sources:
        _print(console, ["", "  sources:"])
    for place, source in enumerate(sources, 1):
        first = f"  [{place}] "
        _print(console, _wrapped(source, width, first, " " * len(first)))


def _print_title(row: Row, title: str, width: int, console: Console) -> None:
    """What a figure is, with the verdict at the right end of its first line."""
    room = width - len("outside") - 3
    first, *more = _wrapped(title, room, "  ", _INDENT)
    line = Text(first.ljust(room), style="bold").append(row["verdict"].rjust(width - room - 1), style=_STYLES[row["verdict"]])
    console.print(line, soft_wrap=True)
    _print(console, more, "bold")


def _aligned(rows: Sequence[tuple[str, ...]], width: int) -> list[list[str]]:
    """Rows of cells as lines with aligned columns; the last cell goes to a line of its own where the others leave no room."""
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    found = []
    for *cells, last in rows:
        line = _INDENT + "  ".join(cell.rjust(size) for cell, size in zip(cells, sizes, strict=False))
        fits = len(_INDENT) + sum(sizes) + 2 * len(cells) <= width
        found.append([f"{line}  {last}"] if fits else [line, last.rjust(len(line))])
    return found


def _summed(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines, the first column to the left, the others to the right."""
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join([first.ljust(sizes[0]), *map(str.rjust, more, sizes[1:])]) for first, *more in rows]


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    """A text as lines that are broken between words only."""
    room = max(width, 20)
    return wrap(plain(text), room, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)


def _print(console: Console, lines: Sequence[str], style: str = "") -> None:
    for line in lines:
        console.print(Text(line, style=style), soft_wrap=True)


def _cells(row: Row) -> tuple[str, ...]:
    kind = f"{row['kind']}*" if row["record"] else row["kind"]
    cells = plain(row["published"]), worded(row["ours"], row), error_of(row), allowed(row)
    return *cells, f"{kind}, {row['confidence']}"


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)
