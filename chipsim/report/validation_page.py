"""The page docs/validation.md: what was published of chips beside what chipsim finds, misses with their reasons, what to trust.

Everything but the sentences of TRUST comes from a Validation. Numbers of the same validation give the same text and the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from chipsim.errors import InputError
from chipsim.report.validation import SUMS, allowed, chips, error_of, sources_of, sums, worded
from chipsim.report.validation_plots import plot_errors, plot_validation
from chipsim.report.wording import percent
from chipsim.result import Row
from chipsim.validation.outcome import ERROR, MISSED, OUTSIDE, WITHIN, Validation

COMMAND = "chipsim validate --page docs/validation.md"
PICTURE = Path("pictures") / "validation.svg"
ERRORS = Path("pictures") / "validation-errors.svg"

HEAD = f"""# Validation: chips beside what was published of them

Written by `{COMMAND}`; do not edit it, edit `architectures/figures/*.yaml` and write it again.
How to do the same with a chip of your own: [How to validate my chip](how-to-validate-my-chip.md).

* **predicted**: no constant of the description was chosen to hit this figure, or any other of the same kind on the same chip.
* **calibrated**: a constant was chosen to hit it; that it comes out shows that the bookkeeping is right, nothing more.
* **order**: an inequality that must hold, such as "two devices beat one".
* **recorded**: the study takes long; its result is kept in `tests/published/` with the command that made it.
* **missed**: outside the tolerance, and the likely reason is told. Misses stay in the table.
* **confidence** is how sure we are of the published figure itself: high is the paper's own text, low is memory or a picture.
"""

TRUST = """## What chipsim can and cannot be trusted for

**It can be trusted for what it adds up.** Given published parts, the time, energy, power and area of a chip are sums with the right
counts. Products, conversions, flits and leakage are counted one by one and checked against each other in every run.

**It can be trusted for time, where the schedule is known.** Pulses, conversions, shared converters, phases and links are played, not
estimated. Contention on the network was compared with a flit-accurate simulator. Where a paper does not say which layer lies on which
tile and how partial sums meet, a step more or less changes a short frame by a fifth or a third.

**It can be trusted to carry a measured core to a chip of many**: rate, and energy but for what the chip adds around its cores. What a
paper does not say about clocks, supplies and gating of idle blocks stays open, and is the usual reason for 5 to 10 % of difference.

**It cannot be trusted for the energy of a circuit that nobody measured.** Converters differ tenfold between designs at the same speed
and resolution. Numbers marked `assumed` are guesses; `chipsim datasheet` tells their share and lists the ones that weigh most.

**What is not described costs nothing.** Control, pads, clock trees and what controllers do are seldom published. A chip described
without them comes out too efficient, by half or more; compare such chips with each other, not with measured ones.

**Figures of efficiency that papers quote are not always their own rate over their own power.** Some misses below are of this kind; we
show both figures and touch neither.

**It is too kind to accuracy.** Noise that is described is played faithfully: statistics agree with the toolkit of the model's authors.
But chips lose more than the described noise explains: offsets of comparators, errors of durations on their way, read-out circuits, bad
devices of one wafer. Where a chip loses half a point, we may find none. Trust the order of two designs before the number of one.

**It cannot predict networks it does not have.** Weights are trained by us, on data at hand; the accuracy of a published network on its
own data is compared only where that network is here. Shape-only runs give time and energy, no accuracy.

**Training is compared by gap and order.** Runs are shorter than the published ones and rates were chosen by us; the records say which.

**Not modelled at all**: temperature of the circuits, noise of the supply, ageing of converters, yield of digital logic, and the software
that feeds the chip.
"""


def write_page(found: Validation, page: Path) -> list[Path]:
    """Write the page and its pictures, which lie in `pictures/` beside it; InputError when nothing can be written there."""
    picture = page.parent / PICTURE
    try:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(page_text(found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{page}: the page cannot be written here ({error.strerror})") from None
    return [page, plot_validation(found, picture), plot_errors(found, page.parent / ERRORS)]


def page_text(found: Validation) -> str:
    """The page as Markdown."""
    parts = [HEAD, _together(found), TRUST, _misses(found), *(_chip(chip, rows) for chip, rows in chips(found.rows))]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _together(found: Validation) -> str:
    computed = [row for row in found.rows if not row["record"]]
    text = f"{len(found.rows)} figures in {len(chips(found.rows))} files; {len(computed)} are computed anew, the others are recorded."
    return "\n".join(
        [
            "## Together", "", text, "",
            *markdown(SUMS, sums(found)), "",
            "Errors are absolute; the median and the largest are of quantities, those of shares such as accuracies are in points.", "",
            _headline(found), "",
            f"![published figures against ours, one panel for each unit]({PICTURE.as_posix()})", "",
            "Both axes are logarithmic; the grey band is 10 % to each side. Shares and inequalities are not drawn.", "",
            f"![ours over published, chip by chip]({ERRORS.as_posix()})", "",
            "The same figures chip by chip, where an error of a tenth can be seen.",
        ]
    )  # fmt: skip


def _headline(found: Validation) -> str:
    predicted = [row for row in found.rows if row["kind"] == "predicted"]
    near = sum(row["verdict"] == WITHIN for row in predicted)
    told = next(row for row in found.sums if row["kind"] == "predicted")
    half = "" if told["median"] is None else f"; half of the predicted quantities are off by at most {plain(percent(told['median']))}"
    return f"**{near} of {len(predicted)} predictions lie within their tolerance{half}.**"


def _misses(found: Validation) -> str:
    missed = [row for row in found.rows if row["verdict"] in (MISSED, OUTSIDE, ERROR)]
    return "\n".join(["## Misses", "", *map(_miss, missed)]) if missed else ""


def _miss(row: Row) -> str:
    published, ours = plain(row["published"]), f"{worded(row['ours'], row)} ({error_of(row)})"
    why = row["reason"] or row["message"] or "No reason is known."
    sentence = f"{why[:1].upper()}{why[1:].rstrip('.')}."
    return f"* **{row['chip']}, {_name(row)}.** Published {published}, ours {ours}. {plain(sentence)}"


def _chip(chip: str, rows: Sequence[Row]) -> str:
    sources = sources_of(rows)
    headings = ("id", "what", "published, or what must hold", "ours", "error", "allowed", "kind", "confidence", "source", "verdict")
    notes = [f"* {_name(row)}: {plain(row['note'])}" for row in rows if row["note"]]
    records = [f"* {_name(row)}: `{row['record']}`, `{plain(row['command'])}`" for row in rows if row["record"]]
    blocks = [
        [f"## {chip}"],
        [plain(rows[0]["about"])],
        markdown(headings, [_line(row, sources) for row in rows]),
        notes,
        ["Records:", "", *records] if records else [],
        ["Sources:", "", *(f"{number}. {plain(source)}" for number, source in enumerate(sources, 1))] if sources else [],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if any(block))


def _line(row: Row, sources: list[str]) -> tuple[str, ...]:
    source = str(sources.index(row["source"]) + 1) if row["source"] else "-"
    kind = row["kind"] + (", recorded" if row["record"] else "")
    ours = worded(row["ours"], row), error_of(row)
    return row["id"], row["what"], row["published"], *ours, allowed(row), kind, row["confidence"], source, row["verdict"]


def _name(row: Row) -> str:
    return f"{plain(row['id'])}, {plain(row['what'])}"


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [list(headings), ["---"] * len(headings), *([plain(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def plain(text: str) -> str:
    """A text on one line that opens no table, no tag and no emphasis."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
