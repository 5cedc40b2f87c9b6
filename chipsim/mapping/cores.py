"""Which digital core computes which part of which digital layer.

A layer goes to the first kind of core that names its type, else to the first one that names none. It is cut into at most `spread` parts:
by channels in whole grains (`DigitalLayer.grain`), or by rows where all channels belong together. Each part goes to a core whose buffer
has room for all that its layers read of one sample, as long as there is one: layers that wait for a whole sequence, and those that wait
beside them, then do not block each other. Among these it is the nearest (links from where the part's first channel is made) that it does
not make busier than the busiest is already; where there is none, the one with the least work, the nearest of equal ones. Work is the
time of a part for one sample; ties go to the lowest node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, final

from chipsim.architecture import Architecture
from chipsim.architecture.cores import DigitalCores
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.mapping.partition import Span, spans
from chipsim.mapping.place import hops_from
from chipsim.workload.layers.layer import DigitalLayer, Layer, Shape
from chipsim.workload.layers.recurrent import Recurrent


class Seat(NamedTuple):
    """A part of a layer on a core: the kind of core, its node, channels, and which of how many copies that deal out the rows."""

    core: str
    node: int
    channels: Span
    copy: int
    copies: int


@final
class Seats:
    """Deals out parts of layers, in the order in which they are asked for."""

    def __init__(self, architecture: Architecture) -> None:
        self.kinds: Mapping[str, DigitalCores] = architecture.cores or {}
        self.graph = architecture.network.graph()
        self.nodes = architecture.core_nodes
        self.bits = architecture.activation_bits
        cores = [(name, node) for name, nodes in self.nodes.items() for node in nodes]
        self.load = dict.fromkeys(cores, 0.0)  # time for one sample (s)
        self.held = dict.fromkeys(cores, 0)  # bits that the layers of a core read for one sample
        self._hops: dict[int, Mapping[int, int]] = {}

    def of(self, layer: DigitalLayer, output: Shape, inputs: list[Shape], homes: Mapping[Span, int]) -> list[Seat]:
        """The parts of a layer; empty when no kind of core takes it. `homes` tells the node where each segment of the input is made."""
        kind = self._kind(layer)
        if kind is None:
            return []
        parts = self._parts(layer, output, self.kinds[kind].spread)
        return [self._seat(kind, layer, output, inputs, homes, part) for part in parts]

    def cell(self, layer: Recurrent, units: int, steps: int, home: int) -> tuple[str, int] | None:
        """The core, its kind and node, for the cell of so many numbers of a recurrent state; None when no kind of core takes it."""
        kind = self._kind(layer)
        if kind is None:
            return None
        costs = (self.kinds[kind].vector_unit.cost(*each) for each in layer.operations(units).items())
        work, bits = steps * sum(cost.interval for cost in costs), self.bits * units * layer.gates * layer.products
        node = self._node(kind, home, work, bits)
        self.load[kind, node] += work
        self.held[kind, node] += bits
        return kind, node

    def _kind(self, layer: Layer) -> str | None:
        named = [name for name, cores in self.kinds.items() if layer.type_name in cores.layers]
        return next(iter([*named, *(name for name, cores in self.kinds.items() if not cores.layers)]), None)

    def _parts(self, layer: DigitalLayer, output: Shape, most: int) -> list[tuple[Span, int, int]]:
        channels, height, _ = output
        grain = layer.grain(channels)
        groups = channels // grain
        if groups == 1:
            copies = min(most, height)
            return [((0, channels), copy, copies) for copy in range(copies)]
        return [((low * grain, high * grain), 0, 1) for low, high in spans(groups, -(-groups // min(most, groups)))]

    def _seat(
        self, kind: str, layer: DigitalLayer, output: Shape, inputs: list[Shape], homes: Mapping[Span, int], part: tuple[Span, int, int]
    ) -> Seat:
        channels, copy, copies = part
        work = self._work(kind, layer, output, inputs, channels) / copies
        bits = self.bits * (channels[1] - channels[0]) * sum(height * width for _, height, width in inputs)
        node = self._node(kind, next(node for (_, high), node in sorted(homes.items()) if high > channels[0]), work, bits)
        self.load[kind, node] += work
        self.held[kind, node] += bits
        return Seat(kind, node, channels, copy, copies)

    def _node(self, kind: str, home: int, work: float, bits: int) -> int:
        """Where a part goes that is made at node `home`, takes so much time and reads so many bits."""
        busiest, room = max(work, *self.load.values()) * (1 + 1e-9), self.kinds[kind].buffer.capacity
        far, hops = len(self.graph), self._from(home)
        roomy = [node for node in self.nodes[kind] if self.held[kind, node] + bits <= room]
        nodes = roomy or self.nodes[kind]
        fitting = [node for node in nodes if self.load[kind, node] + work <= busiest]
        if fitting:
            return min(fitting, key=lambda node: (hops.get(node, far), node))
        return min(nodes, key=lambda node: (self.load[kind, node], hops.get(node, far), node))

    def _work(self, kind: str, layer: DigitalLayer, output: Shape, inputs: list[Shape], channels: Span) -> float:
        """Time of these channels of a layer for one sample (s)."""
        unit, (_, height, width) = self.kinds[kind].vector_unit, output
        rows = (layer.operations_at(y, channels[1] - channels[0], inputs) for y in range(height))
        return width * sum(unit.cost(name, count).interval for row in rows for name, count in row.items())

    def _from(self, home: int) -> Mapping[int, int]:
        if home not in self._hops:
            self._hops[home] = hops_from(self.graph, home)
        return self._hops[home]


def whole_grains(homes: Mapping[Span, int], grain: int) -> list[tuple[Span, int]]:
    """The segments of a tensor with the nodes where they are made, their edges moved to whole grains; empty ones are left out."""
    cuts, low = [], 0
    for (_, high), node in sorted(homes.items()):
        edge = (high + grain // 2) // grain * grain
        if edge > low:
            cuts.append(((low, edge), node))
            low = edge
    return cuts


def check_layers(architecture: Architecture) -> None:
    """InputError for a kind of core that names a type of digital or recurrent layer that does not exist."""
    known = [name for name, member in Layer.members.items() if issubclass(member, (DigitalLayer, Recurrent))]
    unknown = [(kind, name) for kind, cores in (architecture.cores or {}).items() for name in cores.layers if name not in known]
    if unknown:
        raise InputError(
            Problem(f"no type of digital layer is called '{name}' ({did_you_mean(name, known)})", f"cores.{kind}.layers")
            for kind, name in unknown
        )
