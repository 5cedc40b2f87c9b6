"""What stages of one node share: arrays, digital circuits, room in buffers.

    circuit     the array of a block; a digital core; on tiles with several arrays also the neuron circuits, and the vector unit
    room        a memory is divided in equal parts among what its readers read

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


def shares(stages: Iterable[Stage], arrays: int) -> dict[Memory, int]:
    """Into how many parts each memory is divided among the stages that read it."""
    feeds: dict[Memory, list[Hashable]] = defaultdict(list)
    for stage in stages:
        if stage.kind == "sink":
            continue
        for feed in stage.feeds:
            own = stage.number if feed.stacked else -1
            feeds[memory_of(stage)].append((feed.tensor.name, feed.channels, stage.layer, stage.copy, own))
    return {memory: len(read) if arrays == 1 else len(set(read)) for memory, read in feeds.items()}
