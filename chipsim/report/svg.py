"""Pieces of SVG drawings; every text and attribute is escaped here, so nothing that a user named can become markup."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from chipsim.report.palette import ink
from chipsim.report.wording import plain

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))


def element(name: str, attributes: Mapping[str, object], children: Iterable[Markup] = ()) -> Markup:
    """One element; numbers are written with two decimals, which is a hundredth of a pixel."""
    given = "".join(f' {key}="{escape(_attribute(value))}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{''.join(children)}</{name}>")


def text(x: float, y: float, content: object, kind: str = "", anchor: str = "start") -> Markup:
    """A line of text at (x, y); `kind` is its CSS class, by which the page's style sheet sets size and colour."""
    attributes: dict[str, object] = {"x": x, "y": y, "text-anchor": anchor}
    return element("text", attributes | ({"class": kind} if kind else {}), [escape(plain(content))])


def line(x0: float, y0: float, x1: float, y1: float, kind: str) -> Markup:
    """A straight line of CSS class `kind`."""
    return element("line", {"x1": x0, "y1": y0, "x2": x1, "y2": y1, "class": kind})


def box(x: float, y: float, width: float, height: float, fill: str, tip: str = "") -> Markup:
    """A filled rectangle; `tip` is shown when the pointer rests on it."""
    attributes: dict[str, object] = {"x": x, "y": y, "width": max(width, 0.0), "height": height, "fill": fill}
    return element("rect", attributes | ({"data-tip": tip} if tip else {}))


def drawing(width: float, height: float, label: str, children: Iterable[Markup]) -> Markup:
    """A whole drawing that shrinks with the page; `label` is what a screen reader says."""
    size: dict[str, object] = {"viewBox": f"0 0 {width:g} {height:g}", "width": width, "role": "img", "aria-label": label}
    return element("svg", size, children)


def standalone(drawn: Markup) -> str:
    """A drawing as a file of its own, with the styles that a page would give it."""
    style = (
        "<style>text { font: 12px sans-serif; fill: #1c2530; } .tick, .axis { fill: #5b6673; } text.small { font-size: 10.5px; } "
        "text.black { fill: #000; } text.white { fill: #fff; }</style>"
    )
    start, rest = str(drawn).split(">", 1)
    return f'{start} xmlns="http://www.w3.org/2000/svg">{style}{rest}\n'


def legend(x: float, y: float, entries: Iterable[tuple[str, str]], width: float) -> tuple[Markup, float]:
    """Colour keys (name, colour) in lines that fit `width`; returns the drawing and the height it took."""
    parts, left, top = [], x, y
    for name, colour in entries:
        needed = 26 + 6.6 * len(plain(name))
        if left > x and left + needed > x + width:
            left, top = x, top + 18
        parts += [box(left, top - 9, 11, 11, colour), text(left + 16, top, name)]
        left += needed
    return Markup("").join(parts), top - y + 18


def colour_bar(x: float, y: float, colours: Iterable[str], low: str, high: str, label: str) -> Markup:
    """A scale of colours from `low` to `high`, 120 wide."""
    steps = list(colours)
    width = 120 / len(steps)
    cells = [box(x + index * width, y, width + 0.5, 10, colour) for index, colour in enumerate(steps)]
    return Markup("").join(
        [text(x, y - 6, label), *cells, text(x, y + 22, low, "tick"), text(x + 120, y + 22, high, "tick", "end")]
    )


def label_on(x: float, y: float, content: str, colour: str) -> Markup:
    """A small centred label that can be read on `colour`."""
    return text(x, y, content, f"small {ink(colour)}", "middle")


def scaled(largest: float, symbol: str) -> tuple[float, str]:
    """Factor and unit that bring numbers up to `largest` (SI) between 1 and 1000; areas in mm2 or um2."""
    if symbol == "m2":
        return (1e6, "mm2") if largest >= 1e-8 else (1e12, "um2")
    size, prefix = next((entry for entry in _PREFIXES if largest >= entry[0] * 0.9999), _PREFIXES[-1])
    return (1 / size, f"{prefix}{symbol}") if largest > 0 else (1.0, symbol)


def ticks(low: float, high: float, count: int = 6) -> list[float]:
    """About `count` round numbers (1, 2 or 5 times a power of ten) from `low` to `high`."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _attribute(value: object) -> str:
    if isinstance(value, float):
        shown = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if shown == "-0" else shown
    return str(value)
