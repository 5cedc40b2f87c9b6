"""One interactive chart as plain values for plotly.js; the only door to plotly. Every text of a user is escaped here (`safe`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from chipsim.errors import InputError
from chipsim.report.wording import plain

INK, SOFT, GRID = "#1c2530", "#4b5563", "#e3e7eb"
FONT = 'system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif'
_MISSING = 'an interactive page needs plotly: pip install "chipsim[report]"'

Trace = dict[str, Any]
Layout = dict[str, Any]


@final
@dataclass(frozen=True)
class Chart:
    """A chart: its name in the page, its heading, a sentence below it, what plotly draws, its height (pixels)."""

    name: str
    title: str
    note: str
    data: list[Trace]
    layout: Layout
    height: int = 340

    def plain(self) -> dict[str, Any]:
        """As it stands in the page, checked by plotly."""
        head = {"name": self.name, "title": self.title, "note": self.note, "height": self.height}
        return head | checked(self.data, LAYOUT | self.layout)


LAYOUT: Layout = {
    "font": {"family": FONT, "size": 12, "color": INK},
    "paper_bgcolor": "#ffffff",
    "plot_bgcolor": "#ffffff",
    "margin": {"l": 56, "r": 18, "t": 10, "b": 44},
    "hovermode": "closest",
    "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": SOFT, "font": {"color": INK, "size": 12}, "align": "left"},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "font": {"size": 11}}
    | {"traceorder": "normal"},
}


def safe(text: object) -> str:
    """A text that plotly prints as it is: it would take tags and entities in it as markup."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lines(parts: Sequence[object]) -> str:
    """Escaped lines of a note under the pointer."""
    return "<br>".join(safe(part) for part in parts)


def tipped(notes: str | Sequence[str]) -> Layout:
    """What a trace says under the pointer: escaped texts, one or as many as marks."""
    return {"hovertext": notes, "hoverinfo": "text"}


def axis(title: str = "", more: Layout | None = None) -> Layout:
    """An axis with a grid; its title is escaped."""
    base: Layout = {"gridcolor": GRID, "linecolor": "#9aa3ad", "zeroline": False, "automargin": True, "ticks": "outside", "ticklen": 4}
    base |= {"tickcolor": "#9aa3ad", "title": {"text": safe(title), "font": {"color": SOFT, "size": 12}, "standoff": 8}, "showline": True}
    return base | (more or {})


def names_axis(names: Sequence[str], more: Layout | None = None) -> Layout:
    """An axis of names, the first on top; places are numbers, so that no name is taken for a number or a date."""
    places = {"tickvals": list(range(len(names))), "ticktext": [safe(name) for name in names], "showgrid": False}
    return axis("", places | {"range": [len(names) - 0.4, -0.6], "fixedrange": True} | (more or {}))


def checked(data: list[Trace], layout: Layout) -> dict[str, Any]:
    """Data and layout as plain values; ValueError from plotly for what is no chart."""
    try:
        from plotly.graph_objects import Figure
    except ImportError:
        raise InputError(_MISSING) from None
    found: dict[str, Any] = Figure(data=data, layout=layout).to_plotly_json()
    found["layout"].pop("template", None)
    return {"data": found["data"], "layout": found["layout"]}


def library() -> str:
    """The text of plotly.js; InputError where plotly is missing."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise InputError(_MISSING) from None
    return str(get_plotlyjs())
