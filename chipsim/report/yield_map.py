"""The yield map of an array: which of its devices are stuck, and where; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.report.figure import save_figure
from chipsim.report.palette import CATEGORIES
from chipsim.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float32]
_KINDS = (("works", "#F4F4F4"), ("stuck low", CATEGORIES[0]), ("stuck between", CATEGORIES[1]), ("stuck high", CATEGORIES[3]))
_ACROSS = 4  # planes side by side
_LABEL = 7  # points


def plot_yield_map(stuck: Mapping[str, Floats], g_min: float, g_max: float, path: str | Path) -> Path:
    """Draw `Crossbar.stuck`, plane by plane: conductances (S, rows x columns) of stuck devices, NaN where a device works.

    A device counts as low or high within a thousandth of the range from `g_min` or `g_max` (S). InputError for no plane.
    """
    if not stuck:
        raise InputError("plot_yield_map: there is no plane to draw; program the crossbar first")
    shape = next(iter(stuck.values())).shape
    down, across = -(-len(stuck) // _ACROSS), min(len(stuck), _ACROSS)

    def draw(axes: Axes) -> None:
        from matplotlib.colors import ListedColormap
        from matplotlib.patches import Patch

        figure: Any = axes.figure
        axes.remove()
        panels = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
        colours = ListedColormap([colour for _, colour in _KINDS])
        for panel, (name, values) in zip(panels, stuck.items(), strict=False):
            kinds = _kinds(values, g_min, g_max)
            panel.imshow(kinds, cmap=colours, vmin=-0.5, vmax=len(_KINDS) - 0.5, interpolation="nearest", aspect="auto")
            panel.set_title(f"{name}\n{percent(float((kinds == 0).mean()))} work", fontsize=_LABEL)
            panel.tick_params(labelsize=_LABEL)
        for panel in panels[len(stuck) :]:
            panel.remove()
        figure.supxlabel("column", fontsize=8)
        figure.supylabel("row", fontsize=8)
        patches = [Patch(facecolor=colour, edgecolor="#999999", linewidth=0.5, label=name) for name, colour in _KINDS]
        figure.legend(handles=patches, loc="outside upper center", ncols=len(_KINDS), frameon=False, fontsize=_LABEL, handlelength=1)

    tall = min(max(shape[0] / max(shape[1], 1), 0.4), 2.0) * 3.2 / across
    return save_figure(draw, path, 0.7 + down * (tall + 0.25))


def _kinds(values: Floats, g_min: float, g_max: float) -> NDArray[np.int64]:
    """Number of the kind of every device, as in the legend."""
    near = 1e-3 * (g_max - g_min)
    kinds = np.where(np.isnan(values), 0, 2)
    kinds[np.abs(values - g_min) <= near] = 1
    kinds[np.abs(values - g_max) <= near] = 3
    return kinds
