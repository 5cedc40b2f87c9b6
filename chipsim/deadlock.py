"""When nothing moves any more: who waits for whom, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chipsim.components.station import Station


def deadlock_message(stations: Sequence[Station]) -> str:
    """The circle of stations that wait for each other, or all that wait when there is no circle."""
    reasons = {station.stage.number: station.waits_for() for station in stations}
    waits = {number: others for number, (_, others) in reasons.items() if others}
    named = circle(waits) or sorted(waits)
    lines = [f"  {stations[number].stage.name} waits for {reasons[number][0]}" for number in named]
    return "\n".join(["the chip is deadlocked; larger buffers on this circle would help:", *lines])


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
