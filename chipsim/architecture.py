"""The machine as a description: tiles on an on-chip network with a host interface.

A tile is one crossbar array with the digital circuits that serve it. What a tile costs is either the sum of its parts or a
measured total (`measured:`); then the difference to the parts is shown as `unaccounted`.
"""

from __future__ import annotations

import math
from typing import Self, final

from chipsim.circuits.accumulator import Accumulator
from chipsim.circuits.array import Array
from chipsim.circuits.learning import Learning
from chipsim.circuits.memory import Memory
from chipsim.circuits.neuron import Neuron
from chipsim.circuits.vector_unit import VectorUnit
from chipsim.errors import InputError
from chipsim.noc.network import Network
from chipsim.spec import Spec, check, key
from chipsim.units import Area, DataRate, Energy, EnergyPerBit, Power, Time, picoseconds, show


@final
class Measured(Spec):
    """What one product of a fabricated core was measured to take, all its circuits together."""

    energy: Energy = key("energy of one product with the whole array", gt=0)
    time: Time = key("time of one product with the whole array", gt=0)
    area: Area = key("area of the core", gt=0)


@final
class Tile(Spec):
    """An array with its buffers, accumulator, neuron circuits and vector unit, on one node of the network."""

    array: Array = key("the crossbar array and its converters")
    input_buffer: Memory = key("holds the vectors that wait for the array")
    output_buffer: Memory = key("holds partial sums, rows under pooling and results that wait for the network")
    accumulator: Accumulator = key("adds the partial sums of the row blocks of a layer")
    neuron: Neuron = key("scale, bias and activation of each column")
    vector_unit: VectorUnit = key("pooling, additions and other work on digital values")
    measured: Measured | None = key("a measured core in place of the sum of the parts", default=None)
    learning: Learning | None = key("what a tile needs to learn; without it the chip can only compute", default=None)

    @property
    def product_time(self) -> float:
        """Time of one product (s)."""
        return self.measured.time if self.measured else self.array.product_time

    @property
    def area_parts(self) -> dict[str, float]:
        """Area of every part of one tile (m2); with a measured core the rest is `unaccounted`, and learning comes on top."""
        array = self.array
        parts = {
            "array": array.rows * array.columns * array.cell.area,
            "dac": array.rows * array.dac.unit_area,
            "adc": array.adc.count(array.columns) * array.adc.unit_area,
            "buffers": self.input_buffer.unit_area + self.output_buffer.unit_area,
            "accumulator": self.accumulator.unit_area,
            "neuron": self.neuron.unit_area,
            "vector unit": self.vector_unit.unit_area,
        }
        if self.measured:
            parts["unaccounted"] = self.measured.area - sum(parts.values())
        return parts | (self.learning.area_parts(array) if self.learning else {})

    @property
    def leakage_parts(self) -> dict[str, float]:
        """Static power of every part of one tile (W)."""
        array = self.array
        parts = {
            "dac": array.rows * array.dac.unit_leakage,
            "adc": array.adc.count(array.columns) * array.adc.unit_leakage,
            "buffers": self.input_buffer.unit_leakage + self.output_buffer.unit_leakage,
            "accumulator": self.accumulator.unit_leakage,
            "neuron": self.neuron.unit_leakage,
            "vector unit": self.vector_unit.unit_leakage,
        }
        return parts | (self.learning.leakage_parts(array) if self.learning else {})

    @check
    def _time_can_be_counted(self) -> Self:
        if picoseconds(self.product_time) < 1:
            raise ValueError(f"a product takes {show(self.product_time, 's')}; expected 1 ps or more, the step of simulated time")
        return self

    @check
    def _way_back_goes_with_the_array(self) -> Self:
        if self.learning:
            try:
                time = self.learning.transposed.product_time(self.array)
                _ = self.learning.transposed.array(self.array).settings
            except InputError as error:
                raise ValueError(f"learning.transposed: {error}") from None
            if picoseconds(time) < 1:
                raise ValueError(f"learning.transposed: a product takes {show(time, 's')}; expected 1 ps or more")
        return self

    @check
    def _parts_fit_the_core(self) -> Self:
        if self.measured and self.area_parts["unaccounted"] < 0:
            parts = self.measured.area - self.area_parts["unaccounted"]
            raise ValueError(
                f"the parts of the tile fill {parts * 1e6:.4g} mm2, more than the measured core of "
                f"{self.measured.area * 1e6:.4g} mm2; correct a part or the total"
            )
        return self


@final
class Host(Spec):
    """The interface through which inputs enter and results leave, attached to one node of the network."""

    node: int = key("node of the network that the interface is attached to", default=0, ge=0)
    bandwidth: DataRate = key("data rate in each direction", gt=0)
    energy: EnergyPerBit = key("energy of one bit through the interface", default=0.0, ge=0)
    area: Area = key("area of the interface", default=0.0, ge=0)
    leakage: Power = key("static power of the interface", default=0.0, ge=0)


@final
class Architecture(Spec):
    """A chip: one tile on every tile node of the network, and a host interface."""

    name: str = key("name of the chip, as reports print it", min_length=1)
    about: str = key("what the chip is, in a sentence or two", default="")
    plugins: tuple[str, ...] = key("Python files or modules that add devices, circuits or topologies", default=())
    tile: Tile = key("the tile")
    network: Network = key("the on-chip network")
    host: Host = key("the host interface")
    activation_bits: int = key("bits of an activation on the network and in buffers", default=8, ge=1, le=32)
    partial_sum_bits: int = key("bits of a partial sum on the network and in buffers", default=16, ge=1, le=64)
    other_area: Area = key("area of everything else (pads, clock, control)", default=0.0, ge=0)
    other_power: Power = key("static power of everything else", default=0.0, ge=0)

    @property
    def tile_pitch(self) -> float:
        """Distance of neighbouring tiles (m): the edge of a square tile with its router."""
        return math.sqrt(sum(self.tile.area_parts.values()) + self.network.router_area)
