"""A lesson in the making: what its parts (forward, backward, update) have made so far, mini-batch after mini-batch.

    made     who makes the segments of a position of a layer's output, sample by sample
    errors   who makes the pieces of the error of a position, from every reader of the layer
    d        who knows the error before the activation, column block by column block
    moved    the last task that moves the weights of a block, or the bias of a column block, in the mini-batch before
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, final

from chipsim.errors import CheckError, InputError
from chipsim.lesson.costs import Costs, Work
from chipsim.lesson.places import Places
from chipsim.lesson.stores import stores_of
from chipsim.lesson.task import KINDS, Held, Key, Stage, Store, Task
from chipsim.mapping.mapping import Placement
from chipsim.mapping.partition import Span
from chipsim.training.work import ArrayWork, StepWork

NUMBER_OF = {name: number for number, name in enumerate(KINDS)}

Block = tuple[str, int, int]  # layer, row block, column block


class Piece(NamedTuple):
    """Some channels of a position, made by a task; one message carries `positions` of them."""

    channels: Span
    task: Task
    positions: int = 1


@final
class Plan:
    """Everything that the parts of a lesson share; `batch` is the mini-batch that is being made."""

    def __init__(self, places: Places, costs: Costs, works: list[StepWork]) -> None:
        self.places, self.costs, self.works = places, costs, works
        self.tasks: list[Task] = []
        self.held: list[Held] = []
        self.moved: dict[Block, Task] = {}
        self.biased: dict[tuple[str, int], Task] = {}
        self.freed: dict[tuple[Block, int], Task] = {}  # whose end gives the room of a sample back
        self.fetched: dict[int, Task] = {}  # the first input of a sample
        self.batch, self.first = 0, 0
        most = max(work.samples for work in works)
        self.stores: dict[Block, Store] = stores_of(places, costs, most, len(works))
        self.start(0, 0)

    def start(self, batch: int, first: int) -> None:
        """A new mini-batch, the first of its samples being number `first` of the lesson."""
        self.batch, self.first = batch, first
        self.work = self.works[batch]
        self.arrays: dict[Block, ArrayWork] = {(a.layer, a.row_block, a.column_block): a for a in self.work.arrays}
        self.made: dict[str, dict[tuple[int, int], list[Piece]]] = defaultdict(lambda: defaultdict(list))
        self.errors: dict[str, dict[tuple[int, int], list[Piece]]] = defaultdict(lambda: defaultdict(list))
        self.products: dict[tuple[Block, int], list[Task]] = {}
        self.stored: dict[tuple[Block, int], list[Task]] = defaultdict(list)
        self.d: dict[tuple[str, int, int, int], Task] = {}  # layer, column block, sample, vector
        self.turned: dict[tuple[Block, int], list[Task]] = defaultdict(list)
        self._check()

    @property
    def samples(self) -> range:
        """Numbers, in the lesson, of the samples of this mini-batch."""
        return range(self.first, self.first + self.work.samples)

    def blocks(self, name: str) -> list[tuple[int, Block, Placement]]:
        """The blocks of a layer, with the number of each among them."""
        return [(i, (name, p.row_block, p.column_block), p) for i, p in enumerate(self.places.blocks[name])]

    def task(
        self, kind: str, name: str, stage: Stage, node: int, sample: int, circuit: str = "", work: Work | None = None,
        number: Key = (0, 0),
    ) -> Task:  # fmt: skip
        """A new task; `circuit` of the tile at `node`, `number` tells it from others of its kind, layer and sample."""
        key = sample, NUMBER_OF[kind], self.places.depth.get(name, -1), *number
        track = "" if not circuit else "host" if circuit == "host" else f"tile[{node}].{circuit}"
        done = work or Work(0, 0, ())
        made = Task(key, name, stage, node, track, done.busy, done.energy, done.latency, self.batch)
        self.tasks.append(made)
        return made

    def _check(self) -> None:
        """InputError where the record of a mini-batch is not that of this mapping."""
        for name, placed in self.places.blocks.items():
            for place in placed:
                work = self.arrays.get((name, place.row_block, place.column_block))
                if work is None or tuple(work.shape) != place.shape:
                    has = "nothing" if work is None else f"an array {tuple(work.shape)}"
                    raise InputError(
                        f"StepWork.arrays: {has} for block {place.row_block}, {place.column_block} of layer '{name}', which the "
                        f"mapping cuts to {place.shape}; train the network with the cuts of this mapping (cuts_of)"
                    )
                found = [*work.retries.shape, *work.back_retries.shape, len(work.updates)]
                counts = self.places.products(name), len(self.places.products_back(name))
                expected = [self.work.samples, counts[0], self.work.samples, counts[1], self.work.samples]
                if found != expected:
                    raise CheckError(
                        f"StepWork.arrays: layer '{name}' has samples and products forward, the same backward, and updates {found}; "
                        f"expected {expected}"
                    )
