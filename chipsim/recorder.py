"""What a run leaves behind: what was done, counted, and a timeline. Components write, nobody reads before the run is over."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, final

from chipsim.architecture import Architecture
from chipsim.uses import Action, Products, checked


class Entry(NamedTuple):
    """Where energy was spent: kind of circuit, layer it worked for, node it lies on."""

    part: str
    layer: str
    node: int


class Span(NamedTuple):
    """What a stage did: start and end in ps, and the sample it did it for."""

    track: str
    layer: str
    start: int
    end: int
    sample: int


@final
class Ledger:
    """What one stage did, for its own layer and node alone: actions by count, products by the shape of their block."""

    def __init__(self, layer: str, node: int) -> None:
        self.layer, self.node = layer, node
        self.actions: dict[tuple[str, str, str, int], int] = defaultdict(int)  # those of an Action, quicker to count
        self.reads: dict[tuple[int, int], int] = defaultdict(int)
        self.cells: dict[tuple[int, int], float] = defaultdict(float)

    def note(self, part: str, place: str, action: str, items: int, count: int = 1) -> None:
        """The circuit at `place` did something with `items` items, `count` times."""
        self.actions[part, place, action, items] += count

    def product(self, shape: tuple[int, int], reads: int, cells: float) -> None:
        """An array was read so often with a block (rows, columns); `cells`: energy in its cells (J). CheckError as for a price."""
        self.reads[shape] += reads
        self.cells[shape] += checked("array", self.layer, self.node, cells)

    def priced(self, chip: Architecture) -> dict[str, float]:
        """Energy by part (J) at the prices of a description."""
        spent: dict[str, float] = defaultdict(float)
        for action, count in self.actions.items():
            spent[action[0]] += checked(action[0], self.layer, self.node, count * Action(*action).energy(chip))
        for shape, reads in self.reads.items():
            for part, energy in Products(*shape, reads, self.cells[shape]).energies(chip.tile).items():
                spent[part] += checked(part, self.layer, self.node, energy)
        return dict(spent)


@final
class Recorder:
    """What every stage did; busy time, actions and extent (first start, last end, ps) by stage; the first spans.

    `charged`: joules by part, layer and node that no price list changes, from those who count in joules (lessons).
    """

    def __init__(self, span_limit: int = 20_000) -> None:
        self.ledgers: list[Ledger] = []
        self.charged: dict[Entry, float] = defaultdict(float)
        self.busy: dict[str, int] = defaultdict(int)
        self.count: dict[str, int] = defaultdict(int)
        self.extent: dict[str, tuple[int, int]] = {}
        self.spans: list[Span] = []
        self.span_limit = span_limit

    def ledger(self, layer: str, node: int) -> Ledger:
        """A new ledger for what is done for one layer on one node."""
        self.ledgers.append(Ledger(layer, node))
        return self.ledgers[-1]

    def charge(self, part: str, layer: str, node: int, energy: float) -> None:
        """Book `energy` joules; CheckError where it is negative or not finite."""
        self.charged[Entry(part, layer, node)] += checked(part, layer, node, energy)

    def priced(self, chip: Architecture) -> dict[Entry, float]:
        """Energy by part, layer and node (J) at the prices of a description; CheckError where one is negative or not finite."""
        spent = self.charged.copy()
        for ledger in self.ledgers:
            for part, energy in ledger.priced(chip).items():
                spent[Entry(part, ledger.layer, ledger.node)] += energy
        return dict(spent)

    def work(self, track: str, layer: str, start: int, end: int, busy: int, sample: int) -> None:
        """Note that a stage was occupied from `start` to `end` ps and really worked for `busy` ps of it."""
        self.busy[track] += busy
        self.count[track] += 1
        self.extent[track] = min(start, self.extent.get(track, (start, 0))[0]), end
        if len(self.spans) < self.span_limit:
            self.spans.append(Span(track, layer, start, end, sample))
