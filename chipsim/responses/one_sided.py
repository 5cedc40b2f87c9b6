"""Two devices that are only pulsed upwards, read as one weight, and refreshed before they are full:

    w = g_plus - g_minus;    pulses up go to g_plus, pulses down to g_minus, both as pulses upwards

    refresh where    max(g_plus, g_minus) > upper w_max   and   min(g_plus, g_minus) > lower w_max:
        difference = g_plus - g_minus;  both are reset;  the device of its sign gets n pulses,
        n = number of pulses after which the weight of an average pair, both at rest before, is nearest to |difference|

g what a device holds, in units of the full-scale weight, arrays (rows, columns). The pulses of a refresh are not corrected by reading
back: a weight scatters by the spread of n pulses and of the devices. For devices that can be reset but not lowered step by step, such
as phase-change memory (library entry `pcm-one-sided`).

References: S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406, 2020, DOI 10.3389/fnins.2020.00406 (pair and refresh); limits of
0.75 and 0.25 as in IBM's open analog hardware toolkit, M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494.
Not modelled: noise of the reading that decides about a refresh; write noise of the devices (refused).
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import LONGEST, Law, Matrix, Words, pulsed_update
from chipsim.responses.response import TOOLKIT, Cells, Response
from chipsim.spec import Spec, check, key
from chipsim.streams import Stream

_SIGN = np.uint32(1 << 31)


class Pair(NamedTuple):
    """The devices of an array and what they hold; `update` and `refresh` change `plus` and `minus` in place."""

    plus_cells: Cells
    minus_cells: Cells
    plus: Matrix
    minus: Matrix

    @property
    def weights(self) -> Matrix:
        """w of every pair."""
        return self.plus - self.minus


@final
class OneSidedPair(Spec):
    """A weight of two devices that only go up."""

    cites = ("rasch2021",)

    device: Response = key("how each of the two devices answers to a pulse up")
    upper: float = key("share of w_max above which the larger is full", default=0.75, gt=0, le=1, source=TOOLKIT)
    lower: float = key("share of w_max above which the smaller makes a refresh pay", default=0.25, ge=0, lt=1, source=TOOLKIT)

    @check
    def _devices_rise(self) -> Self:
        if self.device.w_max == 0 or self.device.write_noise > 0:
            raise ValueError(
                f"device: w_max {self.device.w_max:g}, write_noise {self.device.write_noise:g}; expected a device that rises "
                "above 0, without write noise"
            )
        return self

    @property
    def law(self) -> Law:
        """That of the devices, without pulses downwards."""
        return self.device.law._replace(one_sided=True)

    @cached_property
    def staircase(self) -> NDArray[np.float64]:
        """Mean weight of an average device after 0, 1, 2, ... pulses from its rest, until a step is below a thousandth of w_max."""
        cells, weights = self.device.average()
        held = [float(weights[0, 0])]
        while len(held) < LONGEST:
            step = float(self.device.mean_steps(cells, weights)[0][0, 0])
            if step < 1e-3 * self.device.w_max or held[-1] >= self.device.w_max:
                break
            held.append(min(held[-1] + step, self.device.w_max))
            weights = np.full((1, 1), held[-1], np.float32)
        return np.array(held)

    @property
    def granularity(self) -> float:
        """Mean step on the way from rest to the refresh, for the lengths of trains."""
        full = self.upper * self.device.w_max
        stairs = self.staircase
        count = max(1, int(np.searchsorted(stairs, full)))
        return float(stairs[min(count, stairs.size - 1)] - stairs[0]) / count

    def instantiate(self, shape: tuple[int, int], stream: Stream, chip: Stream) -> Pair:
        """Two independent sets of devices from the chip's stream, after a first reset from `stream`."""
        plus_cells, plus = self.device.instantiate(shape, stream.child("plus"), chip.child("plus"))
        minus_cells, minus = self.device.instantiate(shape, stream.child("minus"), chip.child("minus"))
        return Pair(plus_cells, minus_cells, plus, minus)

    def update(
        self, pair: Pair, stream: Stream, sample: Words, vector: Words, trains: tuple[Words, Words] | None = None,
        lines: tuple[Matrix, Matrix] | None = None,
    ) -> NDArray[np.int64]:  # fmt: skip
        """Pulses of a batch of trains or line values (see `pulsed_update`); returns their number for each vector."""
        mirrored = trains and (trains[0], trains[1] ^ _SIGN), lines and (lines[0], -lines[1])
        halves = (("plus", pair.plus, pair.plus_cells, (trains, lines)), ("minus", pair.minus, pair.minus_cells, mirrored))
        counts = [
            pulsed_update(
                held, cells.pulsed, self.law, key=stream.child(name).key, sample=sample, vector=vector, trains=own[0], lines=own[1]
            )
            for name, held, cells, own in halves
        ]
        return counts[0] + counts[1]

    def full(self, pair: Pair) -> NDArray[np.bool_]:
        """The pairs that need a refresh."""
        larger, smaller = np.maximum(pair.plus, pair.minus), np.minimum(pair.plus, pair.minus)
        due: NDArray[np.bool_] = (larger > self.upper * self.device.w_max) & (smaller > self.lower * self.device.w_max)
        return due

    def refresh(self, pair: Pair, stream: Stream) -> tuple[NDArray[np.bool_], int]:
        """Reset and rewrite the pairs that are full; `stream` is one of this refresh. Returns them and the number of pulses."""
        due, counts = self.rewriting(pair)
        if not due.any():
            return due, 0
        self.reset(pair, due, stream)
        return due, self.pulse(pair, counts, stream)

    def rewriting(self, pair: Pair) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """The pairs that are full, and the pulses after a reset, up or down, that bring their weights back; 0 for all others."""
        due = self.full(pair)
        counts = np.zeros(due.shape, np.int64)
        if due.any():
            weights = pair.weights[due]
            counts[due] = np.sign(weights).astype(np.int64) * self.pulses_for(np.abs(weights))
        return due, counts

    def reset(self, pair: Pair, where: NDArray[np.bool_], stream: Stream) -> None:
        """Both devices of some pairs go to their rest; `stream` is one of this reset."""
        for name, held, cells in (("plus", pair.plus, pair.plus_cells), ("minus", pair.minus, pair.minus_cells)):
            held[where] = self.device.after_reset(cells, stream.child(name))[where]

    def pulse(self, pair: Pair, counts: NDArray[np.int64], stream: Stream) -> int:
        """A number of pulses for each pair, to one device or the other; `stream` is one of this call. Returns their sum."""
        total = 0
        for name, held, cells, wanted in (
            ("plus", pair.plus, pair.plus_cells, counts),
            ("minus", pair.minus, pair.minus_cells, -counts),
        ):
            total += self._apply(held, cells, np.maximum(wanted, 0).astype(np.float32), stream.child(name))
        return total

    def pulses_for(self, weights: Matrix) -> NDArray[np.int64]:
        """Numbers of pulses on one device of an average pair at rest that make its weight come nearest to `weights` (0 or more)."""
        rise = self.staircase - self.staircase[0]
        between = (rise[1:] + rise[:-1]) / 2
        return np.searchsorted(between, weights)

    def _apply(self, held: Matrix, cells: Cells, counts: Matrix, stream: Stream) -> int:
        """Numbers of pulses of its own for each cell, row by row."""
        rows = np.flatnonzero(counts.any(axis=1))
        lines = np.zeros((rows.size, held.shape[0]), np.float32)
        lines[np.arange(rows.size), rows] = 1
        sample, vector = np.zeros(rows.size, np.uint32), rows.astype(np.uint32)
        pulses = pulsed_update(held, cells.pulsed, self.law, key=stream.key, sample=sample, vector=vector, lines=(lines, counts[rows]))
        return int(pulses.sum())
