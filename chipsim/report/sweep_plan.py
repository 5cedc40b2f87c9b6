"""The plan of a sweep as text: how many points, which axes, what each of them runs again, how long it takes, where the answers go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from chipsim.report.console import heading, item, say, table
from chipsim.report.wording import cell, plain
from chipsim.sweep.description import Axis, unit_of
from chipsim.sweep.estimate import Estimate
from chipsim.sweep.measures import Column
from chipsim.sweep.plan import Plan, counted
from chipsim.sweep.space import values_of
from chipsim.tree import Node
from chipsim.units import measured, show

AGAIN = {
    "report": "nothing, only the report",
    "prices": "only the sums",
    "time": "the timed run",
    "values": "timed run and accuracy",
}
SHOWN = 6  # values of an axis that are listed


def render_plan(plan: Plan, console: Console) -> None:
    """Print what will be run, before it is known how long it takes."""
    heading(console, f"Sweep {plan.name}")
    say(console, f"{told(plan)}; kind: {'trainings' if plan.training else 'runs'}")
    rows = [
        (axis.name, listed(axis), "the training" if plan.training else AGAIN[facet])
        for axis, facet in zip(plan.sweep.axes, plan.facets, strict=True)
    ]
    console.print()
    table(console, ("axis", "values", "a change runs again"), rows)
    for row in plan.objective_rows():
        item(console, f"{row['better']} {row['column']}")
    for limit in plan.sweep.limits:
        bounds = [f"{words} {bound}" for words, bound in (("at least", limit.at_least), ("at most", limit.at_most)) if bound is not None]
        item(console, f"keep {Column(limit.measure, limit.at).name} {' and '.join(bounds)}")
    for sentence in plan.refused:
        item(console, sentence)


def render_estimate(plan: Plan, found: Estimate, workers: int, folder: Path, console: Console) -> None:
    """Print how long it takes, and where the answers go."""
    what = "points" if plan.sweep.repeats == 1 else "trainings" if plan.training else "runs"
    have = f"{found.answered:,} of {plan.count:,} {what} {'has' if found.answered == 1 else 'have'} an answer"
    say(console, have if found.answered else f"none of {plan.count:,} {what} has an answer yet")
    crew = f"{workers} worker{'s' if workers > 1 else ''}"
    if found.seconds is None or found.each is None:
        say(console, f"time on {crew}: unknown ({found.basis})")
    elif not found.seconds:
        say(console, "nothing is left to run")
    else:
        each = f"{long(found.each)} where everything runs anew"
        say(console, f"time on {crew}: about {roughly(found.seconds)} ({each}; by {found.basis})")
    for note in found.notes:
        item(console, note)
    say(console, f"folder: {plain(folder)}")
    console.print()


def told(plan: Plan) -> str:
    """The number of points and where it comes from: `18 points = 3 bits x 3 clock x 2 flit_width`."""
    method, repeats = plan.sweep.search, plan.sweep.repeats
    once, repeated = counted(plan.count // repeats, 1), f"; {plan.counted}" if repeats > 1 else ""
    looked = ", each looked at cheaply first" if method.prune else ""
    if method.trials is not None:
        return f"{once} by {method.type_name} in batches of {method.size}{looked}{repeated}"
    factors = " x ".join(f"{len(values_of(axis)):,} {axis.name}" for axis in plan.sweep.axes)
    tied = ", where they exist" if any(axis.when for axis in plan.sweep.axes) else ""
    return f"{once} = {factors}{tied}{repeated}"


def listed(axis: Axis) -> str:
    """The values of an axis, the first and the last of many; both ends where a search draws them."""
    if axis.values is None and axis.points is None and not axis.whole:
        return f"{axis.low} ... {axis.high} ({axis.scale})"
    values = values_of(axis)
    texts = list(axis.labels) if axis.labels is not None else [_text(axis, value) for value in (*values[:SHOWN], values[-1])]
    if len(values) > SHOWN:
        return f"{', '.join(texts[: SHOWN - 2])} ... {texts[-1]} ({len(values):,})"
    return together(texts[: len(values)])


def together(texts: Sequence[str]) -> str:
    """Texts one after the other, told apart where they hold commas."""
    return ("; " if any("," in text for text in texts) else ", ").join(texts)


def _text(axis: Axis, value: Any) -> str:
    if isinstance(value, list):
        return _text(axis, value[0])
    if axis.unit and isinstance(value, str) and unit_of(value):
        return quantity(measured(value)[0], axis.unit)
    if isinstance(value, bool):
        return cell(value)
    return "none" if value is None else str(value.plain() if isinstance(value, Node) else value)[:40]


def quantity(value: float, unit: str) -> str:
    """A number with its unit as people write it: areas in mm2, what counts by length for each mm."""
    if unit.endswith("/m"):
        return show(value / 1000, f"{unit.removesuffix('/m')}/mm")
    return show(value, unit)


def roughly(seconds: float) -> str:
    """A wall time as an estimate knows it, in a round number: `40 s`, `1.5 min`."""
    if seconds <= 0:
        return long(0.0)
    amount, unit = long(seconds).split()
    value = float(amount.replace(",", ""))
    size = 10.0 ** math.floor(math.log10(value))
    step = size / 2 if value < 5 * size else size
    return f"{round(value / step) * step:,.10g} {unit}"


def long(seconds: float) -> str:
    """A wall time as a reader wants it: `0.3 s`, `12 s`, `4 min`, `2.5 h`, `3 d`."""
    for name, size in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.2g} {name}" if seconds < 100 * size else f"{seconds / size:,.0f} {name}"
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"
