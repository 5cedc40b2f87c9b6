"""Chopped Tiki-Taka (c-TTv2): the sign of the gradient in the fast array is turned at random, and turned back when it is read.

    A <- A + lambda (c o x) (b o d)^T,     g_k = c_k b o (A_k - R_k + noise xi)
    after each read of line k:     c_k <- -c_k with probability `flip`
    after the last line of a sweep:    b_j <- -b_j with probability `flip_across`, each of them by itself

c = +-1, one for each line that is read (rows: on x; columns: on d), b = +-1 on the other side, o element by element; buffer: buffered.py.
An offset of A, such as that of a reference which is not at the symmetry point, changes its sign in the buffer and averages out. A flip
of the other side turns what all lines hold at once, so it should be rare; lines that are read one by one lose no more than themselves.

The random numbers of flips are pure functions of the stream and of the number of the transfer.

Reference: M. Rasch et al., Nature Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z.
Not modelled: see transfer.py and buffered.py.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.philox import uniform
from chipsim.kernels.pulsed_update import Matrix
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.buffered import BufferedLearner, BufferedRule
from chipsim.training.rules.rule import WORD, Activity, Learner
from chipsim.training.rules.transfer import Arrays


@final
class Chopped(BufferedRule, type="chopped"):
    """A fast array with choppers, and a buffer."""

    cites = ("rasch2024",)

    flip: float = key("probability that a chopper of a line that is read flips after the read", default=0.1, ge=0, le=1, source=TOOLKIT)
    flip_across: float = key(
        "probability that a chopper of the other side flips after a sweep of all lines", default=0.0, ge=0, le=1, source=TOOLKIT
    )

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return ChoppedLearner(self, self.arrays(shape, weights, stream, chip), stream)


@final
class ChoppedLearner(BufferedLearner):
    """Takes readings with the sign of their line."""

    def __init__(self, rule: Chopped, arrays: Arrays, stream: Stream) -> None:
        super().__init__(rule, arrays)
        self._flip, self._key = rule.flip, stream.child("choppers").key
        self._flip_across, self._key_across = rule.flip_across, stream.child("choppers across").key
        self.choppers, self.across = np.ones(self.lines, np.float32), np.ones(self.width, np.float32)

    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = self._signed(x, d, self.choppers, self.across)
        return super()._collect(x, d, rate, first)

    def _transfer(self, number: int, rate: float) -> Activity:
        done = super()._transfer(number, rate)
        if uniform(1, self._key, number % WORD, number // WORD)[0] < self._flip:
            self.choppers[number % self.lines] *= -1
        if self._flip_across > 0 and number % self.lines == self.lines - 1:
            drawn = uniform(self.width, self._key_across, number % WORD, number // WORD)
            self.across[drawn < self._flip_across] *= -1
        return done

    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        said: Matrix = self.choppers[line] * self.across * reading
        return said

    def _memory(self) -> dict[str, NDArray[Any]]:
        return super()._memory() | {"choppers": self.choppers, "across": self.across}
