"""The chip seen from above for a paper: tiles by how busy they are, links by their load, links between chips with a rim."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chipsim.report.figure import WIDTH, save_drawing
from chipsim.report.palette import ember, viridis
from chipsim.report.wording import percent
from chipsim.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EMPTY = "#F4F4F4"
_TALLEST = 8.0  # inch
_LONG = 1.5  # pitches: longer links lie under the others and are dotted
_SMALL = 150  # links from which on their lines are thin


def plot_floorplan(result: Result, path: str | Path) -> Path:
    """Tiles by utilisation (viridis, 0 to 100 %) and links by load (pale to dark, scaled to the busiest)."""
    busiest = max((link["utilisation"] for link in result.links), default=0.0)
    left, right, top, bottom = _box(result)
    shape = (bottom - top) / (right - left)

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        _links(axes, result, busiest, right - left)
        _tiles(axes, result)
        axes.set(xlim=(left, right), ylim=(bottom, top))
        axes.set_aspect("equal")
        axes.set_xlabel("x (tile pitches)")
        axes.set_ylabel("y (tile pitches)")
        for each in (axes.xaxis, axes.yaxis):
            each.get_major_locator().set_params(integer=True, min_n_ticks=1)
        _scale(axes, "tile busy (%)", viridis, 100.0)
        if busiest:
            _scale(axes, f"link busy (%), busiest {percent(busiest)}", ember, 100 * busiest)

    return save_drawing(draw, path, WIDTH, min(max(0.86 * WIDTH * shape + 1.35, 1.9), 0.75 * (bottom - top) + 1.35, _TALLEST))


def _box(result: Result) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of all nodes, with air for half a tile."""
    points = [(tile["x"], tile["y"]) for tile in result.tiles] or [(0.0, 0.0)]
    points += [end for link in result.links for end in ((link["x0"], link["y0"]), (link["x1"], link["y1"]))]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - 0.6, max(xs) + 0.6, min(ys) - 0.6, max(ys) + 0.6


def _links(axes: Axes, result: Result, busiest: float, across: float) -> None:
    """Each direction on the right of its way; long links dotted and under the short ones; the busiest on top."""
    from matplotlib.collections import LineCollection

    thick = min(1.0, 14.0 / across) * (0.8 if len(result.links) > _SMALL else 1.2)
    for style, order, long in (("-", 2, False), (":", 1, True)):
        links = sorted((link for link in result.links if (_length(link) > _LONG) == long), key=lambda link: link["utilisation"])
        shares = [link["utilisation"] / busiest if busiest else 0.0 for link in links]
        widths, colours = [thick * (0.5 + 1.7 * share) for share in shares], [ember(share) for share in shares]
        ways = [_way(link) for link in links]
        axes.add_collection(LineCollection(ways, linewidths=widths, colors=colours, linestyles=style, zorder=order))


def _length(link: Row) -> float:
    return math.hypot(link["x1"] - link["x0"], link["y1"] - link["y0"])


def _way(link: Row) -> list[tuple[float, float]]:
    """Both ends of a link, moved to the right of its way."""
    scale = 0.09 / (_length(link) or 1.0)
    right, down = scale * (link["x1"] - link["x0"]), scale * (link["y1"] - link["y0"])
    return [(link["x0"] - down, link["y0"] + right), (link["x1"] - down, link["y1"] + right)]


def _tiles(axes: Axes, result: Result) -> None:
    from matplotlib.patches import Rectangle

    for tile in result.tiles:
        colour = viridis(tile["utilisation"] or 0.0) if tile["layers"] else _EMPTY
        corner = tile["x"] - 0.31, tile["y"] - 0.31
        axes.add_patch(Rectangle(corner, 0.62, 0.62, facecolor=colour, edgecolor="#888888", linewidth=0.4, zorder=3))


def _scale(axes: Axes, label: str, colour: Any, top: float) -> None:
    """A scale of colours below the chip, so that its height does not depend on that of the chip."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colours = ScalarMappable(Normalize(0, top), ListedColormap([colour(step / 63) for step in range(64)]))
    figure: Any = axes.figure
    bar = figure.colorbar(colours, ax=axes, orientation="horizontal", location="bottom", aspect=38, pad=0.03, shrink=0.9)
    bar.set_label(label, fontsize=7, labelpad=1)
    bar.ax.tick_params(labelsize=7, pad=1)
