"""Figures for a paper, one column wide (3.5 inch, 8 point type), as PNG or SVG; needs matplotlib.

Figures are made without pyplot, so no global state is touched, and without dates, so equal runs give equal files.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError
from chipsim.report.breakdown import energy_by_part
from chipsim.report.charts import shortened
from chipsim.report.palette import CATEGORIES, ember, viridis
from chipsim.report.roofline import Frame, colours_of, intensity, roof
from chipsim.report.svg import scaled
from chipsim.report.wording import duration, percent
from chipsim.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
_WIDTH = 3.5  # inch: one column
_STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "chipsim",
    "svg.fonttype": "none",
}


def write_plots(result: Result, folder: str | Path, kind: str = "png") -> list[Path]:
    """Write energy, floorplan and, if any, accuracy and roofline as files of `kind` (png, svg, pdf) into an existing folder."""
    target = Path(folder)
    plots = {"energy": plot_energy, "floorplan": plot_floorplan} | ({"accuracy": plot_accuracy} if result.accuracy else {})
    plots |= {"roofline": plot_roofline} if result.roofline else {}
    return [plot(result, target / f"{name}.{kind}") for name, plot in plots.items()]


def plot_energy(result: Result, path: str | Path) -> Path:
    """Energy per inference by part as bars, largest on top."""
    shares = energy_by_part(result)
    factor, unit = scaled(max((share.amount for share in shares), default=0.0), "J")

    def draw(axes: Axes) -> None:
        names = [_literal(share.name) for share in shares]
        drawn = axes.barh(range(len(shares)), [share.amount * factor for share in shares], color=CATEGORIES[0], height=0.65)
        axes.bar_label(drawn, [percent(share.share) for share in shares], padding=2, fontsize=7)
        axes.set_yticks(range(len(shares)), names)
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set_xlabel(f"energy per inference ({unit})")

    return save_figure(draw, path, 0.6 + 0.2 * max(len(shares), 4))


def plot_accuracy(result: Result, path: str | Path) -> Path:
    """Mean accuracy with its standard deviation over logarithmic time; InputError when the run has no accuracy."""
    if not result.accuracy:
        raise InputError("plot_accuracy: the run has no accuracy, as it had no data; give the workload `data`")
    rows = sorted((row for row in result.accuracy if row["time"] > 0), key=lambda row: row["time"])
    reference = result.metrics.get("float_accuracy")

    def draw(axes: Axes) -> None:
        times, means = [row["time"] for row in rows], [100 * row["mean"] for row in rows]
        spreads = [100 * row["spread"] for row in rows]
        lower, upper = ([mean + sign * spread for mean, spread in zip(means, spreads, strict=True)] for sign in (-1, 1))
        axes.fill_between(times, lower, upper, color=CATEGORIES[4], alpha=0.4, linewidth=0)
        axes.plot(times, means, "o-", color=CATEGORIES[0], markersize=3.5, linewidth=1.2, label="chip")
        if reference is not None:
            axes.axhline(100 * reference, color=CATEGORIES[3], linestyle="--", linewidth=1, label="float")
        axes.set_xscale("log")
        axes.set_xticks(times, [duration(time) for time in times], rotation=30, ha="right")
        axes.minorticks_off()
        axes.set_xlabel("time after programming")
        axes.set_ylabel("accuracy (%)")
        axes.legend(frameon=False, fontsize=7)

    return save_figure(draw, path, 2.3)


def plot_floorplan(result: Result, path: str | Path) -> Path:
    """Tiles by utilisation (viridis, 0 to 100 %) and links by load (pale to dark, scaled to the busiest)."""

    def draw(axes: Axes) -> None:
        _links(axes, result)
        _tiles(axes, result)
        axes.set_aspect("equal")
        axes.invert_yaxis()
        axes.set_xlabel("x (tile pitches)")
        axes.set_ylabel("y (tile pitches)")
        _scale(axes, "tile busy (%)")

    xs, ys = [tile["x"] for tile in result.tiles] or [0], [tile["y"] for tile in result.tiles] or [0]
    shape = (max(ys) - min(ys) + 1) / (max(xs) - min(xs) + 1)
    return save_figure(draw, path, min(max(_WIDTH * 0.78 * shape + 0.6, 1.4), 9.0))


def _links(axes: Axes, result: Result) -> None:
    """Each direction on the right of its way; long links dotted and under the short ones."""
    from matplotlib.collections import LineCollection

    busiest = max((link["utilisation"] for link in result.links), default=0.0)
    for style, order, long in (("-", 2, False), (":", 1, True)):
        links = [link for link in result.links if (_length(link) > 1.5) == long]
        shares = [link["utilisation"] / busiest if busiest else 0.0 for link in links]
        widths, colours = [0.5 + share for share in shares], [ember(share) for share in shares]
        ways = [_way(link) for link in links]
        axes.add_collection(LineCollection(ways, linewidths=widths, colors=colours, linestyles=style, zorder=order))
    if busiest:
        axes.set_title(f"links: pale 0 %, dark {percent(busiest)} busy", fontsize=7)


def _length(link: Row) -> float:
    return math.hypot(link["x1"] - link["x0"], link["y1"] - link["y0"])


def _way(link: Row) -> list[tuple[float, float]]:
    """Both ends of a link, moved to the right of its way."""
    scale = 0.07 / (_length(link) or 1.0)
    right, down = scale * (link["x1"] - link["x0"]), scale * (link["y1"] - link["y0"])
    return [(link["x0"] - down, link["y0"] + right), (link["x1"] - down, link["y1"] + right)]


def _tiles(axes: Axes, result: Result) -> None:
    from matplotlib.patches import Rectangle

    for tile in result.tiles:
        colour = viridis(tile["utilisation"] or 0.0) if tile["layers"] else "#F4F4F4"
        corner = tile["x"] - 0.31, tile["y"] - 0.31
        axes.add_patch(Rectangle(corner, 0.62, 0.62, facecolor=colour, edgecolor="#888888", linewidth=0.4, zorder=3))
    axes.autoscale_view()


def _scale(axes: Axes, label: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colours = ScalarMappable(Normalize(0, 100), ListedColormap([viridis(step / 63) for step in range(64)]))
    bar = axes.figure.colorbar(colours, ax=axes, fraction=0.045, pad=0.03)
    bar.set_label(label)


def plot_roofline(result: Result, path: str | Path) -> Path:
    """Rates against operations per byte under the roofs of all ratings; InputError when the run was not compared with anything."""
    rows = result.roofline
    if not rows:
        raise InputError("plot_roofline: the run was not compared with anything; give it `comparators`")
    colours, frame = colours_of(rows), Frame.of(rows)

    def draw(axes: Axes) -> None:
        for index, (name, row) in enumerate({row["name"]: row for row in rows}.items()):
            corners = roof(row, frame.left, frame.right, frame.low)
            style: dict[str, Any] = {"color": colours[name], "linewidth": 1.2, "linestyle": "--" if index >= len(CATEGORIES) else "-"}
            axes.plot([x for x, _ in corners], [y for _, y in corners], label=name.replace("$", r"\$"), zorder=2, **style)
        for mark, batch in {"o" if row["batch"] == 1 else "s": row["batch"] for row in rows[1:]}.items():
            axes.plot([], [], mark, color="#777777", markersize=4, label=f"this network, batch {batch}")
        for row in rows:
            mark = "D" if row["kind"] == "chip" else "o" if row["batch"] == 1 else "s"
            edge: dict[str, Any] = {"markersize": 5, "markeredgecolor": "white", "zorder": 3}
            axes.plot([intensity(row)], [row["reached"]], mark, color=colours[row["name"]], **edge)
        axes.loglog()
        axes.set(xlim=(frame.left, frame.right), ylim=(frame.low, frame.high))
        axes.set_xlabel("operations per byte of off-chip traffic (OP/B)")
        axes.set_ylabel("operations per second (OP/s)")
        axes.legend(frameon=False, fontsize=6, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2)

    return save_figure(draw, path, 2.7 + 0.065 * (len(colours) + 3))


def _literal(name: str) -> str:
    """A name that fits its place and is printed as it is: a dollar sign would open a formula."""
    return shortened(name).replace("$", r"\$")


def save_figure(draw: Any, path: str | Path, height: float) -> Path:
    """A figure of one column with one pair of axes, which `draw` gets."""
    return save_drawing(lambda figure: draw(figure.add_subplot()), path, _WIDTH, height)


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
