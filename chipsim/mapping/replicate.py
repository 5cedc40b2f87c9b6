"""How many copies of each layer: a convolution makes many products per sample, copies share its output rows.

`auto` gives spare tiles, one copy at a time, to the layer that makes the most products per copy, and stops when no layer is
slower than the slowest that cannot be copied further, or when the tiles are used up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Demand:
    """What one copy of a layer needs: tiles, products per sample, and how many copies its output can be shared among."""

    tiles: int
    products: int
    most_copies: int


def balanced_copies(demands: Mapping[str, Demand], tiles: int) -> dict[str, int]:
    """Copies of each layer such that the most loaded layer makes as few products per copy as `tiles` tiles allow."""
    copies = dict.fromkeys(demands, 1)
    spare = tiles - sum(demand.tiles for demand in demands.values())
    while True:
        slowest = max(demands, key=lambda name: _load(demands[name], copies[name]), default=None)
        if slowest is None:
            return copies
        demand = demands[slowest]
        more = _next_useful(demand, copies[slowest])
        cost = (more - copies[slowest]) * demand.tiles
        if more == copies[slowest] or cost > spare:
            return copies
        copies[slowest], spare = more, spare - cost


def _load(demand: Demand, copies: int) -> int:
    """Products of the busiest copy: rows are dealt out whole."""
    rows = -(-demand.most_copies // copies)
    return rows * (demand.products // demand.most_copies)


def _next_useful(demand: Demand, copies: int) -> int:
    """The next number of copies that makes the busiest copy faster; the same number when there is none."""
    for more in range(copies + 1, demand.most_copies + 1):
        if _load(demand, more) < _load(demand, copies):
            return more
    return copies
