"""The study of drift for a reader: text of 80 columns, CSV and JSON, and the pictures of `drift_plots.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from chipsim.report.citations import entries, reference
from chipsim.report.console import heading, say, table
from chipsim.report.drift_plots import write_plots
from chipsim.report.judged import Judged
from chipsim.report.study import plain_text, section, write_study
from chipsim.report.tables import COLUMNS as RUN
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
from chipsim.result import Row
from chipsim.studies.drift import NOT_NEEDED, TOO_SELDOM, DriftStudy
from chipsim.units import show

COLUMNS: dict[str, tuple[Column, ...]] = {
    "accuracy": (Column("compensation", "compensation"), *RUN["accuracy"]),
    "upkeep": (
        Column("action", "action"),
        Column("compensation", "compensation"),
        Column("every", "every", "s"),
        Column("points", "points evaluated"),
        Column("worst", "worst mean accuracy", "fraction"),
        Column("at", "time of the worst", "s"),
        Column("loss", "loss since programming", "fraction"),
        Column("margin", "half width of the loss's interval", "fraction"),
        Column("stays", "stays"),
        Column("time", "time of one", "s"),
        Column("energy", "energy of one", "J"),
        Column("downtime", "downtime", "fraction"),
        Column("power", "mean power", "W"),
    ),
    "answers": (
        Column("action", "action"),
        Column("compensation", "compensation"),
        Column("verdict", "verdict"),
        Column("every", "longest interval that stays", "s"),
    ),
    "refused": (Column("age", "age", "s"), Column("compensation", "compensation"), Column("reason", "reason")),
}
ACTIONS = {"calibrate": "calibrating anew", "program": "writing the weights again"}


def render(study: DriftStudy, console: Console) -> None:
    """Print the study."""
    judged = Judged.told(study.metric)
    many = f"{study.chips} chips, each" if study.chips > 1 else "1 chip,"
    many += f" programmed {_times(study.repeats)}"
    say(console, f"{study.name}: {many}, {judged.called} over {study.samples:,} images, seed {study.seed}")
    side = "below" if judged.higher else "above"
    say(console, f"float network: {judged.value(study.reference)}; a chip is good when it is at most {_limit(study)} {side}")
    fresh = ", ".join(f"{kind} {judged.value(study.fresh[kind])}" for kind in study.compensations)
    say(console, f"right after programming: {fresh}")
    if "statistics" in study.compensations:
        say(console, f"statistics: global compensation, and every channel's mean and spread over {study.images:,} images")
    _accuracy(study, console)
    for action in ACTIONS:
        _upkeep(study, action, console)
    if study.upkeep:
        say(console, "loss is read at the ends of intervals nearest to the times above (ends: how many); the worst of them counts", "dim")
    section(console, "how often", answers(study))
    section(console, "not studied", (f"{row['compensation']} at {duration(row['age'])}: {row['reason']}" for row in study.refused))
    section(console, "from", (reference(name) if name in entries() else name for name in study.cites))


def answers(study: DriftStudy) -> Iterator[str]:
    """In sentences: the longest interval of each upkeep that stays as accurate as the study asks for."""
    horizon = duration(study.times[-1])
    for answer in sorted(study.answers, key=lambda row: list(ACTIONS).index(row["action"])):
        key = answer["action"], answer["compensation"]
        rows = [row for row in study.upkeep if (row["action"], row["compensation"]) == key]
        yield f"{ACTIONS[key[0]]} ({key[1]}): {_answer(answer, rows, study, horizon)}"
    if any(row["margin"] and abs(row["loss"] - study.within) < row["margin"] for row in study.upkeep):
        yield (
            "some losses are known too coarsely to tell on which side of the limit they lie (+-: 95 % of the mean loss): more chips "
            "or repeats decide."
        )


def _answer(answer: Row, rows: Sequence[Row], study: DriftStudy, horizon: str) -> str:
    limit, points = _limit(study), Judged.told(study.metric).difference
    if answer["verdict"] == NOT_NEEDED:
        never = next(row for row in rows if row["every"] is None)
        return f"not needed to stay within {limit} for {horizon} (loss {points(never['loss'])})."
    if answer["verdict"] == TOO_SELDOM:
        row = min(rows, key=lambda row: row["every"] or float("inf"))
        if row["every"] is None:
            return f"needed to stay within {limit}: without it {points(row['loss'])} are lost by {horizon}."
        return f"even every {duration(row['every'])} is too seldom to stay within {limit} (loss {points(row['loss'])})."
    row = next(row for row in rows if row["every"] == answer["every"])
    return (
        f"every {duration(row['every'])} is enough to stay within {limit} (loss {points(row['loss'])}; "
        f"{show(row['energy'], 'J')} and {show(row['time'], 's')} each time)."
    )


def write(study: DriftStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, pictures; InputError when nothing can be written there."""
    return write_study(study, folder, as_text(study), COLUMNS, write_plots)


def as_text(study: DriftStudy) -> str:
    """The printed study, 80 columns wide, without colour."""
    return plain_text(study, render)


def _accuracy(study: DriftStudy, console: Console) -> None:
    repeats, judged = study.chips * study.repeats, Judged.told(study.metric)
    heading(console, f"{judged.called} after programming{judged.share}")
    _matrix(study, console, lambda row: judged.mean(row["mean"], row["spread"], repeats).removesuffix(" %"))
    if repeats > 1:
        say(console, f"mean +- standard deviation over {repeats} programmings", "dim")
        whole = "such chips" if study.chips > 1 else "programmings of this chip"
        heading(console, f"the mean of all {whole}, with 95 % confidence{judged.share}")
        _matrix(study, console, lambda row: judged.limits(row["low"], row["high"]))
    if study.chips > 1:
        heading(console, "yield")
        _matrix(study, console, lambda row: percent(row["yield"], 0))


def _matrix(study: DriftStudy, console: Console, words: Callable[[Row], str]) -> None:
    """Times down, compensations across."""
    rows = {(row["time"], row["compensation"]): words(row) for row in study.accuracy}
    lines = [(duration(time), *(rows.get((time, kind), "-") for kind in study.compensations)) for time in study.times]
    table(console, ("time", *study.compensations), lines, "r" * (1 + len(study.compensations)))


def _upkeep(study: DriftStudy, action: str, console: Console) -> None:
    """Intervals down, compensations across: the largest loss; what one upkeep takes below."""
    rows = {(row["every"], row["compensation"]): row for row in study.upkeep if row["action"] == action}
    if not rows:
        return
    kinds, judged = [kind for kind in study.compensations if any(kind == known for _, known in rows)], Judged.told(study.metric)
    heading(console, f"{ACTIONS[action]}: largest loss since programming{' (points)' if judged.percent else ''}")
    lines = []
    for every in dict.fromkeys(every for every, _ in rows):
        own = {kind: row for kind in kinds if (row := rows.get((every, kind)))}
        ends = max(row["points"] for row in own.values())
        lines.append([_every(every), str(ends), *(_loss(own[kind], judged) if kind in own else "-" for kind in kinds)])
    table(console, ("every", "ends", *kinds), lines, "r" * (2 + len(kinds)))
    taken = {kind: row for (every, kind), row in rows.items() if every is not None}
    costs = dict.fromkeys(f"{show(row['energy'], 'J')} and {show(row['time'], 's')}" for row in taken.values())
    for cost in costs:
        those = [kind for kind, row in taken.items() if f"{show(row['energy'], 'J')} and {show(row['time'], 's')}" == cost]
        say(console, f"each time {cost}" + (f" ({', '.join(those)})" if len(costs) > 1 else ""))


def _limit(study: DriftStudy) -> str:
    if not Judged.told(study.metric).percent:
        return f"{study.within:g}"
    return f"{100 * study.within:g} point{'' if study.within == 0.01 else 's'}"


def _every(every: float | None) -> str:
    return "never" if every is None else duration(every)


def _loss(row: Row, judged: Judged) -> str:
    parts = [row["loss"]] + ([] if row["margin"] is None else [row["margin"]])
    if not judged.percent:
        return " +- ".join(number(part, 2) for part in parts)
    return " +- ".join(f"{100 * part:.{1 if abs(part) >= 0.09995 else 2}f}" for part in parts)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
