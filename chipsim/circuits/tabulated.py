"""A unit cell whose translation from weight to conductances is given as tables.

    w = sum_k F_k (G+_k - G-_k) / S,        G(w) linear between the points, G+(-w) = G-(w), G-(-w) = G+(w)

w weight in [-1, 1]; F_k significance of pair k; G+_k, G-_k target conductances (S) of its devices; S scale (S), the difference of
conductances that is read as 1. Tables: one row of conductances for each device, one value for each point; weights of any shape
(rows, columns). Where the tables say so, and with an ideal device, a weight is read as it was written; tables may as well bend
the weights on purpose, to make up for devices that do not keep what is written.

References: C. Mackin et al., Nature Communications 13, 3765, 2022, DOI 10.1038/s41467-022-31405-1 (four translation functions,
mirrored for negative weights, linear between a few points); the tables of `pair` and `significance` are special cases.
Valid for tables within the device's range whose read weight begins at 0 and rises from point to point. Not modelled: tables of
their own for negative weights; parts converted one by one.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.cell import Cell, Floats, Plane
from chipsim.devices.device import ROUNDING
from chipsim.spec import Spec, check, key
from chipsim.units import Conductance, show


@final
class Translation(Spec):
    """Target conductances of the two devices of one pair, one for each point."""

    plus: tuple[Conductance, ...] = key("of the device that counts as positive, at each point", min_length=2)
    minus: tuple[Conductance, ...] = key("of the device that counts as negative, at each point", min_length=2)

    @property
    def difference(self) -> NDArray[np.float64]:
        """What the pair holds at each point (S)."""
        return np.subtract(self.plus, self.minus, dtype=np.float64)


@final
class Tabulated(Cell, type="tabulated"):
    """Pairs of devices with a table of target conductances for each device."""

    cites = ("mackin2022",)

    points: tuple[float, ...] = key("weights that the tables are given for, ascending from 0 to 1", min_length=2)
    pairs: tuple[Translation, ...] = key("table of each pair", min_length=1)
    factors: tuple[float, ...] = key("significance of each pair", default=(1.0,), min_length=1)
    scale: Conductance | None = key(
        "difference of conductances, factors included, that is read as 1; where not given, that of the last point", default=None, gt=0
    )

    @check
    def _points_are_weights(self) -> Self:
        if self.points[0] != 0 or self.points[-1] != 1 or not (np.diff(self.points) > 0).all():
            raise ValueError(f"points {list(self.points)} must rise from 0 to 1")
        return self

    @check
    def _tables_fit(self) -> Self:
        if len(self.factors) != len(self.pairs) or min(self.factors) <= 0:
            raise ValueError(f"factors {list(self.factors)}; expected {len(self.pairs)} above zero, one for each pair")
        for index, pair in enumerate(self.pairs):
            for side, table in (("plus", pair.plus), ("minus", pair.minus)):
                self._fits(f"pairs[{index}].{side}", table)
        return self

    def _fits(self, name: str, table: tuple[float, ...]) -> None:
        """ValueError when a table is too short or long, or asks for what the device cannot hold."""
        if len(table) != len(self.points):
            raise ValueError(f"{name}: {len(table)} conductances for {len(self.points)} points; give one for each point")
        low, high, slack = self.device.g_min, self.device.g_max, ROUNDING * self.device.g_max
        for value in table:
            if not low - slack <= value <= high + slack:
                limits = f"{show(low, 'S')} to {show(high, 'S')}"
                raise ValueError(f"{name}: {show(value, 'S')} is outside the device's range; expected {limits}")

    @check
    def _is_invertible(self) -> Self:
        held, slack = self._held, ROUNDING * self.device.g_max
        if abs(held[0]) > slack:
            zero = show(float(held[0]), "S")
            raise ValueError(f"pairs: a weight of 0 is held as {zero}; expected as much plus as minus at the first point")
        falling = np.flatnonzero(np.diff(held) <= 0)
        if falling.size:
            first = int(falling[0])
            weights = f"from weight {self.points[first]:g} to {self.points[first + 1]:g}"
            read = f"from {show(float(held[first]), 'S')} to {show(float(held[first + 1]), 'S')}"
            raise ValueError(f"pairs: {weights} what is read goes {read}; it must rise, or weights cannot be told apart")
        return self

    @property
    def _held(self) -> NDArray[np.float64]:
        """Difference of conductances that is held at each point (S), factors included."""
        pairs = zip(self.factors, self.pairs, strict=True)
        held: NDArray[np.float64] = np.sum([factor * pair.difference for factor, pair in pairs], axis=0)
        return held

    @property
    def full_scale(self) -> float:
        """Difference of conductances (S) that is read as 1."""
        return float(self._held[-1]) if self.scale is None else self.scale

    @property
    def read_as(self) -> tuple[float, ...]:
        """The weight that devices at their targets give at each point."""
        return tuple(float(value) for value in self._held / self.full_scale)

    def planes(self, weights: Floats) -> list[Plane]:
        magnitude, negative = np.abs(weights), weights < 0
        planes = []
        for index, (factor, pair) in enumerate(zip(self.factors, self.pairs, strict=True)):
            plus, minus = self._at(pair.plus, magnitude), self._at(pair.minus, magnitude)
            signed = factor / self.full_scale
            planes.append(Plane(f"plus{index}", np.where(negative, minus, plus), signed))
            planes.append(Plane(f"minus{index}", np.where(negative, plus, minus), -signed))
        return planes

    def _at(self, table: tuple[float, ...], magnitude: Floats) -> Floats:
        """Conductances (S) of a table at weights from 0 to 1."""
        return np.interp(magnitude, self.points, table).astype(np.float32)
