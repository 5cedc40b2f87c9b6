"""The forward pass of a mini-batch: inputs from the host, products, neurons, layers without weights, and the loss at the end."""

from __future__ import annotations

from chipsim.lesson.operations import cell_operations, loss_operations
from chipsim.lesson.places import overlap
from chipsim.lesson.plan import Block, Piece, Plan
from chipsim.lesson.stores import ahead, inputs_of, vectors_of
from chipsim.lesson.task import Task
from chipsim.mapping.mapping import Placement
from chipsim.workload.layers.layer import INPUT, DigitalLayer, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent


def forward(plan: Plan) -> None:
    """All samples of the mini-batch through all layers, and the errors at the output."""
    for sample in plan.samples:
        _fetch(plan, sample)
        for name in plan.places.steps:
            layer = plan.places.graph.layers[name]
            if isinstance(layer, MatrixLayer):
                _products(plan, name, layer, sample)
            elif isinstance(layer, Recurrent):
                _steps(plan, name, layer, sample)
            else:
                assert isinstance(layer, DigitalLayer)
                _digital(plan, name, layer, sample)
        _loss(plan, sample)


def _fetch(plan: Plan, sample: int) -> None:
    """The input of a sample, position after position, once every store that it is for has room."""
    places, costs = plan.places, plan.costs
    channels = places.shapes[INPUT][0]
    work = costs.fetched(channels * costs.architecture.activation_bits)
    admitted = plan.task("admit", INPUT, "forward", places.host, sample)
    for name in sorted(places.front):
        for _, block, _ in plan.blocks(name):
            before = plan.freed.get((block, sample - ahead(plan.stores[block], plan.work.samples)))
            if before is not None:
                before.before(admitted)
    for position in range(places.shapes[INPUT][1] * places.shapes[INPUT][2]):
        fetched = plan.task("fetch", INPUT, "forward", places.host, sample, "host", work, (position, 0))
        plan.fetched.setdefault(sample, fetched)
        admitted.before(fetched)
        plan.made[INPUT][sample, position].append(Piece((0, channels), fetched))


def feed(plan: Plan, target: Task, name: str, sample: int, positions: list[int], channels: tuple[int, int]) -> None:
    """Let a task wait for channels at some positions of a layer's output."""
    bits = plan.costs.architecture.activation_bits
    for position in positions:
        for piece in plan.made[name][sample, position]:
            shared = overlap(piece.channels, channels)
            if shared:
                piece.task.before(target, shared * bits, (0, *channels))


def _products(plan: Plan, name: str, layer: MatrixLayer, sample: int) -> None:
    """Every vector through every block, then the neurons of each column block."""
    places = plan.places
    read, needs = places.graph.producers(name)[0], places.positions[name].needs
    blocks = plan.blocks(name)
    for _, block, place in blocks:
        _keep_inputs(plan, block, place, sample, read, needs[-1])
    for vector in range(places.count(name)):
        for number, block, place in blocks:
            _product(plan, number, block, place, sample, vector, read, needs[vector])
        for home in (place for _, _, place in blocks if place.row_block == 0):
            done = _neuron(plan, name, home, sample, vector, [vector], layer.activation is not None)
            plan.made[name][sample, vector].append(Piece(home.columns, done))


def _product(
    plan: Plan, number: int, block: Block, place: Placement, sample: int, vector: int, read: str, positions: list[int]
) -> Task:
    name, own, at = block[0], plan.arrays[block], sample - plan.first
    work = plan.costs.product(own.shape, int(own.retries[at, vector]), float(own.cells[at, vector]))
    task = plan.task("product", name, "forward", place.tile, sample, "array", work, (vector, number))
    plan.products.setdefault((block, sample), []).append(task)
    if block in plan.moved:
        plan.moved[block].before(task)
    feed(plan, task, read, sample, positions, plan.places.channels_read(name, place.rows))
    return task


def _keep_inputs(plan: Plan, block: Block, place: Placement, sample: int, read: str, positions: list[int]) -> None:
    """Write the inputs of a sample into the activation store when the last of them is there."""
    bits = inputs_of(plan.places, block[0], place) * plan.costs.architecture.activation_bits
    work, number = plan.costs.stored("write", bits), plan.places.blocks[block[0]].index(place)
    task = plan.task("store", block[0], "forward", place.tile, sample, "store", work, (0, number))
    if block in plan.moved:
        plan.moved[block].before(task)
    feed(plan, task, read, sample, positions, plan.places.channels_read(block[0], place.rows))
    plan.stored[block, sample].append(task)


def _neuron(plan: Plan, name: str, home: Placement, sample: int, vector: int, products: list[int], derived: bool) -> Task:
    """The sums of one column block: partial sums of all row blocks and of some products; what a derivative needs is kept."""
    costs, columns = plan.costs, home.shape[1]
    terms = [
        plan.products[block, sample][product]
        for _, block, place in plan.blocks(name)
        if place.column_block == home.column_block
        for product in products
    ]
    work = costs.neurons(columns, len(terms))
    if derived:
        kept = costs.stored("write", columns * costs.architecture.activation_bits)
        work = work._replace(energy=(*work.energy, *kept.energy))
    task = plan.task("neuron", name, "forward", home.tile, sample, "neuron", work, (vector, home.column_block))
    for term in terms:
        term.before(task, columns * costs.architecture.partial_sum_bits, (0, *home.columns))
    if (name, home.column_block) in plan.biased:
        plan.biased[name, home.column_block].before(task)
    return task


def _steps(plan: Plan, name: str, layer: Recurrent, sample: int) -> None:
    """Step after step: the products of a step wait for the state that the step before has made."""
    places, costs = plan.places, plan.costs
    read, steps, blocks = places.graph.producers(name)[0], vectors_of(places, name), plan.blocks(name)
    features, size, state_bits = places.read_shape(name)[0], layer.hidden_size, layer.hidden_size * costs.architecture.activation_bits
    states: list[Task] = []
    for step in range(steps):
        for product in range(layer.products):
            for number, block, place in blocks:
                task = _product(plan, number, block, place, sample, step * layer.products + product, read, [step])
                if states and place.rows[1] > features:
                    states[-1].before(task, state_bits, (1, 0, size))
        sums = [step * layer.products + product for product in range(layer.products)]
        homes = [place for _, _, place in blocks if place.row_block == 0]
        neurons = [_neuron(plan, name, home, sample, step, sums, True) for home in homes]
        cell = plan.task("cell", name, "forward", homes[0].tile, sample, "vector", costs.vector(cell_operations(layer)), (step, 0))
        for neuron, home in zip(neurons, homes, strict=True):
            neuron.before(cell, home.shape[1] * costs.architecture.activation_bits, (2, 0, 0))
        states.append(cell)
    for position, task in enumerate(states[-1:] if layer.last_only else states):
        plan.made[name][sample, position].append(Piece((0, size), task))
    for number, block, place in blocks:
        work = costs.stored("write", inputs_of(places, name, place) * costs.architecture.activation_bits)
        kept = plan.task("store", name, "forward", place.tile, sample, "store", work, (0, number))
        plan.products[block, sample][-1].before(kept)
        plan.stored[block, sample].append(kept)


def _digital(plan: Plan, name: str, layer: DigitalLayer, sample: int) -> None:
    """A layer of the vector unit, segment by segment."""
    places = plan.places
    for number, segment in enumerate(places.segments[name]):
        low, high = segment.channels
        work = plan.costs.vector(layer.operations(high - low))
        for position in range(places.count(name)):
            task = plan.task("vector", name, "forward", segment.node, sample, "vector", work, (position, number))
            for read in places.graph.producers(name):
                feed(plan, task, read, sample, places.positions[name].needs[position], segment.channels)
            plan.made[name][sample, position].append(Piece(segment.channels, task))


def _loss(plan: Plan, sample: int) -> None:
    """The error of every position of the output, where its first segment is made."""
    name, places = plan.places.graph.output, plan.places
    classes, node = places.shapes[name][0], places.segments[name][0].node
    work = plan.costs.vector(loss_operations(classes))
    for position in range(places.count(name)):
        task = plan.task("loss", name, "backward", node, sample, "vector", work, (position, 0))
        feed(plan, task, name, sample, [position], (0, classes))
        plan.errors[name][sample, position].append(Piece((0, classes), task))
