"""A workload written down as a folder that `chipsim run` takes: workload.yaml, weights.npz, data.npz.

The arrays are those that the description stores, `<layer>.weight` as PyTorch lays it out. A Workload keeps only what crossbars need of
them, so every stored number is found again by its place: the places of a stored array, numbered, take the same way as its values did.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.spec import yaml_text
from chipsim.workload.data import InputSpec
from chipsim.workload.graph import Workload
from chipsim.workload.layers import DigitalLayer, Recurrent, WeightedLayer

Floats = NDArray[np.float32]
DIGIT = 4096  # places are numbered in two digits: a float32 tells 2**24 whole numbers apart


def save_workload(workload: Workload, folder: str | Path) -> Path:
    """Write a workload and return the path of its workload.yaml; inputs are stored as the first layer reads them, already scaled.

    Where inputs are drawn no data.npz is written, they are drawn again; the same for weights. InputError where nothing can be written.
    """
    if not isinstance(workload, Workload):
        found = f"'{workload}'" if isinstance(workload, (str, Path)) else f"of type {type(workload).__name__}"
        ways = "chipsim.from_torch(module, example), chipsim.load_workload(FILE) or chipsim.load(FILE, architecture).workload"
        raise InputError(f"save_workload.workload: is {found}, expected a Workload, such as from {ways}")
    spec, target = workload.spec, Path(folder)
    drawn = spec.drawn
    weights, inputs = "weights" not in drawn, "inputs" not in drawn
    own = InputSpec(shape=spec.input.shape, tokens=spec.input.tokens)
    unnamed: dict[str, Any] = {"onnx": None, "shapes": {}, "output": None, "digital": (), "bind": {}}
    unnamed |= {"given": None, "weights": None, "data": None}
    kept = spec.having(input=own, **unnamed)
    files = {"weights": "weights.npz"} if weights else {}
    described = kept.plain() | files | ({"data": {"file": "data.npz"}} if inputs else {})
    if weights and inputs:
        described.pop("random", None)
    try:
        target.mkdir(parents=True, exist_ok=True)
        if weights:
            np.savez(target / "weights.npz", allow_pickle=False, **stored_arrays(workload))
        if inputs:
            np.savez(target / "data.npz", allow_pickle=False, x_test=workload.inputs, y_test=workload.labels)
        (target / "workload.yaml").write_text(yaml_text(described), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: the workload cannot be written here ({error.strerror}); choose another folder") from None
    return target / "workload.yaml"


def stored_arrays(workload: Workload) -> dict[str, Floats]:
    """The arrays `<layer>.weight`, `<layer>.bias`, `<layer>.<parameter>` of a workload as they are stored."""
    arrays: dict[str, Floats] = {}
    for name in workload.order:
        layer = workload.layers[name]
        if isinstance(layer, WeightedLayer):
            held, shape = workload.weights[name], workload.input_shape(name)
            arrays[f"{name}.weight"] = _found(layer.weight_shape(shape), layer.matrix, held.matrix)
            arrays |= {} if held.bias is None else {f"{name}.bias": np.array(held.bias)}
        if isinstance(layer, Recurrent) and layer.first_state:
            (state,) = workload.parameters[name]
            arrays[f"{name}.state"] = np.array(state).reshape(layer.states, layer.hidden_size)
        if isinstance(layer, DigitalLayer) and layer.parameters:
            stored = layer.parameter_shape(workload.input_shape(name))
            parameters = zip(layer.parameters, workload.parameters[name], strict=True)
            arrays |= {f"{name}.{parameter}": _found(stored, layer.parameter, values) for parameter, values in parameters}
    return arrays


def _found(stored: tuple[int, ...], lay: Callable[[Floats], Floats], laid: Floats) -> Floats:
    """The array of that shape that `lay` makes `laid` of; `lay` copies numbers and leaves zeros between them."""
    numbers = np.arange(1, prod(stored) + 1).reshape(stored)  # 0 is where nothing was laid
    high, low = (lay(digit.astype(np.float32)).astype(np.int64) for digit in divmod(numbers, DIGIT))
    places = high * DIGIT + low
    array = np.zeros(prod(stored), np.float32)
    array[places[places > 0] - 1] = laid[places > 0]
    return array.reshape(stored)
