"""How busy every layer's busiest stage is in steady state; the bottleneck's layer in a colour of its own."""

from __future__ import annotations

from chipsim.report.charts import shortened
from chipsim.report.page.chart import Chart, axis, lines, names_axis, safe, tipped
from chipsim.report.palette import CATEGORIES
from chipsim.report.wording import percent
from chipsim.result import Result, Row
from chipsim.units import show

_LAYERS = 40


def load_chart(result: Result) -> Chart | None:
    """Bars of all layers; None where there are none."""
    rows = result.layers[:_LAYERS]
    if not rows:
        return None
    slowest = result.bottleneck.get("layer")
    used = [row.get("utilisation") or 0.0 for row in rows]
    tips = [_words(row, share) for row, share in zip(rows, used, strict=True)]
    colours = [CATEGORIES[3] if row["layer"] == slowest else CATEGORIES[0] for row in rows]
    places = list(range(len(rows)))
    words = {"text": [percent(u) for u in used], "textposition": "outside", "cliponaxis": False}
    bars = {"type": "bar", "orientation": "h", "x": [100 * u for u in used], "y": places, "marker": {"color": colours}, "width": 0.7}
    layout = {"xaxis": axis("busy share of the interval (%)", {"range": [0, 112]}), "showlegend": False}
    layout |= {"yaxis": names_axis([shortened(str(row["layer"]), 22) for row in rows])}
    note = f"{safe(slowest)} bounds the rate." if slowest else ""
    cut = f" The first {_LAYERS} of {len(result.layers)} layers." if len(result.layers) > _LAYERS else ""
    data = [bars | words | tipped(tips)]
    return Chart("load", "Load of every layer", (note + cut).strip(), data, layout, 90 + 24 * max(len(rows), 3))


def _words(row: Row, used: float) -> str:
    return lines([row["layer"], f"{percent(used)} busy", f"{show(row.get('busy') or 0.0, 's')} per sample"])
