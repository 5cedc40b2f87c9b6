"""Bar charts of a Result as SVG: energy and area by part, energy and load by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from markupsafe import Markup

from chipsim.report.breakdown import Share, energy_by_layer, energy_by_part
from chipsim.report.palette import CATEGORIES, REST, places_of, shade
from chipsim.report.svg import box, drawing, legend, line, scaled, text, ticks
from chipsim.report.wording import percent, plain
from chipsim.result import Result
from chipsim.units import show

WIDTH = 640.0
_LEFT, _RIGHT, _PITCH, _THICK = 130.0, 96.0, 26.0, 16.0
_LONGEST = 18  # letters of a label left of a bar

Segment = tuple[float, str, str]  # amount, colour, tip


@final
@dataclass(frozen=True)
class Bar:
    """One bar: its label, its segments from left to right, the words at its end."""

    label: str
    segments: tuple[Segment, ...]
    note: str

    @property
    def length(self) -> float:
        """Sum of the segments."""
        return sum(amount for amount, _, _ in self.segments)


def bars(rows: Sequence[Bar], symbol: str, axis: str, label: str, keys: Sequence[tuple[str, str]] = ()) -> Markup:
    """Horizontal bars on an axis named `axis` in the unit `symbol` (SI numbers; '' and `fraction` have their own words)."""
    if not rows:
        return drawing(WIDTH, 24, label, [text(0, 16, "Nothing to show.", "tick")])
    top = max(row.length for row in rows) or 1.0
    factor, unit = (100.0, "%") if symbol == "fraction" else scaled(top, symbol)
    top = max(top, 1.0) if symbol == "fraction" else top
    key_drawing, key_height = legend(_LEFT, 14, keys, WIDTH - _LEFT) if keys else (Markup(""), 0.0)
    reach, base = WIDTH - _LEFT - _RIGHT, key_height + len(rows) * _PITCH
    parts = [key_drawing]
    for mark in ticks(0, top * factor):
        x = _LEFT + mark / (top * factor) * reach
        parts += [line(x, key_height, x, base, "grid"), text(x, base + 16, f"{mark:g}", "tick", "middle")]
    for index, row in enumerate(rows):
        parts.append(_bar(row, key_height + index * _PITCH, reach / top))
    parts.append(text(_LEFT + reach / 2, base + 34, f"{axis} ({unit})", "axis", "middle"))
    return drawing(WIDTH, base + 42, label, parts)


def _bar(row: Bar, y: float, scale: float) -> Markup:
    middle, x = y + _PITCH / 2, _LEFT
    parts = [text(_LEFT - 8, middle + 4, shortened(row.label), "label", "end")]
    for amount, colour, tip in row.segments:
        parts.append(box(x, middle - _THICK / 2, amount * scale, _THICK, colour, tip))
        x += amount * scale
    parts.append(text(x + 6, middle + 4, row.note, "tick"))
    return Markup("").join(parts)


def shortened(label: str, longest: int = _LONGEST) -> str:
    """A label that fits its place; the whole of it is in the tip."""
    words = plain(label)
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def breakdown(shares: Sequence[Share], symbol: str, axis: str) -> Markup:
    """Bars of a breakdown, largest first."""
    rows = [
        Bar(s.name, ((s.amount, CATEGORIES[0], f"{s.name}: {show(s.amount, symbol)}, {percent(s.share)}"),), percent(s.share))
        for s in shares
    ]
    return bars(rows, symbol, axis, f"{axis} by part")


def energy_of_layers(result: Result) -> Markup:
    """Energy of every layer, stacked by part; parts beyond the seventh are drawn together."""
    parts = [share.name for share in energy_by_part(result)]
    shown, other = parts[:7], parts[7:]
    colours = {part: shade(place) for part, place in places_of(shown).items()}
    rows = []
    for layer, found in energy_by_layer(result).items():
        segments = [(found[part], colours[part], _energy_tip(layer, part, found[part])) for part in shown if part in found]
        rest = sum(found.get(part, 0.0) for part in other)
        if rest:
            segments.append((rest, REST, _energy_tip(layer, "other parts", rest)))
        rows.append(Bar(layer, tuple(segments), show(sum(found.values()), "J")))
    keys = [*colours.items(), *([("other parts", REST)] if other else [])]
    return bars(rows, "J", "energy per inference", "energy per inference by layer and part", keys)


def _energy_tip(layer: str, part: str, energy: float) -> str:
    return f"{layer}, {part}: {show(energy, 'J')}"


def load_of_layers(result: Result) -> Markup:
    """Utilisation of every layer's busiest stage in steady state; the bottleneck's layer in its own colour."""
    slowest = result.bottleneck.get("layer")
    rows = []
    for row in result.layers:
        used = row.get("utilisation") or 0.0
        colour = CATEGORIES[3] if row["layer"] == slowest else CATEGORIES[0]
        tip = f"{row['layer']}: {percent(used)} busy, {show(row.get('busy') or 0.0, 's')} per sample"
        rows.append(Bar(str(row["layer"]), ((used, colour, tip),), percent(used)))
    keys = [("bottleneck", CATEGORIES[3]), ("other layers", CATEGORIES[0])] if slowest else []
    return bars(rows, "fraction", "busy share of the interval, busiest stage", "load of every layer", keys)
