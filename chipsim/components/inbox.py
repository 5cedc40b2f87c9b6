"""The input buffer of a stage for one tensor: collects the segments of every unit, keeps values until nobody needs them.

Room is given back, unit by unit, as the stage moves on; senders hold credits for it, so nothing is ever dropped and a sender
that runs out of credits waits (back-pressure).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import final

import numpy as np

from chipsim.components.token import Floats, Token, time_of
from chipsim.mapping.dataflow import Feed, Flow, Stage

Key = tuple[int, int]  # sample, unit


@final
class Inbox:
    """Arrivals of feed number `feed` of a stage; `released(sample, unit)` is called when a unit's room is free again."""

    def __init__(self, stage: Stage, feed: int, released: Callable[[int, int], None]) -> None:
        self.stage, self.number, self.released = stage, feed, released
        self.feed: Feed = stage.feeds[feed]
        self.feeding: list[Flow] = []  # the flows that end here
        self.stamps: dict[Key, tuple[int, int, int]] = {}  # segments still missing, first, last
        self.images: dict[int, Floats] = {}
        self.partials: dict[Key, list[Floats | None]] = {}

    def put(self, token: Token, segment: int, channels: tuple[int, int]) -> None:
        """Take in one segment of a unit."""
        place = token.sample, token.unit
        missing, first, last = self.stamps.get(place, (self.feed.segments, 0, 0))
        self.stamps[place] = missing - 1, max(first, token.first), max(last, token.last)
        if self.feed.stacked:
            self.partials.setdefault(place, [None] * self.feed.segments)[segment] = token.values
            return
        shape = self.feed.tensor.shape
        image = self.images.setdefault(token.sample, np.zeros(shape, np.float32))
        y, x = self.feed.tensor.start(token.unit)
        image[channels[0] : channels[1], y, x : x + len(token.values)] = token.values.T

    def ready(self, sample: int, unit: int) -> tuple[int, int] | None:
        """When the first and the last vector of the stage's unit have all they need of this tensor; None while units miss."""
        window = self.stage.window(self.number, unit)
        first, last, vectors = 0, 0, self.feed.tensor.vectors
        for needed in reversed(window.units):  # units arrive in order: what is missing is at the end
            missing, begin, end = self.stamps.get((sample, needed), (1, 0, 0))
            if missing:
                return None
            first = max(first, time_of(begin, end, window.first, vectors))
            last = max(last, time_of(begin, end, window.last, vectors))
        return first, max(first, last)

    def image(self, sample: int) -> Floats:
        """The tensor [C, H, W] of a sample as far as it has arrived; channels this stage does not read are zero."""
        return self.images[sample]

    def parts(self, sample: int, unit: int) -> list[Floats]:
        """The segments of one unit in their fixed order."""
        return [part for part in self.partials[sample, unit] if part is not None]

    def forget(self, sample: int, before: int) -> None:
        """Give back the room of all units of a sample below `before`."""
        for place in sorted(key for key in self.stamps if key[0] == sample and key[1] < before):
            if self.stamps[place][0] == 0:
                del self.stamps[place]
                self.partials.pop(place, None)
                self.released(*place)
        if before >= self.feed.tensor.units:
            self.images.pop(sample, None)

    def state(self, now: int, completed: int) -> Hashable:
        """Fill and time stamps, relative to now and to the samples completed."""
        return tuple(
            (sample - completed, unit, missing, max(first - now, 0), max(last - now, 0))
            for (sample, unit), (missing, first, last) in sorted(self.stamps.items())
        )
