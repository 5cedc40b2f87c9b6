"""What stages of one node share: arrays, digital circuits, room in buffers.

    circuit     the array of a block; a digital core; on tiles with several arrays also the neuron circuits, and the vector unit
    room        a memory is divided among what its readers read (`rooms.py`)

Where a tile has several arrays, blocks of one copy of a layer that read the same channels of the same tensor share what they read: a
unit is sent only when all of them have room, so none gets further ahead than that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from chipsim.mapping.dataflow import Stage

Circuit = tuple[int, str, int]  # node, kind, number
Memory = tuple[int, str, bool]  # node, kind of core, whether the arrays read it

_UNITS = {"neuron": "neuron", "adder": "neuron", "gates": "neuron", "cell": "vector", "vector": "vector"}


def circuit_of(stage: Stage, arrays: int) -> Circuit | None:
    """What a stage shares with others on a chip with so many arrays a tile; None for what it has for itself."""
    if stage.block is not None:
        return stage.node, "array", stage.block.array
    if stage.core:
        return stage.node, stage.core, 0
    if arrays == 1 or stage.kind not in _UNITS:
        return None
    return stage.node, _UNITS[stage.kind], 0


def memory_of(stage: Stage) -> Memory:
    """The memory that the inputs of a stage wait in."""
    return stage.node, stage.core, stage.kind == "array"


def readers(stages: Iterable[Stage], arrays: int) -> dict[Memory, list[list[tuple[Stage, int]]]]:
    """Who reads each memory: groups of stages, with the number of their feed, that hold what they read together."""
    found: dict[Memory, dict[Hashable, list[tuple[Stage, int]]]] = defaultdict(lambda: defaultdict(list))
    for stage in stages:
        if stage.kind == "sink":
            continue
        for number, feed in enumerate(stage.feeds):
            own = stage.number if feed.stacked or arrays == 1 else -1
            key = (feed.tensor.name, feed.channels, stage.layer, stage.copy, own, number if arrays == 1 else -1)
            found[memory_of(stage)][key].append((stage, number))
    return {memory: list(groups.values()) for memory, groups in found.items()}
