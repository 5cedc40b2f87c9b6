"""Tiki-Taka, version 1: what a line of the fast array shows is added to the slow array by pulses.

    A <- A + fast_rate rate x d^T,          C_k <- C_k + transfer_rate rate (A_k + noise xi)          W = C + gamma A

k the line that is read; both updates are pulse trains (driving.py). With gamma = 0 the fast array is hidden from the network.
A is a sum over the past that fades with the pulses it gets, the more so the fewer its states; C sums it once more. Devices that hardly
fade (many states, or steps that are equal everywhere) make the two sums swing against each other for long; gamma above 0 damps that.
Read noise goes straight into the pulses to C.

Reference: T. Gokmen, W. Haensch, Frontiers in Neuroscience 14, 103, 2020, DOI 10.3389/fnins.2020.00103.
Not modelled: see transfer.py.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import Matrix
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.rule import Activity, Learner
from chipsim.training.rules.transfer import Arrays, TransferLearner, TransferRule


@final
class TikiTaka(TransferRule, type="tiki_taka"):
    """A fast array whose readings become pulses."""

    cites = ("gokmen2020",)

    fast_rate: float = key("learning rate of the fast array, in units of the rate of the network", default=1.0, gt=0, source=TOOLKIT)
    transfer_rate: float = key("share of a reading that is added, in units of the rate", default=1.0, gt=0, source=TOOLKIT)
    gamma: float = key(
        "share of the fast array in the weights that the network sees; 0: hidden, as in the authors' toolkit",
        default=0.5,
        ge=0,
        source="assumed: enough to damp the swinging of the two sums on devices that hardly fade",
    )

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return TikiTakaLearner(self, self.arrays(shape, weights, stream, chip))


@final
class TikiTakaLearner(TransferLearner):
    """A fast and a slow array."""

    def __init__(self, rule: TikiTaka, arrays: Arrays) -> None:
        super().__init__(rule, arrays)
        self.rule = rule

    @property
    def weights(self) -> Matrix:
        if self.rule.gamma == 0:
            return self.slow.weights
        return self.slow.weights + np.float32(self.rule.gamma) * self.reference.below(self.fast.weights)

    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        scales = Activity(operations=x.size + d.size)
        return self.fast.descend(x, d, self.rule.fast_rate * rate, first, self.rule.longest, self._trains).merged(scales)

    def _transfer(self, number: int, rate: float) -> Activity:
        one, reading = self._one_hot(number % self.lines), self._read(number)[None, :]
        sides = (one, reading) if self._axis == "row" else (reading, one)
        written = self.slow.descend(*sides, self.rule.transfer_rate * rate, number, self.rule.longest, self._trains)
        return written.merged(Activity(reads=1, operations=self.width))
