"""Who works on what and who sends what to whom: the description of a timed run, without a clock.

Every layer's output is a tensor that travels in units: rows of vectors (`row`) or single vectors (`vector`). A Stage makes
its share of one tensor: the source makes the image, an array stage the partial sums of one block, an adder stage the sum of
two of them on the way, a neuron stage adds what reaches it and applies scale, bias and activation, a cell stage makes a step of its
numbers of a recurrent state and sends them to the layer's own arrays too (from the sums of a gates stage where it is on a core), a last
stage hands on the last step alone, or all steps of a layer that goes backward in the order of the sequence, a vector stage pools or adds,
the sink collects. Stages are played by processes
(`chipsim.components`); nothing here knows of them, so the same description could be compiled to arrays.

Rows are dealt out to the copies of a layer in turn: row r of sample s belongs to copy (s * height + r) mod copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal, final

from chipsim.mapping.mapping import Placement
from chipsim.mapping.partition import Span
from chipsim.workload.layers.layer import Layer, Shape

Mode = Literal["row", "vector"]
Kind = Literal["source", "array", "adder", "neuron", "gates", "cell", "last", "vector", "sink"]


@final
@dataclass(frozen=True)
class Tensor:
    """What travels: `height` x `width` vectors for each sample, cut into units of one row or of one vector."""

    name: str
    shape: Shape
    mode: Mode

    @property
    def units(self) -> int:
        """Units of one sample."""
        return self.shape[1] if self.mode == "row" else self.shape[1] * self.shape[2]

    @property
    def vectors(self) -> int:
        """Vectors of one unit."""
        return self.shape[2] if self.mode == "row" else 1

    def row(self, unit: int) -> int:
        """The row that a unit belongs to."""
        return unit if self.mode == "row" else unit // self.shape[2]

    def start(self, unit: int) -> tuple[int, int]:
        """Position (y, x) of the first vector of a unit."""
        return (unit, 0) if self.mode == "row" else divmod(unit, self.shape[2])

    def locate(self, y: int, x: int) -> tuple[int, int]:
        """The unit that holds position (y, x) and the number of the vector in it."""
        return (y, x) if self.mode == "row" else (y * self.shape[2] + x, 0)


@final
@dataclass(frozen=True)
class Window:
    """What a unit of work needs of one tensor: blocks of `across` units, every `step`, from `low` to `high`.

    Its first and its last vector wait for the vectors `first` and `last` of each of these units.
    """

    low: int
    high: int
    first: int
    last: int
    across: int = 1
    step: int = 1

    @cached_property
    def units(self) -> list[int]:
        """The units in order."""
        return [start + i for start in range(self.low, self.high - self.across + 2, self.step) for i in range(self.across)]


@final
@dataclass(frozen=True)
class Flow:
    """Units of one segment of a tensor on their way from one stage to another, as far as the reader needs its channels."""

    number: int
    source: int
    target: int
    feed: int
    segment: int
    channels: Span
    bits: int  # of one vector


@final
@dataclass
class Feed:
    """One tensor that a stage reads, with the segments (channel blocks or row blocks) it comes in."""

    tensor: Tensor
    channels: Span
    segments: int = 0
    identity: bool = False  # unit u of the output needs just unit u of this tensor
    stacked: bool = False  # segments are terms of a sum instead of channels side by side
    layer: Layer | None = None  # else the layer says which positions an output position needs
    number: int = 0  # of the layer's inputs, the one that this is
    frames: int = 0  # unit u of the output needs so many units from frames * u on
    lag: int = 0  # unit u of the output needs unit u - lag of this tensor, and nothing where there is none
    backward: bool = False  # unit u of the output needs what the last unit but u would need otherwise
    windows: dict[int, Window] = field(default_factory=dict)


@final
@dataclass
class Stage:
    """One worker: makes units of `tensor` (channels `channels`) at `node` from its feeds."""

    number: int
    kind: Kind
    layer: str
    node: int
    tensor: Tensor
    channels: Span
    copy: int = 0
    copies: int = 1
    block: Placement | None = None
    part: str = ""  # tells stages of one kind apart that do the same channels of one copy on one node
    core: str = ""  # the kind of digital core that it runs on; empty: the tile of the node
    product: int = 0  # of a step of a recurrent layer, the one that an array stage makes
    feeds: list[Feed] = field(default_factory=list)
    out: list[Flow] = field(default_factory=list)

    @cached_property
    def name(self) -> str:
        """Path of the stage under the chip."""
        if self.block is not None:
            return f"tile[{self.node}].{self.block.name}{self.part}"
        if self.kind in ("source", "sink"):
            return f"host.{self.kind}"
        place = f"{self.core}[{self.node}]" if self.core else f"tile[{self.node}]"
        return f"{place}.{self.layer}.copy{self.copy}.{self.kind}{self.part}[{self.channels[0]}:{self.channels[1]}]"

    def owns(self, sample: int, unit: int) -> bool:
        """Whether a unit of a sample falls to this copy."""
        return (sample * self.tensor.shape[1] + self.tensor.row(unit)) % self.copies == self.copy

    def own_units(self, sample: int) -> tuple[int, ...]:
        """The units of a sample that this stage makes, in order."""
        return self._plan(sample).own

    def wanted(self, sample: int, feed: int) -> Mapping[int, int]:
        """The units of a feed's tensor that this stage needs of a sample, each with its place among them."""
        return self._plan(sample).wanted[feed]

    def wanted_before(self, sample: int, feed: int) -> int:
        """How many units of a feed this stage needs of all samples before `sample`."""
        if feed not in self._sums:
            self._sums[feed] = list(accumulate((len(self.wanted(s, feed)) for s in range(self.copies)), initial=0))
        rounds, rest = divmod(sample, self.copies)
        return rounds * self._sums[feed][-1] + self._sums[feed][rest]

    def kept(self, sample: int, feed: int, position: int) -> int:
        """The first unit of a feed that is still needed when own unit number `position` of a sample is next."""
        kept = self._plan(sample).kept[feed]
        return kept[position] if position < len(kept) else self.feeds[feed].tensor.units

    def window(self, feed: int, unit: int) -> Window:
        """What unit `unit` of the output needs of a feed."""
        source = self.feeds[feed]
        if unit not in source.windows:
            source.windows[unit] = self._window(source, unit)
        return source.windows[unit]

    def deepest(self, feed: int) -> int:
        """The most units of a feed that must lie in the input buffer at once for the stage to go on."""
        return max(self._depth(self._plan(phase), feed) for phase in range(self.copies))

    def _depth(self, plan: _Plan, feed: int) -> int:
        places, depth = plan.wanted[feed], 1
        for unit, kept in zip(plan.own, plan.kept[feed], strict=True):
            if self.window(feed, unit).units:
                depth = max(depth, 1 + places[self.window(feed, unit).high] - places[kept])
        return depth

    def _plan(self, sample: int) -> _Plan:
        phase = (sample * self.tensor.shape[1]) % self.copies
        if phase not in self._plans:
            own = tuple(u for u in range(self.tensor.units) if self.owns(sample, u))
            windows = [[self.window(feed, unit) for unit in own] for feed in range(len(self.feeds))]
            self._plans[phase] = _Plan(own, tuple(map(_places, windows)), tuple(map(_kept, windows)))
        return self._plans[phase]

    @cached_property
    def _sums(self) -> dict[int, list[int]]:
        return {}

    @cached_property
    def _plans(self) -> dict[int, _Plan]:
        return {}

    def _window(self, feed: Feed, unit: int) -> Window:
        last = self.tensor.vectors - 1
        unit = self.tensor.units - 1 - unit if feed.backward else unit
        if feed.lag:
            before = unit - feed.lag
            return Window(before, before, 0, last) if before >= 0 else Window(0, -1, 0, last)
        if feed.frames:
            return Window(unit * feed.frames, (unit + 1) * feed.frames - 1, 0, last)
        if feed.identity or feed.layer is None:
            return Window(unit, unit, 0, last)
        y, x = self.tensor.start(unit)
        (top, left), (_, right_of_first) = feed.layer.needs_of(feed.number, y, x, feed.tensor.shape)
        _, (bottom, right) = feed.layer.needs_of(feed.number, y, x + last, feed.tensor.shape)
        if feed.tensor.mode == "row":
            return Window(top, bottom, right_of_first, right)
        low, high = feed.tensor.locate(top, left)[0], feed.tensor.locate(bottom, right)[0]
        return Window(low, high, 0, 0, 1 + right - left, feed.tensor.shape[2])


@final
@dataclass(frozen=True)
class _Plan:
    """What a stage does for one sample; it depends only on the copy to which the first row falls."""

    own: tuple[int, ...]
    wanted: tuple[dict[int, int], ...]  # by feed: unit -> place among the wanted ones
    kept: tuple[tuple[int, ...], ...]  # by feed and own unit: the first unit needed from then on


def _places(windows: Sequence[Window]) -> dict[int, int]:
    units = sorted({unit for window in windows for unit in window.units})
    return {unit: place for place, unit in enumerate(units)}


def _kept(windows: Sequence[Window]) -> tuple[int, ...]:
    """The least `low` of each window and all after it: at the upper edge of an image windows also move back."""
    return tuple(accumulate((window.low for window in reversed(windows)), min))[::-1]


@final
@dataclass(frozen=True)
class Dataflow:
    """All stages and flows of a mapped workload; stage 0 is the source, the last one the sink."""

    mode: Mode
    stages: tuple[Stage, ...]
    flows: tuple[Flow, ...]

    def consumers(self, stage: Stage) -> list[Stage]:
        """The stages that read what `stage` makes."""
        return [self.stages[flow.target] for flow in stage.out]
