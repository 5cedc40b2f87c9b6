"""Where the area of a chip lies, from its description: the nodes of its network with what they hold, and the rest beside them.

A node holds a tile, its router (or its share of one), digital cores. A router far from all tiles has a place of its own; what else there
is (host, links to other chips, parts of the chip, `other`, what is unaccounted of a measured chip) lies beside the nodes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self, final

if TYPE_CHECKING:  # reports draw plans and know no architecture
    from chipsim.architecture import Architecture

TILE, ROUTER, UNACCOUNTED = "tile", "network routers", "unaccounted"
_NEAR = 0.99  # tile pitches: a router that is nearer to a tile has no place of its own


@final
@dataclass(frozen=True)
class ChipPlan:
    """Areas in m2, places in pitches, `pitch` in m."""

    places: tuple[tuple[float, float, Mapping[str, float]], ...]  # x, y, what lies there: name -> area
    beside: Mapping[str, float]
    tile: Mapping[str, float]  # parts of one tile
    tiles: int
    pitch: float
    measured: bool  # the tile is a measured core
    wider: bool  # the description gives a pitch that leaves room between the tiles

    @property
    def area(self) -> float:
        """Area of the whole chip (m2)."""
        return sum(sum(held.values()) for _, _, held in self.places) + sum(self.beside.values())

    def plain(self) -> dict[str, Any]:
        """As plain values, from which `from_plain` makes it again."""
        return asdict(self) | {"places": [list(place) for place in self.places]}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """The plan of plain values."""
        return cls(**{**values, "places": tuple((x, y, held) for x, y, held in values["places"])})


def plan_of(chip: Architecture) -> ChipPlan:
    """The plan of a chip."""
    graph, tile = chip.network.graph(), {name: area for name, area in chip.tile.area_parts.items() if area > 0}
    tiles = [node for node, kept in graph.nodes(data="tile") if kept]
    routers = [node for node, kept in graph.nodes(data="router") if kept]
    router, share = chip.network.scaled_router_area, chip.network.topology.routers_per_tile
    held: dict[int, dict[str, float]] = {node: {TILE: sum(tile.values())} for node in tiles}
    spots = {node: graph.nodes[node]["position"] for node in graph}
    for node in routers if share >= 1 else tiles:
        alone = node not in held and all(_far(spots[node], spots[other]) for other in tiles)
        if node in held or alone:
            held.setdefault(node, {})[ROUTER] = router * min(share, 1.0)
    for kind, nodes in chip.core_nodes.items():
        assert chip.cores is not None
        for node in nodes:
            held.setdefault(node, {})[kind] = sum(chip.cores[kind].area_parts.values())
    sized = {node: {name: area for name, area in areas.items() if area > 0} for node, areas in held.items()}
    kept = {node: areas for node, areas in sized.items() if areas}
    largest = max((math.sqrt(sum(areas.values())) for areas in kept.values()), default=0.0)
    pitch = chip.network.pitch or 0.0
    return ChipPlan(
        places=tuple((*spots[node], areas) for node, areas in sorted(kept.items())),
        beside=_beside(chip, tile, kept, len(tiles), len(routers)),
        tile=tile,
        tiles=len(tiles),
        pitch=max(pitch, largest),
        measured=chip.tile.measured is not None,
        wider=pitch > largest * 1.001,
    )


def _far(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) >= _NEAR


def _beside(
    chip: Architecture, tile: Mapping[str, float], held: Mapping[int, Mapping[str, float]], tiles: int, routers: int
) -> dict[str, float]:
    """What lies at no node: all parts of the chip, without those of tiles, cores and the routers that have their place."""
    inside = {f"{kind} {part}" for kind, cores in (chip.cores or {}).items() for part in cores.area_parts}
    parts = {name: area for name, (_, area) in chip.area_parts(tiles, routers).items() if name not in inside}
    for name, area in tile.items():
        parts[name] -= tiles * area
    parts[ROUTER] -= sum(areas.get(ROUTER, 0.0) for areas in held.values())
    whole = sum(area for _, area in chip.area_parts(tiles, routers).values())
    return {name: area for name, area in parts.items() if area > 1e-9 * whole}
