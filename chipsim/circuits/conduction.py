"""What a cell counts when its current is not proportional to the voltage and every cell is read at one voltage.

    g' = s I(g, V) / V        s = (g_max - g_min) V / (I(g_max, V) - I(g_min, V))

g conductance of a device (S), I its current (A, `Device.current`), V the read voltage (V). The scale s is one number for an array,
set in digital: a full-scale cell counts 1 and an empty one 0, as when the device is ohmic. Arrays of any shape.
Valid for inputs coded in time and reads of one polarity. Not modelled: what the curve does to wires (see `array.py`).
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.device import Device
from chipsim.errors import InputError
from chipsim.units import show

Floats = NDArray[np.float32]


def is_ohmic(device: Device) -> bool:
    """Whether the current of a device is its conductance times the voltage."""
    return type(device).current is Device.current


@final
class Chord:
    """Devices as conductances I / V at one voltage; InputError where their range has no slope there or V is beyond their model."""

    def __init__(self, device: Device, voltage: float) -> None:
        self.device, self.voltage = device, voltage
        low, high = (float(end) for end in self.conductance(np.array([device.g_min, device.g_max], np.float32)))
        if not high > low:
            raise InputError(
                f"{type(device).__name__}.current: at {show(voltage, 'V')} g_max carries {show(high * voltage, 'A')} and g_min "
                f"{show(low * voltage, 'A')}; expected more current for more conductance"
            )
        self.scale = (device.g_max - device.g_min) / (high - low)

    def conductance(self, g: Floats) -> Floats:
        """I(g, V) / V (S)."""
        chord: Floats = self.device.current(g, self.voltage) / np.float32(self.voltage)
        return chord

    def spread(self, g: Floats, sigma: Floats) -> Floats:
        """Standard deviation of I / V (S) for one of g (S), to first order."""
        half: Floats = (self.conductance(g + sigma) - self.conductance(np.maximum(g - sigma, np.float32(0)))) / np.float32(2)
        return np.abs(half)
