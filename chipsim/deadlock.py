"""When nothing moves any more: who waits for whom, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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

    def follow(number: int, path: list[int]) -> list[int]:
        if number in path:
            return path[path.index(number) :]
        if number in finished:
            return []
        for other in waits.get(number, []):
            found = follow(other, [*path, number])
            if found:
                return found
        finished.add(number)
        return []

    return next((found for start in sorted(waits) if (found := follow(start, []))), [])
