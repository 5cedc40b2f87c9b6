"""How long each piece of a lesson takes and what it costs, from the circuits of a tile.

    product                  time x (1 + retries)                 cells V^2 t g, drivers, converters, input buffer
    transposed product       its own time x (1 + retries)         the same with the converters of the transposed read
    trains                   slots x slot                         pulses x pulse_energy + drives x drive_energy
    reads of lines           a product each                       one driver and all converters, cells left out
    digital work of a rule   a multiplication each, and a number written and read in the memory of the rule

Symbols: V read voltage (V), t drive time (s), g conductance of a full-scale cell (S), times what a product drove through its cells.
A digital operation of a rule is charged as a multiplication, the dearest of those it may be; the memory of a rule has one port.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, final

import numpy as np

from chipsim.architecture import Architecture
from chipsim.circuits.circuit import Circuit, Cost
from chipsim.circuits.memory import Memory
from chipsim.errors import InputError
from chipsim.lesson.task import Energies
from chipsim.training.rules.rule import NUMBER, Activity, Footprint
from chipsim.units import picoseconds


class Work(NamedTuple):
    """Time until the circuit is free and until the result is there (ps), and energy by part."""

    busy: int
    latency: int
    energy: Energies


def of_cost(part: str, cost: Cost) -> Work:
    """The work of one action of one circuit."""
    return Work(picoseconds(cost.interval), picoseconds(cost.latency), ((part, cost.energy),))


@final
class Costs:
    """The circuits of a tile as numbers; InputError for a tile that cannot learn."""

    def __init__(self, architecture: Architecture, footprint: Footprint) -> None:
        tile = architecture.tile
        if tile.learning is None:
            raise InputError(
                f"Tile.learning: is missing in '{architecture.name}'; a chip that is trained needs it: see 'What a tile needs to learn' "
                "in docs/how-to-describe-a-chip.md"
            )
        self.architecture, self.tile, self.learning, self.footprint = architecture, tile, tile.learning, footprint
        self.turned = tile.learning.transposed.array(tile.array)
        self.product_time = picoseconds(tile.product_time)
        self.transposed_time = picoseconds(tile.learning.transposed.product_time(tile.array))
        self.banks = tile.learning.banks(tile.array, footprint.digital_bits)
        self.parts = len(tile.array.cell.part_weights)
        self.full = float(sum(plane.target.sum() for plane in tile.array.cell.planes(np.ones((1, 1), np.float32))))  # S, all its devices
        self._fixed = cache(self._fixed_of)
        self.adds, self.neurons, self.vector_work = cache(self._adds), cache(self._neurons), cache(self._vector_work)

    def product(self, shape: tuple[int, int], retries: int, cells: float) -> Work:
        """One forward product of a block (rows, columns)."""
        fixed, array = self._fixed(shape, retries, False), self.tile.array
        drawn = cells * self.full * array.energy_per_conductance
        energy: Energies = (("array", drawn), *fixed)
        if self.tile.core_energy is not None:
            known = drawn + sum(amount for part, amount in fixed if part != "input buffer")
            energy = (*energy, ("unaccounted", max(0.0, self.tile.core_energy * (1 + retries) - known)))
        time = self.product_time * (1 + retries)
        return Work(time, time, energy)

    def transposed(self, shape: tuple[int, int], retries: int, cells: float) -> Work:
        """One transposed product of a block (rows, columns)."""
        time = self.transposed_time * (1 + retries)
        return Work(time, time, (("array", cells * self.full * self.turned.energy_per_conductance), *self._fixed(shape, retries, True)))

    def _fixed_of(self, shape: tuple[int, int], retries: int, back: bool) -> Energies:
        """What a product takes whatever its numbers are."""
        rows, columns = shape
        driven, read = (columns * self.parts, rows) if back else (rows, columns * self.parts)
        array, prefix, products = (self.turned, "transposed ", 1 + retries) if back else (self.tile.array, "", 1 + retries)
        bits = self.learning.error_bits * columns if back else self.architecture.activation_bits * rows
        time = products * self.tile.product_interval
        parts = self.tile.parts_energy(products) | {name: part.spent(products, time) for name, part in self.tile.array.parts.items()}
        return (
            (f"{prefix}dac", array.dac.cost("convert", driven * products).energy),
            (f"{prefix}adc", array.adc.cost("convert", read * products * array.conversions).energy),
            ("input buffer", self.both(self.tile.input_buffer, bits)),
            *(() if back else parts.items()),
        )

    def _neurons(self, columns: int, terms: int) -> Work:
        """Adding the partial sums of `terms` row blocks, then scale, bias and activation."""
        tile = self.tile
        add, neuron = tile.accumulator.cost("add", columns * (terms - 1)), tile.neuron.cost("apply", columns)
        bits = columns * (terms * self.architecture.partial_sum_bits + self.architecture.activation_bits)
        energy = ("accumulator", add.energy), ("neuron", neuron.energy), ("output buffer", self.both(tile.output_buffer, bits))
        return Work(picoseconds(max(add.interval, neuron.interval)), picoseconds(add.latency + neuron.latency), energy)

    def _adds(self, numbers: int, terms: int) -> Work:
        """Adding `terms` partial sums of each of `numbers` results of the transposed product, as far as there is something to add."""
        cost = self.tile.accumulator.cost("add", numbers * max(0, terms - 1))
        bits = numbers * (terms * self.architecture.partial_sum_bits + self.learning.error_bits)
        energy = ("accumulator", cost.energy), ("output buffer", self.both(self.tile.output_buffer, bits))
        return Work(picoseconds(cost.interval), picoseconds(cost.latency), energy)

    def vector(self, operations: Mapping[str, int]) -> Work:
        """Work of the vector unit, one kind of operation after the other."""
        return self.vector_work(tuple(sorted((name, count) for name, count in operations.items() if count > 0)))

    def _vector_work(self, operations: tuple[tuple[str, int], ...]) -> Work:
        costs = [self.tile.vector_unit.cost(name, count) for name, count in operations]
        busy, latency = picoseconds(sum(c.interval for c in costs)), picoseconds(sum(c.latency for c in costs))
        return Work(busy, latency, (("vector unit", sum(c.energy for c in costs)),))

    def stored(self, action: str, bits: int) -> Work:
        """Writing or reading bits of the activation store."""
        return of_cost("activation store", self.learning.activations.cost(action, bits))

    def fetched(self, bits: int) -> Work:
        """Bits through the host interface."""
        host = self.architecture.host
        time = picoseconds(bits / host.bandwidth)
        return Work(time, time, (("host", host.energy * bits),))

    def trains(self, done: Activity) -> Work:
        """The pulses of an update."""
        learning, time = self.learning, picoseconds(done.slots * self.learning.slot)
        pulses, drives = done.pulses * learning.pulse_energy, done.drives * learning.drive_energy
        return Work(time, time, (("pulses", pulses), ("line drivers", drives)))

    def lines(self, shape: tuple[int, int], reads: int) -> Work:
        """Lines of an array read one by one, as a rule does that moves weights from array to array."""
        array, time = self.tile.array, self.product_time * reads
        converted = array.adc.cost("convert", shape[1] * self.parts * array.conversions * reads).energy
        return Work(time, time, (("dac", array.dac.cost("convert", reads).energy), ("adc", converted)))

    def operations(self, count: int) -> Work:
        """The digital work of a rule."""
        cost, memory = self.tile.vector_unit.cost("multiply", count), self.learning.rule_memory
        if memory is None or self.footprint.digital_bits == 0:
            return of_cost("vector unit", cost)
        moved = [memory.cost(action, count * NUMBER) for action in ("read", "write")]
        interval, latency = sum(m.interval for m in moved), sum(m.latency for m in moved)
        energy = ("vector unit", cost.energy), ("memory of the rule", sum(m.energy for m in moved))
        return Work(picoseconds(max(cost.interval, interval)), picoseconds(max(cost.latency, latency)), energy)

    @staticmethod
    def both(memory: Memory | Circuit, bits: int) -> float:
        """Energy of writing and reading bits once (J)."""
        return memory.cost("write", bits).energy + memory.cost("read", bits).energy
