"""Who watches a mini-batch: what its products and updates took, array by array, put together as the record `work.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.mvm import MVMResult
from chipsim.training.rules.rule import Activity
from chipsim.training.work import ArrayWork, StepWork


class Place(NamedTuple):
    """An array of a network: its layer and its place among the blocks of the layer."""

    layer: str
    row_block: int = 0
    column_block: int = 0


class Product(NamedTuple):
    """What products took, (samples, vectors)."""

    retries: NDArray[np.int64]
    cells: NDArray[np.float64]


@final
class Watch:
    """Takes notes of one mini-batch of `samples`, the first of them number `first`."""

    def __init__(self, first: int, samples: int) -> None:
        self.first, self.samples = first, samples
        self._forward: dict[Place, list[Product]] = {}
        self._backward: dict[Place, list[Product]] = {}
        self._updates: dict[Place, tuple[Activity, ...]] = {}

    def product(self, place: Place, back: bool, result: MVMResult) -> None:
        """Products of one or more vectors of every sample, sample after sample."""
        retries = result.retries.astype(np.int64).reshape(self.samples, -1)
        taken = Product(retries, result.energy_sum.reshape(self.samples, -1))
        (self._backward if back else self._forward).setdefault(place, []).append(taken)

    def update(self, place: Place, activities: Iterable[Activity]) -> None:
        """What the updates of one array took, sample by sample."""
        self._updates[place] = tuple(activities)

    def work(self, shapes: dict[Place, tuple[int, int]]) -> StepWork:
        """The record of arrays with these shapes, in their order."""
        return StepWork(self.first, self.samples, tuple(self._array(place, shape) for place, shape in shapes.items()))

    def _array(self, place: Place, shape: tuple[int, int]) -> ArrayWork:
        forward, backward = (self._joined(notes.get(place, [])) for notes in (self._forward, self._backward))
        return ArrayWork(*place, shape, *forward, *backward, self._updates.get(place, ()))

    def _joined(self, notes: list[Product]) -> Product:
        nothing = Product(np.zeros((self.samples, 0), np.int64), np.zeros((self.samples, 0)))
        return Product(*(np.concatenate(parts, axis=1) for parts in zip(nothing, *notes, strict=True)))
