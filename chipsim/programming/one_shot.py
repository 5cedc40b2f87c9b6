"""Direct mapping: every weight becomes its target conductance, written once, with the device's own programming error.

The device model's programming error is the error that is left after the writing scheme of its source (for the PCM fits an
iterative program-and-verify), so the values stand for a chip programmed with that scheme. The time and energy are those of one
pulse for each device, row by row, every column of a plane at once: a lower bound, as no source says how many pulses its
scheme took.
"""

from __future__ import annotations

from typing import final

from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.stored import Stored
from chipsim.programming.access import Access
from chipsim.programming.programmer import Floats, Programmer, Step, Steps


@final
class OneShot(Programmer, type="one_shot"):
    """Writes each target once."""

    def steps(self, crossbar: Crossbar, weights: Floats, access: Access, cell: Cell | None = None) -> Steps:
        """One step for the whole array; its devices count as written at the same time."""
        stored = crossbar.prepare(weights, cell)
        yield written_once(crossbar, stored)
        return []


def written_once(crossbar: Crossbar, stored: Stored) -> Step:
    """Write every device to its target and end the programming; what that took."""
    stored.write_once()
    crossbar.settle()
    pulse, devices = stored.cell.device.pulse, sum(plane.target.size for plane in stored.planes)
    return Step(stored.rows * len(stored.planes) * pulse.duration, devices)
