"""What a fabricated core was measured to take, in place of the sum of its parts."""

from __future__ import annotations

from typing import final

from chipsim.spec import Spec, key
from chipsim.units import Area, Energy, Time


@final
class Measured(Spec):
    """What one product of a fabricated core was measured to take, all its circuits together."""

    energy: Energy = key("energy of one product with a whole array", gt=0)
    time: Time | None = key("time of one product with a whole array; without it that of its drivers and converters", default=None, gt=0)
    area: Area = key("area of the core, all its arrays together", gt=0)
    phases: int | None = key(
        "phases of the DAC that were measured: energy and time are multiplied by dac.phases / phases; without it they are taken as given",
        default=None,
        ge=1,
        le=4,
    )
