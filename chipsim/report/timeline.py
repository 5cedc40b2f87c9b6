"""The timed run as SVG: one lane for every stage, one bar for every span, coloured by sample.

The lanes are an SVG of their own whose view box the page's script narrows to zoom; without the script the whole run is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from markupsafe import Markup

from chipsim.report.charts import shortened
from chipsim.report.palette import category
from chipsim.report.svg import box, drawing, element, legend, line, scaled, text, ticks
from chipsim.report.trace import tracks_of
from chipsim.result import Result, Row
from chipsim.units import show

SPANS = 6000  # most spans drawn, so that the page stays small
LANES = 100  # most lanes drawn
_KEYS = 12  # most samples named above the lanes
_WIDTH, _LEFT, _PITCH, _THICK = 1300.0, 150.0, 18.0, 13.0
_REACH = _WIDTH - _LEFT - 20


@final
@dataclass(frozen=True)
class Frame:
    """The time axis: first and last moment drawn (s), factor and unit of its numbers."""

    start: float
    end: float
    factor: float
    unit: str

    @classmethod
    def of(cls, lanes: dict[str, list[Row]]) -> Frame:
        """The axis that holds all spans of `lanes`."""
        start = min(span["start"] for spans in lanes.values() for span in spans)
        end = max(span["end"] for spans in lanes.values() for span in spans)
        return cls(start, end, *scaled(end, "s"))

    def x(self, time: float) -> float:
        """Pixels right of the lanes' left end."""
        return (time - self.start) / ((self.end - self.start) or 1.0) * _REACH


def timeline(result: Result) -> tuple[Markup, str]:
    """The drawing and what a reader should know of it: what is left out, if anything; CheckError when spans overlap."""
    tracks = tracks_of(result)
    if not tracks:
        return Markup(""), "The run recorded no spans."
    lanes, note = chosen(tracks)
    frame = Frame.of(lanes)
    samples = sorted({span["sample"] for spans in lanes.values() for span in spans})
    colours = {sample: category(index) for index, sample in enumerate(samples)}
    keys, top = legend(_LEFT, 12, [(f"sample {sample}", colours[sample]) for sample in samples[:_KEYS]], _REACH)
    base = top + len(lanes) * _PITCH
    parts = [keys, *_names(lanes, top), _lanes(lanes, frame, colours, top), _marks(frame, base)]
    parts.append(text(_LEFT + _REACH / 2, base + 34, f"simulated time ({frame.unit})", "axis", "middle"))
    return drawing(_WIDTH, base + 42, "timeline of all stages", parts), note


def _names(lanes: dict[str, list[Row]], top: float) -> list[Markup]:
    rules = [line(_LEFT, top + row * _PITCH, _LEFT + _REACH, top + row * _PITCH, "grid") for row in range(len(lanes) + 1)]
    middles = [top + (row + 0.5) * _PITCH + 4 for row in range(len(lanes))]
    return [*rules, *(text(_LEFT - 8, y, shortened(name, 22), "label", "end") for name, y in zip(lanes, middles, strict=True))]


def _lanes(lanes: dict[str, list[Row]], frame: Frame, colours: dict[int, str], top: float) -> Markup:
    height = len(lanes) * _PITCH
    inner: dict[str, object] = {"class": "lanes", "x": _LEFT, "y": top, "width": _REACH, "height": height}
    inner |= {"viewBox": f"0 0 {_REACH:g} {height:g}", "preserveAspectRatio": "none"}
    spans = ((row, span) for row, found in enumerate(lanes.values()) for span in found)
    return element("svg", inner, [_span(span, row, frame, colours[span["sample"]]) for row, span in spans])


def _span(span: Row, row: int, frame: Frame, colour: str) -> Markup:
    when = f"{show(span['start'], 's', 6)} to {show(span['end'], 's', 6)} ({show(span['end'] - span['start'], 's')})"
    tip = f"{span['name']} on {span['track']}, sample {span['sample']}: {when}"
    x, end = frame.x(span["start"]), frame.x(span["end"])
    return box(x, row * _PITCH + (_PITCH - _THICK) / 2, max(end - x, 0.02), _THICK, colour, tip)


def _marks(frame: Frame, base: float) -> Markup:
    """The numbers of the axis; the script reads the axis from the attributes and writes others when it zooms."""
    start, end = frame.start * frame.factor, frame.end * frame.factor
    attributes: dict[str, object] = {"class": "marks", "data-start": repr(start), "data-end": repr(end)}
    attributes |= {"data-left": _LEFT, "data-reach": _REACH, "data-base": base}
    places = ((mark, _LEFT + frame.x(mark / frame.factor)) for mark in ticks(start, end, 10))
    return element("g", attributes, [text(x, base + 16, f"{mark:g}", "tick", "middle") for mark, x in places])


def chosen(tracks: dict[str, list[Row]]) -> tuple[dict[str, list[Row]], str]:
    """The busiest lanes, and of these the earliest spans, that a page can hold; a sentence when something is left out."""
    busy = {track: sum(span["end"] - span["start"] for span in spans) for track, spans in tracks.items()}
    kept = set(sorted(busy, key=lambda track: -busy[track])[:LANES])
    note = f"The {LANES} busiest of {len(tracks)} stages are drawn. " if len(tracks) > LANES else ""
    spans = sorted((span for track in kept for span in tracks[track]), key=lambda span: span["start"])
    if len(spans) > SPANS:
        note += f"Of their {len(spans):,} spans the first {SPANS:,} are drawn. "
    drawn = {id(span) for span in spans[:SPANS]}
    lanes = {track: [span for span in found if id(span) in drawn] for track, found in tracks.items()}
    return {track: found for track, found in lanes.items() if found}, f"{note}All are in trace.json.gz." if note else ""
