"""Trained weights, checked against the layers that use them and brought into the layout of a crossbar.

Stored: `<layer>.weight` and `<layer>.bias` as PyTorch lays them out (linear [out, in], convolution [out, in, ky, kx], bias
[out]; recurrent layers as their files say, first states as `<layer>.state`), of a floating type. Used: a float32 matrix
[in_features, out_features], C-contiguous, and a float32 bias. Layers of the vector unit may have parameters, one number for
each channel, stored as `<layer>.<parameter>` [C].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.workload.layers import DigitalLayer, Layer, Recurrent, Shape, WeightedLayer

Floats = NDArray[np.float32]


class Weights(NamedTuple):
    """What one layer was trained to: matrix [in_features, out_features] and bias, mostly [out_features] (None: no bias)."""

    matrix: Floats
    bias: Floats | None


def layer_weights(
    layers: Iterable[tuple[Layer, Shape]], arrays: Mapping[str, NDArray[Any]], file: str = ""
) -> dict[str, Weights]:
    """Weights by layer name, read-only, from stored arrays; each layer that stores any comes with the shape of its input.

    InputError lists every array that is missing, surplus, of the wrong shape or type, or not finite; `file` is named in it.
    """
    layers = list(layers)
    expected = {name: stored for layer, shape in layers for name, stored in _stored_shapes(layer, shape).items()}
    problems = [Problem(message, name, file) for name, message in _differences(expected, arrays)]
    if problems:
        raise InputError(problems)
    return {layer.name: _weights(layer, arrays) for layer, _ in layers if isinstance(layer, WeightedLayer)}


def layer_parameters(layers: Iterable[tuple[Layer, Shape]], arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[Floats, ...]]:
    """Parameters by layer name, in the layer's order, read-only, from arrays checked by `layer_weights`.

    [1, C, 1, 1] or [1, C, H, W] of layers of the vector unit; [1, states, hidden, 1] of recurrent layers with a first state.
    """
    stored = [(layer, names) for layer, _ in layers if (names := _parameter_names(layer))]
    return {layer.name: tuple(_parameter(layer, arrays[f"{layer.name}.{name}"]) for name in names) for layer, names in stored}


def _parameter_names(layer: Layer) -> list[str]:
    if isinstance(layer, Recurrent):
        return ["state"] if layer.first_state else []
    return list(layer.parameters) if isinstance(layer, DigitalLayer) else []


def _parameter(layer: Layer, array: NDArray[Any]) -> Floats:
    single = _single(array)
    parameter = layer.parameter(single) if isinstance(layer, DigitalLayer) else single.reshape(1, *single.shape, 1)
    parameter.setflags(write=False)
    return parameter


def _stored_shapes(layer: Layer, input_shape: Shape) -> dict[str, tuple[int, ...]]:
    if isinstance(layer, DigitalLayer):
        return {f"{layer.name}.{parameter}": layer.parameter_shape(input_shape) for parameter in layer.parameters}
    assert isinstance(layer, WeightedLayer)  # views store nothing and are not asked
    shapes: dict[str, tuple[int, ...]] = {f"{layer.name}.weight": layer.weight_shape(input_shape)}
    if layer.bias:
        shapes[f"{layer.name}.bias"] = (layer.biases(input_shape),)
    if isinstance(layer, Recurrent) and layer.first_state:
        shapes[f"{layer.name}.state"] = (layer.states, layer.hidden_size)
    return shapes


def _differences(expected: Mapping[str, tuple[int, ...]], arrays: Mapping[str, NDArray[Any]]) -> Iterable[tuple[str, str]]:
    """Pairs of an array's name and what is wrong with it."""
    for name, shape in expected.items():
        if name not in arrays:
            yield name, f"the array is missing, expected shape {list(shape)}"
        elif problem := _array_problem(arrays[name], shape):
            yield name, problem
    for name in arrays:
        if name not in expected:
            yield name, f"no layer uses this array ({did_you_mean(name, expected)})"


def _array_problem(array: NDArray[Any], shape: tuple[int, ...]) -> str | None:
    if array.shape != shape:
        transposed = array.ndim == 2 and array.shape == shape[::-1]
        return f"is of shape {list(array.shape)}, expected {list(shape)}{' (it is transposed)' if transposed else ''}"
    if array.dtype.kind != "f":
        return f"is of type {array.dtype}, expected a floating type"
    finite = np.isfinite(_single(array))
    if not finite.all():
        first = tuple(int(number) for number in np.argwhere(~finite)[0])
        count = np.count_nonzero(~finite)
        return f"has {count} values that are not finite in float32, the first is {array[first]} at {list(first)}"
    return None


def _single(array: NDArray[Any]) -> Floats:
    with np.errstate(over="ignore"):  # what overflows becomes inf, which is reported
        return array.astype(np.float32)


def _weights(layer: WeightedLayer, arrays: Mapping[str, NDArray[Any]]) -> Weights:
    matrix = layer.matrix(_single(arrays[f"{layer.name}.weight"]))
    bias = _single(arrays[f"{layer.name}.bias"]) if layer.bias else None
    for array in (matrix, bias):
        if array is not None:
            array.setflags(write=False)
    return Weights(matrix, bias)
