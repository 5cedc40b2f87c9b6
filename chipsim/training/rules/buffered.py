"""What Tiki-Taka rules with a digital buffer share: a scale for the fast array, and pulses to the slow one when a buffer is full.

    A <- A + lambda x d^T,     lambda = pulses G_A / (m_x m_d),     pulses = min(stroke states / sqrt V, longest / 2)
    m_x <- (1 - e) m_x + e max |x|  and likewise m_d, for each vector;     e = 1 / (V averaged), at the beginning 1 / v, 1/100 at most
    H_k <- H_k + s g_k,        s = rate n transfer_every / (memory lambda G_C)               g_k what line k of A says about the gradient
    where |H| >= 1:            c = clip(trunc H, +-most),   H <- kept H,   c pulses to the same cell of C

G_A, G_C mean change of one pulse of the devices; n lines of the array, so n transfer_every is the number of samples in one sweep of
reads; a sample is V vectors (transfer.py), v the running number of a vector. Whatever the size of the gradient, the largest change of A
by a sample is a share of its range (`stroke`), on average, or what half of the longest train of a vector allows, if that is less (the
maxima of single vectors exceed their mean). Changes by the V vectors are taken to have signs by chance and to add up to sqrt V of one.
H undoes that scale: where A = lambda (sum of x d^T over the last `memory` samples), a sweep moves C by rate times what a sweep of
gradients adds up to. A device that remembers a shorter time than `memory` gives a lower rate; one that remembers much longer makes A
and C swing against each other. A device that is pulsed p times a sample remembers 1 / (p f) samples, f the share of its distance from
the symmetry point that a pulse takes (1/10 with 20 states and soft bounds): of a convolution it is pulsed more often and remembers less
than that of a fully connected layer. C follows by no more than `most` pulses a sweep, by default as much of its range as a sample may
change A by: 1 pulse with 20 states, what the longest train allows with 620 or more. The fast array does not feel the learning rate, but
a rate of 0 stops it. H (lines, width of a line) float32 counts pulses; the running maxima are float64 and leave out vectors that are
all zero.

Digital work is in proportion to one line: 3 operations (product, sum, comparison) for each of its cells at a read.

References: T. Gokmen, Frontiers in Artificial Intelligence 4, 699148, 2021, DOI 10.3389/frai.2021.699148 (buffer); M. Rasch et al.,
Nature Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z (scale); constants: M. Rasch et al., AICAS 2021, DOI
10.1109/AICAS51828.2021.9458494, presets of the authors' toolkit.
Not modelled: buffers of few bits, a threshold other than 1 pulse.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.training.rules.rule import NUMBER, Activity, Footprint
from chipsim.training.rules.transfer import Arrays, TransferLearner, TransferRule

PRESET = "Rasch et al. 2021, doi:10.1109/AICAS51828.2021.9458494, presets for ReRAM in the authors' toolkit"
QUICK = 0.99  # what the running maxima keep of the past at a vector, at least: after a hundred vectors the first one is forgotten


class BufferedRule(TransferRule):
    """Root of the rules with a digital buffer."""

    stroke: float = key(
        "share of the range of the fast devices that the largest change of a sample takes, on average",
        default=0.05,
        gt=0,
        le=1,
        source="assumed: 1 pulse with 20 states",
    )
    memory: float = key("samples whose gradients a reading of the fast array is taken to sum", default=1000.0, gt=0, source=PRESET)
    averaged: float = key("samples over which the largest |x| and |d| are averaged", default=100.0, ge=1, source=TOOLKIT)
    most: int | None = key(
        "most pulses of a device of the slow array in a transfer; default: `stroke` of its range, at most `longest`",
        default=None,
        ge=1,
        le=LONGEST,
    )
    kept: float = key("share of the buffer that is left after a pulse", default=0.1, ge=0, lt=1, source=TOOLKIT)

    @property
    def most_pulses(self) -> int:
        """`most`, or its default."""
        return self.most or min(max(1, round(self.stroke * self.devices.states)), self.longest)

    def for_vectors(self, each: int) -> Self:
        if each == 1:
            return self
        counts = {"memory": self.memory * each, "averaged": self.averaged * each}
        return super().for_vectors(each).having(stroke=self.stroke / math.sqrt(each), most=self.most_pulses, **counts)

    @property
    def footprint(self) -> Footprint:
        return super().footprint._replace(digital_bits=NUMBER)


class BufferedLearner(TransferLearner):
    """Root of the learners with a digital buffer."""

    def __init__(self, rule: BufferedRule, arrays: Arrays) -> None:
        super().__init__(rule, arrays)
        self._memory_of_fast, self._kept = rule.memory, np.float32(rule.kept)
        self.most, self._averaged = rule.most_pulses, 1 - 1 / rule.averaged
        self._longest, self.pulses = rule.longest, min(rule.stroke * self.fast.response.states, rule.longest / 2)
        self.buffer = np.zeros((self.lines, self.width), np.float32)
        self.maxima = np.zeros(2, np.float64)  # running means of max |x| and max |d|

    @property
    def fast_rate(self) -> float:
        """lambda, at present; 0 before the first vector."""
        scale = float(self.maxima[0] * self.maxima[1])
        return self.pulses * self.fast.granularity / scale if scale > 0 else 0.0

    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        """Vectors into the fast array, each at the rate of its own moment."""
        if rate == 0:
            return Activity()
        scaled = np.ascontiguousarray(d * self._rates(_tops(x), _tops(d), first)[:, None], np.float32)
        scales = Activity(operations=x.size + 2 * d.size)
        return self.fast.descend(x, scaled, 1.0, first, self._longest, self._trains).merged(scales)

    def _rates(self, tops_x: Matrix, tops_d: Matrix, first: int) -> NDArray[np.float64]:
        """lambda for each vector, whose largest |x| and |d| enter the running means."""
        (mean_x, mean_d), change, rates = self.maxima.tolist(), self.pulses * self.fast.granularity, np.zeros(len(tops_x))
        for index, (top_x, top_d) in enumerate(zip(tops_x.tolist(), tops_d.tolist(), strict=True)):
            if top_x > 0 and top_d > 0:
                keep = min(self._averaged, max(QUICK, 1 - 1 / (first + index + 1))) if mean_x * mean_d > 0 else 0.0
                mean_x, mean_d = keep * mean_x + (1 - keep) * top_x, keep * mean_d + (1 - keep) * top_d
            rates[index] = change / (mean_x * mean_d) if mean_x * mean_d > 0 else 0.0
        self.maxima[...] = mean_x, mean_d
        return rates

    def _transfer(self, number: int, rate: float) -> Activity:
        line, reading = number % self.lines, self._read(number)
        said = self._gradient(line, number // self.lines, reading)
        if self.fast_rate > 0:
            sweep = self.lines * self._every
            scale = rate * sweep / (self._memory_of_fast * self.fast_rate * self.slow.granularity)
            self.buffer[line] += np.float32(scale) * said
        work = Activity(reads=1, operations=3 * self.width)
        return self._empty(line, number).merged(work)

    @abstractmethod
    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        """What a reading of line `line` in sweep `sweep` says about the gradient, (width,)."""

    def _empty(self, line: int, number: int) -> Activity:
        """Pulses to the slow array where the buffer of a line is full."""
        counts = np.clip(np.trunc(self.buffer[line]), -self.most, self.most).astype(np.int64)
        self.buffer[line, counts != 0] *= self._kept
        return self.slow.count(self._axis, line, counts, number)

    def _memory(self) -> dict[str, NDArray[Any]]:
        return super()._memory() | {"buffer": self.buffer, "maxima": self.maxima}


def _tops(values: Matrix) -> Matrix:
    return np.asarray(np.abs(values).max(axis=1, initial=0))
