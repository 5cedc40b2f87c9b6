"""AGAD: a chopped fast array whose readings are taken against a reference that is computed on the way.

    A <- A + lambda (c o x) d^T,       g_k = c_k (r_k - past_k),       r_k = A_k + noise xi
    mean_k <- mean_k + (tail / P) (r_k - mean_k)  at each read;        after P reads of line k:  past_k <- mean_k,  c_k <- -c_k

c = +-1, one for each line (rows: on x; columns: on d), o element by element; P reads make a half period, ceil(1 / flip) or as
many as fit into `half_period` samples with a read of each line every n transfer_every of them, the smaller, but at least 2; mean and
past (rows, columns) float32 in units of the full-scale weight; buffer: buffered.py. `past` is what the line showed at the end of the
half period before, when the gradient had the other sign, so offsets cancel without a reference device, wherever the symmetry point
is. In the first half period nothing goes to the buffer, as there is no past. 3 more operations at a read for each cell of the line.

`significance` z > 0: a reading counts only where the running mean is z standard errors of the difference from the past one,

    var <- (1 - a) (var + a (r - mean)**2),     |mean - past|**2 >= z**2 2 var a / (2 - a),      a = min(1, tail / P)

that of two means of independent readings, each with weights that fall by 1 - a from reading to reading; 9 operations instead of 3.

Reference: M. Rasch et al., Nature Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z; tail of 5 from the authors' toolkit.
Not modelled: half periods that differ between lines; choppers across; see transfer.py and buffered.py.
"""

from __future__ import annotations

import math
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import Matrix
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.buffered import BufferedLearner, BufferedRule
from chipsim.training.rules.rule import NUMBER, Activity, Footprint, Learner
from chipsim.training.rules.transfer import Arrays


@final
class AGAD(BufferedRule, type="agad"):
    """A fast array with choppers, a running reference, and a buffer."""

    cites = ("rasch2024",)

    flip: float = key(
        "inverse of the number of reads of a line between two flips of its chopper",
        default=0.1,
        gt=0,
        le=1,
        source=TOOLKIT,
    )
    half_period: float = key(
        "samples after which a chopper flips, if that is sooner; not before two reads of its line",
        default=2000.0,
        gt=0,
        source="assumed: twice the `memory` of a reading, as nothing is learned in the first half period",
    )
    tail: float = key("weight of the last readings of a half period in its mean; 1: all alike", default=5.0, ge=1, source=TOOLKIT)
    significance: float = key(
        "standard errors by which the means of two half periods must differ for a reading to count; 0: every reading counts",
        default=0.0,
        ge=0,
        source="assumed: off, as it changed little in our regression and took accuracy on MNIST",
    )

    def for_vectors(self, each: int) -> Self:
        return super().for_vectors(each).having(half_period=self.half_period * each)

    def period(self, lines: int) -> int:
        """Reads of a line in a half period, where so many lines take turns."""
        return max(2, min(math.ceil(1 / self.flip), round(self.half_period / (lines * self.transfer_every))))

    @property
    def footprint(self) -> Footprint:
        return super().footprint._replace(digital_bits=(4 if self.significance > 0 else 3) * NUMBER)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return AGADLearner(self, self.arrays(shape, weights, stream, chip))


@final
class AGADLearner(BufferedLearner):
    """Takes the difference of readings to those before the last flip."""

    def __init__(self, rule: AGAD, arrays: Arrays) -> None:
        super().__init__(rule, arrays)
        self._period = rule.period(self.lines)
        self._share = np.float32(min(1.0, rule.tail / self._period))
        self.choppers = np.ones(self.lines, np.float32)
        self.mean, self.past = np.zeros_like(self.buffer), np.zeros_like(self.buffer)
        self._limit = np.float32(2 * rule.significance**2 * self._share / (2 - self._share))
        self.variance = np.zeros_like(self.buffer) if rule.significance > 0 else None

    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = self._signed(x, d, self.choppers)
        return super()._collect(x, d, rate, first)

    def _transfer(self, number: int, rate: float) -> Activity:
        return super()._transfer(number, rate).merged(Activity(operations=(3 if self.variance is None else 9) * self.width))

    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        said = self.choppers[line] * (reading - self.past[line])
        apart = reading - self.mean[line]
        self.mean[line] += self._share * apart
        if self.variance is not None:
            self.variance[line] += self._share * ((1 - self._share) * apart**2 - self.variance[line])
            said[(self.mean[line] - self.past[line]) ** 2 < self._limit * self.variance[line]] = 0
        if (sweep + 1) % self._period == 0:
            self.past[line] = self.mean[line]
            self.choppers[line] *= -1
        nothing: Matrix = np.zeros_like(said)
        return nothing if sweep < self._period else said

    def _memory(self) -> dict[str, NDArray[Any]]:
        tested = {} if self.variance is None else {"variance": self.variance}
        return super()._memory() | {"choppers": self.choppers, "mean": self.mean, "past": self.past} | tested
