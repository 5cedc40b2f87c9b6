"""From a Mapping to the Dataflow.

One stage each for the source, every block, the neurons of every column block, every digital layer's segment, and the sink.
"""

from __future__ import annotations

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow, Feed, Flow, Kind, Mode, Stage, Tensor
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.mapping.partition import Span
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT, Layer, MatrixLayer


def lay_out(workload: Workload, architecture: Architecture, mapping: Mapping, mode: Mode = "row") -> Dataflow:
    """The stages and flows of a mapped workload, with units of one row or one vector."""
    return _Layout(workload, architecture, mapping, mode).build()


class _Layout:
    """Grows the stages layer by layer; `made[name]` are the stages that make a layer's tensor."""

    def __init__(self, workload: Workload, architecture: Architecture, mapping: Mapping, mode: Mode) -> None:
        self.workload, self.architecture, self.mapping, self.mode = workload, architecture, mapping, mode
        self.graph = architecture.network.graph()
        self.stages: list[Stage] = []
        self.flows: list[Flow] = []
        self.made: dict[str, list[Stage]] = {}

    def build(self) -> Dataflow:
        channels = (0, self.workload.shapes[INPUT][0])
        self.made[INPUT] = [self._stage("source", INPUT, self.architecture.host.node, self._tensor(INPUT), channels)]
        for name in self.workload.steps:
            layer = self.workload.layers[name]
            self.made[name] = self._matrix(name, layer) if isinstance(layer, MatrixLayer) else self._digital(name, layer)
        self._sink()
        return Dataflow(self.mode, tuple(self.stages), tuple(self.flows))

    def _tensor(self, name: str) -> Tensor:
        return Tensor(name, self.workload.shapes[name], self.mode)

    def _stage(
        self, kind: Kind, layer: str, node: int, tensor: Tensor, channels: Span, block: Placement | None = None,
        copy: int = 0, copies: int = 1, part: str = "",
    ) -> Stage:
        stage = Stage(len(self.stages), kind, layer, node, tensor, channels, copy, copies, block, part)
        self.stages.append(stage)
        return stage

    def _matrix(self, name: str, layer: MatrixLayer) -> list[Stage]:
        neuron, activation = self.architecture.tile.neuron, layer.activation or "identity"
        if not neuron.supports(activation):
            raise InputError(
                f"tile.neuron: a neuron of type '{neuron.type_name}' cannot compute '{activation}' of layer '{name}'; "
                "take a 'digital' neuron or another activation"
            )
        blocks, copies = self.mapping.of(name), self.mapping.copies(name)
        producer = self.workload.producers(name)[0]
        channels, height, width = self.workload.shapes[name]
        partial = Tensor(f"{name}.partial", (channels, height, width), self.mode)
        neurons: list[Stage] = []
        for home in (block for block in blocks if block.row_block == 0):
            column = [b for b in blocks if (b.copy, b.column_block) == (home.copy, home.column_block)]
            arrays = [
                self._stage("array", name, block.tile, partial, block.columns, block, home.copy, copies) for block in column
            ]
            for stage, block in zip(arrays, column, strict=True):
                self._read(stage, producer, layer, self._input_channels(name, layer, block.rows))
            if self.mapping.options.reduction == "tree":
                arrays = self._added_on_the_way(arrays)
            last = self._stage("neuron", name, home.tile, self._tensor(name), home.columns, None, home.copy, copies)
            self._add(arrays, last)
            neurons.append(last)
        return neurons

    def _added_on_the_way(self, terms: list[Stage]) -> list[Stage]:
        """Adders that sum neighbours pairwise, level by level, each on the node of its first term, until one is left."""
        count = 0
        while len(terms) > 1:
            level = []
            for first, second in zip(terms[::2], terms[1::2], strict=False):
                adder = self._stage(
                    "adder", first.layer, first.node, first.tensor, first.channels, None, first.copy, first.copies, str(count)
                )
                self._add([first, second], adder)
                level.append(adder)
                count += 1
            terms = level + terms[len(level) * 2 :]
        return terms

    def _add(self, terms: list[Stage], target: Stage) -> None:
        """Feed `target` with partial sums that it is to add up."""
        target.feeds.append(Feed(terms[0].tensor, target.channels, len(terms), identity=True, stacked=True))
        for segment, term in enumerate(terms):
            self._connect(term, target, 0, segment, target.channels, self.architecture.partial_sum_bits)

    def _input_channels(self, name: str, layer: MatrixLayer, rows: Span) -> Span:
        shape = self.workload.input_shape(name)
        inside = layer.matrix_shape(shape)[0] // shape[0]  # matrix rows of one channel, channels come one after the other
        return min(rows[0] // inside, shape[0] - 1), min(-(-rows[1] // inside), shape[0])

    def _digital(self, name: str, layer: Layer) -> list[Stage]:
        """One stage for each channel segment of the first input, on the node where that segment is made."""
        producers = self.workload.producers(name)
        homes = [stage for stage in self.made[producers[0]] if stage.copy == 0]
        stages = [self._stage("vector", name, self._tile(home.node), self._tensor(name), home.channels) for home in homes]
        for stage in stages:
            for producer in producers:
                self._read(stage, producer, layer, stage.channels)
        return stages

    def _tile(self, node: int) -> int:
        """The node itself, or the first tile in use where it is a router without a tile (of a host interface)."""
        return node if self.graph.nodes[node]["tile"] else self.mapping.placements[0].tile

    def _sink(self) -> None:
        output = self.workload.output
        tensor = self._tensor(output)
        sink = self._stage("sink", output, self.architecture.host.node, tensor, (0, tensor.shape[0]))
        sink.feeds.append(Feed(tensor, sink.channels, identity=True))
        self._join(sink, 0, output)

    def _read(self, stage: Stage, producer: str, layer: Layer, channels: Span) -> None:
        stage.feeds.append(Feed(self._tensor(producer), channels, layer=layer))
        self._join(stage, len(stage.feeds) - 1, producer)

    def _join(self, stage: Stage, feed: int, producer: str) -> None:
        """Connect a feed with every stage that makes some of its channels; copies of one segment share its number."""
        low, high = stage.feeds[feed].channels
        makers = [maker for maker in self.made[producer] if maker.channels[0] < high and low < maker.channels[1]]
        numbers = {span: index for index, span in enumerate(sorted({maker.channels for maker in makers}))}
        stage.feeds[feed].segments = len(numbers)
        for maker in makers:
            needed = max(low, maker.channels[0]), min(high, maker.channels[1])
            self._connect(maker, stage, feed, numbers[maker.channels], needed, self.architecture.activation_bits)

    def _connect(self, source: Stage, target: Stage, feed: int, segment: int, channels: Span, width: int) -> None:
        bits = (channels[1] - channels[0]) * width
        flow = Flow(len(self.flows), source.number, target.number, feed, segment, channels, bits)
        self.flows.append(flow)
        source.out.append(flow)
