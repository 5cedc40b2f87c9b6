"""Published figures beside ours: a row for each, what they come to together.

    within     near enough                                  outside    not near enough, and no reason is given: the validation fails
    missed     not near enough, and the file says why       error      could not be had; the row has the message: the validation fails

The sums keep predictions apart from what was calibrated, and quantities (errors in per cent) from shares such as accuracies (errors in
points): a point of accuracy is no hundredth of a latency.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import final

from chipsim.errors import ChipsimError, InputError, Problem, did_you_mean
from chipsim.experiment import Progress
from chipsim.result import Row
from chipsim.tabular import Tabular
from chipsim.validation.bench import Bench, checked
from chipsim.validation.figure import Figure, Figures
from chipsim.validation.reading import Asked, in_order
from chipsim.validation.target import dimension_of, printed_in, told

WITHIN, MISSED, OUTSIDE, ERROR = "within", "missed", "outside", "error"
KINDS = ("predicted", "calibrated", "order")


@final
@dataclass(frozen=True)
class Validation(Tabular):
    """What came out.

    rows    chip, about, file, id, what, measure, published (text), printed (its unit there) and size (of that, SI), value (SI; None
            for bounds), unit, ours (SI), error (share of the published figure), difference (SI), tolerance (text), points (whether it
            is a share, told in points), kind, confidence, source, note, reason, verdict, message, record (file of a recorded figure,
            else empty), command
    sums    kind, figures, within, missed, outside, error, quantities, median (of the absolute errors of quantities), largest,
            shares, points (median of the absolute differences of shares)
    """

    rows: list[Row]
    sums: list[Row]

    @property
    def failed(self) -> list[Row]:
        """Figures that are outside without a reason, or could not be had."""
        return [row for row in self.rows if row["verdict"] in (OUTSIDE, ERROR)]


def validate(files: Sequence[Path], only: str = "", progress: Progress = lambda text, share: None) -> Validation:
    """The figures of these files (`only`: see `is_meant`); InputError lists what is wrong with any of the files, before anything runs."""
    problems: list[Problem] = []
    known: set[str] = set()
    chosen: list[tuple[Path, Figures, Asked]] = []
    rows: list[Row] = []
    bench = Bench(lambda text: progress(text, len(rows) / len(chosen)))
    for file in files:

        def wanted(figure: Figure, stem: str = file.stem) -> bool:
            known.update((figure.id, stem, f"{stem}:{figure.id}"))
            return not only or is_meant(only, stem, figure)

        try:
            figures, found = checked(file, bench, wanted)
            chosen += [(file, figures, one) for one in found]
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(in_order(problems))
    if not chosen:
        raise InputError(f"--only {only}: no figure and no file of figures is called so ({did_you_mean(only, known)})")
    for file, figures, one in chosen:
        rows.append(row_of(one, bench, file, figures))
    return Validation(rows, sums_of(rows))


def is_meant(only: str, stem: str, figure: Figure) -> bool:
    """Whether `only` names a figure of the file `stem`: `ID`, `FILE`, `FILE:ID`, and with words of `what` `ID/WORDS`, `FILE:ID/WORDS`."""
    if only in (figure.id, stem):
        return True
    file, colon, rest = only.partition(":")
    if colon and file != stem:
        return False
    name, _, words = (rest if colon else only).partition("/")
    return name in ((figure.id, "") if colon else (figure.id,)) and words.strip().lower() in figure.what.lower()


def row_of(asked: Asked, bench: Bench, file: Path, figures: Figures) -> Row:
    """One figure beside ours."""
    figure, record = asked.figure, asked.figure.recorded
    unit, size = printed_in(figure.published, dimension_of(asked.unit))
    row: Row = {
        "chip": file.stem, "about": figures.about, "file": file.name, "id": figure.id, "what": figure.what, "measure": figure.measure,
        "published": told(figure.published), "printed": unit, "size": size,
        "value": asked.target.value, "unit": asked.unit, "ours": None, "error": None,
        "difference": None, "tolerance": figure.tolerance, "points": asked.is_share, "kind": figure.kind,
        "confidence": asked.confidence, "source": asked.source, "note": figure.note, "reason": figure.reason, "verdict": ERROR,
        "message": "", "record": Path(record.file).name if record else "", "command": record.command if record else "",
    }  # fmt: skip
    try:
        ours = bench.value(asked)
    except ChipsimError as problem:
        return row | {"message": str(problem)}
    error = asked.target.error(ours)
    verdict = WITHIN if asked.allows(ours) else MISSED if figure.reason else OUTSIDE
    return row | {
        "ours": ours,
        "error": error if math.isfinite(error) else None,
        "difference": asked.target.difference(ours),
        "verdict": verdict,
    }


def sums_of(rows: Iterable[Row]) -> list[Row]:
    """What the figures of each kind come to."""
    rows = list(rows)
    return [_sum_of(kind, [row for row in rows if row["kind"] == kind]) for kind in KINDS]


def _sum_of(kind: str, rows: list[Row]) -> Row:
    told = [row for row in rows if row["ours"] is not None and row["value"] is not None]
    errors = [abs(row["error"]) for row in told if not row["points"] and row["error"] is not None]
    points = [abs(row["difference"]) for row in told if row["points"]]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in (WITHIN, MISSED, OUTSIDE, ERROR)}
    return {"kind": kind, "figures": len(rows)} | counts | {
        "quantities": len(errors), "median": median(errors) if errors else None, "largest": max(errors, default=None),
        "shares": len(points), "points": median(points) if points else None,
    }  # fmt: skip


def figures_files(folder: Path) -> list[Path]:
    """The files of figures under `architectures/figures/` of a folder; InputError where there are none."""
    place = folder / "architectures" / "figures"
    files = sorted(place.glob("*.yaml"))
    if not files:
        raise InputError(
            f"validate: there is no file of figures in {place}; name files, or go to a folder that has architectures/figures/*.yaml"
        )
    return files
