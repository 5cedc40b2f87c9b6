"""The description of a workload, equal to its YAML file: input, data, weights and the list of layers.

With `onnx` the layers, the shape of the input and the name come from that file, as far as they are not written, and so do the weights.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, final

from chipsim.errors import InputError, Problem
from chipsim.spec import FilePath, Spec, check, filled, key
from chipsim.workload.data import DataSpec, InputSpec
from chipsim.workload.drawn import Random
from chipsim.workload.layers import Layer


@final
class WorkloadSpec(Spec):
    """A network, its trained weights and the data it is judged by; paths are relative to the file they are written in."""

    name: str = key("name of the workload, for reports", min_length=1)
    input: InputSpec = key("what the first layer reads")
    weights: FilePath | None = key("an .npz file with <layer>.weight and <layer>.bias, as PyTorch stores them", default=None)
    onnx: FilePath | None = key("an ONNX file that layers and weights are read from, in place of both", default=None)
    shapes: dict[str, int] = key("lengths of axes that the ONNX file leaves open, by their names", default={})
    output: str | None = key("which output of the ONNX file, where there are several", default=None)
    data: DataSpec | None = key("images and labels", default=None)
    random: Random | None = key("draw weights and inputs where none are named: time and energy of a shape, no accuracy", default=None)
    layers: tuple[Layer, ...] = key("the layers; one that names no inputs reads the layer before it", min_length=1)
    plugins: str | tuple[str, ...] = key("Python files or modules that define further kinds of layer", default=())

    @filled
    def _from_onnx(values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805  # there is no workload yet
        if not values.get("onnx") or values.get("layers"):
            return values
        from chipsim.workload.from_onnx import network_of

        try:
            found = network_of(values["onnx"], values.get("shapes") or {}, values.get("output")).spec
        except InputError as error:
            told = (replace(problem, file=Path(problem.file).name) for problem in error.problems)
            raise InputError(Problem(f"onnx: {problem}") for problem in told) from None
        return {"name": found.name, "input": found.input, **values, "layers": found.layers}

    @check
    def _is_of_one_source(self) -> WorkloadSpec:
        if self.onnx and self.weights:
            raise ValueError("weights and onnx are both named; an ONNX file holds the weights")
        if not self.onnx and (self.shapes or self.output):
            raise ValueError("shapes and output belong to an ONNX file, but none is named under onnx")
        return self

    @property
    def drawn(self) -> str:
        """What is drawn instead of named, `weights`, `inputs` or `weights and inputs`; empty where nothing is."""
        named = (("weights", self.weights or self.onnx), ("inputs", self.data))
        return " and ".join(name for name, given in named if self.random and given is None)
