"""How every picture for a paper is made: one column wide (3.5 inch), 8 point type, as PNG, SVG or PDF; needs matplotlib.

Figures are made without pyplot, so no global state is touched, and without dates, so equal runs give equal files.
What colours tell apart, markers, dashes or hatches tell apart too, for a print in grey.
"""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError
from chipsim.report.charts import shortened
from chipsim.report.wording import duration, number, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
WIDTH = 3.5  # inch: one column
MARKERS = "os^Dv<P>Xph*"
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "ooo", "||||")
_LIGHT = 0.72
_NEAR = 0.055  # of the axis: times closer than that share a label
_STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.4,
    "axes.formatter.useoffset": False,
    "svg.hashsalt": "chipsim",
    "svg.fonttype": "none",
}


def save_figure(draw: Any, path: str | Path, height: float) -> Path:
    """A figure of one column with one pair of axes, which `draw` gets."""
    return save_drawing(lambda figure: draw(figure.add_subplot()), path, WIDTH, height)


def save_drawing(draw: Any, path: str | Path, width: float, height: float) -> Path:
    """A figure of any width (inch), which `draw` gets; InputError for an unknown format, or when matplotlib is missing."""
    file = Path(path)
    if file.suffix[1:] not in FORMATS:
        raise InputError(f"plots: '{file.name}' has no known format; expected a name that ends in {', '.join(FORMATS)}")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError('plots needs matplotlib: pip install "chipsim[report]"') from None
    with rc_context(_STYLE):
        figure: Figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        dated = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(file, dpi=300, metadata=dated[file.suffix[1:]])
    return file


def literal(name: str, longest: int = 18) -> str:
    """A name that fits its place and is printed as it is: a dollar sign would open a formula."""
    return shortened(name, longest).replace("$", r"\$")


def wrapped(name: str, longest: int = 20) -> str:
    """A name on one line, or on two where it is longer than that; printed as it is."""
    lines = textwrap.wrap(plain(name), longest)
    shown = [*lines[:1], shortened(" ".join(lines[1:]), longest)] if lines[1:] else lines
    return "\n".join(shown).replace("$", r"\$")


def hatch(index: int) -> str:
    """The hatch that goes with colour `index`, so that equal greys and equal colours of a second round stay apart."""
    return HATCHES[(index + index // len(HATCHES)) % len(HATCHES)]


def rim(colour: str) -> str:
    """The colour of the rim and the hatch of an area: white, grey on colours so light that white would not be seen (`#RRGGBB`)."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return "#777777" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT else "white"


def time_axis(axes: Axes, times: list[float], meant: list[float] | None = None) -> None:
    """Logarithmic time with the studied times as labels, those that would touch their neighbour left out.

    `meant`: the times to print, where a place on the axis stands for another (0 s).
    """
    axes.set_xscale("log")
    words = dict(zip(times, meant or times, strict=True))
    reach = math.log(times[-1] / times[0]) or 1.0
    kept = [times[-1]]
    for time in reversed(times[:-1]):
        if math.log(kept[-1] / time) / reach >= _NEAR:
            kept.append(time)
    axes.set_xticks(kept, [duration(words[time]) if words[time] else "0 s" for time in kept], rotation=45, ha="right", fontsize=7)
    axes.minorticks_off()
    axes.set_xlabel("time after programming")


def above(title: str, columns: int) -> dict[str, Any]:
    """Where a legend stands above the axes."""
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": columns, "title": title or None}
    return place | {"frameon": False, "fontsize": 7, "title_fontsize": 7, "handlelength": 1.2, "columnspacing": 1.0, "borderpad": 0.1}


def outside(columns: int, size: float = 6.5) -> dict[str, Any]:
    """Where the legend of a whole figure stands: above everything, never over data."""
    place: dict[str, Any] = {"loc": "outside upper center", "ncols": columns, "frameon": False, "fontsize": size}
    return place | {"handlelength": 1.6, "columnspacing": 1.0, "borderpad": 0.1, "labelspacing": 0.35}


def logarithmic(axis: Any) -> None:
    """A logarithmic axis whose ticks are plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis._set_axes_scale("log")
    low, high = axis.get_view_interval()
    decades = math.log10(high / low) if 0 < low < high else 1.0
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,), numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda level, _: number(level)))
    axis.set_minor_formatter(NullFormatter())
