"""A processor that a chip is compared with: its rating, and what it reaches on a network (roofline).

    energy per operation = power / (u peak),   operations per area = u peak / area        (the rating, u = utilisation)
    time of a layer = max(operations / (u peak), bits moved / bandwidth) + start

Inference of a network with `batch` samples at a time, numbers of `bits` bits, layer by layer (`work.py`):

    operations           2 macs batch
    weights moved        once for a batch; never, where they stay: all weights of the network fit into the memory on the chip
    activations moved    batch (inputs + outputs); where they fit beside the weights, only what enters and leaves the network

Training of a layer of `rows` inputs and `columns` outputs with mini-batches of `batch` examples:

    stage       operations                  numbers moved to or from the memory
    forward     2 rows columns batch        rows columns + batch (rows + columns)     weights and inputs in, outputs out
    backward    2 rows columns batch        rows columns + batch (rows + columns)     weights and errors in, errors out
    update      2 rows columns batch        2 rows columns + batch (rows + columns)   inputs and errors in, weights in and out

Reference: S. Williams, A. Waterman, D. Patterson, Communications of the ACM 52(4), 65, 2009, doi:10.1145/1498765.1498785.
Range of validity: a bound, nothing is measured. Energy is that of the full rated power for the time of the stages. Layers without
multiplications are done on the way, for nothing. Training takes its weights from the memory every time. Not modelled: the data rate
of the memory on the chip, what a scheduler or a small matrix loses, and the start of a layer unless `start` gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal, final

from chipsim.comparators.work import Work
from chipsim.compose import read
from chipsim.errors import InputError, did_you_mean
from chipsim.reading import build, from_plain
from chipsim.spec import Spec, key
from chipsim.tree import Node, parse
from chipsim.units import Area, DataRate, DataSize, OperationRate, Power, Time

FILE = "comparator.yaml"
FILES = (".yaml", ".yml")  # how the name of a file of one's own ends
USUAL = ("v100-fp16", "v100-tensor", "a100-tensor")  # where none is named


@final
@dataclass(frozen=True)
class Stage:
    """One stage: operations, bits moved to and from the memory, time (s)."""

    name: str
    operations: float
    moved: float
    time: float


@final
@dataclass(frozen=True)
class Reached:
    """What a comparator reaches on a batch: operations, time (s), energy (J), share of its rating."""

    stages: tuple[Stage, ...]
    operations: float
    time: float
    energy: float
    efficiency: float

    @property
    def energy_per_operation(self) -> float:
        """Energy of one operation (J)."""
        return self.energy / self.operations

    @property
    def moved(self) -> float:
        """Bits moved to and from the memory."""
        return sum(stage.moved for stage in self.stages)


@final
class Comparator(Spec):
    """A processor as its maker rates it."""

    cites: ClassVar[tuple[str, ...]] = ("williams2009",)

    name: str = key("name, as reports print it", min_length=1)
    kind: Literal["gpu", "accelerator"] = key("gpu, or an accelerator, which computes networks alone", default="gpu")
    peak: OperationRate = key("operations in a second at the most; a multiply-add is two", gt=0)
    power: Power = key("power at that rate; `source` should say what is in it: memory, board", gt=0)
    area: Area = key("area of the die", gt=0)
    bandwidth: DataRate = key("data rate of the memory", gt=0)
    utilisation: float = key(
        "share of the peak that networks are taken to reach at the most", default=1.0, gt=0, le=1,
        source="assumed: the full rating, in favour of the comparator",
    )  # fmt: skip
    precision: str = key("format of the numbers", default="fp16")
    bits: int = key("bits of a number as it is moved", default=16, ge=1, le=64)
    on_chip: DataSize = key("memory on the chip for weights and activations", default=0.0, ge=0)
    keeps_weights: bool = key("whether weights that fit into the memory on the chip stay there from batch to batch", default=True)
    start: Time = key("time until a layer begins, at full power", default=0.0, ge=0)
    trains: bool = key("whether it can train networks", default=True)
    year: int | None = key("year in which it came out", default=None, ge=1940, le=2100)

    @property
    def energy(self) -> float:
        """Energy of one operation at the share of the peak that is reached (J)."""
        return self.power / self.rate

    @property
    def rate(self) -> float:
        """Operations in a second that are taken to be reached at the most (OP/s)."""
        return self.utilisation * self.peak

    @property
    def density(self) -> float:
        """Operations in a second on an area at that share (OP/s/m2)."""
        return self.rate / self.area

    def energy_ratio(self, efficiency: float) -> float:
        """How many times less energy an operation takes at `efficiency` (OP/s/W) than here."""
        return efficiency * self.energy

    def density_ratio(self, density: float) -> float:
        """How many times more operations an area makes at `density` (OP/s/m2) than here."""
        return density / self.density

    def inference(self, network: Sequence[Work], batch: int = 1) -> Reached:
        """What inference of a network reaches, `batch` samples at a time; InputError for a batch below 1 or a network without work."""
        if batch < 1:
            raise InputError(f"Comparator.inference: batch is {batch}, expected at least 1")
        weights = sum(work.weights for work in network) * self.bits
        stay = self.keeps_weights and weights <= self.on_chip
        room = self.on_chip - (weights if stay else 0)
        return self._reached([self._layer(work, batch, stay, room) for work in network if work.macs or work.weights or work.outside])

    def _layer(self, work: Work, batch: int, stay: bool, room: float) -> Stage:
        activations = batch * (work.read + work.written) * self.bits
        moved = batch * work.outside * self.bits if activations <= room else activations
        moved += 0 if stay else work.weights * self.bits
        return self._stage(work.layer, 2.0 * work.macs * batch, moved)

    def fully_connected(self, rows: int, columns: int, batch: int = 1) -> Reached:
        """What training of a fully connected layer reaches; InputError for sizes below 1."""
        for name, size in (("rows", rows), ("columns", columns), ("batch", batch)):
            if size < 1:
                raise InputError(f"Comparator.fully_connected: {name} is {size}, expected at least 1")
        weights, values = rows * columns, batch * (rows + columns)
        copies = {"forward": 1, "backward": 1, "update": 2}  # how often the weights cross the border of the memory
        return self._reached([self._stage(name, 2.0 * weights * batch, (n * weights + values) * self.bits) for name, n in copies.items()])

    def _stage(self, name: str, operations: float, moved: float) -> Stage:
        return Stage(name, operations, moved, max(operations / self.rate, moved / self.bandwidth) + self.start)

    def _reached(self, stages: Sequence[Stage]) -> Reached:
        operations, time = sum(stage.operations for stage in stages), sum(stage.time for stage in stages)
        if not operations:
            raise InputError(f"comparator '{self.name}': the network multiplies nothing; expected a layer with weights")
        return Reached(tuple(stages), operations, time, self.power * time, operations / time / self.peak)


@cache
def names() -> tuple[str, ...]:
    """Names of the comparators of the library, in its order."""
    tree = parse(Path(__file__).parents[1] / "technology" / FILE)
    assert isinstance(tree.value, dict)
    return tuple(tree.value)


def comparator(name: str) -> Comparator:
    """A comparator of the library, or of a YAML file; InputError when there is none of that name."""
    if name.endswith(FILES):
        return build(Comparator, read(name))
    _check_name(name)
    return _of_library(name)


@cache
def _of_library(name: str) -> Comparator:
    return from_plain(Comparator, {"component": name})


def comparators(wanted: Iterable[str] = ()) -> list[Comparator]:
    """The comparators of these names or YAML files, `all` for those of the library; the usual GPUs when none is named."""
    listed = [name for one in wanted for name in (names() if one == "all" else [one])]
    return [comparator(name) for name in listed or USUAL]


def named(node: Node) -> Node:
    """The tree of an experiment, in which what is given by its name or by a file has become a block: `comparators`, `von_neumann`."""
    if not isinstance(node.value, dict):
        return node
    entries = dict(node.value)
    listed, machine = entries.get("comparators"), entries.get("von_neumann")
    if listed is not None and listed.value is not None:
        items = listed.value if isinstance(listed.value, list) else [listed]
        entries["comparators"] = replace(listed, value=[block for item in items for block in _blocks(item)])
    if machine is not None:
        entries["von_neumann"] = _block(machine)
    return replace(node, value=entries)


def _blocks(item: Node) -> list[Node]:
    """The block of one comparator, those of the whole library for `all`."""
    wanted = [replace(item, value=name) for name in names()] if item.value == "all" else [item]
    for one in wanted:
        try:
            _check_name(one.value if isinstance(one.value, str) else USUAL[0])
        except InputError as error:
            raise InputError(item.problem(error.problems[0].message, "comparators")) from None
    return [_block(one) for one in wanted]


def _block(item: Node) -> Node:
    if not isinstance(item.value, str):
        return item
    return read(item.folder / item.value) if item.value.endswith(FILES) else replace(item, value={"component": item})


def _check_name(name: str) -> None:
    if name not in names() and not name.endswith(FILES):
        raise InputError(f"comparator '{name}' is not in the library ({did_you_mean(name, names())}); a file of one's own ends in .yaml")
