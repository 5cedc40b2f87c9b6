"""Unit cells: how one signed weight is kept in the conductances of one or more devices.

A weight w in [-1, 1] (after scaling) is read as w = sum_k f_k G_k over the devices of its cell, where the factors f_k are in
full-scale cells per siemens; a cell whose parts are converted one by one gives w = sum_p m_p (sum_k f_k G_k), added in digital.

    type          devices of a cell                                                  reference
    pair          n at either side, w = (sum G+ - sum G-) / (n (g_max - g_min))        HERMES core: n = 2 (Khaddam-Aljameh 2022)
                  subtracted before the converter, or both sides converted on columns of their own and subtracted in digital
    significance  pairs with factors F_k, w ~ sum F_k (G+_k - G-_k); low pairs first  Ambrogio 2018, Mackin 2022
    offset        one, w = (G - G_ref) / ((g_max - g_min) / 2), G_ref a column        reference column of the array
    sliced        a pair for every slice of bits, converted slice by slice            ISAAC (Shafiee 2016)
    tabulated     pairs with a table of conductances for each device (`tabulated.py`) Mackin 2022

The other side of a pair stays at g_min. Selectors belong to the array. Not modelled: sneak paths,
mismatch of the read transistors.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.device import Device
from chipsim.spec import Family, check, key
from chipsim.units import Area, Capacitance

Floats = NDArray[np.float32]


class Plane(NamedTuple):
    """Devices at the same place in every cell: the name of their random stream, targets (S), factor, converted part.

    `target` is (rows, columns), or (rows, 1) for a column that all others refer to.
    """

    name: str
    target: Floats
    factor: float
    part: int = 0


class Cell(Family):
    """Root of the unit cells."""

    default_type: ClassVar[str] = "pair"

    device: Device = key("the memory device")
    area: Area = key("area of the whole cell", default=0.0, ge=0)
    capacitance: Capacitance | None = key(
        "what an input charges in one cell on one column: energy V^2 C in place of V^2 G t, whatever the cell holds", default=None, gt=0
    )

    @property
    def span(self) -> float:
        """Range of one device (S)."""
        return self.device.g_max - self.device.g_min

    @property
    def part_weights(self) -> tuple[float, ...]:
        """What each converted part counts in the digital sum; one part unless sliced."""
        return (1.0,)

    @property
    def reference_columns(self) -> int:
        """Columns of the array that hold no weights."""
        return 0

    @property
    def devices(self) -> int:
        """Devices in one cell."""
        return len(self.planes(np.zeros((1, 1), np.float32))) - self.reference_columns

    @abstractmethod
    def planes(self, weights: Floats) -> list[Plane]:
        """The targets for weights (rows, columns) in [-1, 1]."""

    def pair(self, name: str, share: Floats, factor: float, part: int = 0) -> list[Plane]:
        """A positive and a negative device for shares (rows, columns) in [-1, 1] of one device's range."""
        sides = (("plus", np.maximum(share, 0), factor), ("minus", np.maximum(-share, 0), -factor))
        return [
            Plane(f"{side}{name}", self.device.g_min + amount * np.float32(self.span), signed, part) for side, amount, signed in sides
        ]


@final
class Pair(Cell, type="pair"):
    """A differential pair with one or more devices in parallel on each side."""

    devices_per_polarity: int = key("devices in parallel on each side of the pair", default=1, ge=1, le=8)
    fill: Literal["even", "max_set"] = key(
        "how a side's target is shared by its devices: evenly, or as many as possible fully on and at most one in between",
        default="even",
        source="max_set: Vasilopoulos et al., IEEE Trans. Electron Devices 70, 2023",
    )
    subtract: Literal["analog", "digital"] = key(
        "where the sides are subtracted: before the converter, or in digital, each side on a column with a conversion of its own",
        default="analog",
    )

    @property
    def part_weights(self) -> tuple[float, ...]:
        return (1.0,) if self.subtract == "analog" else (1.0, -1.0)

    def planes(self, weights: Floats) -> list[Plane]:
        planes = self._sides(weights)
        if self.subtract == "analog":
            return planes
        return [plane if plane.factor > 0 else plane._replace(factor=-plane.factor, part=1) for plane in planes]

    def _sides(self, weights: Floats) -> list[Plane]:
        count = self.devices_per_polarity
        factor = 1 / (count * self.span)
        if self.fill == "even":
            return [plane for index in range(count) for plane in self.pair(str(index), weights, factor)]
        signs, total = np.sign(weights), np.abs(weights) * np.float32(count)
        shares = [signs * np.clip(total - index, 0, 1) for index in range(count)]
        return [plane for index, share in enumerate(shares) for plane in self.pair(str(index), share, factor)]


@final
class Significance(Cell, type="significance"):
    """Pairs of different significance on one column; the more significant pair is used only when the lower ones are full."""

    cites = ("ambrogio2018", "mackin2022")

    factors: tuple[float, ...] = key(
        "significance of each pair, from the lowest to the highest", default=(1.0, 2.0), min_length=1,
        source="Mackin et al., Nature Communications 13, 3765, 2022: F = 2 was optimal",
    )  # fmt: skip

    @check
    def _rising(self) -> Self:
        if min(self.factors) <= 0 or list(self.factors) != sorted(self.factors):
            raise ValueError(f"factors {list(self.factors)} must be positive and rise from pair to pair")
        return self

    def planes(self, weights: Floats) -> list[Plane]:
        total = sum(self.factors)
        signs, left = np.sign(weights), np.abs(weights) * np.float32(total)
        planes = []
        for index, factor in enumerate(self.factors):
            share = np.clip(left / np.float32(factor), 0, 1)
            left = left - share * np.float32(factor)
            planes += self.pair(str(index), signs * share, factor / (total * self.span))
        return planes


@final
class Offset(Cell, type="offset"):
    """One device for each weight; a reference column at half the range is subtracted before the converter."""

    @property
    def reference_columns(self) -> int:
        return 1

    def planes(self, weights: Floats) -> list[Plane]:
        half = np.float32(self.span / 2)
        middle = np.float32(self.device.g_min) + half
        reference = np.full((len(weights), 1), middle, np.float32)
        factor = 2 / self.span
        return [Plane("cell", middle + weights * half, factor), Plane("reference", reference, -factor)]


@final
class Sliced(Cell, type="sliced"):
    """Sign and magnitude of a rounded weight in slices of a few bits, each a pair on columns of its own."""

    cites = ("shafiee2016",)

    bits: int = key("magnitude bits of a weight", default=8, ge=1, le=16)
    bits_per_slice: int = key("bits kept in one device", default=2, ge=1, le=8)

    @property
    def part_weights(self) -> tuple[float, ...]:
        slices = -(-self.bits // self.bits_per_slice)
        top, digit = 2**self.bits - 1, 2**self.bits_per_slice - 1
        return tuple(digit * 2.0 ** (self.bits_per_slice * index) / top for index in range(slices))

    def planes(self, weights: Floats) -> list[Plane]:
        digit = 2**self.bits_per_slice - 1
        code = np.rint(np.abs(weights) * np.float32(2**self.bits - 1)).astype(np.int32)
        signs = np.sign(weights)
        planes = []
        for index in range(len(self.part_weights)):
            share = ((code >> (self.bits_per_slice * index)) & digit).astype(np.float32) / np.float32(digit)
            planes += self.pair(str(index), signs * share, 1 / self.span, index)
        return planes
