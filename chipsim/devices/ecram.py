"""Electrochemical memory (lithium in tungsten oxide): a thousand linear, symmetric steps, low noise.

The laws are those of `leaky.py` with 1000 steps between g_min and g_max and a spread of 0.3 steps for a pulse.

References: J. Tang et al., IEDM 2018, DOI 10.1109/IEDM.2018.8614551 (up to 1000 discrete states, symmetric and linear update);
spread of a pulse as fitted to this device in IBM's open analog hardware toolkit (training preset). The sources at hand give the
states relative to the window and no absolute conductances: g_min and g_max are assumed.
The first reference shows pulses down to 5 ns and projects about 1 fJ for a cell of 100 nm x 100 nm; duration and energy of `pulse`,
which here is a train of steps in a cell of unknown size, stay assumed until they are given.
Valid from 0 on when a lifetime is given. Retention is called good, without a law: without a lifetime, times later than 0 are
refused unless `retention: constant` assumes that nothing changes. Cells without a design for long retention were reported to
fade within hours at short circuit (D. Kim et al., arXiv 2210.06658); set `lifetime` for such a cell.
Not modelled: see `leaky.py`; besides, the open-circuit potential and its drift, read noise unless it is given.
"""

from __future__ import annotations

from typing import Literal, Self, final

from chipsim.devices.device import Times
from chipsim.devices.leaky import Leaky
from chipsim.spec import check, key
from chipsim.units import Conductance, Time, show


@final
class ECRAM(Leaky, type="ecram"):
    """One electrochemical cell with fine, symmetric steps."""

    cites = ("tang2018", "rasch2021")

    g_max: Conductance = key("largest conductance that is programmed", default=25e-6, gt=0, source="assumed")
    steps: int = key("pulses from g_min to g_max", default=1000, ge=2, source="Tang et al. 2018, doi:10.1109/IEDM.2018.8614551")
    pulse_spread: float = key(
        "standard deviation of a pulse in steps", default=0.3, ge=0, source="Rasch et al. 2021, preset of the lithium cell"
    )
    lifetime: Time | None = key(
        "time in which a state fades to 1/e of its distance from rest; not given: unknown", default=None, gt=0
    )
    lifetime_spread: float = key("relative standard deviation of the leak rate between devices", default=0.0, ge=0)
    rest: Conductance | None = key("conductance that states fade to; where not given, g_min", default=None, ge=0)
    retention: Literal["unknown", "constant"] = key(
        "without a lifetime: unknown (later times are refused) or assumed constant", default="unknown"
    )

    @check
    def _one_retention(self) -> Self:
        if self.lifetime is not None and self.retention == "constant":
            raise ValueError(f"retention: constant contradicts a lifetime of {show(self.lifetime, 's')}; leave one of them out")
        return self

    @property
    def covered(self) -> Times:
        if self.lifetime is None and self.retention == "unknown":
            return Times(last=0.0, way_out="no retention law is published; give a lifetime, or retention: constant")
        return Times()

    @property
    def step(self) -> tuple[float, float]:
        return (self.g_max - self.g_min) / self.steps, self.pulse_spread

    @property
    def leak(self) -> tuple[float, float, float]:
        rate = 0.0 if self.lifetime is None else 1 / self.lifetime
        return (self.g_min if self.rest is None else self.rest), rate, self.lifetime_spread
