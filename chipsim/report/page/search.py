"""How a sweep or search went: importance of every axis for every objective, hypervolume against evaluations."""

from __future__ import annotations

from chipsim.report.charts import shortened
from chipsim.report.page.chart import Chart, Layout, Trace, axis, lines, names_axis, safe, tipped
from chipsim.report.palette import CATEGORIES, category
from chipsim.report.sweep_columns import called_of
from chipsim.report.wording import number, percent
from chipsim.sweep.table import SweepTable

_AXES = 20
_ESTIMATED = (
    "What tells the best quarter of the points from the others, axis by axis: an estimate (PED-ANOVA), no share of the variance; "
    "an axis without influence may show some percent."
)
_MARKED = 60  # most points of a curve with a mark each


def importance_chart(table: SweepTable) -> Chart | None:
    """Bars of shares: for each axis one of every objective; None where nothing is known."""
    if not table.importance:
        return None
    sums: dict[str, float] = {}
    for row in table.importance:
        sums[str(row["axis"])] = sums.get(str(row["axis"]), 0.0) + row["share"]
    axes = sorted(sums, key=lambda name: (-round(sums[name], 9), name))[:_AXES]
    goals = list(dict.fromkeys(str(row["objective"]) for row in table.importance))
    data = []
    for index, goal in enumerate(goals):
        shares = {str(row["axis"]): row["share"] for row in table.importance if row["objective"] == goal}
        found = [shares.get(name, 0.0) for name in axes]
        tips = [lines([called_of(goal), f"{name}: {percent(share)}"]) for name, share in zip(axes, found, strict=True)]
        bars: Trace = {"type": "bar", "orientation": "h", "x": [100 * share for share in found], "y": list(range(len(axes)))}
        data.append(bars | {"name": safe(called_of(goal)), "marker": {"color": category(index)}} | tipped(tips))
    estimated = any(row.get("method") == "ped-anova" for row in table.importance)
    title = "share of what tells the best quarter from the rest (%)" if estimated else "share of the variance (%)"
    layout: Layout = {"xaxis": axis(title, {"rangemode": "tozero"})}
    layout |= {"barmode": "group", "showlegend": True}
    layout["yaxis"] = names_axis([shortened(called_of(name), 26) for name in axes])
    note = _ESTIMATED if estimated else "How much of the variance of an objective over all points of the grid goes with an axis."
    return Chart("importance", "Importance of the axes", note, data, layout, 150 + (14 * len(goals) + 14) * len(axes))


def hypervolume_chart(table: SweepTable) -> Chart | None:
    """What the front encloses, against how many points were answered; None where nothing is known."""
    rows = table.hypervolume
    if len(rows) < 2:
        return None
    share = all("share" in row for row in rows)  # of the box between the reference and the best of every objective
    found = [100 * row["share"] if share else row["value"] for row in rows]
    unit, words = (" %", " (% of the box of the objectives)") if share else ("", "")
    tips = [lines([f"{row['evaluations']:,} points", f"{number(value, 4)}{unit}"]) for row, value in zip(rows, found, strict=True)]
    mode = "lines+markers" if len(rows) <= _MARKED else "lines"
    curve: Trace = {"type": "scatter", "mode": mode, "line": {"color": CATEGORIES[0], "shape": "hv"}}
    curve |= {"x": [row["evaluations"] for row in rows], "y": found} | tipped(tips)
    layout = {"xaxis": axis("points answered"), "yaxis": axis(f"hypervolume{words}", {"rangemode": "tozero"}), "showlegend": False}
    return Chart("hypervolume", "Hypervolume", "What the front encloses; it rises as better points are found.", [curve], layout, 320)
