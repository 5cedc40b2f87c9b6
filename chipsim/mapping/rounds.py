"""A network too large for its chip in rounds: consecutive layers that fit together, one round after the other on the same arrays.

What a round makes for a later one waits in the host's memory. A cut is possible where everything that a round reads from there, and
everything that it makes for later, has one height and width: it travels as one image, channels side by side. Among all ways to cut, the
one with the fewest rounds is taken, and of those the one in which the fewest numbers wait.

Not modelled: a layer that is too large for the chip by itself (its partial sums would have to wait), rounds that share a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import final

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.blocks import blocks_of, groups_of, matrix_layers
from chipsim.mapping.mapping import MappingOptions, Placement
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.split import can_be_split, split


@final
@dataclass(frozen=True)
class Round:
    """Layers that compute something, in order; what they read from before (layers, or 'input'); what they make for later."""

    steps: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@final
class Cuts:
    """Which runs of layers can be a round, and what crosses their borders."""

    def __init__(self, workload: Workload) -> None:
        self.workload, self.steps = workload, workload.steps
        self.place = {INPUT: -1} | {name: place for place, name in enumerate(self.steps)}
        self.last = {workload.output: len(self.steps)}
        for place, name in enumerate(self.steps):
            for source in workload.producers(name):
                self.last[source] = max(self.last.get(source, -1), place)

    @cached_property
    def matrices(self) -> list[int]:
        """Places of the layers with weights."""
        return [self.place[name] for name in matrix_layers(self.workload)]

    def round(self, first: int, end: int) -> Round:
        """The layers from place `first` until before `end`."""
        own = self.steps[first:end]
        read = [source for name in own for source in self.workload.producers(name) if self.place[source] < first]
        made = [name for name in own if self.last.get(name, -1) >= end]
        return Round(own, tuple(dict.fromkeys(read)), tuple(made))

    def possible(self, found: Round) -> bool:
        """Whether a round has weights, and what it reads and makes has one height and width each."""
        shapes = self.workload.shapes
        alike = all(len({shapes[name][1:] for name in names}) == 1 for names in (found.inputs, found.outputs))
        return alike and any(name in self.workload.weights for name in found.steps)

    def waiting(self, found: Round) -> int:
        """Numbers of one sample that the round leaves in the host's memory."""
        return sum(prod(self.workload.shapes[name]) for name in found.outputs)


def divided(workload: Workload, architecture: Architecture, options: MappingOptions, tiles: int | None = None) -> Workload:
    """The workload with layers that need more than `tiles` tiles in parts that fit; those that cannot be are left as they are."""
    places = _places(architecture, tiles)
    found = {}
    for name, layer in matrix_layers(workload).items():
        blocks = _blocks(name, workload, architecture, options)
        below = 1 + max(block.row_block for block in blocks)
        if len(blocks) > places >= below and can_be_split(layer):
            columns, most = sorted({block.columns for block in blocks}), places // below
            found[name] = [columns[first : first + most] for first in range(0, len(columns), most)]
    return split(workload, found) if found else workload


def _places(architecture: Architecture, tiles: int | None) -> int:
    """Arrays, times their weight planes, of so many tiles (None: of all); InputError for more tiles than there are."""
    own = tiles_of(architecture)
    if tiles is not None and not 1 <= tiles <= own:
        raise InputError(f"--tiles: at most {tiles} tiles are to be used, but the chip has {own}; expected 1 to {own}")
    return (tiles or own) * architecture.tile.arrays * architecture.tile.array.planes


def rounds_of(
    workload: Workload, architecture: Architecture, options: MappingOptions | None = None, tiles: int | None = None
) -> tuple[Round, ...]:
    """The rounds, of at most `tiles` tiles each (default: all); InputError where a layer is too large or no cut is possible.

    What is cut is `workload` as it is: `divided` comes first, where layers are too large by themselves.
    """
    places, needs = _places(architecture, tiles), _needs(workload, architecture, options or MappingOptions())
    _check_each(workload, needs, places, tiles or tiles_of(architecture))
    return _fewest(Cuts(workload), lambda names: needs(names) <= places)


def in_rounds(workload: Workload, architecture: Architecture, options: MappingOptions, count: int) -> tuple[Workload, tuple[Round, ...]]:
    """The workload, divided, and so many rounds, the largest as small as can be; InputError where it cannot be cut into as many.

    Layers that fit the chip stay whole.
    """
    parts, places = divided(workload, architecture, options), _places(architecture, None)
    fewest = len(rounds_of(parts, architecture, options))
    if count < fewest:
        raise InputError(f"--rounds: {count} rounds; the chip is too small for fewer than {fewest}")
    runs = _runs(Cuts(parts), _needs(parts, architecture, options), places)
    best: _Best = {0: (0, 0, ())}
    for done in range(count):
        best = _one_more(runs, best)
        if not best:
            most = f"at most {done} are possible, as only layers too large for the chip are made in parts"
            raise InputError(f"--rounds: {count} rounds; {most}")
    if len(parts.steps) not in best:
        raise InputError(f"--rounds: {count} rounds; there is no such cut, as all that crosses one must have one height and width")
    return parts, best[len(parts.steps)][2]


def _needs(workload: Workload, architecture: Architecture, options: MappingOptions) -> Callable[[Sequence[str]], int]:
    """How many arrays, times their weight planes, some layers take together."""
    blocks = {name: _blocks(name, workload, architecture, options) for name in matrix_layers(workload)}
    return lambda names: len(groups_of([block for name in names for block in blocks.get(name, [])], architecture, options))


def tiles_of(architecture: Architecture) -> int:
    """Tiles of a chip."""
    return sum(1 for _, tile in architecture.network.graph().nodes(data="tile") if tile)


def _blocks(name: str, workload: Workload, architecture: Architecture, options: MappingOptions) -> list[Placement]:
    layer = matrix_layers(workload)[name]
    copies = options.copies.get(name, 1) if isinstance(options.copies, dict) else 1
    return blocks_of(name, layer, workload, architecture, options) * copies


def _check_each(workload: Workload, needs: Callable[[Sequence[str]], int], places: int, tiles: int) -> None:
    large = [name for name in matrix_layers(workload) if needs([name]) > places]
    if large:
        raise InputError(
            f"layer '{large[0]}' has {needs(large[:1])} blocks, more than fit on {tiles} tile{'s' if tiles > 1 else ''}, and cannot "
            "be cut into rounds by its outputs; take more tiles or larger arrays"
        )


_Run = tuple[int, int, int, Round, int]  # first place, the place after the last, arrays, the round, numbers that wait
_Best = dict[int, tuple[int, int, tuple[Round, ...]]]  # by where they end: arrays of the largest round, numbers that wait, the rounds


def _runs(cuts: Cuts, needs: Callable[[Sequence[str]], int], places: int) -> list[_Run]:
    """All possible rounds that fit."""
    found = []
    for end in range(1, len(cuts.steps) + 1):
        for first in range(end - 1, -1, -1):
            if (taken := needs(cuts.steps[first:end])) > places:
                break
            if cuts.possible(one := cuts.round(first, end)):
                found.append((first, end, taken, one, cuts.waiting(one)))
    return found


def _one_more(runs: Sequence[_Run], best: _Best) -> _Best:
    """The best with one round more."""
    found: _Best = {}
    for first, end, taken, one, waiting in runs:
        if first in best:
            largest, before, rounds = best[first]
            whole = max(largest, taken), before + waiting, (*rounds, one)
            if end not in found or whole[:2] < found[end][:2]:
                found[end] = whole
    return found


def _fewest(cuts: Cuts, fits: Callable[[Sequence[str]], bool]) -> tuple[Round, ...]:
    """The best way to cut, found from the front: for each place the best rounds that end there."""
    best: dict[int, tuple[int, int, tuple[Round, ...]]] = {0: (0, 0, ())}
    count = len(cuts.steps)
    for end in range(1, count + 1):
        for first in range(end - 1, -1, -1):
            if not fits(cuts.steps[first:end]):
                break
            if first not in best or not cuts.possible(found := cuts.round(first, end)):
                continue
            rounds, waiting, before = best[first]
            whole = rounds + 1, waiting + cuts.waiting(found), (*before, found)
            if end not in best or whole[:2] < best[end][:2]:
                best[end] = whole
    if count not in best:
        raise InputError(
            f"workload '{cuts.workload.name}' cannot be cut into rounds that fit: wherever it could be, layers of different heights and "
            "widths are read on both sides of the cut; take more tiles"
        )
    return best[count][2]
