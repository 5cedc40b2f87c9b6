"""A capacitor on the gate of a read transistor (3T1C cell): 400 near-linear steps, and a charge that leaks away.

The laws are those of `leaky.py`, with 400 steps between g_min and g_max, a spread of 0.3 steps for a pulse and of 30 % for the
leak between devices.

References: steps, spreads and the form of the leak (exponential, to a bias of the cell's own, with a lifetime that differs
between devices) from the capacitor preset of IBM's open analog hardware toolkit, DOI 10.1109/AICAS51828.2021.9458494, which
gives the lifetime in training steps only; cell: Y. Li et al., VLSI Technology 2018, DOI 10.1109/VLSIT.2018.8510648; S. Ambrogio
et al., Nature 558, 60, 2018, DOI 10.1038/s41586-018-0180-5 (its capacitor is charged to 0.5 V and decays towards 0.8 V: set
`rest` above the stored values for such a cell).
The lifetime in seconds and g_max are assumed: give those of your cell. The preset spreads the lifetime as a normal; here the
rate is, which is the same to first order and keeps it positive and its mean known.
Valid for every time from 0 on.
Not modelled: see `leaky.py`; besides, the asymmetry of the two current sources and the curve of the read transistor.
"""

from __future__ import annotations

from typing import final

from chipsim.devices.leaky import Leaky
from chipsim.spec import key
from chipsim.units import Conductance, Time

PRESET = "Rasch et al., AICAS 2021, doi:10.1109/AICAS51828.2021.9458494, capacitor preset"


@final
class Capacitor(Leaky, type="capacitor"):
    """One leaky capacitor on a read transistor (3T1C cell)."""

    cites = ("li2018", "ambrogio2018", "rasch2021")

    g_max: Conductance = key("largest conductance that is programmed", default=25e-6, gt=0, source="assumed")
    steps: int = key("pulses from g_min to g_max", default=400, ge=2, source=PRESET)
    pulse_spread: float = key("standard deviation of a pulse in steps", default=0.3, ge=0, source=PRESET)
    lifetime: Time = key("time in which the charge leaks to 1/e of its distance from rest", default=1.0, gt=0, source="assumed")
    lifetime_spread: float = key("relative standard deviation of the leak rate between devices", default=0.3, ge=0, source=PRESET)
    rest: Conductance | None = key("conductance that the cell decays to; where not given, g_min", default=None, ge=0)

    @property
    def step(self) -> tuple[float, float]:
        return (self.g_max - self.g_min) / self.steps, self.pulse_spread

    @property
    def leak(self) -> tuple[float, float, float]:
        return (self.g_min if self.rest is None else self.rest), 1 / self.lifetime, self.lifetime_spread
