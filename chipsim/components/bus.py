"""The bus of a tile at work: one transfer after the other, in the order in which stations start.

The transfers of a unit (a row of vectors, or one) are booked together: vectors in, results out. Who finds the bus taken starts that much
later; the rate is right however many arrays share the bus, and with `token: vector` so is every single wait.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import final

import simpy

from chipsim.circuits.bus import Bus
from chipsim.clock import Clock
from chipsim.units import picoseconds


@final
class BusLine:
    """The bus of the tile on `node`; `busy` is for how long it has carried something (ps); bits of an input and of a result."""

    def __init__(self, clock: Clock, bus: Bus, node: int, bits: int, sum_bits: int) -> None:
        self.clock, self.bus, self.node = clock, bus, node
        self.bits, self.sum_bits = bits, sum_bits
        self.free_at, self.busy = 0, 0

    def turn(self, stage: int) -> simpy.Event:
        """An event of this very moment; stages that start at once have theirs in the order of their numbers."""
        came = self.clock.event()
        self.clock.call(0, stage, lambda: _happen(came), ("port",))
        return came

    def moves(self, rows: int, columns: int) -> tuple[int, int]:
        """Bits of the two transfers of a product: one vector to `rows` rows, the results of `columns` columns back."""
        return rows * self.bits, columns * self.sum_bits

    def time(self, rows: int, columns: int) -> int:
        """Time of both transfers (ps)."""
        return picoseconds(sum(self.bus.takes("move", bits).interval for bits in self.moves(rows, columns)))

    def book(self, time: int) -> int:
        """Take the bus for so long, as soon as it is free: how long that is from now (ps)."""
        wait = max(0, self.free_at - int(self.clock.now))
        self.free_at = int(self.clock.now) + wait + time
        self.busy += time
        return wait

    def state(self) -> Hashable:
        """For how long it is still taken."""
        return max(self.free_at - int(self.clock.now), 0)


def _happen(event: simpy.Event) -> None:
    event.succeed()
