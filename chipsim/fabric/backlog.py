"""The calendar of one channel: when the work that has arrived will be done, and which work is still to arrive.

A packet that arrives at time t starts when everything that arrived before it is done, s = max(t, free), and moves `free` on by
its own length. A burst (n vectors of length b, first here at t1, last at t2) brings its first vector at once and the rest
as a stream of constant rate:

    w(t) = (n - 1) b (t - t1) / (t2 - t1)                       work that has arrived since t1, t1 <= t <= t2
    free(t') = max(t', max(t, free(t)) + sum of w over (t, t'])    work that has arrived, minus what was done in the meantime

so that others wait for those vectors of a burst that are there, not for those to come. The last vector starts at
max(t2, s1 + (n - 1) b, free(t2) - b), with the streams known at t1. All times are in integer picoseconds.
Exact for single vectors. Not modelled: the grain of streams (a vector that just misses one of a stream waits up to b), later
streams in the time of the last vector.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple, final


class Stream(NamedTuple):
    """Work (ps of channel time) that arrives evenly from `begin` to `end`."""

    end: int
    begin: int
    work: int

    def until(self, time: int) -> int:
        """Work that has arrived by `time`."""
        return self.work * (min(time, self.end) - self.begin) // (self.end - self.begin)


@final
class Backlog:
    """Work on one channel; `seen` is the time up to which arrivals are contained in `free`."""

    __slots__ = ("free", "seen", "streams")

    def __init__(self) -> None:
        self.free = self.seen = 0
        self.streams: list[Stream] = []

    def enter(self, now: int, count: int, length: int, spread: int) -> tuple[int, int]:
        """Take `count` vectors of `length` that arrive from `now` to `now + spread` (one: 0): start of the first and of the last."""
        if self.streams:
            self._advance(now)
        start = max(now, self.free)
        rest = (count - 1) * length
        if spread == 0:
            self.free = start + length + rest
            return start, start + rest
        self.seen, self.free = now, start + length
        self.streams.append(Stream(now + spread, now, rest))
        self.streams.sort()
        return start, max(now + spread, start + rest, self.at(now + spread).free - length)

    def at(self, time: int) -> Backlog:
        """What the calendar will look like at `time` when nothing else comes (this one stays as it is)."""
        later = Backlog()
        later.free, later.seen, later.streams = self.free, self.seen, self.streams.copy()
        later._advance(time)
        return later

    def left(self, now: int) -> int:
        """Work entered and not yet done at `now`."""
        later = self.at(now)
        return max(0, later.free - now) + sum(stream.work - stream.until(now) for stream in later.streams)

    def state(self, now: int) -> Hashable:
        """The calendar relative to `now`; equal states behave equally."""
        over = [stream.end for stream in self.streams if stream.end <= now]
        if over:
            return self.at(max(over)).state(now)
        if not self.streams:
            return max(0, self.free - now)
        coming = tuple((stream.end - now, stream.begin - now, stream.work) for stream in self.streams)
        return max(self.seen, self.free) - now, self.seen - now, coming

    def _advance(self, now: int) -> None:
        """Let the streams arrive up to `now`, one stretch of constant rates after the other."""
        for stop in sorted({min(now, stream.end) for stream in self.streams}):
            arrived = sum(stream.until(stop) - stream.until(self.seen) for stream in self.streams)
            self.free = max(stop, max(self.seen, self.free) + arrived)
            self.seen = stop
            self.streams = [stream for stream in self.streams if stream.end > stop]
