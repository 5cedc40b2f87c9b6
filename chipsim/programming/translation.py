"""Translation functions from weight to the conductances of two pairs, as points of a unit cube that are all valid.

    read at point d        r_d = sum_(i <= d) (1 + b (2 u_4i - 1)) / D,        r_0 = 0
    held at point d        T_d = beta (1 + F) r_d / r_D = L_d + F H_d,         S = beta (1 + F) / r_D
    of the low pair        L_d = max(-1, T_d - F) + u_1d (min(1, T_d + F) - max(-1, T_d - F))
    both of a pair         C = u (1 - |X|),  G+ = max(X, 0) + C,  G- = max(-X, 0) + C        X = L_d, H_d;  u = u_2d, u_3d

Conductances in shares of the device's range above g_min, w = (L + F H) / S; d = 1 .. D evenly spaced positive weights, linear
between, mirrored for negative weights, all four devices at g_min for a weight of 0; F factor of the second pair, from a range or
from a list; beta share of what two pairs can hold that stands for the last point; b bend, how far a step between two points may
read too little or too much. With b = 0 ideal devices read r_d = d / D, what was written, and u_4 is left out.

Whatever u is, the pairs hold T_d, no device leaves its range, and what is read rises with the weight. Of the four conductances
at a point one is tied by T_d: 4 D + 2 numbers are chosen, or 3 D + 2 where b = 0.

Arrays: u (n, size), conductances (n, 4, D + 1) in the order plus and minus of the low, then of the high pair.
Reference: C. Mackin et al., Nature Communications 13, 3765, 2022, DOI 10.1038/s41467-022-31405-1 (D = 6, 26 unknowns, search
in a unit hypercube that is denormalised into valid conductances); this way of denormalising is ours.
"""

from __future__ import annotations

from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.cell import Cell
from chipsim.circuits.tabulated import Tabulated, Translation

Numbers = NDArray[np.float64]
LEAST_BETA = 0.1  # a table that uses less of what the pairs can hold is not looked at


class Tables(NamedTuple):
    """n candidates: conductances (n, 4, D + 1) in shares of the range, factors F (n) and scales S (n)."""

    conductances: Numbers
    factors: Numbers
    scales: Numbers

    @property
    def device_factors(self) -> Numbers:
        """What one share of the range in each device counts in the weight (n, 4)."""
        one = np.ones_like(self.factors)
        counted: Numbers = np.stack([one, -one, self.factors, -self.factors], axis=1) / self.scales[:, None]
        return counted


@final
class Cube(NamedTuple):
    """The translation functions with `points` positive weights; `factors`: the ends of a range, or all there are where `listed`."""

    points: int
    factors: tuple[float, ...]
    listed: bool = False
    bend: float = 0.0

    @property
    def size(self) -> int:
        """Numbers that are chosen."""
        return (4 if self.bend else 3) * self.points + 2

    @property
    def weights(self) -> Numbers:
        """The points, 0 first."""
        return np.arange(self.points + 1) / self.points

    def tables(self, u: Numbers) -> Tables:
        """The candidates at places u (n, size) of the cube."""
        inner = u[:, :-2].reshape(len(u), -1, self.points)
        factor = self._factor(u[:, -2])
        held = (LEAST_BETA + (1 - LEAST_BETA) * u[:, -1]) * (1 + factor)
        read = np.cumsum(1 + self.bend * (2 * inner[:, 3] - 1), axis=1) / self.points if self.bend else self._straight(len(u))
        target = read / read[:, -1:] * held[:, None]
        low, high = _shared(target, factor[:, None], inner[:, 0])
        conductances = np.zeros((len(u), 4, self.points + 1))
        conductances[:, :2, 1:] = _pair(low, inner[:, 1])
        conductances[:, 2:, 1:] = _pair(high, inner[:, 2])
        return Tables(conductances, factor, held / read[:, -1])

    def place(self, factor: float) -> Numbers:
        """Where the plain split with one of the cube's factors is, as well as it can be told at the points (size)."""
        target = (1 + factor) * self.weights[1:]
        first = np.minimum(1, target if factor >= 1 else target / factor)
        low = first if factor >= 1 else target - factor * first
        least, most = _limits(target, np.full(self.points, factor))
        u = np.zeros(self.size - 2)
        u[: self.points] = np.divide(low - least, most - least, out=np.zeros(self.points), where=most > least)
        u[3 * self.points :] = 0.5
        return np.concatenate([u, [self._place_of(factor), 1.0]])

    def cell(self, u: Numbers, like: Cell) -> Tabulated:
        """The one candidate at u (size) as a cell with the device and the area of `like`."""
        conductances, factors, scales = self.tables(u[None])
        low, span = like.device.g_min, like.span
        rows = [tuple(float(min(low + share * span, like.device.g_max)) for share in row) for row in conductances[0]]
        pairs = (Translation(plus=rows[0], minus=rows[1]), Translation(plus=rows[2], minus=rows[3]))
        return Tabulated(
            device=like.device, area=like.area, points=tuple(map(float, self.weights)), pairs=pairs,
            factors=(1.0, float(factors[0])), scale=float(scales[0]) * span,
        )  # fmt: skip

    def _factor(self, u: Numbers) -> Numbers:
        if self.listed:
            offered = np.array(self.factors)
            chosen: Numbers = offered[np.minimum((u * len(offered)).astype(int), len(offered) - 1)]
            return chosen
        least, most = self.factors
        return least + (most - least) * u

    def _place_of(self, factor: float) -> float:
        if self.listed:
            return (self.factors.index(factor) + 0.5) / len(self.factors)
        least, most = self.factors
        return (factor - least) / (most - least)

    def _straight(self, count: int) -> Numbers:
        return np.broadcast_to(self.weights[1:], (count, self.points))


def split(factor: float, like: Cell) -> Tabulated:
    """The plain split over two pairs, the less significant one first, with the device and the area of `like`."""
    low, high = like.device.g_min, like.device.g_max
    first, empty = (low, high, high), (low, low, low)
    pairs = [Translation(plus=first, minus=empty), Translation(plus=(low, low, high), minus=empty)]
    knee = min(1.0, factor) / (1 + factor)
    return Tabulated(
        device=like.device, area=like.area, points=(0.0, knee, 1.0), pairs=tuple(pairs if factor >= 1 else pairs[::-1]),
        factors=(1.0, factor),
    )  # fmt: skip


def _shared(target: Numbers, factor: Numbers, u: Numbers) -> tuple[Numbers, Numbers]:
    """What the low and the high pair hold, in shares of the range from -1 to 1."""
    least, most = _limits(target, factor)
    low = least + u * (most - least)
    return low, np.clip((target - low) / factor, -1, 1)


def _limits(target: Numbers, factor: Numbers) -> tuple[Numbers, Numbers]:
    """Least and most that the low pair can hold of a target."""
    return np.maximum(-1, target - factor), np.minimum(1, target + factor)


def _pair(held: Numbers, u: Numbers) -> Numbers:
    """Plus and minus device (n, 2, D) of a pair that holds `held`, with a share u of the room left added to both."""
    both = u * (1 - np.abs(held))
    return np.stack([np.maximum(held, 0) + both, np.maximum(-held, 0) + both], axis=1)
