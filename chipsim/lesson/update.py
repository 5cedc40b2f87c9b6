"""The updates of a mini-batch: array by array, sample after sample, once all errors of the mini-batch have passed the array.

An array learns from its samples one after the other: inputs and errors are read from its store, trains of pulses follow, then what else
the rule does (lines read, digital work), and only then the next sample. What a rule does in one update is played in this order, whatever
order it has within. The bias is digital and moves once for the mini-batch.
"""

from __future__ import annotations

from chipsim.lesson.operations import bias_operations
from chipsim.lesson.plan import Block, Plan
from chipsim.lesson.stores import vectors_of
from chipsim.lesson.task import Held, Task
from chipsim.mapping.mapping import Placement


def update(plan: Plan) -> None:
    """All blocks and biases of the mini-batch."""
    for name in plan.places.blocks:
        for number, block, place in plan.blocks(name):
            _block(plan, number, block, place)
        if plan.places.graph.layers[name].bias:  # type: ignore[attr-defined]  # a layer with weights
            for home in (place for _, _, place in plan.blocks(name) if place.row_block == 0):
                _bias(plan, name, home)


def _block(plan: Plan, number: int, block: Block, place: Placement) -> None:
    barrier = plan.task("barrier", block[0], "update", place.tile, plan.first, number=(0, number))
    for sample in plan.samples:
        for task in (*plan.turned[block, sample], *plan.products[block, sample], *plan.stored[block, sample]):
            task.before(barrier)
    last = barrier
    for sample in plan.samples:
        last = _sample(plan, number, block, place, sample, barrier, last)
        first = plan.fetched[sample] if block[0] in plan.places.front else plan.products[block, sample][0]
        plan.held.append(Held(list(plan.stores).index(block), first, last))
        plan.freed[block, sample] = last
    plan.moved[block] = last


def _sample(plan: Plan, number: int, block: Block, place: Placement, sample: int, barrier: Task, last: Task) -> Task:
    name, costs = block[0], plan.costs
    done = plan.arrays[block].updates[sample - plan.first]
    (rows, columns), vectors = place.shape, vectors_of(plan.places, name)
    bits = vectors * (rows * costs.architecture.activation_bits + columns * costs.learning.error_bits)
    recall = plan.task("recall", name, "update", place.tile, sample, "store", costs.stored("read", bits), (0, number))
    pulses = plan.task("pulses", name, "update", place.tile, sample, "array", costs.trains(done), (0, number))
    barrier.before(recall)
    recall.before(pulses)
    last.before(pulses)
    last = pulses
    if done.reads:
        lines = plan.task("lines", name, "transfer", place.tile, sample, "array", costs.lines(place.shape, done.reads), (0, number))
        last.before(lines)
        last = lines
    if done.operations:
        work = costs.operations(done.operations)
        operations = plan.task("operations", name, "transfer", place.tile, sample, "vector", work, (0, number))
        last.before(operations)
        last = operations
    return last


def _bias(plan: Plan, name: str, home: Placement) -> None:
    vectors = range(vectors_of(plan.places, name))
    work = plan.costs.vector(bias_operations(home.shape[1], len(vectors) * plan.work.samples))
    task = plan.task("bias", name, "update", home.tile, plan.first, "vector", work, (0, home.column_block))
    bits = home.shape[1] * plan.costs.learning.error_bits
    for sample in plan.samples:
        for vector in vectors:
            plan.d[name, home.column_block, sample, vector].before(task, bits, (4, home.column_block))
    plan.biased[name, home.column_block] = task
