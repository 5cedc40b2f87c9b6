"""Devices that cannot be written: stuck at a low, a high or an arbitrary conductance, from the first read to the last.

Three causes, the later one wins where they meet:

    low, high, random   each device of an array is stuck with these probabilities, independently
    rows, columns       whole lines are dead with these probabilities: all devices of a row, or all that one column converts
    map                 a measured map of one array (`fault_map.py`)

A dead line reads as if all its devices were at g_min: what they carry cancels between the sides of a cell, so that a dead row
adds nothing and a dead column gives zero (with one device in a cell, zero less the reference column). Which devices are stuck is
a property of the chip (its seed and the array), not of what is written. A stuck device neither drifts nor fluctuates. A map
holds for every array with this description, by row and column of the array; cells that hold no weight are left out.

References: the shares measured on HfO2 and optimised ReRAM arrays are 9.8 % and 13.5 % (Gong et al., IEDM 2022); tolerance of
networks: Rasch et al., Nature Communications 14, 5282, 2023. Not modelled: clusters, wear, faults of the converters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.cell import Plane
from chipsim.circuits.fault_map import REFERENCE, FaultMap, load_fault_map
from chipsim.devices.device import Device
from chipsim.errors import InputError
from chipsim.kernels.philox import uniform
from chipsim.spec import FilePath, Spec, check, key
from chipsim.streams import Stream

Floats = NDArray[np.float32]


@final
class Faults(Spec):
    """Shares of devices and lines that are stuck, and a map of them."""

    low: float = key("share of devices stuck at g_min", default=0.0, ge=0, le=1)
    high: float = key("share of devices stuck at g_max", default=0.0, ge=0, le=1)
    random: float = key("share of devices stuck anywhere between, uniformly", default=0.0, ge=0, le=1)
    rows: float = key("share of rows that are dead: all their devices read g_min", default=0.0, ge=0, le=1)
    columns: float = key("share of columns that are dead: all their devices read g_min", default=0.0, ge=0, le=1)
    map: FilePath = key("measured map of stuck devices, .csv or .npz, relative to the file this is written in", default="")

    @check
    def _shares_fit_together(self) -> Self:
        if self.low + self.high + self.random > 1:
            raise ValueError(f"low {self.low:g}, high {self.high:g} and random {self.random:g} add up to more than 1")
        return self

    @check
    def _map_can_be_read(self) -> Self:
        try:
            self.measured  # noqa: B018  # reading it is the check
        except InputError as error:
            raise ValueError(f"map: {error}") from None
        return self

    @property
    def share(self) -> float:
        """Share of devices that are stuck by themselves, lines and map left out."""
        return self.low + self.high + self.random

    @property
    def measured(self) -> FaultMap | None:
        """The entries of the map; None without one."""
        return load_fault_map(self.map) if self.map else None

    def stuck(self, planes: Sequence[Plane], device: Device, chip: Stream, outputs: int) -> dict[str, Floats]:
        """Conductance (S) at which each device of the planes is stuck, by plane; NaN for those that work. Empty without faults.

        `outputs`: columns of weights that the array has room for.
        """
        if not (self.share or self.rows or self.columns or self.map):
            return {}
        found = {plane.name: self.stuck_at(plane.target.shape, device, chip.child(plane.name)) for plane in planes}
        measured = self.measured
        for plane in planes:
            values = found[plane.name]
            if self.rows > 0:
                values[uniform(len(values), chip.child("dead rows").key) < self.rows] = device.g_min
            if self.columns > 0:
                values[:, _lot_of_columns(plane, chip.child("dead columns"), outputs) < self.columns] = device.g_min
            if measured is not None:
                measured.lay(values, plane.name, device.g_min, device.g_max)
        return found

    def stuck_at(self, shape: tuple[int, ...], device: Device, stream: Stream) -> Floats:
        """Conductance (S) at which each device is stuck by itself; NaN for those that work."""
        values = np.full(shape, np.nan, np.float32)
        if self.share == 0:
            return values
        lot = uniform(shape, stream.child("stuck").key)
        anywhere = device.g_min + uniform(shape, stream.child("stuck where").key) * np.float32(device.g_max - device.g_min)
        values[lot < self.share] = anywhere[lot < self.share]
        values[lot < self.low + self.high] = device.g_max
        values[lot < self.low] = device.g_min
        return values


def _lot_of_columns(plane: Plane, stream: Stream, outputs: int) -> Floats:
    """One number for each column of a plane; all planes of a part share them, a reference column has one of its own."""
    columns = plane.target.shape[1]
    if plane.name == REFERENCE:
        return uniform(columns, stream.child(REFERENCE).key)
    return uniform((plane.part + 1, outputs), stream.key)[plane.part, :columns]
