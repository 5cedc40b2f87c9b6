"""Small ONNX models, and their outputs by onnxruntime and by chipsim."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chipsim.workload.load import build_workload
from chipsim.workload.onnx import Imported, read_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
FLOAT = onnx.TensorProto.FLOAT


def graph(
    path: Path, nodes: Sequence[Any], shape: Sequence[int | str], arrays: dict[str, Any] | None = None, opset: int = 17,
    outputs: Sequence[str] = ("y",),
) -> Path:  # fmt: skip
    """Write a model of these nodes, which reads `x` and gives `y`."""
    helper = onnx.helper
    stored = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in (arrays or {}).items()]
    ports = [helper.make_tensor_value_info("x", FLOAT, list(shape))]
    given = [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs]
    made = helper.make_model(helper.make_graph(list(nodes), "g", ports, given, stored), opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    onnx.save(made, str(path))
    return path


def node(op: str, *inputs: str, out: str = "y", name: str = "", **attributes: Any) -> Any:
    """One node; several outputs by commas."""
    return onnx.helper.make_node(op, list(inputs), out.split(","), name=name or f"the_{op}", **attributes)


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def exported(module: Any, example: Any, path: Path, **keys: Any) -> Path:
    """A PyTorch module as an ONNX file."""
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), example if isinstance(example, tuple) else (example,), str(path), dynamo=False, **keys)
    return path


def outputs_of(path: Path, x: np.ndarray) -> np.ndarray:
    """By onnxruntime, sample after sample."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([np.asarray(session.run(None, {name: one[None]})[0]) for one in x])


def labels_for(found: Imported, count: int) -> np.ndarray:
    """Labels as the output takes them: one for each sample, step or position."""
    _, height, width = found.output.size
    return np.zeros((count, height, width) if width > 1 else (count, height) if height > 1 else count, np.int64)


def check_equal(path: Path, x: np.ndarray, atol: float = 1e-5, **keys: Any) -> Imported:
    """Both give the same; x in the axes of the file [N, ...]."""
    found = read_onnx(path, **keys)
    images = np.stack([found.input.laid(one[None]) for one in x]).astype(np.float32)
    workload = build_workload(found.spec, found.arrays, images, labels_for(found, len(x)))
    np.testing.assert_allclose(found.arranged(workload.forward(images)), outputs_of(path, x), rtol=1e-4, atol=atol)
    return found
