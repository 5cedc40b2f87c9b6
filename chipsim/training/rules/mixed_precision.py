"""Mixed precision: the gradient is summed in digital, and whole steps of the devices are sent to them as pulses.

    v <- momentum v + rate x d^T,     chi <- chi + v           for every vector, in digital, 2 (with momentum 4) rows columns operations
    every `transfer_every` samples:   n = clip(trunc(chi / G), +-longest),   chi <- chi - n G,   n pulses on each cell, row after row

chi and v (rows, columns) float32 in units of the full-scale weight, G the mean change of one pulse. The pulses are not read back: a
device is trusted to move by G a pulse, and what it does instead shows in the next gradients. Rounding of small changes is gone, since
chi keeps what is below a step. With momentum a steady gradient counts 1 / (1 - momentum) times. The price is digital work in proportion
to the size of the array, 2 rows columns operations a transfer too.

References: S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406, 2020, DOI 10.3389/fnins.2020.00406.
Not modelled: x and d of few bits.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.one_array import OneArray
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.rule import NUMBER, Activity, Footprint, Learner, Rule, State, vectors


@final
class MixedPrecision(Rule, type="mixed_precision"):
    """A digital sum of the gradient beside the array."""

    cites = ("nandakumar2020",)

    transfer_every: int = key("samples between two transfers", default=1, ge=1, source="assumed: every sample, as for the other rules")
    longest: int = key(
        "most pulses of a device in a transfer; the rest stays in the sum", default=31, ge=1, le=LONGEST, source="assumed: as for SGD"
    )
    momentum: float = key("share of the last change that is repeated, in digital", default=0.0, ge=0, lt=1, source="assumed: none")

    @property
    def footprint(self) -> Footprint:
        return Footprint(1, NUMBER if self.momentum == 0 else 2 * NUMBER)

    @property
    def interval(self) -> int:
        return self.transfer_every

    def for_vectors(self, each: int) -> Self:
        return self.having(transfer_every=self.transfer_every * each)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return MixedPrecisionLearner(self, PulsedArray(self.devices, shape, weights, stream, chip))


@final
class MixedPrecisionLearner(OneArray):
    """One array and the sum of its gradient."""

    def __init__(self, rule: MixedPrecision, array: PulsedArray) -> None:
        super().__init__(array)
        self.rule = rule
        self.chi = np.zeros(array.shape, np.float32)
        self.velocity = np.zeros_like(self.chi) if rule.momentum > 0 else None

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.array.shape)
        done = Activity(operations=(2 if self.velocity is None else 4) * len(x) * self.chi.size)
        for index in range(len(x)):  # one by one, as a sum of floating-point numbers depends on its order
            change = x[index, :, None] * (np.float32(rate) * d[index])
            if self.velocity is not None:
                self.velocity *= np.float32(self.rule.momentum)
                self.velocity += change
                change = self.velocity
            self.chi += change
            if (first + index + 1) % self.rule.transfer_every == 0:
                done = done.merged(self._transfer(first + index))
        return done

    def _transfer(self, number: int) -> Activity:
        step, most = np.float32(self.array.granularity), self.rule.longest
        counts = np.clip(np.trunc(self.chi / step), -most, most)
        self.chi -= counts * step
        return self.array.write(counts.astype(np.int64), number).merged(Activity(operations=2 * self.chi.size))

    def memory(self) -> State:
        return super().memory() | {"chi": self.chi} | ({} if self.velocity is None else {"velocity": self.velocity})
