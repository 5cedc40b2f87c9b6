"""A network in whole numbers, as a digital accelerator computes it after training: no weight is learned again.

    x ~ s q,        q = clip(rint(x / s), -z, 2^a - 1 - z)       inputs of a layer: one scale s and one zero point z for all of them
    w_ij ~ s_j q_ij,   q_ij = rint(w_ij / s_j),   s_j = max_i |w_ij| / (2^(w-1) - 1)      weights: symmetric, a scale for each output j
    y_j = s s_j sum_i q_i q_ij + b_j                             products and sums exact, biases and all that follows in float

a, w bits of activations and weights; rint to the nearest, halves to even. The range of the inputs, low <= 0 <= high, is met by
s = (high - low) / (2^a - 1), z = rint(-low / s), so that 0 is exact. It is taken from the layer's inputs in the float network over
calibration samples: of SHARES of the range from the smallest to the largest of them, in steps of 5 %, the one with the least mean
squared error; one share shrinks both ends alike. Of a
recurrent layer the input and the state that it reads itself have a range each. Layers without weights (attention's products,
normalisations, nonlinearities, embeddings, additions) are computed in float.

Sums are taken in float64, which holds whole numbers up to 2^53. Not modelled: learning with quantisers, mixed precision, outliers kept
apart, requantised biases, lookup tables of nonlinearities.
References: B. Jacob et al., CVPR 2018, DOI 10.1109/CVPR.2018.00286 (affine scheme); R. Krishnamoorthi, arXiv:1806.08342 (weights by
channel).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.graph import BATCH, Workload
from chipsim.workload.layers import DigitalLayer, Layer, Recurrent, ViewLayer, WeightedLayer
from chipsim.workload.layers.layer import INPUT, MatrixLayer

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05)
KEPT = 200_000  # numbers of a tensor that its range is fitted to
Tensor = tuple[str, int]  # layer, and which of its inputs: 0, or 1 for the state of a recurrent layer


@final
class Affine(NamedTuple):
    """Steps of an activation: scale, zero point, bits."""

    scale: float
    zero: int
    bits: int

    @classmethod
    def of(cls, low: float, high: float, bits: int) -> Affine:
        """The steps of a range, widened to hold 0."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = (high - low) / ((1 << bits) - 1) or 1.0
        return cls(scale, round(-low / scale), bits)

    def whole(self, values: Floats) -> Floats:
        """Values as whole numbers without the zero point: 0 stays 0; float32, which is exact up to 16 bits."""
        steps = np.rint(values.astype(np.float64) / self.scale)
        return np.clip(steps, -self.zero, (1 << self.bits) - 1 - self.zero).astype(np.float32)


def fitted(values: Floats, bits: int) -> Affine:
    """The steps with the least mean squared error on values (any shape)."""
    low, high = float(values.min()), float(values.max())
    found = [Affine.of(share * low, share * high, bits) for share in SHARES]
    return min(found, key=lambda steps: float(np.mean((steps.whole(values) * np.float64(steps.scale) - values) ** 2)))


def whole_weights(matrix: Floats, bits: int) -> tuple[Wide, Wide]:
    """A matrix [in, out] as whole numbers, and the scale of each output [out]."""
    largest = np.abs(matrix).max(axis=0).astype(np.float64)
    scale = np.where(largest > 0, largest, 1.0) / ((1 << (bits - 1)) - 1)
    return np.rint(matrix / scale), scale


class Products:
    """How a layer's product of inputs and matrix is made; here in float, with the inputs noted for calibration."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.seen: dict[Tensor, list[Floats]] = {}

    def image(self, layer: MatrixLayer, x: Floats) -> Floats:
        """Sums of a layer before its activation: x [B, C, H, W] -> [B, C', H', W']."""
        self._note((layer.name, 0), x)
        return layer.sums(x, *self.workload.weights[layer.name])

    def step(self, layer: Recurrent, vectors: Floats, features: int) -> Floats:
        """Products of one step [B, products, features + hidden] without bias -> [B, products, outputs]."""
        self._note((layer.name, 0), vectors[..., :features])
        self._note((layer.name, 1), vectors[..., features:])
        return np.asarray(vectors @ self.workload.weights[layer.name].matrix, np.float32)

    def _note(self, tensor: Tensor, values: Floats) -> None:
        flat = values.reshape(-1)
        self.seen.setdefault(tensor, []).append(flat[:: max(len(flat) // KEPT, 1)].copy())


@final
class Integers(Products):
    """Products in whole numbers."""

    def __init__(self, workload: Workload, steps: Mapping[Tensor, Affine], bits: int) -> None:
        super().__init__(workload)
        self.steps = steps
        self.weights = {name: whole_weights(weights.matrix, bits) for name, weights in workload.weights.items()}

    def image(self, layer: MatrixLayer, x: Floats) -> Floats:
        channels, height, width = layer.output_shape((x.shape[1], x.shape[2], x.shape[3]))
        steps, (matrix, scale) = self.steps[layer.name, 0], self.weights[layer.name]
        patches = layer.patches(steps.whole(x), 0, height).reshape(-1, len(matrix))
        sums = _banded(patches.astype(np.float64), matrix, layer.bands) * (steps.scale * scale)
        bias = self.workload.weights[layer.name].bias
        sums = sums if bias is None else sums + bias
        return np.ascontiguousarray(sums.reshape(len(x), height, width, channels).transpose(0, 3, 1, 2), np.float32)

    def step(self, layer: Recurrent, vectors: Floats, features: int) -> Floats:
        matrix, scale = self.weights[layer.name]
        total = np.zeros((*vectors.shape[:2], matrix.shape[1]))
        for number, part in enumerate((slice(0, features), slice(features, None))):
            steps = self.steps[layer.name, number]
            total += steps.whole(vectors[..., part]).astype(np.float64) @ matrix[part] * (steps.scale * scale)
        return np.asarray(total, np.float32)


def _banded(vectors: Wide, matrix: Wide, bands: int) -> Wide:
    """vectors [n, in] times a matrix whose numbers lie in `bands` equal blocks along its diagonal."""
    rows, columns = matrix.shape[0] // bands, matrix.shape[1] // bands
    result = np.empty((len(vectors), matrix.shape[1]))
    for down, across in ((band * rows, band * columns) for band in range(bands)):
        block = matrix[down : down + rows, across : across + columns]
        result[:, across : across + columns] = vectors[:, down : down + rows] @ block
    return result


def forward(workload: Workload, x: Floats, products: Products) -> Floats:
    """Outputs of the network for images [N, C, H, W], with the products of its layers with weights made by `products`."""
    found = []
    for start in range(0, len(x), BATCH):
        values = {INPUT: x[start : start + BATCH]}
        for name in workload.order:
            values[name] = _layer(workload, workload.layers[name], [values[s] for s in workload.network.sources(name)], products)
        found.append(values[workload.output])
    return np.concatenate(found)


def quantised(workload: Workload, calibration: Floats, weights: int, activations: int) -> Integers:
    """The network in whole numbers of so many bits, ranges from calibration images [N, C, H, W]."""
    seen = Products(workload)
    forward(workload, calibration, seen)
    steps = {tensor: fitted(np.concatenate(values), activations) for tensor, values in seen.seen.items()}
    return Integers(workload, steps, weights)


def _layer(workload: Workload, layer: Layer, read: Sequence[Floats], products: Products) -> Floats:
    parameters = workload.parameters.get(layer.name, ())
    if isinstance(layer, MatrixLayer):
        return layer.activate(products.image(layer, read[0]))
    if isinstance(layer, Recurrent):
        return _recurrent(workload, layer, read[0], next(iter(parameters), None), products)
    if isinstance(layer, WeightedLayer):
        raise InputError(f"compare-precision: layer '{layer.name}' of type '{layer.type_name}' has weights that nobody quantises")
    assert isinstance(layer, DigitalLayer | ViewLayer)
    return layer.forward(*read, *parameters)


def _recurrent(workload: Workload, layer: Recurrent, x: Floats, first: Floats | None, products: Products) -> Floats:
    features = layer.features((x.shape[1], x.shape[2], x.shape[3]))
    bias = workload.weights[layer.name].bias
    state, given = layer.start(len(x), None, first), []
    for x_t in layer.steps(x):
        sums = products.step(layer, layer.vectors(x_t, state[0]), features)
        sums = sums if bias is None else sums + bias.reshape(layer.products, -1)
        state = layer.cell(sums, state).state
        given.append(state[0])
    return layer.image(given)
