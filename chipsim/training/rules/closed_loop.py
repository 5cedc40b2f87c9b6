"""Writing devices to target weights in a closed loop: read, pulse those that are off, read again.

    go 0, 1, ...:   r = w + noise xi of the open cells;   closed where |target - r| <= tolerance;   the rest gets pulses(r, target)

at most `goes` times; a cell that was closed stays closed, and what is still off after the last go stays as it is. Symbols: w weight, r
reading, noise, tolerance: in units of the full-scale weight; xi standard normal, new for each go; arrays (rows, columns) float32.

A go reads each row that has an open cell, and computes 2 operations (difference, comparison) for each open cell; cells of a row are
pulsed together, rows one after the other. As a reading has noise, a tolerance below it is reached by chance alone.

Reference: S. Ambrogio et al., Nature 558, 60, 2018, DOI 10.1038/s41586-018-0180-5 (transfer into phase-change memory).
Not modelled: converters of the reads (their error is in `noise`), pulses of other heights or lengths, relaxation between go and go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.philox import normal
from chipsim.kernels.pulsed_update import Matrix
from chipsim.training.rules.rule import WORD, Activity

Counts = NDArray[np.int64]


class ClosedLoop(NamedTuple):
    """How long and how exactly cells are written."""

    tolerance: float  # of a reading about the target
    goes: int  # most reads, each followed by pulses
    noise: float  # standard deviation of a reading
    key: tuple[int, int]  # random stream of the readings

    def write(
        self, target: Matrix, weights: Callable[[], Matrix], pulses: Callable[[Matrix, Matrix], Counts],
        give: Callable[[Counts, int], Activity], number: int, where: NDArray[np.bool_] | None = None,
    ) -> Activity:  # fmt: skip
        """Bring the cells, or those at `where`, to `target` (rows, columns); no two calls of a run may share `number`.

        weights() is what the cells have, pulses(shown, target) the number of pulses to give, up or down; give(counts, go) gives them, go
        a number of its own for each call of a run.
        """
        open_, done = np.ones(target.shape, np.bool_) if where is None else where.copy(), Activity()
        for go in range(self.goes):
            done = done.merged(Activity(reads=int(open_.any(axis=1).sum()), operations=2 * int(open_.sum())))
            shown = self.reading(weights(), number * self.goes + go)
            open_ &= np.abs(target - shown) > self.tolerance
            if not open_.any():
                break
            done = done.merged(give(np.where(open_, pulses(shown, target), 0), number * self.goes + go))
        return done

    def reading(self, weights: Matrix, number: int) -> Matrix:
        """(rows, columns) with the noise of the read `number`."""
        if self.noise == 0:
            return np.array(weights, np.float32)
        drawn = normal(weights.shape, self.key, number % WORD, number // WORD)
        return np.asarray(weights + np.float32(self.noise) * drawn, np.float32)
