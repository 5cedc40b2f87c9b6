"""A selector in series with every cell: how the current of a cell depends on the voltage of its row.

    I(g, V) = g v0 sinh(V / v0)        normalised at full scale, so that I(g, V_read) = g V_read

g conductance of the device (S), V voltage of the row (V), v0 voltage by which the current grows e-fold (V), V_read the DAC's
`read_voltage` (V). The curve is the same for all cells, so it is a curve on the inputs, sinh(u x) / sinh(u) with u = V_read / v0
and x in [-1, 1], and the product stays a product. It acts on inputs that are voltages (DACs `voltage` and `ideal`). Inputs coded
in time read every cell at V_read, where the selector is part of the full scale: nothing changes. Energy is V I.

The sinh is a common compact form of the current of a bipolar selector (assumed); crossbars of cells with curved characteristics:
A. Chen, IEEE Transactions on Electron Devices 60, 1318 (2013), DOI 10.1109/TED.2013.2246791. Valid for u up to 40 (enforced).
Not modelled: the share of the voltage that is lost over the selector and depends on the device, thresholds and hysteresis, spread
between selectors, leakage through half-selected cells (idle rows are at ground).
"""

from __future__ import annotations

from typing import ClassVar, final

from chipsim.spec import Family, key
from chipsim.units import Voltage

LEAST_CURVE = 1e-3  # below, the curve differs from a straight line by less than float32 can show


class Selector(Family):
    """Root of the selectors."""

    default_type: ClassVar[str] = "none"

    def selectivity(self, read_voltage: float) -> float:
        """u of the curve sinh(u x) / sinh(u) of inputs x = V / `read_voltage` (V); 0 for a straight line."""
        return 0.0


@final
class NoSelector(Selector, type="none"):
    """Cells without a selector; their current is proportional to the voltage."""


@final
class Sinh(Selector, type="sinh"):
    """A selector whose current grows as a hyperbolic sine."""

    cites = ("chen2013",)

    voltage: Voltage = key("v0 of sinh(V / v0)", gt=0)

    def selectivity(self, read_voltage: float) -> float:
        curve = read_voltage / self.voltage
        return curve if curve >= LEAST_CURVE else 0.0
