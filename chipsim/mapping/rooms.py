"""How many units of what it reads each stage may have waiting, decided before the clock starts.

    units = floor(share / bits of a unit)        at least as many as a unit of work needs at once

A memory is divided among its readers (`sharing.py`) in equal parts; where that is too little for one of them, in proportion to what each
needs at once.
"""

from __future__ import annotations

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow, Stage
from chipsim.mapping.sharing import readers

UNLIMITED = 1 << 40  # the host takes every result at once
Rooms = dict[tuple[int, int], int]  # by stage and feed
Reader = list[tuple[Stage, int]]


def rooms(dataflow: Dataflow, architecture: Architecture) -> Rooms:
    """The room of every feed of every stage; InputError names the first memory that is too small and counts the others."""
    found = {(stage.number, n): UNLIMITED for stage in dataflow.stages if stage.kind == "sink" for n in range(len(stage.feeds))}
    problems: list[str] = []
    for memory, groups in readers(dataflow.stages, architecture.tile.arrays).items():
        which, buffer = architecture.waiting_room(memory[1], memory[2])
        needs = [max(_unit(stage, n, architecture) * stage.deepest(n) for stage, n in group) for group in groups]
        shares = _shares(needs, int(buffer.capacity))
        if not shares:
            problems.append(f"{which}: {_too_small(groups, needs, int(buffer.capacity), architecture, dataflow.mode)}")
        for group, share in zip(groups, shares, strict=False):
            found |= {(stage.number, n): share // _unit(stage, n, architecture) for stage, n in group}
    if problems:
        more = f" ({len(problems) - 1} more memories are too small)" if len(problems) > 1 else ""
        raise InputError(problems[0] + more)
    return found


def _shares(needs: list[int], capacity: int) -> list[int]:
    """The bits of each reader; none where there is too little for all together."""
    if capacity // len(needs) >= max(needs):
        return [capacity // len(needs)] * len(needs)
    return [capacity * need // sum(needs) for need in needs] if sum(needs) <= capacity else []


def _unit(stage: Stage, number: int, architecture: Architecture) -> int:
    """Bits of a unit of what a stage reads."""
    feed = stage.feeds[number]
    width = (feed.channels[1] - feed.channels[0]) * (feed.segments if feed.stacked else 1)
    bits = architecture.partial_sum_bits if feed.stacked else architecture.activation_bits
    return width * bits * feed.tensor.vectors


def _too_small(groups: list[Reader], needs: list[int], capacity: int, architecture: Architecture, mode: str) -> str:
    need = max(needs)
    (stage, number), *_ = groups[needs.index(need)]
    unit, tensor = _unit(stage, number, architecture), stage.feeds[number].tensor
    others = f" for {len(needs)} readers that must hold {sum(needs)} b together" if len(needs) > 1 else ""
    finer = " or token 'vector'" if mode == "row" and tensor.vectors > 1 else ""
    fewer = ("'mapping.fill: spread', " if architecture.tile.arrays > 1 else "") + "'mapping.copies: none', or `mapping.tiles`"
    spread = f"; or fewer blocks on a tile ({fewer})" if len(needs) > 1 else ""
    held = f"{need // unit} unit{'s' if need > unit else ''} of {tensor.name} ({need} b)"
    return f"{stage.name} must hold {held} at once, the buffer has {capacity} b{others}; take a larger buffer{finer}{spread}"
