"""The backward pass of a mini-batch: derivatives, transposed products, and the sums of what they hand back.

The transposed product of a convolution gives an error to every number under its window; those of a position come together at the home of
their row block, once all windows that hold the position are done. Where nothing below learns, nothing is handed back.
"""

from __future__ import annotations

from chipsim.lesson.operations import back_cell_operations, back_operations, derivative_operations
from chipsim.lesson.places import overlap
from chipsim.lesson.plan import Block, Piece, Plan
from chipsim.lesson.stores import vectors_of
from chipsim.lesson.task import Task
from chipsim.mapping.mapping import Placement
from chipsim.mapping.partition import Span
from chipsim.workload.layers.layer import DigitalLayer, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent


def backward(plan: Plan) -> None:
    """All samples of the mini-batch back through all layers that learn."""
    for sample in plan.samples:
        for name in reversed(plan.places.steps):
            layer = plan.places.graph.layers[name]
            if isinstance(layer, MatrixLayer):
                _products(plan, name, layer, sample)
            elif isinstance(layer, Recurrent):
                _steps(plan, name, layer, sample)
            elif plan.places.learns(name):
                assert isinstance(layer, DigitalLayer)
                _digital(plan, name, layer, sample)


def collect(plan: Plan, target: Task, pieces: list[Piece], channels: Span, sample: int) -> None:
    """Let a task wait for what several readers hand back for some channels; where none does, for the error of the output."""
    bits = plan.costs.learning.error_bits
    for piece in pieces:
        shared = overlap(piece.channels, channels)
        if shared:
            piece.task.before(target, shared * bits * piece.positions, (3, *channels))
    if target.waits == 0:
        plan.errors[plan.places.graph.output][sample, 0][0].task.before(target)


def _products(plan: Plan, name: str, layer: MatrixLayer, sample: int) -> None:
    places, blocks = plan.places, plan.blocks(name)
    for home in (place for _, _, place in blocks if place.row_block == 0):
        for vector in range(places.count(name)):
            pieces = plan.errors[name][sample, vector]
            sums = sum(overlap(piece.channels, home.columns) for piece in pieces) - home.shape[1]
            work = plan.costs.vector(derivative_operations(layer, home.shape[1], max(0, sums)))
            if layer.activation is not None:
                kept = plan.costs.stored("read", home.shape[1] * plan.costs.architecture.activation_bits)
                work = work._replace(energy=(*work.energy, *kept.energy))
            circuit, number = "vector" if work.latency else "", (vector, home.column_block)
            task = plan.task("derivative", name, "backward", home.tile, sample, circuit, work, number)
            collect(plan, task, pieces, home.columns, sample)
            plan.d[name, home.column_block, sample, vector] = task
    for index, block, place in blocks:
        for product, vector in enumerate(places.products_back(name)):
            _transposed(plan, index, block, place, sample, vector, product)
        _keep_errors(plan, index, block, place, sample, places.count(name))
    if places.learns(places.graph.producers(name)[0]):
        _hand_back(plan, name, sample)


def _transposed(plan: Plan, number: int, block: Block, place: Placement, sample: int, step: int, product: int) -> Task:
    """The transposed product number `product` of a block, with the errors of vector `step`."""
    own, at = plan.arrays[block], sample - plan.first
    work = plan.costs.transposed(own.shape, int(own.back_retries[at, product]), float(own.back_cells[at, product]))
    task = plan.task("transposed", block[0], "backward", place.tile, sample, "array", work, (product, number))
    plan.d[block[0], place.column_block, sample, step].before(task, _error_bits(plan, place), (4, place.column_block))
    plan.turned[block, sample].append(task)
    return task


def _error_bits(plan: Plan, place: Placement) -> int:
    return place.shape[1] * plan.costs.learning.error_bits


def _keep_errors(plan: Plan, number: int, block: Block, place: Placement, sample: int, vectors: int) -> None:
    """Write the errors of a sample into the activation store when the last of them is there."""
    work = plan.costs.stored("write", _error_bits(plan, place) * vectors)
    task = plan.task("keep", block[0], "backward", place.tile, sample, "store", work, (0, number))
    for vector in range(vectors):
        plan.d[block[0], place.column_block, sample, vector].before(task, _error_bits(plan, place), (4, place.column_block))
    plan.stored[block, sample].append(task)


def _hand_back(plan: Plan, name: str, sample: int) -> None:
    """The errors of what a layer reads, from the transposed products of its blocks."""
    places = plan.places
    read, serves = places.graph.producers(name)[0], places.positions[name].serves
    several = places.count(name) > 1
    for home in (place for _, _, place in plan.blocks(name) if place.column_block == 0):
        channels = places.channels_read(name, home.rows)
        if not several:
            task = _gathered(plan, name, home, sample, 0, [0], home.shape[0])
            for position in range(len(serves)):
                plan.errors[read][sample, position].append(Piece(channels, task, len(serves)))
            continue
        for position, vectors in enumerate(serves):
            if vectors:
                task = _gathered(plan, name, home, sample, position, vectors, channels[1] - channels[0])
                plan.errors[read][sample, position].append(Piece(channels, task))


def _gathered(plan: Plan, name: str, home: Placement, sample: int, position: int, products: list[int], numbers: int) -> Task:
    """The sum of `numbers` results of some transposed products over all column blocks of a row block; one alone needs no sum."""
    terms = [
        plan.turned[block, sample][product]
        for _, block, place in plan.blocks(name)
        if place.row_block == home.row_block
        for product in products
    ]
    if len(terms) == 1:
        return terms[0]
    work = plan.costs.adds(numbers, len(terms))
    task = plan.task("gather", name, "backward", home.tile, sample, "accumulator", work, (position, home.row_block))
    for term in terms:
        term.before(task, home.shape[0] * plan.costs.architecture.partial_sum_bits, (5,))
    return task


def _steps(plan: Plan, name: str, layer: Recurrent, sample: int) -> None:
    """Back through time: the error of a step waits for what the step after it hands back to the state."""
    places, costs, blocks = plan.places, plan.costs, plan.blocks(name)
    steps, node = vectors_of(places, name), places.segments[name][0].node
    features, work = places.read_shape(name)[0], plan.costs.vector(back_cell_operations(layer))
    kept = costs.stored("read", layer.gates * layer.hidden_size * costs.architecture.activation_bits)
    work = work._replace(energy=(*work.energy, *kept.energy))
    later: list[Piece] = []  # what the step after hands back to the state
    for step in reversed(range(steps)):
        task = plan.task("derivative", name, "backward", node, sample, "vector", work, (step, 0))
        own = plan.errors[name][sample, 0 if layer.last_only else step] if step == steps - 1 or not layer.last_only else []
        collect(plan, task, [*own, *later], (0, layer.hidden_size), sample)
        for column_block in {place.column_block for _, _, place in blocks}:
            plan.d[name, column_block, sample, step] = task
        later = _step_back(plan, name, sample, step, features)
    for number, block, place in blocks:
        _keep_errors(plan, number, block, place, sample, steps)


def _step_back(plan: Plan, name: str, sample: int, step: int, features: int) -> list[Piece]:
    """The transposed products of one step; the pieces of the state before it."""
    places, blocks = plan.places, plan.blocks(name)
    taken = [product for product, of in enumerate(places.products_back(name)) if of == step]
    for product in taken:
        for index, block, place in blocks:
            _transposed(plan, index, block, place, sample, step, product)
    if not taken:
        return []
    pieces, read = [], places.graph.producers(name)[0]
    for home in (place for _, _, place in blocks if place.column_block == 0):
        task = _gathered(plan, name, home, sample, step, taken, home.shape[0])
        if places.learns(read) and home.rows[0] < features:
            plan.errors[read][sample, step].append(Piece(places.channels_read(name, home.rows), task))
        if home.rows[1] > features:
            pieces.append(Piece((max(0, home.rows[0] - features), home.rows[1] - features), task))
    return pieces


def _digital(plan: Plan, name: str, layer: DigitalLayer, sample: int) -> None:
    """Through a layer of the vector unit, segment by segment; every reader of a position may hand back to it."""
    places = plan.places
    for number, segment in enumerate(places.segments[name]):
        low, high = segment.channels
        work = plan.costs.vector(back_operations(layer, high - low))
        for position in range(places.count(name)):
            circuit = "vector" if work.latency else ""
            task = plan.task("back", name, "backward", segment.node, sample, circuit, work, (position, number))
            collect(plan, task, plan.errors[name][sample, position], segment.channels, sample)
            for read in places.graph.producers(name):
                if places.learns(read):
                    for one in places.positions[name].needs[position]:
                        plan.errors[read][sample, one].append(Piece(segment.channels, task))
