"""What every tile does while the first samples pass; lines and bars are those of the picture (`report/gantt.py`)."""

from __future__ import annotations

from chipsim.report.gantt import Bar, Lines, chosen
from chipsim.report.page.chart import Chart, Trace, axis, lines, names_axis, safe, tipped
from chipsim.report.palette import REST, shade
from chipsim.report.svg import scaled
from chipsim.result import Result
from chipsim.units import show

_COLOURED = 16  # layers with a colour of their own
_MOST = 3000  # bars


def gantt_chart(result: Result) -> Chart | None:
    """Bars of work by layer; None where the run recorded no spans."""
    if not result.spans:
        return None
    found, note, end = chosen(result)
    factor, unit = scaled(end, "s")
    layers = list(dict.fromkeys(bar.layer for bars in found.values() for bar in bars))
    data, left = _traces(found, layers, factor)
    across = axis(f"simulated time ({unit})", {"range": [0, end * factor]})
    layout = {"xaxis": across, "yaxis": names_axis(list(found)), "barmode": "overlay", "bargap": 0}
    words = f"Drawn: {note.replace(chr(10), ' ')}. Drag to enlarge, double-click for all."
    words += f" {left:,} bars are left out." if left else ""
    return Chart("gantt", "Gantt chart of tiles", words, data, layout, 130 + 20 * max(len(found), 4))


def _traces(found: Lines, layers: list[str], factor: float) -> tuple[list[Trace], int]:
    """A trace for each layer, and how many bars are left out."""
    bars = [(row, name, bar) for row, (name, own) in enumerate(found.items()) for bar in own]
    bars.sort(key=lambda mark: mark[2].start)
    kept = bars[:_MOST]
    chosen_of = {layer: [mark for mark in kept if mark[2].layer == layer] for layer in layers}
    return [_trace(layer, chosen_of[layer], index, factor) for index, layer in enumerate(layers)], len(bars) - len(kept)


def _trace(layer: str, marks: list[tuple[int, str, Bar]], index: int, factor: float) -> Trace:
    look = {"color": shade(index) if index < _COLOURED else REST, "opacity": [0.5 if bar.sample % 2 else 1.0 for _, _, bar in marks]}
    tips = [lines([f"{name}: {bar.layer}, sample {bar.sample}", _when(bar)]) for _, name, bar in marks]
    times = {"base": [_short(bar.start * factor) for *_, bar in marks]}
    times["x"] = [_short((bar.end - bar.start) * factor) for *_, bar in marks]
    base: Trace = {"type": "bar", "orientation": "h", "name": safe(layer), "marker": look | {"line": {"width": 0}}, "width": 0.76}
    return base | times | {"y": [row for row, *_ in marks]} | tipped(tips)


def _short(value: float) -> float:
    return float(f"{value:.7g}")


def _when(bar: Bar) -> str:
    return f"{show(bar.start, 's', 4)} to {show(bar.end, 's', 4)} ({show(bar.end - bar.start, 's')})"
