"""The root of the programming algorithms: a matrix of weights in, a programmed crossbar out, step by step.

An algorithm is a generator. Every step says how long the tile is busy with it and what it spends; who has no clock runs through
the steps, the timed simulation lets each of them take its time. Both do the same to the devices. While a tile is being written
its devices grow older: each step's duration counts towards the drift of what was written before.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Sequence
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices.device import Device
from chipsim.programming.access import Access
from chipsim.spec import Family, key

Floats = NDArray[np.float32]


class Step(NamedTuple):
    """What one tile does for a while: duration (s), pulses given, reads made; of all reads together rows driven, columns converted, and
    the energy in the cells (J), which follows from what is in them. What the rest takes is told by `Prices`."""

    duration: float
    pulses: int = 0
    reads: int = 0
    driven: int = 0
    converted: int = 0
    cells: float = 0.0

    def then(self, other: Step) -> Step:
        """Both, one after the other."""
        counts = self.pulses + other.pulses, self.reads + other.reads, self.driven + other.driven, self.converted + other.converted
        return Step(self.duration + other.duration, *counts, self.cells + other.cells)


class Point(NamedTuple):
    """How far an algorithm has come by its own measure: relative error found in an iteration, share of devices still open.

    `time`: how long (s) the tile had been written by then; where rows are done one after the other, how long it would have taken
    with no more iterations than these.
    """

    iteration: int
    error: float
    open: float
    time: float = 0.0


Steps = Generator[Step, None, list[Point]]


class Programmer(Family):
    """Root of the programming algorithms."""

    weight_bits: int = key("bits of one weight on its way from the host to its tile", default=8, ge=1, le=32, source="assumed")
    tiles_at_once: int | None = key("tiles that may be written at the same time; not given: all", default=None, ge=1)

    @abstractmethod
    def steps(self, crossbar: Crossbar, weights: Floats, access: Access, cell: Cell | None = None) -> Steps:
        """Write `weights` (rows, columns), in units of the layer, into the crossbar; when the steps end it is programmed.

        `cell`: what to keep them in, where `plan` found another than the array's own. Returns how the error went.
        """

    def plan(self, array: Array, weights: Sequence[Floats]) -> Cell | None:
        """Another cell to keep all these matrices in, decided before anything is written; None: the array's own."""
        return None

    @final
    def program(self, crossbar: Crossbar, weights: Floats) -> list[Point]:
        """Write `weights` without a clock, with reads of the array by itself; returns how the error went."""
        steps = self.steps(crossbar, weights, Access.of_array(crossbar.array), self.plan(crossbar.array, [weights]))
        while True:
            try:
                next(steps)
            except StopIteration as end:
                points: list[Point] = end.value
                return points


def nearest_state(device: Device, target: Floats) -> Floats:
    """The targets (S) that a device can hold: the nearest of its states, or what is asked for where it has no states."""
    if not device.states:
        return target
    states = np.array(device.states, np.float32)
    held: Floats = states[np.abs(target[..., None] - states).argmin(axis=-1)]
    return held
