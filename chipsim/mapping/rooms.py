"""How many units of what it reads each stage may have waiting, decided before the clock starts.

    units = floor(capacity / shares / bits of a unit)        at least as many as a unit of work needs at once

`shares` are the readers that a memory is divided among (`sharing.py`).
"""

from __future__ import annotations

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow, Feed, Stage
from chipsim.mapping.sharing import Memory, memory_of, shares

UNLIMITED = 1 << 40  # the host takes every result at once
Rooms = dict[tuple[int, int], int]  # by stage and feed


def rooms(dataflow: Dataflow, architecture: Architecture) -> Rooms:
    """The room of every feed of every stage; InputError names the first stage that could never start, and counts the others."""
    shared = shares(dataflow.stages, architecture.tile.arrays)
    found: Rooms = {}
    problems: dict[Memory, InputError] = {}
    for stage in dataflow.stages:
        for number, feed in enumerate(stage.feeds):
            try:
                found[stage.number, number] = _room(stage, feed, shared, architecture, dataflow.mode)
            except InputError as error:
                problems.setdefault(memory_of(stage), error)
    if problems:
        more = f" ({len(problems) - 1} more memories are too small)" if len(problems) > 1 else ""
        raise InputError(f"{next(iter(problems.values()))}{more}")
    return found


def _room(stage: Stage, feed: Feed, shared: dict[Memory, int], architecture: Architecture, mode: str) -> int:
    if stage.kind == "sink":
        return UNLIMITED
    which, buffer = architecture.waiting_room(stage.core, stage.kind == "array")
    count = shared[memory_of(stage)]
    width = (feed.channels[1] - feed.channels[0]) * (feed.segments if feed.stacked else 1)
    bits = architecture.partial_sum_bits if feed.stacked else architecture.activation_bits
    unit = width * bits * feed.tensor.vectors
    room = int(buffer.capacity / count) // unit
    needed = stage.deepest(stage.feeds.index(feed))
    if room < needed:
        raise InputError(
            f"{which}: {stage.name} must hold {needed} units of {feed.tensor.name} ({needed * unit:.0f} b) at once, its "
            f"share is {buffer.capacity / count:.0f} b (1/{count} of {buffer.capacity:.0f} b); take a larger buffer"
            + (" or token 'vector'" if mode == "row" else "")
        )
    return room
