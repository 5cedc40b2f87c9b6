"""A processor that a chip is compared with: its rating, and what it reaches on a fully connected layer (roofline).

    energy per operation = power / peak,   operations per area = peak / area        (the rating)

Training of a layer of `rows` inputs and `columns` outputs with mini-batches of `batch` examples, numbers of `bits` bits:

    stage       operations                  numbers moved to or from the memory
    forward     2 rows columns batch        rows columns + batch (rows + columns)     weights and inputs in, outputs out
    backward    2 rows columns batch        rows columns + batch (rows + columns)     weights and errors in, errors out
    update      2 rows columns batch        2 rows columns + batch (rows + columns)   inputs and errors in, weights in and out
    time of a stage = max(operations / peak, bits moved / bandwidth)

Reference: S. Williams, A. Waterman, D. Patterson, Communications of the ACM 52(4), 65, 2009, doi:10.1145/1498765.1498785.
Range of validity: layers whose weights come from the memory every time. Energy is that of the full rated power for the time of
the stages. Not modelled: caches that keep small weights near, the start of each kernel (microseconds), and what a scheduler loses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from chipsim.compose import read
from chipsim.errors import InputError, did_you_mean
from chipsim.reading import build, from_plain
from chipsim.spec import Spec, key
from chipsim.tree import parse
from chipsim.units import Area, DataRate, OperationRate, Power

FILE = "comparator.yaml"


@final
@dataclass(frozen=True)
class Stage:
    """One stage of a mini-batch: operations, bits moved to and from the memory, time (s)."""

    name: str
    operations: float
    moved: float
    time: float


@final
@dataclass(frozen=True)
class Reached:
    """What a comparator reaches on a mini-batch: operations, time (s), energy (J), share of its rating."""

    stages: tuple[Stage, ...]
    operations: float
    time: float
    energy: float
    efficiency: float

    @property
    def energy_per_operation(self) -> float:
        """Energy of one operation (J)."""
        return self.energy / self.operations


@final
class Comparator(Spec):
    """A processor as its maker rates it."""

    name: str = key("name, as reports print it", min_length=1)
    peak: OperationRate = key("operations in a second at the most; a multiply-add is two", gt=0)
    power: Power = key("power at that rate, memory and board included", gt=0)
    area: Area = key("area of the die", gt=0)
    bandwidth: DataRate = key("data rate of the memory", gt=0)
    precision: str = key("format of the numbers", default="fp16")
    bits: int = key("bits of a number as it is moved", default=16, ge=1, le=64)
    year: int | None = key("year in which it came out", default=None, ge=1940, le=2100)

    @property
    def energy(self) -> float:
        """Energy of one operation at the peak (J)."""
        return self.power / self.peak

    @property
    def density(self) -> float:
        """Operations in a second on an area at the peak (OP/s/m2)."""
        return self.peak / self.area

    def energy_ratio(self, efficiency: float) -> float:
        """How many times less energy an operation takes at `efficiency` (OP/s/W) than here."""
        return efficiency * self.energy

    def density_ratio(self, density: float) -> float:
        """How many times more operations an area makes at `density` (OP/s/m2) than here."""
        return density / self.density

    def fully_connected(self, rows: int, columns: int, batch: int = 1) -> Reached:
        """What training of a fully connected layer reaches; InputError for sizes below 1."""
        for name, size in (("rows", rows), ("columns", columns), ("batch", batch)):
            if size < 1:
                raise InputError(f"Comparator.fully_connected: {name} is {size}, expected at least 1")
        weights, values = rows * columns, batch * (rows + columns)
        copies = {"forward": 1, "backward": 1, "update": 2}  # how often the weights cross the border of the memory
        stages = tuple(self._stage(name, 2.0 * weights * batch, (n * weights + values) * self.bits) for name, n in copies.items())
        operations, time = sum(stage.operations for stage in stages), sum(stage.time for stage in stages)
        return Reached(stages, operations, time, self.power * time, operations / time / self.peak)

    def _stage(self, name: str, operations: float, moved: float) -> Stage:
        return Stage(name, operations, moved, max(operations / self.peak, moved / self.bandwidth))


def names() -> list[str]:
    """Names of the comparators of the library, in its order."""
    tree = parse(Path(__file__).parent / "technology" / FILE)
    assert isinstance(tree.value, dict)
    return list(tree.value)


def comparator(name: str) -> Comparator:
    """A comparator of the library, or of a YAML file; InputError when there is none of that name."""
    if name.endswith((".yaml", ".yml")):
        return build(Comparator, read(name))
    if name not in names():
        raise InputError(f"comparator '{name}' is not in the library ({did_you_mean(name, names())}); a file of one's own ends in .yaml")
    return from_plain(Comparator, {"component": name})


def comparators(wanted: Iterable[str] = ()) -> list[Comparator]:
    """The comparators of these names or YAML files; all of the library when none is named."""
    return [comparator(name) for name in list(wanted) or names()]
