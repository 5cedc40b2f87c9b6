"""Colours that stay apart for colour-blind readers and in grey.

Categories: Okabe and Ito, "Color universal design" (2008), with dark grey for their black. Amounts: viridis (Smith and van der
Walt, SciPy 2015) for tiles, one hue from light to dark for links.
"""

from __future__ import annotations

from collections.abc import Sequence

CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#4D4D4D")
_HOMES = (
    "array", "adc", "network routers", "host", "network links", "input buffer", "output buffer", "leakage",
    "word lines", "dac", "bus", "core control", "chip-to-chip links", "buffers", "vector unit", "unaccounted",
)  # fmt: skip
REST = "#999999"  # what is too small to have a colour of its own

_VIRIDIS = ("#440154", "#482878", "#3E4A89", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C", "#FDE725")
_EMBER = ("#E3DDD3", "#F2B27A", "#D55E00", "#8A2E00", "#4A1500")


def category(index: int) -> str:
    """The colour of category `index`, beginning anew after the eighth."""
    return CATEGORIES[index % len(CATEGORIES)]


def shade(index: int) -> str:
    """The colour of category `index`; the ninth to the sixteenth are the first eight, half way to white."""
    colour = category(index)
    return _between((colour, "#FFFFFF"), 0.5) if index // len(CATEGORIES) % 2 else colour


def places_of(parts: Sequence[str]) -> dict[str, int]:
    """The place among the sixteen shades of each part of a chip: a usual part has the same in every picture, others the first free."""
    found = {part: _HOMES.index(part) for part in parts if part in _HOMES}
    free = [place for place in range(2 * len(CATEGORIES)) if place not in found.values()]
    for index, part in enumerate(part for part in parts if part not in found):
        found[part] = free[index % len(free)] if free else index
    return found


def viridis(share: float) -> str:
    """The colour of an amount between 0 (dark) and 1 (light)."""
    return _between(_VIRIDIS, share)


def ember(share: float) -> str:
    """The colour of an amount between 0 (pale) and 1 (dark)."""
    return _between(_EMBER, share)


def ink(colour: str) -> str:
    """`black` or `white`, whichever has the greater contrast (WCAG 2) to `colour`: never less than 4.5."""
    linear = [((channel / 255 + 0.055) / 1.055) ** 2.4 for channel in _channels(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"


def _between(anchors: Sequence[str], share: float) -> str:
    place = min(max(share, 0.0), 1.0) * (len(anchors) - 1)
    low = min(int(place), len(anchors) - 2)
    pairs = zip(_channels(anchors[low]), _channels(anchors[low + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - low)):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
