"""The tile: crossbar arrays with the digital circuits that serve them.

What a tile costs is either the sum of its parts or a measured total (`measured:`); then the difference to the parts is shown as
`unaccounted`. Its arrays, each with drivers and converters of its own, work at the same time; buffers, bus and digital circuits are
there once, for all of them.
"""

from __future__ import annotations

from typing import Self, final

from chipsim.architecture.gating import Gating
from chipsim.architecture.measured import Measured
from chipsim.circuits.accumulator import Accumulator
from chipsim.circuits.array import Array
from chipsim.circuits.bus import Bus
from chipsim.circuits.dac import IdealDAC
from chipsim.circuits.learning import Learning
from chipsim.circuits.memory import Memory
from chipsim.circuits.neuron import Neuron
from chipsim.circuits.part import Part, unusable_name
from chipsim.circuits.vector_unit import VectorUnit
from chipsim.errors import InputError
from chipsim.spec import Spec, check, key
from chipsim.units import picoseconds, show

_SLACK = 1 + 1e-9  # quantities that are equal but for rounding


@final
class Tile(Spec):
    """Arrays with their buffers, accumulator, neuron circuits and vector unit, on one node of the network."""

    array: Array = key("the crossbar array and its converters")
    arrays: int = key(
        "arrays of the tile, which work at the same time, each with drivers and converters of its own", default=1, ge=1, le=4096
    )
    input_buffer: Memory = key("holds the vectors that wait for the array")
    output_buffer: Memory = key("holds partial sums, rows under pooling and results that wait for the network")
    bus: Bus | None = key("between the buffers of the tile and its arrays; without it, moving takes no time there", default=None)
    accumulator: Accumulator = key("adds the partial sums of the row blocks of a layer")
    neuron: Neuron = key("scale, bias and activation of each column")
    vector_unit: VectorUnit = key("pooling, additions and other work on digital values")
    parts: dict[str, Part] = key("further circuits of one tile, by name; they work while its arrays do", default={})
    gating: Gating | None = key("what leakage is left while tiles have nothing to do; without it all of it", default=None)
    measured: Measured | None = key("a measured core in place of the sum of the parts", default=None)
    learning: Learning | None = key("what a tile needs to learn; without it the chip can only compute", default=None)

    @property
    def phase_ratio(self) -> float:
        """Phases of the DAC for each phase of those that a measured core was measured with; 1 where it does not say."""
        if self.measured is None or self.measured.phases is None:
            return 1.0
        return self.array.dac.phases / self.measured.phases

    @property
    def product_time(self) -> float:
        """Time of one product of an array (s), from its inputs to the last number."""
        return self.array.product_time if self.core_time is None else self.core_time

    @property
    def product_interval(self) -> float:
        """Time until an array may start its next product (s)."""
        return self.array.product_interval if self.core_time is None else self.core_time

    @property
    def core_time(self) -> float | None:
        """Time of one product as measured (s); None where drivers and converters set it."""
        return self.measured.time * self.phase_ratio if self.measured and self.measured.time is not None else None

    @property
    def core_energy(self) -> float | None:
        """Energy of one product of an array as measured (J); None where the parts are added up."""
        return self.measured.energy * self.phase_ratio if self.measured else None

    @property
    def core_area(self) -> float | None:
        """Area of the core as measured (m2); None where the parts are added up."""
        return self.measured.area if self.measured else None

    @property
    def places(self) -> int:
        """Blocks that a tile has room for: arrays times weight planes."""
        return self.arrays * self.array.planes

    def parts_energy(self, products: float) -> dict[str, float]:
        """Energy of the tile's own parts in `products` products of one of its arrays (J), by name.

        All arrays together keep a part busy, so a product of one of them pays its share of the part's power.
        """
        time = products * self.product_interval / self.arrays
        return {name: part.spent(products, time) for name, part in self.parts.items()}

    @property
    def area_parts(self) -> dict[str, float]:
        """Area of every part of one tile (m2); with a measured core the rest is `unaccounted`, and learning comes on top."""
        array = self.array
        parts = {
            "array": array.cell_area * self.arrays,
            "dac": array.rows * array.dac.unit_area * self.arrays,
            "adc": array.adc.count(array.columns) * array.adc.unit_area * self.arrays,
            "buffers": self.input_buffer.unit_area + self.output_buffer.unit_area,
            "accumulator": self.accumulator.unit_area,
            "neuron": self.neuron.unit_area,
            "vector unit": self.vector_unit.unit_area,
        }
        parts |= {name: part.total_area * self.arrays for name, part in array.parts.items()}
        parts |= {"bus": self.bus.unit_area} if self.bus else {}
        parts |= {name: part.total_area for name, part in self.parts.items()}
        if self.core_area is not None:
            parts["unaccounted"] = self.core_area - sum(parts.values())
        return parts | (self.learning.area_parts(array) if self.learning else {})

    @property
    def leakage_parts(self) -> dict[str, float]:
        """Static power of every part of one tile (W), without any gating."""
        array = self.array
        parts = {
            "dac": array.rows * array.dac.unit_leakage * self.arrays,
            "adc": array.adc.count(array.columns) * array.adc.unit_leakage * self.arrays,
            "buffers": self.input_buffer.unit_leakage + self.output_buffer.unit_leakage,
            "accumulator": self.accumulator.unit_leakage,
            "neuron": self.neuron.unit_leakage,
            "vector unit": self.vector_unit.unit_leakage,
        }
        parts |= {name: part.total_leakage * self.arrays for name, part in array.parts.items()}
        parts |= {"bus": self.bus.unit_leakage} if self.bus else {}
        parts |= {name: part.total_leakage for name, part in self.parts.items()}
        return parts | (self.learning.leakage_parts(array) if self.learning else {})

    @check
    def _time_can_be_counted(self) -> Self:
        for time in (self.product_time, self.product_interval):
            if picoseconds(time) < 1:
                raise ValueError(f"a product takes {show(time, 's')}; expected 1 ps or more, the step of simulated time")
        return self

    @check
    def _converters_serve_arrays_of_this_tile(self) -> Self:
        converters = {"array.adc": self.array.adc}
        if self.learning and self.learning.transposed.adc:
            converters["learning.transposed.adc"] = self.learning.transposed.adc
        for name, adc in converters.items():
            if adc.arrays_per_adc > self.arrays:
                raise ValueError(
                    f"{name}.arrays_per_adc: {adc.arrays_per_adc} is more than the {self.arrays} array(s) of the tile; "
                    "lower it, or give the tile more arrays"
                )
        return self

    @check
    def _parts_have_names_of_their_own(self) -> Self:
        if problem := unusable_name(self.parts):
            raise ValueError(problem)
        if twice := sorted(self.parts.keys() & self.array.parts.keys()):
            raise ValueError(f"parts: '{twice[0]}' is also a part of the array; call one of them otherwise")
        return self

    @check
    def _way_back_goes_with_the_array(self) -> Self:
        if self.learning:
            if self.places > 1:
                raise ValueError(
                    f"learning: a tile that learns has one array with one weight plane; this one has room for {self.places} blocks"
                )
            try:
                time = self.learning.transposed.product_time(self.array)
                _ = self.learning.transposed.array(self.array).settings
            except InputError as error:
                raise ValueError(f"learning.transposed: {error}") from None
            if picoseconds(time) < 1:
                raise ValueError(f"learning.transposed: a product takes {show(time, 's')}; expected 1 ps or more")
        return self

    @check
    def _learning_goes_with_drivers_and_cells(self) -> Self:
        if self.learning is None:
            return self
        if any(dac and dac.unsigned for dac in (self.array.dac, self.learning.transposed.dac)):
            raise ValueError("learning: inputs and errors have both signs; set sign: polarity or twos_complement in the dac")
        if self.array.cell.capacitance is not None:
            raise ValueError("learning: cells that learn are paid for by their conductance; leave out array.cell.capacitance")
        return self

    @check
    def _parts_fit_the_core(self) -> Self:
        if self.core_area is not None and self.area_parts["unaccounted"] < 0:
            parts = self.core_area - self.area_parts["unaccounted"]
            raise ValueError(
                f"the parts of the tile fill {parts * 1e6:.4g} mm2, more than the measured core of "
                f"{self.core_area * 1e6:.4g} mm2; correct a part or the total"
            )
        return self

    @check
    def _parts_spend_no_more_than_the_core(self) -> Self:
        if self.core_energy is None:
            return self
        parts = self.array.full_periphery(self.product_interval) | self.parts_energy(1)
        if sum(parts.values()) > self.core_energy * _SLACK:
            largest = max(parts, key=lambda name: parts[name])
            raise ValueError(
                f"measured.energy: a product of {show(self.core_energy, 'J')} is less than its drivers, converters and parts take "
                f"without any cell, {show(sum(parts.values()), 'J')} (most of it: {largest}, {show(parts[largest], 'J')}); "
                "correct a part or the total"
            )
        return self

    @check
    def _a_read_takes_no_longer_than_the_core(self) -> Self:
        read = self.array.dac.plane_time
        if isinstance(self.array.dac, IdealDAC) or self.core_time is None:  # exact voltages stand for no circuit
            return self
        if read > self.core_time * _SLACK:
            raise ValueError(
                f"measured.time: a product of {show(self.core_time, 's')} is shorter than one read of the array, which the DAC "
                f"says takes {show(read, 's')}; correct the DAC or the total"
            )
        return self
