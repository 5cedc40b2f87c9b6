"""Points that share the most are given to one worker together: what it has just played serves the next.

A worker answers the points of a bundle one after the other, until `BUDGET` seconds are over; what is left is handed out again. So quick
points cost few messages, slow ones are handed out one by one, and the table never waits long.
"""

from __future__ import annotations

import time as wall_clock
from collections.abc import Iterable, Iterator

from chipsim.sweep.point import Answered, Task, answer

BUDGET = 2.0  # seconds
LARGEST = 64  # points

Bundle = tuple[Task, ...]


def related(tasks: Iterable[Task]) -> list[Task]:
    """Tasks in their order, but those of one kin together, where the first of them stands."""
    given = list(tasks)
    first: dict[tuple[str, ...], int] = {}
    for task in given:
        for words in (task.kin[:1], task.kin):
            first.setdefault(words, task.number)
    return sorted(given, key=lambda task: (first[task.kin[:1]], first[task.kin], task.number))


def answers(bundle: Bundle) -> list[Answered]:
    """The answers of the first points of a bundle, of one at least, in their order."""
    end = wall_clock.monotonic() + BUDGET
    found: list[Answered] = []
    for task in bundle:
        found.append(answer(task))
        if found[-1].stops or found[-1].full or wall_clock.monotonic() >= end:
            break
    return found


def bundles(tasks: Iterable[Task]) -> Iterator[Bundle]:
    """Neighbours of one kin together, as many as a bundle holds."""
    bundle: list[Task] = []
    for task in tasks:
        if bundle and (task.kin[:1] != bundle[-1].kin[:1] or not task.kin or len(bundle) == LARGEST):
            yield tuple(bundle)
            bundle = []
        bundle.append(task)
    if bundle:
        yield tuple(bundle)
