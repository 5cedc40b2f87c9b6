"""Roofline: what this chip and its comparators reach with this network, under the roofs of their ratings."""

from __future__ import annotations

import math

from chipsim.report.page.chart import Chart, Trace, axis, lines, safe, tipped
from chipsim.report.roofline import Frame, colours_of, intensity, roof
from chipsim.result import Result, Row
from chipsim.units import show

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def roofline_chart(result: Result) -> Chart | None:
    """Rates against operations per byte; None where the run was not compared with anything."""
    rows = result.roofline
    if not rows:
        return None
    frame, colours = Frame.of(rows), colours_of(rows)
    data = [_roof(row, frame, colours[name], index) for index, (name, row) in enumerate({str(r["name"]): r for r in rows}.items())]
    data += [_point(row, colours[str(row["name"])]) for row in rows]
    across = {"type": "log", "range": [math.log10(frame.left), math.log10(frame.right)], "dtick": 1}
    up = {"type": "log", "range": [math.log10(frame.low), math.log10(frame.high)]}
    powers = [10.0**power for power in range(round(math.log10(frame.low)), round(math.log10(frame.high)) + 1)]
    up |= {"tickvals": powers, "ticktext": [show(power, "OP/s") for power in powers]}
    layout = {"xaxis": axis("operations per byte of off-chip traffic (OP/B)", across), "yaxis": axis("operations per second", up)}
    note = "Lines: roofs of the ratings. Diamond: this chip, steady state. Circles: others, batch of one; squares: larger batch."
    return Chart("roofline", "Roofline", note, data, layout, 400)


def _roof(row: Row, frame: Frame, colour: str, index: int) -> Trace:
    corners = roof(row, frame.left, frame.right, frame.low)
    look = {"color": colour, "width": 2, "dash": _DASHES[index % len(_DASHES)]}
    tip = lines([row["name"], f"peak {show(row['peak'], 'OP/s')}", f"{show(row['bandwidth'], 'b/s')} off chip"])
    base: Trace = {"type": "scatter", "mode": "lines", "name": safe(row["name"]), "line": look} | tipped(tip)
    return base | {"x": [x for x, _ in corners], "y": [y for _, y in corners]}


def _point(row: Row, colour: str) -> Trace:
    chip = row["kind"] == "chip"
    symbol = "diamond" if chip else "circle" if row["batch"] == 1 else "square"
    batch = "steady state" if chip else f"batch {row['batch']}"
    tip = lines([row["name"], batch, f"{show(row['reached'], 'OP/s')} at {intensity(row):.3g} OP/B", f"of {show(row['peak'], 'OP/s')}"])
    look = {"color": colour, "size": 13 if chip else 9, "symbol": symbol, "line": {"color": "#ffffff", "width": 1}}
    base: Trace = {"type": "scatter", "mode": "markers", "x": [intensity(row)], "y": [row["reached"]], "marker": look}
    return base | tipped(tip) | {"name": safe(row["name"]), "showlegend": False}
