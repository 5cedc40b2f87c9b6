"""Filling tiles: which groups of blocks share an array, and which arrays lie on one tile.

A group is what lies on one weight plane of one array: a block, or several that were packed. Groups go to the arrays in their order, so
that blocks of one layer lie side by side. A further weight plane is used only when no array is empty any more; then the group with the
most products goes where the fewest are made, because planes of one array take turns. A tile is filled before the next one begins, or all
tiles get the same number of arrays (`fill: spread`), so that few share the buffers and digital circuits of a tile. Blocks that are placed
by hand fill a tile array by array, then plane by plane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chipsim.mapping.mapping import Placement

Group = list[Placement]  # blocks on one plane of one array
Slot = list[Group]  # the groups of one array, plane by plane
Filling = list[Slot]  # the arrays of one tile


def slots(groups: Sequence[Group], loads: Mapping[str, float], arrays: int, planes: int) -> list[Slot]:
    """The groups dealt to at most `arrays` arrays of `planes` planes; `loads` are the products of a block of each layer.

    ValueError when there are more groups than room for them.
    """
    if len(groups) > arrays * planes:
        raise ValueError(f"slots: {len(groups)} groups for {arrays} arrays of {planes} planes")
    found: list[Slot] = [[group] for group in groups[:arrays]]
    work = [_load(group, loads) for group in groups[:arrays]]
    rest = sorted(range(arrays, len(groups)), key=lambda number: (-_load(groups[number], loads), number))
    for number in rest:
        least = min((one for one in range(len(found)) if len(found[one]) < planes), key=lambda one: (work[one], one))
        found[least].append(groups[number])
        work[least] += _load(groups[number], loads)
    return found


def _load(group: Group, loads: Mapping[str, float]) -> float:
    return sum(loads[block.layer] for block in group)


def tilefuls(filled: Sequence[Slot], arrays: int) -> list[Filling]:
    """The arrays tile by tile, `arrays` on each, the last one perhaps with fewer."""
    return [list(filled[start : start + arrays]) for start in range(0, len(filled), arrays)]


def spread(filled: Sequence[Slot], tiles: int) -> list[Filling]:
    """The arrays on as many of `tiles` tiles as can have one, in their order, with equal numbers on all (or one more)."""
    count, used = len(filled), min(tiles, len(filled))
    return [list(filled[count * tile // used : count * (tile + 1) // used]) for tile in range(used)]


def on_tile(filling: Filling, tile: int, numbers: Sequence[int] | None = None) -> list[Placement]:
    """The blocks of a tile's arrays, which have these numbers (by default 0, 1, ...)."""
    names = range(len(filling)) if numbers is None else numbers
    return [
        replace(block, tile=tile, array=number, plane=plane)
        for number, slot in zip(names, filling, strict=False)
        for plane, group in enumerate(slot)
        for block in group
    ]


def by_hand(blocks: Sequence[Placement], tiles: Sequence[int], arrays: int, taken: Counter[int]) -> list[Placement]:
    """Blocks on the tiles that were named for them; `taken` counts the places of each tile that are gone, and goes on counting."""
    found = []
    for block, tile in zip(blocks, tiles, strict=False):
        plane, number = divmod(taken[tile], arrays)
        found.append(replace(block, tile=tile, array=number, plane=plane))
        taken[tile] += 1
    return found


def left_over(node: int, manual: Sequence[Placement], arrays: int) -> list[int]:
    """The arrays of a tile on which no block was put by hand."""
    held = {block.array for block in manual if block.tile == node}
    return [number for number in range(arrays) if number not in held]
