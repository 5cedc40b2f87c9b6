"""Devices that cannot be written: stuck at a low, a high or an arbitrary conductance, from the first read to the last.

Each device of an array is stuck with the given probabilities, independently; which ones is a property of the chip (its seed
and the array), not of what is written. A stuck device neither drifts nor fluctuates.
References: the shares measured on HfO2 and optimised ReRAM arrays are 9.8 % and 13.5 % (Gong et al., IEDM 2022); tolerance of
networks: Rasch et al., Nature Communications 14, 5282, 2023. Not modelled: clusters, whole rows or columns, wear.
"""

from __future__ import annotations

from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.device import Device
from chipsim.kernels.philox import uniform
from chipsim.spec import Spec, check, key
from chipsim.streams import Stream

Floats = NDArray[np.float32]


@final
class Faults(Spec):
    """Shares of devices that are stuck."""

    low: float = key("share of devices stuck at g_min", default=0.0, ge=0, le=1)
    high: float = key("share of devices stuck at g_max", default=0.0, ge=0, le=1)
    random: float = key("share of devices stuck anywhere between, uniformly", default=0.0, ge=0, le=1)

    @check
    def _shares_fit_together(self) -> Self:
        if self.low + self.high + self.random > 1:
            raise ValueError(f"low {self.low:g}, high {self.high:g} and random {self.random:g} add up to more than 1")
        return self

    @property
    def share(self) -> float:
        """Share of devices that are stuck."""
        return self.low + self.high + self.random

    def stuck_at(self, shape: tuple[int, ...], device: Device, stream: Stream) -> Floats:
        """Conductance (S) at which each device is stuck; NaN for those that work."""
        lot = uniform(shape, stream.child("stuck").key)
        anywhere = device.g_min + uniform(shape, stream.child("stuck where").key) * np.float32(device.g_max - device.g_min)
        values = np.full(shape, np.nan, np.float32)
        values[lot < self.share] = anywhere[lot < self.share]
        values[lot < self.low + self.high] = device.g_max
        values[lot < self.low] = device.g_min
        return values
