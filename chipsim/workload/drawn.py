"""Weights and inputs that are drawn: what a network takes in time, energy and tiles can be told without them, its accuracy cannot.

    w = sqrt(2 / rows) n                  layers that are a product alone (He et al. 2015)
    w = sqrt(2 / (rows + columns)) n      layers with gates or a state (Glorot and Bengio 2010); biases are 0, parameters change nothing
    x = max(n, 0)                         `rectified`, half of the values 0, as after a ReLU
    x = n                                 `normal`
    x[k, y, x] = 1 for one channel k      `one_hot`, drawn with equal chances at each position, 0 elsewhere: characters, words
    x = k                                 a token of an input of `tokens`, drawn with equal chances; `inputs` is not asked then
    w = n                                 the table of an embedding

n standard normal numbers, rows and columns of the layer's matrix (inputs and outputs of one product). Each layer and the inputs have a
stream of their own, so that a layer more changes none of the others. Labels are 0 and mean nothing.

References: K. He et al., ICCV 2015, 1026, DOI 10.1109/ICCV.2015.123; X. Glorot, Y. Bengio, AISTATS 2010, PMLR 9, 249.
Not modelled: what training does to weights (a few large ones, correlations) and to activations (more zeros), which the energy of the
cells and the range of the inputs depend on.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod, sqrt
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.philox import normal, uniform
from chipsim.spec import Spec, key
from chipsim.streams import Stream
from chipsim.workload.layers import DigitalLayer, Embedding, Layer, MatrixLayer, Recurrent, Shape, WeightedLayer

Floats = NDArray[np.float32]


@final
class Random(Spec):
    """What is drawn where a workload names no weights, no data, or neither."""

    seed: int = key("seed of the drawn weights and inputs", default=0, ge=0)
    samples: int = key("inputs that are drawn; a longer stream takes them again in turn", default=16, ge=1, le=100_000)
    inputs: Literal["rectified", "normal", "one_hot"] = key(
        "which inputs: normal numbers with the negative ones at 0, normal ones, or one channel of 1 at each position", default="rectified"
    )


def drawn_weights(random: Random, layers: Iterable[tuple[Layer, Shape]]) -> dict[str, Floats]:
    """Arrays `<layer>.weight` and `<layer>.bias` as PyTorch stores them; each layer comes with the shape of its input."""
    stream = Stream(random.seed).child("random weights")
    arrays: dict[str, Floats] = {}
    for layer, shape in layers:
        if isinstance(layer, DigitalLayer):
            stored = layer.parameter_shape(shape)
            arrays |= {f"{layer.name}.{name}": np.full(stored, value, np.float32) for name, value in layer.parameters.items()}
            if isinstance(layer, Embedding):
                arrays[f"{layer.name}.weight"] = normal(stored, stream.child(layer.name).key)
            continue
        assert isinstance(layer, WeightedLayer)
        rows, columns = layer.matrix_shape(shape)
        scale = sqrt(2 / rows) if isinstance(layer, MatrixLayer) else sqrt(2 / (rows + columns))
        arrays[f"{layer.name}.weight"] = np.float32(scale) * normal(layer.weight_shape(shape), stream.child(layer.name).key)
        if layer.bias:
            arrays[f"{layer.name}.bias"] = np.zeros(layer.biases(shape), np.float32)
        if isinstance(layer, Recurrent) and layer.first_state:
            arrays[f"{layer.name}.state"] = np.zeros((layer.states, layer.hidden_size), np.float32)
    return arrays


def drawn_inputs(random: Random, shape: Shape, tokens: int | None = None) -> Floats:
    """Images float32 [N, C, H, W], of whole numbers below `tokens` where they are tokens."""
    own = Stream(random.seed).child("random inputs").key
    if tokens:
        chosen = (uniform(random.samples * prod(shape), own) * tokens).astype(np.int64).clip(0, tokens - 1)
        return chosen.astype(np.float32).reshape(random.samples, *shape)
    if random.inputs == "one_hot":
        return _one_hot(random.samples, shape, own)
    numbers = normal((random.samples, *shape), own)
    return np.maximum(numbers, np.float32(0)) if random.inputs == "rectified" else numbers


def _one_hot(samples: int, shape: Shape, own: tuple[int, int]) -> Floats:
    channels, height, width = shape
    chosen = (uniform(samples * height * width, own) * channels).astype(np.int64).clip(0, channels - 1)
    images = np.zeros((samples * height * width, channels), np.float32)
    images[np.arange(len(images)), chosen] = 1
    return np.ascontiguousarray(images.reshape(samples, height, width, channels).transpose(0, 3, 1, 2))
