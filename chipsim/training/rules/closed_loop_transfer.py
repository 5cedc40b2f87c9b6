"""Tiki-Taka, version 2, with a slow array that is written in a closed loop instead of by pulses that nobody checks.

    g_k = A_k + noise xi                                         (equations of the buffer: buffered.py)
    where |H_k| >= 1:    c = clip(trunc H, +-most),   H <- kept H,   target = C_k + c G_C,   C_k pulsed and read until it is there

The cells of line k whose buffer is full are read, and brought to what they show plus c steps G_C of the average device: pulses, a
reading, pulses again, at most `goes` times (closed_loop.py). Devices whose steps depend on their state, differ from one to the next or
scatter from pulse to pulse then move as far as the buffer asked for. It cannot mend the error with which a cell is read (`verify_noise`),
and a tolerance below the scatter of a pulse costs many goes. A go is one read of the line and 2 operations for each open cell.

References: T. Gokmen, Frontiers in Artificial Intelligence 4, 699148, 2021, DOI 10.3389/frai.2021.699148 (buffer); S. Ambrogio et al.,
Nature 558, 60, 2018, DOI 10.1038/s41586-018-0180-5 (transfer in a closed loop, there into phase-change memory).
Not modelled: see transfer.py, buffered.py and closed_loop.py.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.kernels.pulsed_update import Matrix
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.buffered import BufferedLearner, BufferedRule
from chipsim.training.rules.closed_loop import ClosedLoop, Counts
from chipsim.training.rules.rule import Activity, Learner
from chipsim.training.rules.transfer import Arrays


@final
class ClosedLoopTransfer(BufferedRule, type="closed_loop_transfer"):
    """A fast array, a buffer, and a slow array that is read back."""

    cites = ("gokmen2021", "ambrogio2018")

    tolerance: float = key("error of a cell that is good enough, in steps of the slow devices", default=0.5, gt=0, source="assumed")
    goes: int = key("most reads of a line in a transfer, each followed by pulses", default=10, ge=1, source="assumed")
    verify_noise: float = key(
        "standard deviation of a read of the slow array, in units of the full-scale weight",
        default=0.003,
        ge=0,
        source="assumed: rounding to 8 bits; a read that is coarser than a step writes noise",
    )

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return ClosedLoopTransferLearner(self, self.arrays(shape, weights, stream, chip), stream)


@final
class ClosedLoopTransferLearner(BufferedLearner):
    """Takes readings as they are, and writes with care."""

    def __init__(self, rule: ClosedLoopTransfer, arrays: Arrays, stream: Stream) -> None:
        super().__init__(rule, arrays)
        tolerance = max(rule.tolerance * self.slow.granularity, rule.verify_noise)  # a finer one would be reached by chance alone
        self._loop = ClosedLoop(tolerance, rule.goes, rule.verify_noise, stream.child("verify").key)

    def _gradient(self, line: int, sweep: int, reading: Matrix) -> Matrix:
        return reading

    def _empty(self, line: int, number: int) -> Activity:
        counts = np.clip(np.trunc(self.buffer[line]), -self.most, self.most).astype(np.int64)
        due = counts != 0
        if not due.any():
            return Activity()
        self.buffer[line, due] *= self._kept
        step = np.float32(self.slow.granularity)
        begun = self._loop.reading(self._line(line), (1 << 62) + number)
        target = begun + step * counts

        def pulses(shown: Matrix, goal: Matrix) -> Counts:
            steps = np.rint((goal - shown) / step)
            least = np.sign(goal - shown)  # whoever is off by less than half a step, but by more than the tolerance, gets one pulse
            return np.asarray(np.clip(np.where(steps == 0, least, steps), -self.most, self.most), np.int64)

        def give(wanted: Counts, go: int) -> Activity:
            return self.slow.count(self._axis, line, wanted[0], go)

        looked = Activity(reads=1, operations=self.width)
        return looked.merged(self._loop.write(target, lambda: self._line(line), pulses, give, number, due[None, :]))

    def _line(self, line: int) -> Matrix:
        """What a line of the slow array has, (1, width)."""
        return self.slow.weights[None, line] if self._axis == "row" else self.slow.weights[None, :, line]
