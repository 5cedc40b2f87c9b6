"""What pulses and reads take while an array is programmed, by the prices of its description.

    pulses = n e_pulse,      reads = rows e_row + columns e_column + cells,      reads of a measured core = reads E

Symbols: e_pulse energy of a pulse of the device (J); e_row of driving a row and e_column of converting a column in one read (J); cells
energy in the cells, as it was found (J); E energy of a product of the core as measured (J). A measured core is charged in full for every
read, as it is for every product: nobody published what a read of one row takes.
"""

from __future__ import annotations

from typing import NamedTuple, Self, final

from chipsim.architecture import Tile
from chipsim.circuits.array import Array
from chipsim.programming.programmer import Step


@final
class Prices(NamedTuple):
    """Energies (J) of a pulse, of driving a row, of converting a column, or of any read of a measured core."""

    pulse: float
    row: float
    column: float
    core: float | None = None

    @classmethod
    def of_array(cls, array: Array) -> Self:
        """Those of an array by itself."""
        row = array.dac.cost("convert", array.reads).energy
        column = array.adc.cost("convert", array.reads * array.conversions).energy
        return cls(array.cell.device.pulse.energy, row, column)

    @classmethod
    def of_tile(cls, tile: Tile) -> Self:
        """Those of the array of a tile."""
        return cls.of_array(tile.array)._replace(core=tile.core_energy)

    def pulses(self, step: Step) -> float:
        """Energy of the pulses of a step (J)."""
        return step.pulses * self.pulse

    def reads(self, step: Step) -> float:
        """Energy of the reads of a step (J)."""
        if self.core is not None:
            return step.reads * self.core
        return step.driven * self.row + step.converted * self.column + step.cells
