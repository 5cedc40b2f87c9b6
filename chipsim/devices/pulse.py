"""One programming pulse: what it does to a conductance besides what it is meant to do, how long it takes, what it costs.

    g' = g + d + s xi,    s**2 = (spread d)**2 + (floor (g_max - g_min))**2

g, g' conductance before and after (S); d change that the pulse is meant to make (S); xi standard normal of each pulse. `spread` is
what grows with the change, `floor` what even the smallest change brings with it. Arrays of any shape.

Reference of the spread: T. Gokmen, Y. Vlasov, "Acceleration of deep neural network training with resistive cross-point devices:
design considerations", Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333: 30 % from pulse to pulse in its
baseline device. Floor, duration and energy are assumed, the same for every technology: the sources at hand give none for the
devices that are fitted here (pulses down to 5 ns were shown for the cell of type `ecram`, see there).
Not modelled: a mean change that depends on the state (saturation, asymmetry of up and down; a loop that reads between pulses
corrects for both), a spread between devices, pulses that disturb their neighbours, wear.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.spec import Spec, key
from chipsim.units import Energy, Time

BASELINE = "Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333, cycle-to-cycle spread of the baseline device"


@final
class Pulse(Spec):
    """One programming pulse on one device."""

    spread: float = key("relative standard deviation of the change that one pulse makes", default=0.3, ge=0, source=BASELINE)
    floor: float = key(
        "standard deviation of a pulse, however small the wanted change, as a share of g_max - g_min",
        default=0.01,
        ge=0,
        source="assumed",
    )
    duration: Time = key("how long one pulse takes", default=100e-9, ge=0, source="assumed")
    energy: Energy = key("energy of one pulse", default=10e-12, ge=0, source="assumed")

    def sigma(self, change: NDArray[np.float32], width: float) -> NDArray[np.float32]:
        """Standard deviation (S) of a pulse meant to make `change` (S) in a device of the range `width` (S)."""
        share = np.float32(self.spread / width) * change  # of the width: the square of a change in siemens would underflow
        sigma: NDArray[np.float32] = np.float32(width) * np.sqrt(share * share + np.float32(self.floor**2))
        return sigma
