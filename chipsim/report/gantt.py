"""Gantt chart of the timed run for a paper: what tiles, neuron circuits and vector units do while the first samples pass.

A line stands for the arrays of a tile, for its neuron circuits, or for its vector unit; where layers are busy on them at the same time,
each has a line of its own. Spans of one layer and sample that touch are drawn as one. Every second sample is pale.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chipsim.report.figure import WIDTH, hatch, literal, outside, rim, save_drawing
from chipsim.report.palette import REST, shade
from chipsim.report.svg import scaled
from chipsim.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = 24  # most lines drawn
_ORDER = ("first", "second", "third")
SAMPLES = len(_ORDER)  # most samples drawn to their end
_KEYS = 16  # layers with a colour of their own
_TRACK = re.compile(r"(?P<place>\w+)\[(?P<number>\d+)\]\.(?:.*\.)?(?P<kind>[a-z]+)")
_KINDS = {"block": "arrays", "neuron": "neurons", "vector": "vector unit", "cell": "state cells"}
_GAP = 0.002  # of the window: shorter gaps cannot be seen
_LEAST = 0.003  # of the window: shorter work is drawn as long as this


class Bar(NamedTuple):
    """Work of one layer for one sample on one line (s)."""

    layer: str
    sample: int
    start: float
    end: float


Lines = dict[str, list[Bar]]


def plot_gantt(result: Result, path: str | Path) -> Path:
    """The busiest lines over the first samples, in the order in which they begin."""
    lines, note, end = chosen(result)
    factor, unit = scaled(end, "s")
    layers = list(dict.fromkeys(bar.layer for bars in lines.values() for bar in bars))
    columns = 4 if max(map(len, layers)) <= 9 else 3

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        for row, bars in enumerate(lines.values()):
            _draw_line(axes, row, bars, layers, factor, end)
        axes.set_yticks(range(len(lines)), [literal(name, 22) for name in lines], fontsize=7 if len(lines) <= 14 else 6)
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlim(0, end * factor)
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.4)
        axes.set_axisbelow(True)
        axes.set_xlabel(f"simulated time ({unit})\n{note}", fontsize=7)
        figure.legend(handles=_keys(layers), **(outside(columns) | {"handleheight": 1.1}))

    height = 0.85 + 0.15 * -(-min(len(layers), _KEYS + 1) // columns) + max(0.125 * len(lines), 0.6)
    return save_drawing(draw, path, WIDTH, height)


def chosen(result: Result) -> tuple[Lines, str, float]:
    """The lines drawn, what a reader should know of them, the end of the time axis (s).

    Of many lines: the busiest of every layer, then the second busiest of every layer, and so on.
    """
    samples = sorted({span["sample"] for span in result.spans})[:SAMPLES]
    spans = [span for span in result.spans if not str(span["track"]).startswith("host.")] or result.spans
    end = max(span["end"] for span in spans if span["sample"] in samples)
    lines = _apart([span for span in spans if span["start"] < end])
    busy = {name: sum(min(span["end"], end) - span["start"] for span in rows) for name, rows in lines.items()}
    turns: dict[str, int] = defaultdict(int)
    order = []
    for name in sorted(lines, key=lambda name: -busy[name]):
        layer = str(lines[name][0]["name"])
        order.append((turns[layer], -busy[name], name))
        turns[layer] += 1
    kept = {name for _, _, name in sorted(order)[:LINES]}
    first = f"until the {_ORDER[len(samples) - 1]} sample is done" + (", every second pale" if _several(spans, end) else "")
    note = f"{first};\n{LINES} of {len(lines)} lines, the busiest of each layer" if len(lines) > LINES else first
    return {name: _merged(rows, _GAP * end) for name, rows in lines.items() if name in kept}, note, end


def _several(spans: list[Row], end: float) -> bool:
    """Whether more than one sample is seen: the next ones begin before the first is done."""
    return len({span["sample"] for span in spans if span["start"] < end}) > 1


def _apart(spans: list[Row]) -> dict[str, list[Row]]:
    """Spans by line, in the order in which lines begin; a line on which layers are busy at the same time becomes one for each layer."""
    together: dict[str, list[Row]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span["start"]):
        together[line_of(str(span["track"]))].append(span)
    found: dict[str, list[Row]] = defaultdict(list)
    for name, rows in together.items():
        apart = _overlap(rows)
        for span in rows:
            found[f"{name}, {span['name']}" if apart else name].append(span)
    return found


def line_of(track: str) -> str:
    """The line of a track such as `tile[3].conv1.copy0.neuron[0:6]`: `tile 3 neurons`."""
    match = _TRACK.match(track)
    if match is None:
        return track
    return f"{match['place']} {match['number']} {_KINDS.get(match['kind'], match['kind'])}"


def _merged(spans: list[Row], gap: float) -> list[Bar]:
    """Spans of one layer and sample joined where the time between them cannot be seen."""
    bars: dict[tuple[str, int], list[Bar]] = defaultdict(list)
    for span in spans:
        own = bars[str(span["name"]), span["sample"]]
        if own and span["start"] - own[-1].end <= gap:
            own[-1] = own[-1]._replace(end=max(own[-1].end, span["end"]))
        else:
            own.append(Bar(str(span["name"]), span["sample"], span["start"], span["end"]))
    return sorted((bar for own in bars.values() for bar in own), key=lambda bar: bar.start)


def _draw_line(axes: Axes, row: int, bars: list[Bar], layers: list[str], factor: float, end: float) -> None:
    for bar in bars:
        look, wide = _look(layers.index(bar.layer)), max(bar.end - bar.start, _LEAST * end)
        pale = 0.5 if bar.sample % 2 else 1.0
        axes.broken_barh([(bar.start * factor, wide * factor)], (row - 0.38, 0.76), linewidth=0, alpha=pale, **look)


def _overlap(spans: list[Row]) -> bool:
    """Whether two layers are ever busy at the same time."""
    last: dict[str, float] = {}
    for span in spans:
        if any(end > span["start"] + 1e-15 for layer, end in last.items() if layer != span["name"]):
            return True
        last[span["name"]] = max(span["end"], last.get(span["name"], 0.0))
    return False


def _look(index: int) -> dict[str, Any]:
    if index >= _KEYS:
        return {"facecolor": REST, "edgecolor": "white"}
    return {"facecolor": shade(index), "hatch": hatch(index), "edgecolor": rim(shade(index))}


def _keys(layers: list[str]) -> list[Any]:
    from matplotlib.patches import Patch

    keys = [Patch(label=literal(layer, 14), linewidth=0.3, **_look(index)) for index, layer in enumerate(layers[:_KEYS])]
    return [*keys, Patch(label=f"{len(layers) - _KEYS} others", **_look(_KEYS))] if len(layers) > _KEYS else keys
