"""The matrix of a layer that learns, on one array or cut into a grid of blocks, and its bias in digital.

    z_C = sum over row blocks R of s A(x_R, W_RC) + b_C              forward, the sum in digital, in the order of the row blocks
    e_R = sum over column blocks C of s A'(d_C, W_RC^T)              backward, likewise
    W_RC <- rule: + (rate / s) x_R^T d_C,    b <- b + rate sum d     every block learns from its own slices

x (n, rows), z and d (n, columns), e (n, rows) float32; s is what a full-scale weight stands for, one number for the whole matrix. The
inputs of every array are scaled for themselves, where they are scaled by the largest. A bias of k times the columns belongs to k
vectors in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.training.layers.block import Block, Cut, Floats
from chipsim.training.layers.passing import Pass, Words
from chipsim.training.rules.rule import Activity, State


@final
class TrainedMatrix:
    """The blocks of one layer in the order row block, column block; `bias` (columns,) or a multiple of it, or None."""

    def __init__(self, name: str, shape: tuple[int, int], blocks: Sequence[Block], bias: Floats | None) -> None:
        self.name, self.shape, self.blocks, self.bias = name, shape, tuple(blocks), bias
        self.scale = self.blocks[0].scale
        self._by_rows = _grouped((block.place.row_block, block) for block in self.blocks)
        self._by_columns = _grouped((block.place.column_block, block) for block in self.blocks)

    @property
    def weights(self) -> Floats:
        """(rows, columns) in full-scale weights, put together from the blocks; not to be written to."""
        if len(self.blocks) == 1:
            return self.blocks[0].learner.weights
        whole = np.empty(self.shape, np.float32)
        for block in self.blocks:
            whole[slice(*block.cut.rows), slice(*block.cut.columns)] = block.learner.weights
        return whole

    def forward(self, x: Floats, at: Pass, words: Words) -> Floats:
        """Vectors x (n, rows) known as `words` -> (n, columns), with bias; always a new array."""
        parts = [_summed([block.forward(x, at, words) for block in column]) for column in self._by_columns]
        z = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        if self.bias is not None:
            lines = z.reshape(-1, self.bias.size)  # the same memory
            lines += self.bias
        return z

    def backward(self, d: Floats, at: Pass, words: Words) -> Floats:
        """Errors d (n, columns) of those vectors -> errors of their inputs (n, rows)."""
        parts = [_summed([block.backward(d, at, words) for block in row]) for row in self._by_rows]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def learn(self, x: Floats, d: Floats, rate: float, at: Pass) -> Activity:
        """Move weights and bias: x (samples * vectors, rows) and d, minus the gradient, sample after sample, vectors in order."""
        first, *others = [block.learn(x, d, rate, at) for block in self.blocks]
        done = reduce(Activity.merged, others, first)
        if self.bias is not None:
            self.bias += np.float32(rate) * d.reshape(-1, self.bias.size).sum(axis=0)
        return done

    def state(self) -> State:
        """Copies of all that was learned: `<layer>.bias`, `<layer>.rule.<name>`, with the number of the block where there are several."""
        arrays: State = {}
        for prefix, block in self._prefixed():
            arrays |= {f"{prefix}{name}": array for name, array in block.learner.state().items()}
        return arrays | ({} if self.bias is None else {f"{self.name}.bias": self.bias.copy()})

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` gave; InputError when it is not that of such a matrix."""
        for prefix, block in self._prefixed():
            block.restore({name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)})
        if self.bias is not None:
            bias = f"{self.name}.bias"
            if bias not in state or state[bias].shape != self.bias.shape:
                raise InputError(f"Network.restore: no {bias} of shape {self.bias.shape}; expected the state of the same network")
            self.bias[...] = state[bias]

    def _prefixed(self) -> list[tuple[str, Block]]:
        if len(self.blocks) == 1:
            return [(f"{self.name}.rule.", self.blocks[0])]
        return [(f"{self.name}.rule.{block.place.row_block}.{block.place.column_block}.", block) for block in self.blocks]


def places(name: str, shape: tuple[int, int], cuts: Sequence[Cut]) -> list[tuple[int, int]]:
    """Row block and column block of each cut; InputError where they are not a grid over the matrix (rows, columns), row block first."""
    rows, columns = sorted({cut.rows for cut in cuts}), sorted({cut.columns for cut in cuts})
    whole = [_covers(spans, length) for spans, length in zip((rows, columns), shape, strict=True)]
    if not all(whole) or list(cuts) != [Cut(row, column) for row in rows for column in columns]:
        said = ", ".join(f"{cut.rows} x {cut.columns}" for cut in cuts)
        raise InputError(
            f"Network.cuts: the blocks {said} of layer '{name}' are no grid over its weights {shape}, bias left out; expected half-open "
            "ranges that cover them once, in the order row block, column block"
        )
    return [(rows.index(cut.rows), columns.index(cut.columns)) for cut in cuts]


def _covers(spans: Sequence[tuple[int, int]], length: int) -> bool:
    edges = [0, *(stop for _, stop in spans)]
    return edges[-1] == length and all(span[0] == edge < span[1] for span, edge in zip(spans, edges, strict=False))


def _grouped(numbered: Iterable[tuple[int, Block]]) -> list[list[Block]]:
    groups: dict[int, list[Block]] = {}
    for number, block in numbered:
        groups.setdefault(number, []).append(block)
    return [groups[number] for number in sorted(groups)]


def _summed(terms: Sequence[Floats]) -> Floats:
    """The sum of new arrays of one shape, one after the other; in the memory of the first."""
    for term in terms[1:]:
        terms[0][...] += term
    return terms[0]
