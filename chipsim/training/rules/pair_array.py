"""An array of pairs of devices that only go up: trains from two sides, counted pulses, resets, and the refresh.

    w = g_plus - g_minus            pulses up go to g_plus, pulses down to g_minus (responses/one_sided.py)

    descend   W <- W + rate x d^T by pulse trains on rows and columns, each pulse on the device of its sign
    write     n_ij pulses, up or down, on every pair, row after row
    reset     both devices of some pairs to their rest, all of a row at once
    refresh   pairs that are full are reset and rewritten with as many pulses as an average pair needs

Symbols: w, g in units of the full-scale weight, arrays (rows, columns) float32. A pulse that resets a device counts as one pulse. The
check of a refresh reads every row of both devices and compares each of them with both limits.

References: S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406, 2020, DOI 10.3389/fnins.2020.00406 (pair and refresh);
T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (trains).
Not modelled: noise of the reading that decides about a refresh, the length of a pulse that resets; see one_sided.py.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulsed_update import Matrix
from chipsim.responses.one_sided import OneSidedPair
from chipsim.streams import Stream
from chipsim.training.rules.driving import STOCHASTIC, Trains
from chipsim.training.rules.pulsed_array import starting
from chipsim.training.rules.rule import Activity, State


@final
class PairArray:
    """One array of pairs; `held` is what their devices hold."""

    def __init__(self, kind: OneSidedPair, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> None:
        self.kind, self.shape, self.stream = kind, shape, stream
        self.held = kind.instantiate(shape, stream, chip)
        self.granularity = kind.granularity
        self._trains = stream.child("trains")
        if weights is not None:
            self.set(starting(weights, shape))

    @property
    def weights(self) -> Matrix:
        """w of every pair."""
        return self.held.weights

    def descend(self, x: Matrix, d: Matrix, rate: float, first: int, longest: int, trains: Trains = STOCHASTIC) -> Activity:
        """Trains of at most `longest` slots for each vector, the first of them being number `first`."""
        driven = trains.driven(x, d, rate, self.granularity, longest, self._trains.key, first)
        pulses = self.kind.update(self.held, self._trains, driven.sample, driven.vector, driven.trains, driven.lines)
        return driven.took._replace(pulses=int(pulses.sum()))

    def pulses_between(self, shown: Matrix, target: Matrix) -> NDArray[np.int64]:
        """Pulses, up or down and at least one, that take an average pair from one weight to another.

        Counted from a reset; a pair of which both devices have risen answers with less.
        """
        there, here = (self.kind.pulses_for(np.abs(weights)) for weights in (target, shown))
        outward = np.where(target * shown > 0, there - here, there)
        counts: NDArray[np.int64] = np.sign(target - shown).astype(np.int64) * np.maximum(outward, 1)
        return counts

    def write(self, counts: NDArray[np.int64], number: int) -> Activity:
        """Numbers of pulses on all pairs, (rows, columns); no two calls of a run may share `number`."""
        if not counts.any():
            return Activity()
        pulses = self.kind.pulse(self.held, counts, self.stream.child(f"write {number}"))
        slots = int(np.abs(counts).max(axis=1).sum())
        return Activity(pulses=pulses, slots=slots, drives=slots + int(np.abs(counts).sum()))

    def reset(self, where: NDArray[np.bool_], number: int) -> Activity:
        """Both devices of the pairs at `where` (rows, columns); no two calls of a run may share `number`."""
        if not where.any():
            return Activity()
        self.kind.reset(self.held, where, self.stream.child(f"reset {number}"))
        rows, devices = int(where.any(axis=1).sum()), 2 * int(where.sum())
        return Activity(pulses=devices, slots=rows, drives=rows + devices)

    def refresh(self, number: int) -> Activity:
        """Look for pairs that are full, and rewrite them; no two calls of a run may share `number`."""
        looked = Activity(reads=2 * self.shape[0], operations=4 * self.held.plus.size)
        due, counts = self.kind.rewriting(self.held)
        if not due.any():
            return looked
        return looked.merged(self.reset(due, number)).merged(self.write(counts, number))

    def pause(self, number: int, batches: int) -> None:
        """Leak and diffusion during `batches` mini-batches."""
        device = self.kind.device
        if device.lifetime == 0 and device.diffusion == 0:
            return
        halves = (("plus", self.held.plus, self.held.plus_cells), ("minus", self.held.minus, self.held.minus_cells))
        for name, held, cells in halves:
            held[...] = device.leaked(cells, held, self.stream.child(f"pause {number}").child(name), batches)

    def arrays(self) -> State:
        """What the devices hold, as it is stored."""
        return {"plus weights": self.held.plus, "minus weights": self.held.minus}

    def set(self, weights: Matrix) -> None:
        """Exactly these weights as far as the devices reach, one device of each pair at 0, or as near to it as it can be."""
        device, held = self.kind.device, self.held
        held.plus[...] = device.confined(held.plus_cells, np.maximum(weights, 0))
        held.minus[...] = device.confined(held.minus_cells, np.maximum(-weights, 0))
