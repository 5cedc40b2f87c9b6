"""What a run leaves behind: an energy ledger and a timeline. Components write, nobody reads before the run is over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple, final

from chipsim.errors import CheckError


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
class Recorder:
    """Energy by part, layer and node (J); busy time, actions and extent (first start, last end, ps) by stage; the first spans."""

    def __init__(self, span_limit: int = 20_000) -> None:
        self.energy: dict[Entry, float] = defaultdict(float)
        self.busy: dict[str, int] = defaultdict(int)
        self.count: dict[str, int] = defaultdict(int)
        self.extent: dict[str, tuple[int, int]] = {}
        self.spans: list[Span] = []
        self.span_limit = span_limit

    def charge(self, part: str, layer: str, node: int, energy: float) -> None:
        """Book `energy` joules; a negative or non-finite amount is a fault of the model and stops the run."""
        if not 0 <= energy < float("inf"):
            raise CheckError(f"{part} of layer '{layer}' at node {node} charged {energy} J; check the energies of its description")
        self.energy[Entry(part, layer, node)] += energy

    def work(self, track: str, layer: str, start: int, end: int, busy: int, sample: int) -> None:
        """Note that a stage was occupied from `start` to `end` ps and really worked for `busy` ps of it."""
        self.busy[track] += busy
        self.count[track] += 1
        self.extent[track] = min(start, self.extent.get(track, (start, 0))[0]), end
        if len(self.spans) < self.span_limit:
            self.spans.append(Span(track, layer, start, end, sample))

    @property
    def total(self) -> float:
        """All energy charged (J)."""
        return sum(self.energy.values())


@final
@dataclass(frozen=True)
class Ledger:
    """A view of a Recorder for one stage: it can only charge its own layer and node."""

    recorder: Recorder
    layer: str
    node: int

    def charge(self, part: str, energy: float) -> None:
        """Book energy of one part of this stage (J)."""
        self.recorder.charge(part, self.layer, self.node, energy)
