"""Plain descent on pairs of phase-change devices that only go up, refreshed when they are full.

    g_plus <- g_plus + rate x d^T   where x d > 0,     g_minus <- g_minus + rate |x d^T|   where x d < 0,     W = g_plus - g_minus

by trains of at most `longest` slots (driving.py). Every `refresh_every` samples all pairs are
read, and those that are full are reset and rewritten (responses/one_sided.py): 2 reads of each row and 4 comparisons for each weight,
whether a pair is full or not. Trains are as long as the mean step on the way to the refresh asks for; near rest the steps of
phase-change memory are many times larger, and what one device gained no pulse takes back, so a weight moves in coarse and uneven steps
and is disturbed by every refresh. It is what a cell with a capacitor beside the pair was made for (pcm_capacitor.py).

The largest and smallest weight of a pair is w_max of the devices; a full pair stays useful until the next check, so `refresh_every` is
at its default the safest and most expensive.

References: G. W. Burr et al., IEEE Transactions on Electron Devices 62, 3498, 2015, DOI 10.1109/TED.2015.2439635 (network on such
pairs); S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406, 2020, DOI 10.3389/fnins.2020.00406 (pair and refresh).
Not modelled: see pair_array.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.responses import OneSidedPair
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.driving import DrivenRule
from chipsim.training.rules.pair_array import PairArray
from chipsim.training.rules.rule import Activity, Footprint, Learner, State, copied, vectors


@final
class PCMPair(DrivenRule, type="pcm_pair"):
    """Pulses of the gradient go to two devices that only rise."""

    cites = ("burr2015", "nandakumar2020")

    upper: float = key("share of w_max above which the larger device is full", default=0.75, gt=0, le=1, source=TOOLKIT)
    lower: float = key("share of w_max above which the smaller one makes a refresh pay", default=0.25, ge=0, lt=1, source=TOOLKIT)
    refresh_every: int = key(
        "samples between two checks for full pairs", default=1, ge=1, source="assumed: a mini-batch of 1, as the authors' toolkit checks"
    )
    longest: int = key("most time slots of a train", default=31, ge=1, le=LONGEST, source=TOOLKIT)

    @property
    def footprint(self) -> Footprint:
        return Footprint(2)

    @property
    def interval(self) -> int:
        return self.refresh_every

    def for_vectors(self, each: int) -> Self:
        return self.having(refresh_every=self.refresh_every * each)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        kind = OneSidedPair(device=self.devices, upper=self.upper, lower=self.lower)
        return PCMPairLearner(self, PairArray(kind, shape, weights, stream, chip))


@final
class PCMPairLearner(Learner):
    """One array of pairs; its state is what their devices hold."""

    def __init__(self, rule: PCMPair, array: PairArray) -> None:
        self.array, self._every, self._longest, self._trains = array, rule.refresh_every, rule.longest, rule.trains
        self._weights, self._stale = array.weights, False

    @property
    def weights(self) -> Matrix:
        if self._stale:
            np.subtract(self.array.held.plus, self.array.held.minus, out=self._weights)
            self._stale = False
        return self._weights

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.array.shape)
        done, start = Activity(operations=x.size + d.size), 0
        while start < len(x):
            stop = min(len(x), start + self._every - (first + start) % self._every)
            done = done.merged(self.array.descend(x[start:stop], d[start:stop], rate, first + start, self._longest, self._trains))
            if (first + stop) % self._every == 0 and rate > 0:
                done = done.merged(self.array.refresh((first + stop) // self._every - 1))
            start = stop
        self._stale = True
        return done

    def pause(self, number: int, batches: int = 1) -> None:
        self.array.pause(number, batches)
        self._stale = True

    def state(self) -> State:
        return {name: array.copy() for name, array in self.array.arrays().items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        copied(state, self.array.arrays())
        self._stale = True
