"""Gantt chart of the timed run for a paper: what tiles, neuron circuits and vector units do while the first samples pass.

A line stands for the arrays of a tile, for its neuron circuits, or for its vector unit; spans of one layer and sample that touch are drawn as
one. Where layers share a line and overlap, each has its part of the height. Every second sample is pale.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chipsim.report.figure import WIDTH, hatch, literal, outside, save_drawing
from chipsim.report.palette import REST, shade
from chipsim.report.svg import scaled
from chipsim.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = 24  # most lines drawn
SAMPLES = 3  # most samples drawn to their end
_KEYS = 16  # layers with a colour of their own
_TRACK = re.compile(r"(?P<place>\w+)\[(?P<number>\d+)\]\.(?:.*\.)?(?P<kind>[a-z]+)")
_KINDS = {"block": "arrays", "neuron": "neurons", "vector": "vector unit", "cell": "cells of a state"}
_GAP = 0.002  # of the window: shorter gaps cannot be seen


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
            _draw_line(axes, row, bars, layers, factor)
        axes.set_yticks(range(len(lines)), [literal(name, 22) for name in lines], fontsize=7 if len(lines) <= 14 else 6)
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlim(0, end * factor)
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.4)
        axes.set_axisbelow(True)
        axes.set_xlabel(f"simulated time ({unit}){note}", fontsize=7 if note else 8)
        figure.legend(handles=_keys(layers), **(outside(columns) | {"handleheight": 1.1}))

    height = 0.75 + 0.15 * -(-min(len(layers), _KEYS + 1) // columns) + max(0.125 * len(lines), 0.6)
    return save_drawing(draw, path, WIDTH, height)


def chosen(result: Result) -> tuple[Lines, str, float]:
    """The lines drawn, a note on what is left out, the end of the time axis (s)."""
    samples = sorted({span["sample"] for span in result.spans})[:SAMPLES]
    spans = [span for span in result.spans if not str(span["track"]).startswith("host.")] or result.spans
    end = max(span["end"] for span in spans if span["sample"] in samples)
    found: dict[str, list[Row]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span["start"]):
        if span["start"] < end:
            found[line_of(str(span["track"]))].append(span)
    busy = {name: sum(span["end"] - span["start"] for span in kept) for name, kept in found.items()}
    kept = set(sorted(busy, key=lambda name: -busy[name])[:LINES])
    note = f";\nthe {LINES} busiest of {len(found)} lines" if len(found) > LINES else ""
    return {name: _merged(rows, _GAP * end) for name, rows in found.items() if name in kept}, note, end


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


def _draw_line(axes: Axes, row: int, bars: list[Bar], layers: list[str], factor: float) -> None:
    own = sorted({bar.layer for bar in bars}, key=layers.index)
    parts = own if _overlap(bars) else []
    height = 0.76 / max(len(parts), 1)
    for bar in bars:
        top = row - 0.38 + (parts.index(bar.layer) * height if parts else 0.0)
        look = _look(layers.index(bar.layer))
        pale = 0.5 if bar.sample % 2 else 1.0
        axes.broken_barh([(bar.start * factor, (bar.end - bar.start) * factor)], (top, height), linewidth=0.2, alpha=pale, **look)


def _overlap(bars: list[Bar]) -> bool:
    """Whether two layers are ever busy at the same time."""
    last: dict[str, float] = {}
    for bar in bars:
        if any(end > bar.start + 1e-15 for layer, end in last.items() if layer != bar.layer):
            return True
        last[bar.layer] = max(bar.end, last.get(bar.layer, 0.0))
    return False


def _look(index: int) -> dict[str, Any]:
    return {"facecolor": shade(index) if index < _KEYS else REST, "hatch": hatch(index) if index < _KEYS else "", "edgecolor": "white"}


def _keys(layers: list[str]) -> list[Any]:
    from matplotlib.patches import Patch

    keys = [Patch(label=literal(layer, 14), **_look(index)) for index, layer in enumerate(layers[:_KEYS])]
    return [*keys, Patch(label=f"{len(layers) - _KEYS} others", **_look(_KEYS))] if len(layers) > _KEYS else keys
