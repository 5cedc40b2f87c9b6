"""What a search or sweep found, in sentences: importance of the axes, hypervolume, what the cheap looks cost, the nearest miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from chipsim.record import Row
from chipsim.report.sweep_plan import long
from chipsim.report.wording import percent
from chipsim.sweep.pareto import excesses
from chipsim.sweep.table import SweepTable

METHODS = {  # what an importance is a share of
    "variance": "share of the variance",
    "ped-anova": "share of what tells the best quarter of the points from the others, an estimate by PED-ANOVA",
}
SHOWN = 5  # axes of an objective

Told = Callable[[Row, Any], str]  # a value in the words of its column


def importance_words(table: SweepTable) -> list[str]:
    """A line for each objective, or why there is none."""
    if reason := table.facts.get("importance"):
        return [str(reason)]
    lines = []
    for goal in dict.fromkeys(str(row["objective"]) for row in table.importance):
        rows = sorted((row for row in table.importance if row["objective"] == goal), key=lambda row: -row["share"])
        shares = ", ".join(f"{row['axis']} {percent(row['share'])}" for row in rows[:SHOWN])
        more = f" ... ({len(rows)} axes)" if len(rows) > SHOWN else ""
        lines.append(f"importance for {goal}: {shares}{more} ({METHODS.get(str(rows[0]['method']), rows[0]['method'])})")
    return lines


def hypervolume_words(table: SweepTable) -> str:
    """The hypervolume in a line, or why there is none; empty where nothing is sought."""
    if reason := table.facts.get("hypervolume"):
        return str(reason)
    if not table.hypervolume:
        return ""
    last = table.hypervolume[-1]
    best = next(row for row in table.hypervolume if row["value"] == last["value"])
    when = f"reached after {best['evaluations']:,} of {last['evaluations']:,} points"
    return f"hypervolume: {percent(last['share'])} of the box between the best of each objective and the reference, {when}"


def look_words(table: SweepTable) -> str:
    """What the cheap looks took and saved; empty where there were none."""
    looks, seconds = int(table.facts.get("looks") or 0), table.facts.get("look_seconds")
    if not looks or seconds is None:
        return ""
    pruned = sum(row["status"] == "pruned" for row in table.rows)
    full = [row["seconds"] for row in table.done if row.get("seconds") is not None]
    saved = pruned * max(0.0, fmean(full) - seconds / looks) if full else 0.0
    won = f"; in full they would have taken about {long(saved)} more" if pruned and full else ""
    return f"{looks:,} cheap look{'s' if looks != 1 else ''} took {long(seconds)}; {pruned:,} pruned{won}"


def miss_words(table: SweepTable, points: Sequence[tuple[int, Mapping[str, Any]]], told: Told) -> str:
    """Where no point keeps the limits: the bound missed most often, and the point nearest to all of them; `points`: number, means."""
    bounds = [(limit, side) for limit in table.limits for side in ("at_most", "at_least") if limit.get(side) is not None]
    missed: Counter[int] = Counter()
    near: list[tuple[float, int, Mapping[str, Any]]] = []
    for point, means in points:
        over = excesses([dict(means)], table.limits)
        missed.update(place for place, share in enumerate(over) if share is None or share > 0)
        if None not in over:
            near.append((sum(max(0.0, share or 0.0) for share in over), point, means))
    if not missed:
        return ""
    place, count = missed.most_common(1)[0]
    sentence = f"missed most often: {_bound(table, *bounds[place], told)} ({count:,} of {len(points):,} points)"
    if not near:
        return sentence
    _, point, means = min(near, key=lambda item: item[:2])
    columns = dict.fromkeys(str(limit["column"]) for limit in table.limits)
    values = ", ".join(f"{name} {told(table.column(name), means[name])}" for name in columns)
    return f"{sentence}; nearest: point {point}, with {values}"


def _bound(table: SweepTable, limit: Row, side: str, told: Told) -> str:
    name = str(limit["column"])
    return f"{name} {side.replace('_', ' ')} {told(table.column(name), limit[side])}"
