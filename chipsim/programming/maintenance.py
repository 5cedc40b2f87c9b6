"""What is done to a programmed chip as time goes by: when its drift is measured anew, and when its weights are written again.

    age        time since the weights were written last:  t - R (ceil(t / R) - 1)
    calibrated age at which drift was measured last:      a - C (ceil(a / C) - 1)

t time since the chip was first programmed, R `reprogram_every`, C `calibrate_every`, a age (s). What is asked for at the very
moment of an upkeep is answered as just before it: the worst moment of the interval.

Calibration measures the factors of the array's drift compensation, and with `statistics` the mean and spread of every channel
before its activation over that many images: the neuron circuits then scale and shift the channel so that both are those of the
float network. For networks whose batch normalisation is folded into the weights this is the recalibration of its statistics
(AdaBS, V. Joshi et al., Nature Communications 11, 2473, 2020, DOI 10.1038/s41467-020-16108-9: 1,300 to 2,600 images).
"""

from __future__ import annotations

import math
from typing import final

from chipsim.spec import Spec, key
from chipsim.units import Time


@final
class Maintenance(Spec):
    """When a chip is calibrated and programmed again."""

    cites = ("joshi2020",)

    calibrate_every: Time | None = key(
        "interval between two measurements of drift; not given: drift is measured right before every reading", default=None, gt=0
    )
    reprogram_every: Time | None = key("interval between two programmings of all weights; not given: never again", default=None, gt=0)
    statistics: int = key("images over which the statistics of every channel are recalibrated; 0: they are not", default=0, ge=0)

    def programming(self, time: float) -> int:
        """Which programming the weights come from at `time` (s): 0 is the first."""
        return 0 if self.reprogram_every is None else _periods(time, self.reprogram_every)

    def age(self, time: float) -> float:
        """Time since the weights were last written (s)."""
        return time - self.programming(time) * (self.reprogram_every or 0.0)

    def calibrated(self, age: float) -> float:
        """Age at which drift was last measured (s); right after programming there is nothing to measure yet."""
        return age if self.calibrate_every is None else _periods(age, self.calibrate_every) * self.calibrate_every


def _periods(time: float, every: float) -> int:
    """Whole intervals that are over at `time`, one that ends just then not counted."""
    return max(0, math.ceil(time / every * (1 - 1e-12)) - 1)
