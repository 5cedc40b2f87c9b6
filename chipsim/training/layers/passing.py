"""One pass of samples through a network: who they are, and who watches.

Vector v of the V vectors of sample i has the running number i V + v, known to noise and trains by its lower and upper word of 32 bits.
An evaluation has noise of its own (other keys, see `block.py`): there the lower word is that of the vector, the upper one the moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.training.layers.watch import Watch
from chipsim.training.rules.rule import WORD, numbers_of


class Words(NamedTuple):
    """The identity of vectors, two words each."""

    sample: NDArray[np.uint32]
    vector: NDArray[np.uint32]


@final
@dataclass(frozen=True)
class Pass:
    """Samples number `first`, `first` + 1, ... of a lesson, or of an evaluation at a `moment`."""

    first: int
    count: int
    moment: int | None = None
    watch: Watch | None = None
    _known: dict[int, Words] = field(default_factory=dict, init=False, repr=False, compare=False)  # layers ask for the same again

    def words(self, each: int = 1) -> Words:
        """The identity of all `each` vectors of every sample, sample after sample, (count * each,)."""
        if each not in self._known:
            self._known[each] = self._words(self.first * each, self.count * each)
        return self._known[each]

    def words_at(self, step: int, each: int) -> Words:
        """The identity of vector number `step` of the `each` vectors of every sample, (count,)."""
        sample, vector = self.words(each)
        return Words(np.ascontiguousarray(sample[step::each]), np.ascontiguousarray(vector[step::each]))

    def _words(self, first: int, count: int) -> Words:
        sample, vector = numbers_of(first, count)
        return Words(sample, vector if self.moment is None else np.full(count, self.moment % WORD, np.uint32))
