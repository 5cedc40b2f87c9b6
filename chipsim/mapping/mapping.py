"""Which block of which layer lies on which tile: the table of placements, decided before the clock starts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, Self, final

from chipsim.mapping.partition import Span
from chipsim.mapping.place import Order
from chipsim.spec import Spec, check, key


@final
class MappingOptions(Spec):
    """How layers are cut, copied and placed."""

    split: Literal["balanced", "full"] = key(
        "row and column blocks of equal size, or arrays filled one after the other", default="balanced"
    )
    copies: Literal["auto", "none"] | dict[str, int] = key(
        "copies of busy layers: balanced over the spare tiles, none, or a number for each named layer", default="auto"
    )
    order: Order = key(
        "placement: along the network in layer order, or improved towards the least traffic times distance", default="snake"
    )
    tiles: dict[str, tuple[int, ...]] = key(
        "manual placement: the tiles of a layer in the order copy, row block, column block, each as often as it has room; with "
        "'copies: auto' for as many copies as there are tiles",
        default={},
    )
    fill: Literal["tile", "spread"] = key(
        "how tiles of several arrays are filled: one after the other, or all with as many blocks, so that few share a tile's buffers",
        default="tile",
    )
    pack: bool = key("whether small blocks share an array (they then take turns)", default=False)
    reduction: Literal["destination", "tree"] = key(
        "where the partial sums of row blocks are added: all at the first block's tile, or pairwise on the way there",
        default="destination",
    )
    bias: Literal["digital", "array"] = key(
        "bias added by the neuron circuit, or stored as one more row of the array", default="digital"
    )

    @check
    def _copies_are_positive(self) -> Self:
        if isinstance(self.copies, dict) and any(count < 1 for count in self.copies.values()):
            raise ValueError(f"copies: {self.copies} has a number below 1")
        return self


@final
@dataclass(frozen=True)
class Placement:
    """One block of one copy of a layer on a tile; spans are half-open, offsets place it within the array.

    `array` is the number of the array within the tile, `plane` that of the weight plane of the array. Blocks on one array take turns.
    """

    layer: str
    copy: int
    row_block: int
    column_block: int
    rows: Span
    columns: Span
    tile: int = -1
    row_offset: int = 0
    column_offset: int = 0
    array: int = 0
    plane: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the block."""
        return self.rows[1] - self.rows[0], self.columns[1] - self.columns[0]

    @property
    def name(self) -> str:
        """Path of the block's array under the chip, such as `fc1.copy0.block2-0`; it does not depend on the tile."""
        return f"{self.layer}.copy{self.copy}.block{self.row_block}-{self.column_block}"


@final
@dataclass(frozen=True, repr=False)
class Mapping:
    """All placements of a workload on an architecture, in the order layer, copy, row block, column block."""

    options: MappingOptions
    placements: tuple[Placement, ...]
    tiles: int

    def __repr__(self) -> str:
        layers = len({placement.layer for placement in self.placements})
        return f"<Mapping: {layers} layers, {len(self.placements)} blocks, {len(self.used)} of {self.tiles} tiles>"

    def of(self, layer: str) -> list[Placement]:
        """The placements of one layer."""
        return [placement for placement in self.placements if placement.layer == layer]

    def copies(self, layer: str) -> int:
        """Number of copies of a layer."""
        return 1 + max(placement.copy for placement in self.of(layer))

    @property
    def used_arrays(self) -> list[tuple[int, int]]:
        """Arrays (tile, number) that hold at least one block, in rising order."""
        return sorted({(placement.tile, placement.array) for placement in self.placements})

    @property
    def planes_used(self) -> int:
        """The most weight planes that any array needs."""
        return 1 + max(placement.plane for placement in self.placements)

    @property
    def used(self) -> list[int]:
        """Tiles that hold at least one block, in rising order."""
        return sorted({placement.tile for placement in self.placements})

    @property
    def sharing(self) -> dict[int, int]:
        """How many blocks each used tile holds."""
        return dict(Counter(placement.tile for placement in self.placements))
