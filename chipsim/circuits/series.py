"""Cells in series on a column: what a conductance counts like where resistances are added.

    counted(g) = g_min + (g_max - g_min) (1/g_min - 1/g) / (1/g_min - 1/g_max)        linear in 1/g, g_min and g_max count as themselves

g, counted conductances (S). Reference: S. Jung et al., Nature 601, 211, 2022, DOI 10.1038/s41586-021-04196-6.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.device import Device

Floats = NDArray[np.float32]
LEAST = 0.01  # share of g_min below which a conductance is not taken, as a broken device would open the whole column


@final
class Series:
    """Devices whose resistances are added: what a conductance (S) counts like. An interface like that of `Chord`."""

    scale = 1.0

    def __init__(self, device: Device) -> None:
        self.low, self.span = device.g_min, device.g_max - device.g_min
        self.resistance_range = 1 / device.g_min - 1 / device.g_max

    def conductance(self, g: Floats) -> Floats:
        """What conductances count like (S): g_min and g_max count as themselves, between them resistance is linear."""
        resistance = np.float32(1) / np.maximum(g, np.float32(LEAST * self.low))
        counted = np.float32(self.low) + np.float32(self.span / self.resistance_range) * (np.float32(1 / self.low) - resistance)
        return counted.astype(np.float32, copy=False)

    def spread(self, g: Floats, sigma: Floats) -> Floats:
        """Standard deviation of what counts (S) for one of g (S), to first order."""
        half: Floats = (self.conductance(g + sigma) - self.conductance(g - sigma)) / np.float32(2)
        return np.abs(half)

    def resistance(self, counted: Floats) -> Floats:
        """The resistance (Ohm) of what counts like a conductance (S)."""
        share = (counted - np.float32(self.low)) / np.float32(self.span)
        return np.float32(1 / self.low) - share * np.float32(self.resistance_range)

    def target(self, counted: Floats) -> Floats:
        """The conductance (S) that counts like `counted`."""
        return (1 / self.resistance(counted)).astype(np.float32)
