"""Tiki-Taka, version 2: readings of the fast array are summed in a digital buffer before they become pulses.

    g_k = A_k + noise xi                 (equations of the buffer: buffered.py)

The buffer averages the noise of reads and of pulses away, and the slow array gets few pulses, each of which matters. What A shows
beside the gradient is summed as well: where its devices do not read 0 at their symmetry point, C drifts. It bears references that are
off by a few hundredths of the range; chopped.py and agad.py bear more.

References: T. Gokmen, Frontiers in Artificial Intelligence 4, 699148, 2021, DOI 10.3389/frai.2021.699148; M. Rasch et al., Nature
Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z.
Not modelled: see transfer.py and buffered.py.
"""

from __future__ import annotations

from typing import final

from chipsim.kernels.pulsed_update import Matrix
from chipsim.streams import Stream
from chipsim.training.rules.buffered import BufferedLearner, BufferedRule
from chipsim.training.rules.rule import Learner


@final
class TikiTakaV2(BufferedRule, type="tiki_taka_v2"):
    """A fast array and a buffer."""

    cites = ("gokmen2021", "rasch2024")

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return TikiTakaV2Learner(self, self.arrays(shape, weights, stream, chip))


@final
class TikiTakaV2Learner(BufferedLearner):
    """Takes readings as they are."""

    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        return reading
