"""Tasks of a lesson: what is done where, for how long, at what cost, and after what.

A task occupies its `track` (a circuit of a tile, or the host) for `busy` ps; its result is there `latency` ps after its start. It starts
when all it waits for is done and its messages are there, and when its track is free. A task without a track takes no time and no circuit:
it gathers others. Tasks are known by their `key` (sample, number in KINDS, depth of the layer, number, number), never by when they
were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, final

Stage = Literal["forward", "backward", "update", "transfer"]
STAGES: tuple[Stage, ...] = ("forward", "backward", "update", "transfer")
Energies = tuple[tuple[str, float], ...]  # part, J
Key = tuple[int, ...]
KINDS = (
    "fetch", "admit", "product", "store", "neuron", "cell", "vector", "loss", "derivative", "keep", "transposed", "gather", "back",
    "barrier", "recall", "pulses", "lines", "operations", "bias",
)  # fmt: skip


@final
class Message:
    """Numbers on their way from one node to others; `targets` by node are the tasks that wait for them there."""

    __slots__ = ("bits", "targets")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.targets: dict[int, list[Task]] = {}


@final
class Task:
    """One piece of work."""

    __slots__ = (
        "batch", "busy", "energy", "key", "latency", "layer", "messages", "node", "rank", "sample", "stage", "then", "track", "waits",
    )  # fmt: skip

    def __init__(
        self, key: Key, layer: str, stage: Stage, node: int, track: str = "", busy: int = 0, energy: Energies = (),
        latency: int | None = None, batch: int = 0,
    ) -> None:  # fmt: skip
        self.key, self.layer, self.stage, self.node, self.track = key, layer, stage, node, track
        self.busy, self.latency = busy, busy if latency is None else latency
        self.energy, self.batch, self.sample = energy, batch, key[0]
        self.waits = 0  # tasks that must be done before
        self.then: list[Task] = []  # on the same node, or told without a message
        self.messages: dict[Key, Message] = {}
        self.rank = -1

    @property
    def name(self) -> str:
        """The task in words, for messages."""
        sample, kind, _, *numbers = self.key
        return f"{KINDS[kind]} {'-'.join(map(str, numbers))} of layer '{self.layer}', sample {sample}"

    def before(self, target: Task, bits: int = 0, what: Key = ()) -> None:
        """`target` waits for this task, and for `bits` of its result where it is done elsewhere; `what` tells results apart."""
        target.waits += 1
        if bits == 0 or target.node == self.node:
            self.then.append(target)
            return
        if what not in self.messages:
            self.messages[what] = Message(bits)
        self.messages[what].targets.setdefault(target.node, []).append(target)

    @property
    def followers(self) -> Iterable[tuple[Task, int]]:
        """Every task that waits for this one, with the bits that it waits for."""
        yield from ((task, 0) for task in self.then)
        for message in self.messages.values():
            yield from ((task, message.bits) for tasks in message.targets.values() for task in tasks)


class Store(NamedTuple):
    """What one block keeps of every sample until its update; bits."""

    layer: str
    row_block: int
    column_block: int
    tile: int
    sample_bits: int
    room: float  # the block's share of the memory of its tile


class Held(NamedTuple):
    """A sample in a store, from its first product until its update."""

    store: int
    first: Task
    last: Task


class Lesson(NamedTuple):
    """All tasks of consecutive mini-batches, in the order of their keys."""

    tasks: list[Task]
    batches: int
    samples: int
    stores: list[Store]
    held: list[Held]


def ordered(tasks: Iterable[Task]) -> list[Task]:
    """The tasks by key, each with its rank; ValueError where two have the same key."""
    found = sorted(tasks, key=lambda task: task.key)
    for rank, task in enumerate(found):
        task.rank = rank
        if rank and found[rank - 1].key == task.key:
            raise ValueError(f"two tasks of a lesson are called {task.key}")
    return found
