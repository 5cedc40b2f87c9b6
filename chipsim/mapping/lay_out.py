"""From a Mapping to the Dataflow.

One stage each for the source, every block, the neurons of every column block, every digital layer's segment, and the sink.
"""

from __future__ import annotations

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.cores import Seats, whole_grains
from chipsim.mapping.dataflow import Dataflow, Feed, Flow, Kind, Mode, Stage, Tensor
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.mapping.pads import refuse_missing_pads
from chipsim.mapping.partition import Span
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT, DigitalLayer, Layer, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent


def lay_out(workload: Workload, architecture: Architecture, mapping: Mapping, mode: Mode = "row") -> Dataflow:
    """The stages and flows of a mapped workload, with units of one row or one vector."""
    dataflow = _Layout(workload, architecture, mapping, mode).build()
    refuse_missing_pads(architecture, dataflow)
    return dataflow


class _Layout:
    """Grows the stages layer by layer; `made[name]` are the stages that make a layer's tensor."""

    def __init__(self, workload: Workload, architecture: Architecture, mapping: Mapping, mode: Mode) -> None:
        self.workload, self.architecture, self.mapping, self.mode = workload, architecture, mapping, mode
        self.graph = architecture.network.graph()
        self.seats = Seats(architecture)
        self.stages: list[Stage] = []
        self.flows: list[Flow] = []
        self.made: dict[str, list[Stage]] = {}

    def build(self) -> Dataflow:
        channels = (0, self.workload.shapes[INPUT][0])
        self.made[INPUT] = [self._stage("source", INPUT, self.architecture.host.node, self._tensor(INPUT), channels)]
        for name in self.workload.steps:
            layer = self.workload.layers[name]
            if isinstance(layer, DigitalLayer):
                self.made[name] = self._digital(name, layer)
            elif isinstance(layer, Recurrent):
                self.made[name] = self._recurrent(name, layer)
            else:
                assert isinstance(layer, MatrixLayer)
                self.made[name] = self._matrix(name, layer)
        self._sink()
        return Dataflow(self.mode, tuple(self.stages), tuple(self.flows))

    def _tensor(self, name: str) -> Tensor:
        return Tensor(name, self.workload.shapes[name], self.mode)

    def _stage(
        self, kind: Kind, layer: str, node: int, tensor: Tensor, channels: Span, block: Placement | None = None,
        copy: int = 0, copies: int = 1, part: str = "", core: str = "",
    ) -> Stage:
        stage = Stage(len(self.stages), kind, layer, node, tensor, channels, copy, copies, block, part, core)
        self.stages.append(stage)
        return stage

    def _check_neuron(self, name: str, activation: str) -> None:
        neuron = self.architecture.tile.neuron
        if not neuron.supports(activation):
            raise InputError(
                f"tile.neuron: a neuron of type '{neuron.type_name}' cannot compute '{activation}' of layer '{name}'; "
                "take a 'digital' neuron or another activation"
            )

    def _matrix(self, name: str, layer: MatrixLayer) -> list[Stage]:
        self._check_neuron(name, layer.activation or "identity")
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

    def _recurrent(self, name: str, layer: Recurrent) -> list[Stage]:
        """Arrays and a cell for each column block; what the cells make is read by the next layer and by the arrays themselves."""
        self._check_neuron(name, "identity")
        shape = self.workload.input_shape(name)
        inner = layer.last_only or layer.backward  # the output is another tensor than what the cells make, step after step
        state = Tensor(f"{name}.state" if inner else name, (layer.hidden_size, layer.count(shape), 1), self.mode)
        features = layer.features(shape)
        blocks, cells, arrays = self.mapping.of(name), [], []
        for home in (block for block in blocks if block.row_block == 0):
            column = [block for block in blocks if block.column_block == home.column_block]
            terms = [self._product(layer, product, column, state, features) for product in range(layer.products)]
            numbers = home.columns[0] // layer.gates, home.columns[1] // layer.gates
            cell, gates = self._cell(layer, home, state, numbers)
            cells.append(cell)
            for product in terms:
                arrays += product
                tree = self.mapping.options.reduction == "tree"
                self._add(self._added_on_the_way(product) if tree else product, gates)
        for stage in arrays:
            self._read_step(stage, layer, features, state, cells)
        return [self._last(name, cell) for cell in cells] if inner else cells

    def _cell(self, layer: Recurrent, home: Placement, state: Tensor, numbers: Span) -> tuple[Stage, Stage]:
        """The cell of a column block, and the stage that adds its partial sums: itself, or one that sends the sums to a core."""
        seat = self.seats.cell(layer, numbers[1] - numbers[0], state.units, home.tile)
        if seat is None:
            cell = self._stage("cell", layer.name, home.tile, state, numbers)
            return cell, cell
        columns = home.columns[0] * layer.products, home.columns[1] * layer.products
        sums = Tensor(f"{layer.name}.sums", (layer.products * layer.gates * layer.hidden_size, *state.shape[1:]), self.mode)
        gates = self._stage("gates", layer.name, home.tile, sums, columns)
        cell = self._stage("cell", layer.name, seat[1], state, numbers, core=seat[0])
        self._add([gates], cell)
        return cell, gates

    def _product(self, layer: Recurrent, product: int, column: list[Placement], state: Tensor, features: int) -> list[Stage]:
        """The array stages of one product of every step, in the order of the row blocks."""
        partial = Tensor(f"{layer.name}.partial", (layer.gates * layer.hidden_size, *state.shape[1:]), self.mode)
        part = f".product{product}" if layer.products > 1 else ""
        found = []
        for block in column:
            if layer.drives(product, features, block.rows):
                stage = self._stage("array", layer.name, block.tile, partial, block.columns, block, part=part)
                stage.product = product
                found.append(stage)
        return found

    def _read_step(self, stage: Stage, layer: Recurrent, features: int, state: Tensor, cells: list[Stage]) -> None:
        """Let an array stage read its rows of x_t and of h_(t-1), as far as its product drives them."""
        assert stage.block is not None
        low, high = layer.driven(stage.product, features)
        low, high = max(low, stage.block.rows[0]), min(high, stage.block.rows[1])
        if low < min(high, features):
            producer = self.workload.producers(layer.name)[0]
            first = layer.channels(self.workload.input_shape(layer.name)[0])[0]
            read = first + low // layer.frames, first - (-min(high, features) // layer.frames)
            stage.feeds.append(Feed(self._tensor(producer), read, frames=layer.frames, backward=layer.backward))
            self._join(stage, len(stage.feeds) - 1, self.made[producer])
        if max(low, features) < min(high, features + layer.hidden_size):
            own = max(low - features, 0), min(high - features, layer.hidden_size)
            stage.feeds.append(Feed(state, own, lag=1))
            self._join(stage, len(stage.feeds) - 1, cells)

    def _last(self, name: str, cell: Stage) -> Stage:
        """Hands on what a cell made in the last step, or in all of them, the last one first."""
        last = self._stage("last", name, cell.node, self._tensor(name), cell.channels)
        whole = last.tensor.units == cell.tensor.units
        lag = 0 if whole else 1 - cell.tensor.units
        last.feeds.append(Feed(cell.tensor, cell.channels, identity=whole, lag=lag, backward=whole))
        self._join(last, 0, [cell])
        return last

    def _added_on_the_way(self, terms: list[Stage]) -> list[Stage]:
        """Adders that sum neighbours pairwise, level by level, each on the node of its first term, until one is left."""
        count = 0
        while len(terms) > 1:
            level = []
            for first, second in zip(terms[::2], terms[1::2], strict=False):
                part = f"{terms[0].part}.{count}" if terms[0].part else str(count)
                adder = self._stage(
                    "adder", first.layer, first.node, first.tensor, first.channels, None, first.copy, first.copies, part
                )
                self._add([first, second], adder)
                level.append(adder)
                count += 1
            terms = level + terms[len(level) * 2 :]
        return terms

    def _add(self, terms: list[Stage], target: Stage) -> None:
        """Feed `target` with partial sums that it is to add up."""
        columns = terms[0].channels
        target.feeds.append(Feed(terms[0].tensor, columns, len(terms), identity=True, stacked=True))
        for segment, term in enumerate(terms):
            self._connect(term, target, len(target.feeds) - 1, segment, columns, self.architecture.partial_sum_bits)

    def _input_channels(self, name: str, layer: MatrixLayer, rows: Span) -> Span:
        shape = self.workload.input_shape(name)
        inside = layer.matrix_shape(shape)[0] // shape[0]  # matrix rows of one channel, channels come one after the other
        return min(rows[0] // inside, shape[0] - 1), min(-(-rows[1] // inside), shape[0])

    def _digital(self, name: str, layer: DigitalLayer) -> list[Stage]:
        """The parts of a digital layer: on cores, or on the nodes where the segments of the first input are made."""
        producers, tensor = self.workload.producers(name), self._tensor(name)
        homes = {stage.channels: stage.node for stage in self.made[producers[0]] if stage.copy == 0}
        seats = self.seats.of(layer, tensor.shape, [self.workload.shapes[producer] for producer in producers], homes)
        if seats:
            stages = [self._stage("vector", name, s.node, tensor, s.channels, None, s.copy, s.copies, core=s.core) for s in seats]
        else:
            first = min(homes.items())[1]
            cuts = [((0, tensor.shape[0]), first)] if layer.regroups else whole_grains(homes, layer.grain(tensor.shape[0]))
            stages = [self._stage("vector", name, self._tile(node), tensor, channels) for channels, node in cuts]
        for stage in stages:
            for number, producer in enumerate(producers):
                read = (0, self.workload.shapes[producer][0]) if layer.regroups else stage.channels
                self._read(stage, producer, layer, read, number)
        return stages

    def _tile(self, node: int) -> int:
        """The node itself, or the first tile in use where it is a router without a tile (of a host interface)."""
        return node if self.graph.nodes[node]["tile"] else self.mapping.placements[0].tile

    def _sink(self) -> None:
        output = self.workload.output
        tensor = self._tensor(output)
        sink = self._stage("sink", output, self.architecture.host.node, tensor, (0, tensor.shape[0]))
        sink.feeds.append(Feed(tensor, sink.channels, identity=True))
        self._join(sink, 0, self.made[output])

    def _read(self, stage: Stage, producer: str, layer: Layer, channels: Span, number: int = 0) -> None:
        stage.feeds.append(Feed(self._tensor(producer), channels, layer=layer, number=number))
        self._join(stage, len(stage.feeds) - 1, self.made[producer])

    def _join(self, stage: Stage, feed: int, made: list[Stage]) -> None:
        """Connect a feed with every stage that makes some of its channels; copies of one segment share its number."""
        low, high = stage.feeds[feed].channels
        makers = [maker for maker in made if maker.channels[0] < high and low < maker.channels[1]]
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
