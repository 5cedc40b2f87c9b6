"""When nothing moves any more: who waits for whom, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chipsim.architecture import Architecture
from chipsim.components.station import Station
from chipsim.units import show


def deadlock_message(stations: Sequence[Station], architecture: Architecture) -> str:
    """The circle of stations that wait for each other, or all that wait when there is no circle; first, the buffers that are full."""
    reasons = {station.stage.number: station.waits_for() for station in stations}
    waits = {number: others for number, (_, others) in reasons.items() if others}
    named = circle(waits) or sorted(waits)
    lines = [f"  {stations[number].stage.name} waits for {reasons[number][0]}" for number in named]
    help_of = f"larger buffers on this circle would help{_full(stations, named, architecture)}"
    return "\n".join([f"the chip is deadlocked; {help_of}:", *lines])


def _full(stations: Sequence[Station], named: Sequence[int], architecture: Architecture) -> str:
    """The keys of the buffers for whose room stations wait, with what they hold today; nothing where none of them does."""
    found = {}
    for target in (route.target for number in named if (route := stations[number].outbox.blocked) is not None):
        where, memory = architecture.waiting_room(target.core, target.kind == "array")
        found[where] = f"architecture.{where}.capacity (now {show(memory.capacity, 'b')})"
    return f" ({', '.join(found.values())})" if found else ""


def circle(waits: Mapping[int, Sequence[int]]) -> list[int]:
    """A circle in who waits for whom, in order; empty when there is none."""
    finished: set[int] = set()
    for start in sorted(waits):
        path: list[int] = []
        ways: list[Iterator[int]] = [iter([start])]
        while ways:
            number = next(ways[-1], None)
            if number is None:
                ways.pop()
                if path:
                    finished.add(path.pop())
            elif number in path:
                return path[path.index(number) :]
            elif number not in finished:
                path.append(number)
                ways.append(iter(waits.get(number, ())))
    return []
