"""Moments of an epoch whose mini-batches are looked at closely, and what they say of the whole epoch.

Of B mini-batches, m runs of k consecutive ones are looked at, evenly spread: run i = 0 .. m - 1 begins at floor((i + 1/2) B / m - k/2).
Each gives some figures (time, energies ... of a mini-batch). For the epoch:

    mean over the moments          standard error = s / sqrt(m),  s the standard deviation between moments (m > 1)

What a rule does only every P samples, P > k n, would fall between such moments, or count too often. Then no run has a mini-batch in which
that happens, and one more run ends with one (`seldom`). With x the mean over the ordinary runs and v that of the seldom ones,

    figure of the epoch = x + f g (v - x)       f share of mini-batches in which it happens, g = k, for times between ends k - 1

The error is that of x alone. A figure that a moment does not give counts as 0 there. The moments are no random draw; for a figure that
drifts steadily through the epoch the standard error is too large rather than too small. The last mini-batch of an epoch, which may be
smaller, is never looked at unless there is no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from chipsim.training.work import StepWork

Figures = dict[str, float]


class Span(NamedTuple):
    """Mini-batches of an epoch that are looked at in a row; `seldom` when something happens in the last one that seldom does."""

    first: int
    last: int  # the one after the last
    seldom: bool = False


class Moments(NamedTuple):
    """How many moments of an epoch are looked at, how many mini-batches each, and who says what they were."""

    number: int
    batches: int
    play: Callable[[Sequence[StepWork]], Figures]
    period: int = 1  # samples from one of the seldom steps of the rule to the next

    def begins(self, samples: int, batch: int, seen: int = 0) -> list[Span]:
        """Of an epoch of so many samples, after `seen` of them in the epochs before."""
        whole = max(samples // batch, 1)
        length = min(self.batches, whole)
        most = min(self.number, whole // length)
        firsts = [max(math.floor((number + 0.5) * whole / most - length / 2), 0) for number in range(most)]
        spans = [Span(first, first + length) for first in firsts]
        events = self.events(samples, batch, seen) if self.period > length * batch else []
        if not events:
            return spans
        middle = events[len(events) // 2]
        special = Span(max(middle + 1 - length, 0), middle + 1, True)
        calm = [span for span in (_beside(span, events, whole) for span in spans) if span is not None]
        return _apart([special, *calm])

    def events(self, samples: int, batch: int, seen: int) -> list[int]:
        """The mini-batches of an epoch in which the seldom happens: with every `period`-th sample."""
        ends = range((seen // self.period + 1) * self.period, seen + samples + 1, self.period)
        return sorted({(end - seen - 1) // batch for end in ends if (end - seen - 1) // batch < max(samples // batch, 1)})


def _beside(span: Span, events: Sequence[int], whole: int) -> Span | None:
    """The span moved to the nearest place without events; None where there is none."""
    length = span.last - span.first
    places = {span.first, *(event + 1 for event in events), *(event - length for event in events)}
    for first in sorted(places, key=lambda place: (abs(place - span.first), place)):
        if first >= 0 and first + length <= whole and not any(first <= event < first + length for event in events):
            return Span(first, first + length)
    return None


def _apart(spans: Sequence[Span]) -> list[Span]:
    """In order, without those that overlap one named before them."""
    kept: list[Span] = []
    for span in spans:
        if all(span.last <= other.first or other.last <= span.first for other in kept):
            kept.append(span)
    return sorted(kept)


class Moment(NamedTuple):
    """What one moment was; figures as `Moments.play` gave them."""

    epoch: int  # counted from 1
    sample: int  # of the epoch, the first one
    figures: Figures
    seldom: bool = False


class Mean(NamedTuple):
    """Mean of a figure over some moments, and the standard error of it (None for one moment)."""

    value: float
    error: float | None


def means(moments: Sequence[Moment]) -> dict[str, Mean]:
    """The mean of every figure."""
    names = dict.fromkeys(name for moment in moments for name in moment.figures)
    return {name: mean([moment.figures.get(name, 0.0) for moment in moments]) for name in names}


def mean(values: Sequence[float]) -> Mean:
    """The mean of numbers of moments, at least one."""
    return Mean(fmean(values), stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None)
