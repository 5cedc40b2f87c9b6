"""What a tile needs to learn, besides what it needs to compute: devices that answer to pulses, the way back, stores.

    backward    one transposed product                            conversion path `transposed`
    update      time = slots of the trains x slot                 energy = pulses x pulse_energy + drives x drive_energy
    stores      inputs and errors of a sample, from its forward product until its update        memory `activations`
                numbers of the rule beside the weights, such as a gradient that is added up     memory `rule_memory`

A pulse is one coincidence in one device; a drive is one pulse on one line of the array, whether it meets another or not. Area and
leakage of all this come on top of those of the tile, also of a measured core. A rule may need several devices for a weight and digital
memory (its footprint); then

    area = (ceil(devices / cell_devices) - 1) rows columns area of a cell + banks area of `rule_memory`
    banks = ceil(bits rows outputs / capacity)

Further arrays share the drivers and converters of the first.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (update by coincidence, in a
time that does not grow with the array); M. Rasch et al., Nature Communications 15, 7133, 2024, DOI 10.1038/s41467-024-51221-z (pulses
of 5 ns). Not modelled: pulse generators apart from their energy, which belongs to `drive_energy`; pulses of several kinds in one cell;
wear of the devices.
"""

from __future__ import annotations

import math
from typing import Literal, final

from chipsim.circuits.array import Array
from chipsim.circuits.memory import Memory
from chipsim.circuits.transposed import TransposedRead
from chipsim.errors import InputError
from chipsim.responses import ConstantStep, Response
from chipsim.spec import Spec, key
from chipsim.units import Energy, Time

RASCH2024 = "Rasch et al. 2024, doi:10.1038/s41467-024-51221-z: 5 ns a pulse"


@final
class Learning(Spec):
    """What training asks of every tile."""

    cites = ("gokmen2016", "rasch2024")

    response: Response = key("how the devices of the array answer to pulses, for rules that name no other", default=ConstantStep())
    transposed: TransposedRead = key("the conversion path of the transposed product", default=TransposedRead())
    slot: Time = key("time of one slot of a pulse train", default=5e-9, gt=0, source=RASCH2024)
    pulse_energy: Energy = key("energy of one coincidence of pulses in one device", default=0.0, ge=0)
    drive_energy: Energy = key("energy of one pulse on one line of the array, its generator included", default=0.0, ge=0)
    activations: Memory = key("store of the inputs and errors of each sample, until its update")
    overflow: Literal["stall", "error"] = key(
        "what happens when no room is left in `activations`: inputs fetched ahead wait, or the run is refused", default="stall"
    )
    error_bits: int = key("bits of an error on the network and in stores", default=8, ge=1, le=32, source="assumed")
    rule_memory: Memory | None = key("one bank of the digital memory for what a rule keeps beside the weights", default=None)
    cell_devices: int = key("devices of a weight that one cell holds; a rule that needs more of them has further arrays", default=1, ge=1)
    endurance: float = key("pulses that a device survives", default=1e9, gt=0, source="assumed")

    def area_parts(self, array: Array) -> dict[str, float]:
        """Area of what every tile has to learn with (m2), by part."""
        read = self.transposed.array(array)
        return {
            "transposed dac": array.columns * read.dac.unit_area,
            "transposed adc": read.adc.count(array.rows) * read.adc.unit_area,
            "activation store": self.activations.unit_area,
        }

    def leakage_parts(self, array: Array) -> dict[str, float]:
        """Static power of the same (W)."""
        read = self.transposed.array(array)
        return {
            "transposed dac": array.columns * read.dac.unit_leakage,
            "transposed adc": read.adc.count(array.rows) * read.adc.unit_leakage,
            "activation store": self.activations.unit_leakage,
        }

    def rule_area(self, array: Array, arrays: int, digital_bits: float) -> dict[str, float]:
        """Area of what a rule with `arrays` devices and `digital_bits` of memory for each weight adds to a tile (m2), by part.

        InputError where it needs memory and there is none.
        """
        banks, memory = self.banks(array, digital_bits), self.rule_memory
        further = -(-arrays // self.cell_devices) - 1
        cells = further * array.rows * array.columns * array.cell.area
        return {"arrays of the rule": cells, "memory of the rule": banks * memory.unit_area if memory else 0.0}

    def rule_leakage(self, array: Array, digital_bits: float) -> dict[str, float]:
        """Static power of the same (W)."""
        banks, memory = self.banks(array, digital_bits), self.rule_memory
        return {"memory of the rule": banks * memory.unit_leakage if memory else 0.0}

    def banks(self, array: Array, digital_bits: float) -> int:
        """Banks of `rule_memory` that a tile needs; InputError where it needs some and there are none."""
        bits = digital_bits * array.rows * array.outputs
        if bits == 0:
            return 0
        if self.rule_memory is None:
            raise InputError(
                f"Learning.rule_memory: is missing, but the rule keeps {digital_bits:g} bits beside each weight, {bits / 8192:.4g} KiB "
                "for a whole array; give a memory, or take a rule that keeps nothing"
            )
        return math.ceil(bits / self.rule_memory.capacity)
