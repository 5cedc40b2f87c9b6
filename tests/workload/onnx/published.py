"""Models that nobody here wrote: those that come inside the library onnx, each with an input and the output it must give."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.load import _stored_layers
from chipsim.workload.onnx import Imported, read_onnx
from chipsim.workload.weights import layer_parameters, layer_weights

onnx = pytest.importorskip("onnx")
DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"


class Case(NamedTuple):
    """A model, what it reads and what it gives."""

    name: str
    model: Any
    inputs: Sequence[np.ndarray]
    output: np.ndarray

    @property
    def is_a_network(self) -> bool:
        """Floating-point samples in, floating-point numbers of each sample out."""
        first = self.inputs[0] if self.inputs else None
        arrays = isinstance(first, np.ndarray) and isinstance(self.output, np.ndarray)
        floats = arrays and first.dtype == np.float32 and self.output.dtype == np.float32
        return floats and first.ndim > 1 and self.output.shape[:1] == first.shape[:1] and self.output.ndim > 0 and first.size > 0


def of_pytorch() -> Iterator[Case]:
    """Single layers that PyTorch wrote."""
    for folder in sorted([*(DATA / "pytorch-converted").iterdir(), *(DATA / "pytorch-operator").iterdir()]):
        stored = folder / "test_data_set_0"
        arrays = [[_array(path) for path in sorted(stored.glob(f"{kind}_*.pb"))] for kind in ("input", "output")]
        yield Case(folder.name.removeprefix("test_"), onnx.load(str(folder / "model.onnx")), arrays[0], arrays[1][0])


def of_operators() -> Iterator[Case]:
    """Single operators, from the definitions of the standard."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in collect_testcases(None):
            if case.model is not None:
                inputs, outputs = case.data_sets[0]
                yield Case(case.name.removeprefix("test_"), case.model, list(inputs), outputs[0])


def _array(path: Path) -> np.ndarray:
    return onnx.numpy_helper.to_array(onnx.load_tensor(str(path)))


def difference(case: Case, path: Path, **keys: Any) -> str:
    """What chipsim makes of a case that is not its output, or why it refuses it; empty where all is well."""
    model, stored = case.model, {tensor.name for tensor in case.model.graph.initializer}
    _, *others = [port for port in model.graph.input if port.name not in stored]
    for port, array in zip(others, case.inputs[1:], strict=False):
        if array is not None:
            model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), port.name))
        if model.ir_version > 3:
            model.graph.input.remove(port)
    onnx.save(model, str(path))
    try:
        found = read_onnx(path, output=model.graph.output[0].name, **keys)
    except InputError as error:
        return error.problems[0].message
    samples = case.inputs[0]
    images = np.stack([found.input.laid(samples[i : i + 1]) for i in range(len(samples))])
    made = found.arranged(computed(found, images))
    if made.shape != case.output.shape:
        return f"is {made.shape}, expected {case.output.shape}"
    return "" if np.allclose(made, case.output, rtol=1e-4, atol=1e-5, equal_nan=True) else "gives other numbers"


def computed(found: Imported, images: np.ndarray) -> np.ndarray:
    """As a workload does, also where nothing would go onto an array."""
    graph = Graph(found.spec.layers)
    shapes = {"input": found.spec.input.shape}
    for name in graph.order:
        shapes[name] = graph.layers[name].output_shape(*(shapes[source] for source in graph.sources(name)))
    layers = _stored_layers(graph, shapes)
    weights, parameters = layer_weights(layers, found.arrays), layer_parameters(layers, found.arrays)
    return Workload(found.spec, graph, shapes, weights, images, np.zeros(len(images), np.int64), parameters).forward(images)
