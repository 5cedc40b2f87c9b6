"""The root of layers that learn: forward and backward of one layer of a network, and what it learns from.

    forward    y = f(x, ...)                                  images or vectors, for each sample one
    backward   d_x = (dy/dx)^T d_y for everything it reads     d minus the gradient of the mean loss

x and y are float32 [n, C, H, W], d has the shape of what it belongs to. A member names the layer of a workload that it trains
(`of=Linear`) and is then found by `kinds`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from chipsim.training.layers.foundry import Foundry
from chipsim.training.layers.matrix import TrainedMatrix
from chipsim.training.layers.passing import Pass
from chipsim.workload.layers import Layer, Shape

Floats = NDArray[np.float32]
Memo = Any  # what a layer keeps of its forward pass for its backward pass, a secret of its own
L = TypeVar("L", bound=Layer)


class Share(NamedTuple):
    """The part of one matrix in a mini-batch: what was driven on its rows and on its columns, sample after sample."""

    x: Floats  # (samples * vectors, rows)
    d: Floats  # (samples * vectors, columns), minus the gradient of the mean loss


class Back(NamedTuple):
    """What came out of the backward pass of a layer."""

    handed: tuple[Floats, ...]  # for each layer it reads, in the shape it was read; empty where nothing is handed back
    share: Share | None = None  # for the matrix of the layer


class TrainedLayer(ABC, Generic[L]):
    """One layer; `matrix` is None where it has no weights. `hands_back`: whether a layer below wants its errors."""

    kinds: ClassVar[dict[type[Layer], type[TrainedLayer[Any]]]] = {}

    def __init_subclass__(cls, of: type[Layer] | None = None) -> None:
        if of is not None:
            TrainedLayer.kinds[of] = cls

    def __init__(self, layer: L, shapes: tuple[Shape, ...], hands_back: bool, foundry: Foundry) -> None:
        """`shapes` [C, H, W] of what the layer reads, views looked through; matrices are made by the foundry."""
        self.layer, self.name, self.shapes, self.hands_back = layer, layer.name, shapes, hands_back
        self.matrix: TrainedMatrix | None = None

    @classmethod
    def refused(cls, layer: L) -> str:
        """What a layer has for which there is no backward path, in words; empty where nothing is."""
        return ""

    @abstractmethod
    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        """Inputs [n, C, H, W] -> output [n, C', H', W'], and what `backward` will ask for."""

    @abstractmethod
    def backward(self, d: Floats, memo: Memo, at: Pass) -> Back:
        """d [n, C', H', W'], which is not to be written to -> what is handed back, and what the matrix learns from."""

    def weights(self) -> dict[str, Floats]:
        """What was learned, as the workload stores it, read from the arrays without noise."""
        return {}

    @property
    def largest(self) -> int:
        """Numbers of a sample that the layer works on at once, at most: a measure of memory."""
        return max(int(np.prod(shape)) for shape in (*self.shapes, self.layer.output_shape(*self.shapes)))
