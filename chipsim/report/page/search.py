"""How a sweep or search went: importance of every axis for every objective, hypervolume against evaluations."""

from __future__ import annotations

from chipsim.report.charts import shortened
from chipsim.report.page.chart import Chart, axis, lines, names_axis, safe
from chipsim.report.palette import CATEGORIES, category
from chipsim.report.sweep_columns import called_of
from chipsim.report.wording import number, percent
from chipsim.sweep.table import SweepTable

_AXES = 20


def importance_chart(table: SweepTable) -> Chart | None:
    """Bars of shares: for each axis one of every objective; None where nothing is known."""
    if not table.importance:
        return None
    sums: dict[str, float] = {}
    for row in table.importance:
        sums[str(row["axis"])] = sums.get(str(row["axis"]), 0.0) + row["share"]
    axes = sorted(sums, key=lambda name: -sums[name])[:_AXES]
    goals = list(dict.fromkeys(str(row["objective"]) for row in table.importance))
    data = []
    for index, goal in enumerate(goals):
        shares = {str(row["axis"]): row["share"] for row in table.importance if row["objective"] == goal}
        found = [shares.get(name, 0.0) for name in axes]
        tips = [lines([called_of(goal), f"{name}: {percent(share)}"]) for name, share in zip(axes, found, strict=True)]
        bars = {"type": "bar", "orientation": "h", "name": safe(called_of(goal)), "x": [100 * share for share in found], "y": list(range(len(axes)))}
        data.append(bars | {"marker": {"color": category(index)}, "hovertext": tips, "hoverinfo": "text"})
    layout = {"xaxis": axis("share of the spread that it explains (%)", {"rangemode": "tozero"}), "yaxis": names_axis([shortened(a, 26) for a in axes])}
    note = "How much of the spread of an objective over all points goes with an axis."
    return Chart("importance", "Importance of the axes", note, data, layout | {"barmode": "group"}, 150 + (14 * len(goals) + 14) * len(axes))


def hypervolume_chart(table: SweepTable) -> Chart | None:
    """What the front encloses, against how many points were answered; None where nothing is known."""
    rows = table.hypervolume
    if len(rows) < 2:
        return None
    share = all("share" in row for row in rows)  # of the box between the reference and the best of every objective
    found = [100 * row["share"] if share else row["value"] for row in rows]
    tips = [lines([f"{row['evaluations']:,} points", f"{number(value, 4)}{' %' if share else ''}"]) for row, value in zip(rows, found, strict=True)]
    curve = {"type": "scatter", "mode": "lines+markers" if len(rows) <= 60 else "lines", "line": {"color": CATEGORIES[0], "shape": "hv"}}
    curve |= {"x": [row["evaluations"] for row in rows], "y": found, "hovertext": tips, "hoverinfo": "text"}
    layout = {"xaxis": axis("points answered"), "yaxis": axis(f"hypervolume{' (% of the box of the objectives)' if share else ''}", {"rangemode": "tozero"}), "showlegend": False}
    return Chart("hypervolume", "Hypervolume", "What the front encloses; it rises as better points are found.", [curve], layout, 320)
