"""What the column wires of an array deliver for the conductances that its devices have.

A weight is w = sum over its lines of factor * conductance. A line is one column wire in every weight: as a rule one plane of
devices; with exact wires all planes of a part that share a factor (devices in parallel), as their currents add up on the wire.

    conduction: device     g -> I(g, V) / V, the factor takes the scale s     `conduction.py`
    ir_drop_model: exact   G -> G + ir_drop (M - G)                           `ladder.py`, or `nodal.py` with row wires or drivers

G conductances of a line's devices, M those that are left by the wires (S). Row 0 is nearest the ADC, column 0 nearest the
drivers; the lines of a weight lie side by side, a reference column behind all others. Rows and columns of the array that hold no
weights are left out: they lie at the far ends and carry no current, but for their g_min.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell, Plane
from chipsim.circuits.conduction import Chord, is_ohmic
from chipsim.circuits.ladder import ladder_matrix
from chipsim.circuits.series import Series
from chipsim.devices.device import Programmed

Floats = NDArray[np.float32]


class Line(NamedTuple):
    """One column wire of every weight: conductances (rows, columns) or (rows, 1) in S, factor in full-scale cells per siemens."""

    part: int
    factor: float
    conductance: Floats


@final
class Lines:
    """How the planes of a cell come together on the wires of an array."""

    def __init__(self, array: Array, cell: Cell) -> None:
        self.array, self.device = array, cell.device
        self.series = Series(cell.device) if array.sensing == "resistance" else None
        bent = array.conduction == "device" and not is_ohmic(cell.device)
        self.chord = Chord(cell.device, array.dac.read_voltage) if bent else self.series
        self._solved: tuple[bytes, list[Line]] | None = None

    def read(self, planes: Sequence[Plane], conductances: Sequence[Floats]) -> list[Line]:
        """The lines of planes whose devices have these conductances (S)."""
        if self.chord is not None:
            scale = self.chord.scale
            seen = map(self.chord.conductance, conductances)
            return [Line(plane.part, plane.factor * scale, chord) for plane, chord in zip(planes, seen, strict=True)]
        lines = [Line(plane.part, plane.factor, g) for plane, g in zip(planes, conductances, strict=True)]
        if self.array.ir_drop_model == "exact" and self.array.ir_drop > 0:
            return self._behind_wires(_joined(lines))
        return lines

    def noise(self, plane: Plane, state: Programmed, age: float) -> Floats:
        """Standard deviation (full-scale cells) of each weight from the read noise of its device; wires take nothing of it."""
        sigma = self.device.read_sigma_at(state, age)
        if self.chord is None:
            return sigma * np.float32(plane.factor)
        return self.chord.spread(self.device.mean_at(state, age), sigma) * np.float32(plane.factor * self.chord.scale)

    def _behind_wires(self, lines: list[Line]) -> list[Line]:
        """The same lines with what is left of their conductances; solved once for the same devices in the same state."""
        state = hashlib.blake2b(b"".join(line.conductance.tobytes() for line in lines)).digest()
        if self._solved is None or self._solved[0] != state:
            strength = self.array.ir_drop
            left = self._matrices([line.conductance for line in lines])
            changed = [g + strength * (m - g) for g, m in zip((line.conductance.astype(np.float64) for line in lines), left, strict=True)]
            found = [line._replace(conductance=g.astype(np.float32)) for line, g in zip(lines, changed, strict=True)]
            self._solved = state, found
        return self._solved[1]

    def _matrices(self, conductances: list[Floats]) -> list[NDArray[np.float64]]:
        array = self.array
        if array.row_wire_resistance == 0 and array.driver_resistance == 0:
            return [ladder_matrix(g, array.wire_resistance) for g in conductances]
        from chipsim.circuits.nodal import NodalArray, Wires  # slow to import

        wires = Wires(array.row_wire_resistance, array.wire_resistance, array.driver_resistance)
        widths = [g.shape[1] for g in conductances]
        weight = [np.arange(width) if width == max(widths) else np.full(width, max(widths)) for width in widths]
        order = np.lexsort((np.repeat(np.arange(len(widths)), widths), np.concatenate(weight)))
        matrix = np.empty((len(conductances[0]), sum(widths)))
        matrix[:, order] = NodalArray(np.concatenate(conductances, axis=1)[:, order], wires).matrix()
        return np.split(matrix, np.cumsum(widths)[:-1], axis=1)


def _joined(lines: list[Line]) -> list[Line]:
    """Lines of the same part, factor and width as one: their devices are in parallel on one wire."""
    groups: dict[tuple[int, float, int], Line] = {}
    for line in lines:
        name = line.part, line.factor, line.conductance.shape[1]
        known = groups.get(name)
        groups[name] = line if known is None else known._replace(conductance=known.conductance + line.conductance)
    return list(groups.values())
