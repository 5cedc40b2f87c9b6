"""The headline numbers of training on a chip: rates and energies, peak and sustained, and the wear of the devices.

    operations of an example = 6 sum over layers of synapses x vectors           forward 2, backward 2, update 2
    sustained    operations / interval,   / energy of the chip,   / area of the chip
    peak         6 R C tiles / (T_forward + T_backward + T_update),   / its power,   / area            all arrays full and busy
    wear         examples = endurance / pulses of a device for an example,       years = examples x time of an example

The first layer counts 6 although it hands nothing back, as is usual; a synapse of a convolution counts once for every product. Peak: an
example is one vector for every array; T_update is the mean length of a train in what was played, cells, pulses and drives are as many as
there for each cell and line; network, host, stores and what a rule does besides (transfer) are left out, leakage of the whole chip is
counted. R, C rows and weights along a row of an array. Pulses are a mean over the devices of a layer, all arrays of the rule together;
single devices get more. All numbers in SI; means over several moments of a training may stand for one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from chipsim.errors import CheckError
from chipsim.learning import Lessons, Played
from chipsim.lesson.task import Energies
from chipsim.mapping.mapping import Placement
from chipsim.result import Row
from chipsim.training.work import StepWork

OPERATIONS = 6  # of a synapse for one vector
YEAR = 365.25 * 86400  # s
COUNTING = (
    "Operations are counted as 6 for each synapse and vector: 2 forward, 2 backward, 2 for the update; the first layer counts too, "
    "although it hands nothing back, and a convolution counts once for every product."
)


class Pulsed(NamedTuple):
    """What the updates of one layer took."""

    pulses: float
    slots: float
    drives: float


class Spent(NamedTuple):
    """What one mini-batch took."""

    samples: float
    time: float  # s, interval in steady state
    energy: Sequence[Row]  # part, layer, stage, energy (J), without leakage
    updates: Mapping[str, Pulsed]  # by layer

    @classmethod
    def of(cls, played: Played, works: Sequence[StepWork]) -> Spent:
        """The mean mini-batch of what was played."""
        count = played.batches
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for array in (array for work in works for array in work.arrays):
            for done in array.updates:
                taken = done.pulses, done.slots, done.drives
                sums[array.layer] = [before + one / count for before, one in zip(sums[array.layer], taken, strict=True)]
        energy = [row | {"energy": row["energy"] / count} for row in played.energy]
        return cls(played.samples / count, played.interval, energy, {layer: Pulsed(*found) for layer, found in sums.items()})

    def part(self, part: str, stage: str) -> float:
        """Energy of one part in one stage (J)."""
        return float(sum(row["energy"] for row in self.energy if (row["part"], row["stage"]) == (part, stage)))


def metrics(lessons: Lessons, spent: Spent, area: float, leakage: float) -> dict[str, float]:
    """The headline numbers; `area` (m2) and `leakage` (W) of the whole chip. CheckError without energy or area."""
    time, dynamic = spent.time / spent.samples, sum(row["energy"] for row in spent.energy) / spent.samples
    energy, operations = dynamic + leakage * time, float(OPERATIONS * synaptic(lessons))
    if energy <= 0 or area <= 0:
        raise CheckError(f"training takes {energy:g} J an example on {area:g} m2; give the energies and areas of the circuits")
    found = {
        "time_per_example": time,
        "examples_per_second": 1 / time,
        "energy_per_example": energy,
        "dynamic_energy_per_example": dynamic,
        "leakage_energy_per_example": leakage * time,
        "power": energy / time,
        "ops_per_example": operations,
        "sustained_ops": operations / time,
        "sustained_ops_per_watt": operations / energy,
        "sustained_ops_per_area": operations / time / area,
        "pulses_per_example": sum(one.pulses for one in spent.updates.values()) / spent.samples,
    }
    peak = peak_time(lessons, spent)
    rate = lessons.tiles * OPERATIONS * prod(full(lessons)) / peak
    found |= {
        "peak_ops": rate,
        "peak_ops_per_watt": rate / (lessons.tiles * peak_energy(lessons, spent) / peak + leakage),
        "peak_ops_per_area": rate / area,
    }
    worn = [row["years"] for row in wear_rows(lessons, spent) if row["years"] is not None]
    return found | ({"endurance_years": min(worn)} if worn else {})


def wear_rows(lessons: Lessons, spent: Spent) -> list[Row]:
    """Rows layer, synapses, vectors and operations (of an example), pulses (of an example), pulses_per_device, examples, years.

    `examples` and `years` of training without a pause until a mean device of the layer has had its last pulse; None without pulses.
    """
    rows, costs, time = [], lessons.costs, spent.time / spent.samples
    for name, blocks in lessons.places.blocks.items():
        synapses, vectors = sum(prod(block.shape) for block in blocks), lessons.places.products(name)
        pulses = spent.updates[name].pulses / spent.samples if name in spent.updates else 0.0
        each = pulses / (synapses * costs.footprint.arrays)
        examples = costs.learning.endurance / each if each else None
        row: Row = {"layer": name, "synapses": synapses, "vectors": vectors, "operations": OPERATIONS * synapses * vectors}
        row |= {"pulses": pulses, "pulses_per_device": each, "examples": examples}
        rows.append(row | {"years": None if examples is None else examples * time / YEAR})
    return rows


def synaptic(lessons: Lessons) -> int:
    """Synapses times vectors of one example, all layers together."""
    return sum(prod(block.shape) * vectors for block, vectors in _blocks(lessons))


def full(lessons: Lessons) -> tuple[int, int]:
    """Rows and weights along a row of a full array."""
    return lessons.costs.tile.array.rows, lessons.costs.tile.array.outputs


def peak_time(lessons: Lessons, spent: Spent) -> float:
    """Time of one vector forward, backward and in the update of one array (s), the train as long as the mean one."""
    tile, learning = lessons.costs.tile, lessons.costs.learning
    vectors = spent.samples * sum(count for _, count in _blocks(lessons))
    train = sum(one.slots for one in spent.updates.values()) / vectors * learning.slot
    return tile.product_time + learning.transposed.product_time(tile.array) + train


def peak_energy(lessons: Lessons, spent: Spent) -> float:
    """Energy of the same (J): cells, pulses and drives as many for each cell and line as in what was played."""
    costs, tile, shape = lessons.costs, lessons.costs.tile, full(lessons)
    blocks = [(block, count * spent.samples) for block, count in _blocks(lessons)]
    cells = sum(prod(block.shape) * count for block, count in blocks)
    lines = sum(sum(block.shape) * count for block, count in blocks)
    turned = sum(prod(b.shape) * len(lessons.places.products_back(b.layer)) * spent.samples for b, _ in blocks)
    forward = spent.part("array", "forward") / cells * prod(shape) + _driven(costs.product(shape, 0, 0.0).energy)
    backward = _parts(costs.transposed(shape, 0, 0.0).energy, ("transposed dac", "transposed adc"))
    backward += spent.part("array", "backward") / turned * prod(shape) if turned else 0.0
    update = spent.part("pulses", "update") / cells * prod(shape) + spent.part("line drivers", "update") / lines * sum(shape)
    core = forward if tile.core_energy is None else tile.core_energy
    return core + backward + update + tile.neuron.cost("apply", shape[1]).energy


def _blocks(lessons: Lessons) -> list[tuple[Placement, int]]:
    """All blocks, each with its products for one example."""
    places = lessons.places
    return [(block, places.products(name)) for name, blocks in places.blocks.items() for block in blocks]


def _driven(energy: Energies) -> float:
    """What a product takes outside its cells and buffers."""
    return sum(amount for part, amount in energy if part not in ("array", "input buffer", "unaccounted"))


def _parts(energy: Energies, wanted: Sequence[str]) -> float:
    return sum(amount for part, amount in energy if part in wanted)
