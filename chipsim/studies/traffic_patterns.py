"""Who sends to whom in the patterns of traffic by which networks are compared.

    uniform         every tile, itself included, with the same probability
    transpose       (x, y) -> (y, x)                              square grids only
    bit_complement  i -> N - 1 - i                                the complement of the bits of i where N is a power of two
    tornado         x -> x + ceil(k / 2) - 1 modulo k             in each dimension
    neighbour       x -> x + 1 modulo k                           in each dimension
    hotspot         one packet in ten to one tile in the middle (assumed), the others uniform

Tiles are counted in the order of their nodes. k: tiles along a dimension. Where tiles do not fill a grid (trees, files, packages,
networks with nodes without tiles), tornado and neighbour count along the one line of all tiles.
Dally and Towles, Principles and Practices of Interconnection Networks, 2004, table 3.1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import final

from chipsim.errors import InputError
from chipsim.noc.network import Network

HOT = 0.1  # share of the packets that go to the hot spot


class Pattern(ABC):
    """Root of the patterns: `tiles` are the nodes that send and receive."""

    def __init__(self, tiles: tuple[int, ...]) -> None:
        self.tiles = tiles

    @abstractmethod
    def draw(self, random: Random, source: int) -> int:
        """The node that a packet of `source` goes to."""

    @abstractmethod
    def shares(self, source: int) -> dict[int, float]:
        """Which part of the packets of `source` goes to which node; the sum is 1."""


@final
class Uniform(Pattern):
    """Every tile is as likely as any other."""

    def draw(self, random: Random, source: int) -> int:
        return self.tiles[random.randrange(len(self.tiles))]

    def shares(self, source: int) -> dict[int, float]:
        return dict.fromkeys(self.tiles, 1 / len(self.tiles))


@final
class Hotspot(Pattern):
    """A part of all packets goes to one tile."""

    def __init__(self, tiles: tuple[int, ...], hot: int) -> None:
        super().__init__(tiles)
        self.hot = hot

    def draw(self, random: Random, source: int) -> int:
        return self.hot if random.random() < HOT else self.tiles[random.randrange(len(self.tiles))]

    def shares(self, source: int) -> dict[int, float]:
        each = (1 - HOT) / len(self.tiles)
        return {tile: each + HOT * (tile == self.hot) for tile in self.tiles}


@final
class Permutation(Pattern):
    """Every tile sends to one other, `partner[tile]`."""

    def __init__(self, partner: dict[int, int]) -> None:
        super().__init__(tuple(partner))
        self.partner = partner

    def draw(self, random: Random, source: int) -> int:
        return self.partner[source]

    def shares(self, source: int) -> dict[int, float]:
        return {self.partner[source]: 1.0}


PATTERNS = ("uniform", "transpose", "bit_complement", "tornado", "neighbour", "hotspot")


def pattern_of(name: str, network: Network) -> Pattern:
    """The pattern of that name among the tiles of a network; InputError for an unknown one, and for one that does not fit."""
    if name not in PATTERNS:
        raise InputError(f"injection: '{name}' is no pattern of traffic; expected {', '.join(PATTERNS)}")
    graph = network.graph()
    tiles = tuple(sorted(node for node, tile in graph.nodes(data="tile") if tile))
    if len(tiles) < 2:
        raise InputError("injection: the network has fewer than two tiles, so there is nobody to send to; take a chip with several")
    sides: tuple[int, int] = graph.graph.get("sides", (0, 0))
    columns, rows = sides if sides[0] * sides[1] == len(tiles) else (len(tiles), 1)
    if name == "uniform":
        return Uniform(tiles)
    if name == "hotspot":
        return Hotspot(tiles, tiles[rows // 2 * columns + columns // 2])
    return Permutation({tile: tiles[_partner(name, place, columns, rows)] for place, tile in enumerate(tiles)})


def _partner(name: str, place: int, columns: int, rows: int) -> int:
    """The place, in the order of the tiles, that a place sends to."""
    row, column = divmod(place, columns)
    if name == "transpose":
        if columns != rows:
            raise InputError(f"injection: 'transpose' needs a square grid of tiles, not {columns} x {rows}; take another pattern")
        return column * columns + row
    if name == "bit_complement":
        return columns * rows - 1 - place
    ahead = [1 if name == "neighbour" else (side + 1) // 2 - 1 for side in (columns, rows)]
    return (row + ahead[1] * (rows > 1)) % rows * columns + (column + ahead[0]) % columns
