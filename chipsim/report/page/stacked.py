"""Stacked bars: energy by layer and part, energy and area of several runs or points by part; plain bars of one run."""

from __future__ import annotations

from collections.abc import Sequence

from chipsim.report.breakdown import Share, area_by_part, energy_by_layer, energy_by_part
from chipsim.report.charts import shortened
from chipsim.report.page.chart import Chart, Layout, Trace, axis, lines, names_axis, safe, tipped
from chipsim.report.palette import CATEGORIES, REST, places_of, shade
from chipsim.report.stacks import OTHERS, Amounts, amount_of, fewer, largest
from chipsim.report.svg import scaled
from chipsim.report.wording import percent
from chipsim.result import Result
from chipsim.units import show

_LAYERS = 24  # bars of layers
_SHARES = 14  # bars of parts
_ROOM = 1.22  # of the longest bar: for the words at its end


def amounts(shares: Sequence[Share]) -> dict[str, float]:
    """Amounts by part."""
    return {share.name: share.amount for share in shares}


def stacked(rows: Sequence[tuple[str, Amounts]], symbol: str, parts: Sequence[str], top: float) -> tuple[list[Trace], float]:
    """A trace for each part, and one for the sums; and the end of the axis, in the unit of `scaled(top)`."""
    factor, _ = scaled(top, symbol)
    places = list(range(len(rows)))
    data: list[Trace] = []
    spots = places_of([part for part in parts if part != OTHERS])
    for part in parts:
        found = [amount_of(held, part, parts) for _, held in rows]
        told = zip(rows, found, strict=True)
        tips = [lines([name, f"{part}: {show(amount, symbol)}", _of(amount, held)]) for (name, held), amount in told]
        colour = shade(spots[part]) if part in spots else REST
        data.append(_bars(safe(part), [amount * factor for amount in found], places, colour, tips))
    sums = [sum(held.values()) for _, held in rows]
    data.append(_words([value * factor for value in sums], places, [show(value, symbol) for value in sums]))
    return data, _ROOM * top * factor


def _of(amount: float, held: Amounts) -> str:
    whole = sum(held.values())
    return f"{percent(amount / whole if whole else 0.0)} of the bar"


def _bars(name: str, lengths: list[float], places: list[int], colour: str, tips: list[str]) -> Trace:
    look = {"color": colour, "line": {"color": "#ffffff", "width": 0.6}}
    base: Trace = {"type": "bar", "orientation": "h", "name": name, "x": lengths, "y": places, "marker": look, "width": 0.7}
    return base | tipped(tips)


def _words(ends: list[float], places: list[int], words: list[str]) -> Trace:
    base: Trace = {"type": "scatter", "mode": "text", "x": ends, "y": places, "text": [f" {safe(word)}" for word in words]}
    look = {"textposition": "middle right", "textfont": {"size": 11}, "cliponaxis": False}
    return base | look | {"hoverinfo": "skip", "showlegend": False}


def stack_chart(
    name: str, title: str, rows: Sequence[tuple[str, Amounts]], symbol: str, words: str, parts: Sequence[str], top: float, note: str = ""
) -> Chart:
    """Rows as bars stacked by part; `top` (SI) is the longest bar of this chart and of those it is held against."""
    data, reach = stacked(rows, symbol, parts, top)
    unit = scaled(top, symbol)[1]
    layout = {"barmode": "stack", "xaxis": axis(f"{words} ({unit})", {"range": [0, reach or 1.0]})}
    layout |= {"yaxis": names_axis([shortened(row, 34) for row, _ in rows])}
    return Chart(name, title, note, data, layout, 165 + 26 * max(len(rows), 2))


def layers_chart(result: Result, parts: Sequence[str], top: float) -> Chart:
    """Energy per inference of every layer, stacked by part."""
    rows = list(fewer(energy_by_layer(result), _LAYERS).items())
    return stack_chart("layers", "Energy by layer and part", rows, "J", "energy per inference", parts, top)


def layer_parts(results: Sequence[Result]) -> tuple[list[str], float]:
    """Parts of energy with a colour of their own over all runs, and the largest energy of a layer (J)."""
    found = [row for result in results for row in energy_by_layer(result).items()]
    return largest(found), max((sum(held.values()) for _, held in found), default=0.0)


def shares_chart(name: str, title: str, shares: Sequence[Share], symbol: str, words: str, top: float) -> Chart:
    """One bar for each part, the largest on top, with its share."""
    shown = list(shares[:_SHARES])
    factor, unit = scaled(top, symbol)
    places, lengths = list(range(len(shown))), [share.amount * factor for share in shown]
    tips = [lines([share.name, show(share.amount, symbol), percent(share.share)]) for share in shown]
    data = [_bars(words, lengths, places, CATEGORIES[0], tips), _words(lengths, places, [percent(share.share) for share in shown])]
    rest = f"The {_SHARES} largest of {len(shares)} parts." if len(shares) > _SHARES else ""
    layout: Layout = {"xaxis": axis(f"{words} ({unit})", {"range": [0, _ROOM * top * factor or 1.0]}), "showlegend": False}
    layout["yaxis"] = names_axis([shortened(share.name, 26) for share in shown])
    return Chart(name, title, rest, data, layout, 90 + 24 * max(len(shown), 3))


def energy_chart(result: Result, top: float) -> Chart:
    """Energy per inference by part."""
    return shares_chart("energy", "Energy by part", energy_by_part(result), "J", "energy per inference", top)


def area_chart(result: Result, top: float) -> Chart:
    """Area by part."""
    return shares_chart("area", "Area by part", area_by_part(result), "m2", "area", top)


def side_by_side(named: Sequence[tuple[str, Result]], what: str) -> tuple[Chart, Chart]:
    """Energy and area of several runs, each a bar stacked by part; `what` says what the bars are."""
    energies = [(name, amounts(energy_by_part(result))) for name, result in named]
    areas = [(name, amounts(area_by_part(result))) for name, result in named]
    tops = [max((sum(held.values()) for _, held in rows), default=0.0) for rows in (energies, areas)]
    note = "The length of a bar is the whole; colours are parts, the largest first."
    return (
        stack_chart("energies", f"Energy of {what}", energies, "J", "energy per inference", largest(energies), tops[0], note),
        stack_chart("areas", f"Area of {what}", areas, "m2", "area", largest(areas), tops[1], note),
    )
