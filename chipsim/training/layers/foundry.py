"""Where the arrays of a network come from: their rule, their reads, their streams, and the weights they start with.

A matrix starts from the weights given, or uniformly within +-bound (1 / sqrt(rows) by default), bias too. s = max |W| / omega lets the
largest of them take the share omega of full scale; omega = 0 means s = 1: devices hold the weights as they are, in the units of the
rule. A matrix on one array draws from the streams of the layer, blocks of a matrix from streams of their own below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import uniform
from chipsim.streams import Stream
from chipsim.training.floating import FloatingPoint
from chipsim.training.layers.block import Block, Cut, Floats, Ports
from chipsim.training.layers.matrix import TrainedMatrix, places
from chipsim.training.layers.watch import Place
from chipsim.training.reads import Reads
from chipsim.training.rules.rule import Rule
from chipsim.workload.layers import WeightedLayer
from chipsim.workload.weights import Weights


@final
@dataclass(frozen=True)
class Foundry:
    """Makes the matrices of a network; see `Network` for what the parts mean."""

    rule: Rule | None
    reads: Reads
    stream: Stream
    chip: Stream
    omega: float
    start: Mapping[str, Weights] | None
    cuts: Mapping[str, tuple[Cut, ...]] | None

    def matrix(
        self, layer: WeightedLayer, shape: tuple[int, int], vectors: int, bound: float | None = None, products: int = 1
    ) -> TrainedMatrix:
        """The matrix (rows, columns) of a layer that learns from so many `vectors` of a sample, and its bias (products * columns).

        InputError where weights or cuts do not fit.
        """
        own, cuts = self.stream.child(layer.name), self._cuts(layer.name, shape)
        matrix, bias = self._given(layer, shape, products) or initial(shape, layer.bias, own, bound, products)
        largest = float(np.abs(matrix).max())
        scale = largest / self.omega if self.omega > 0 and largest > 0 else 1.0
        weights = np.ascontiguousarray(matrix / np.float32(scale), np.float32)
        rule = self.rule and self.rule.for_vectors(vectors)
        blocks = [self._block(layer, rule, place, cut, weights, scale) for place, cut in cuts.items()]
        return TrainedMatrix(layer.name, shape, blocks, None if bias is None else bias.copy())

    def _cuts(self, name: str, shape: tuple[int, int]) -> dict[Place, Cut]:
        cuts = (self.cuts or {}).get(name, (Cut((0, shape[0]), (0, shape[1])),))
        found = {Place(name, *place): cut for place, cut in zip(places(name, shape, cuts), cuts, strict=True)}
        for cut in cuts:
            self.reads.check_room(name, (cut.rows[1] - cut.rows[0], cut.columns[1] - cut.columns[0]))
        return found

    def _given(self, layer: WeightedLayer, shape: tuple[int, int], products: int) -> Weights | None:
        given = None if self.start is None else self.start.get(layer.name)
        if given is None:
            return None
        (matrix, bias), wanted = given, (products * shape[1],) if layer.bias else None
        if matrix.shape != shape or (None if bias is None else bias.shape) != wanted:
            what = f"weights {matrix.shape} and {'no bias' if bias is None else f'a bias {bias.shape}'}"
            raise InputError(
                f"Network.start: layer '{layer.name}' starts from {what}; expected {shape}, inputs by outputs, "
                f"and {f'a bias {wanted}' if layer.bias else 'no bias'}"
            )
        return given

    def _block(self, layer: WeightedLayer, rule: Rule | None, place: Place, cut: Cut, weights: Floats, scale: float) -> Block:
        own, fixed = self.stream.child(layer.name), self.chip.child(layer.name)
        part = np.ascontiguousarray(weights[slice(*cut.rows), slice(*cut.columns)])
        shape = part.shape[0], part.shape[1]
        if shape != weights.shape:
            own, fixed = (one.child(f"block {place.row_block} {place.column_block}") for one in (own, fixed))
        array = own.child("array"), fixed.child("array")
        learner = FloatingPoint(part) if rule is None else rule.begin(shape, part, *array)
        forward = self.reads.forward(shape[1], own.child("products"), fixed, layer.input_range)
        evaluation = replace(forward, key=own.child("evaluation products").key)
        ports = Ports(forward, evaluation, self.reads.backward(shape[0], own.child("transposed products"), fixed))
        return Block(place, cut, learner, ports, scale)


def initial(shape: tuple[int, int], bias: bool, stream: Stream, bound: float | None = None, products: int = 1) -> Weights:
    """Weights (rows, columns) and bias (products * columns,) uniform within +-bound, by default 1 / sqrt(rows)."""
    edge = np.float32(1 / np.sqrt(shape[0]) if bound is None else bound)
    matrix = edge * (2 * uniform(shape, stream.child("initial weights").key) - 1)
    drawn: NDArray[np.float32] | None = edge * (2 * uniform(products * shape[1], stream.child("initial bias").key) - 1) if bias else None
    return Weights(matrix, drawn)
