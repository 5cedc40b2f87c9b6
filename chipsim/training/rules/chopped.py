"""Chopped Tiki-Taka (c-TTv2): the sign of the gradient in the fast array is turned at random, and turned back when it is read.

    A <- A + lambda (c o x) d^T,       g_k = c_k (A_k + noise xi),       after each read of line k:  c_k <- -c_k with probability `flip`

c = +-1, one for each line that is read (rows: on x; columns: on d), o element by element; buffer: buffered.py. An offset of A, such as
that of a reference which is not at the symmetry point, changes its sign in the buffer and averages out.

The random number of a flip is a pure function of the stream, the number of the transfer, and nothing else.

Reference: M. Rasch et al., Nature Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z.
Not modelled: choppers on the other side of the array as well; see transfer.py and buffered.py.
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
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.rule import WORD, Activity, Learner


@final
class Chopped(BufferedRule, type="chopped"):
    """A fast array with choppers, and a buffer."""

    cites = ("rasch2024",)

    flip: float = key("probability that a chopper flips after a read of its line", default=0.1, ge=0, le=1, source=TOOLKIT)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return ChoppedLearner(self, self.pair(shape, weights, stream, chip), stream)


@final
class ChoppedLearner(BufferedLearner):
    """Takes readings with the sign of their line."""

    def __init__(self, rule: Chopped, arrays: tuple[PulsedArray, PulsedArray], stream: Stream) -> None:
        super().__init__(rule, arrays)
        self._flip, self._key = rule.flip, stream.child("choppers").key
        self.choppers = np.ones(self.lines, np.float32)

    def _collect(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = self._signed(x, d, self.choppers)
        return super()._collect(x, d, rate, first)

    def _transfer(self, number: int, rate: float) -> Activity:
        done = super()._transfer(number, rate)
        if uniform(1, self._key, number % WORD, number // WORD)[0] < self._flip:
            self.choppers[number % self.lines] *= -1
        return done

    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        said: Matrix = self.choppers[line] * reading
        return said

    def _memory(self) -> dict[str, NDArray[Any]]:
        return super()._memory() | {"choppers": self.choppers}
