"""The description of a workload, equal to its YAML file: input, data, weights and the list of layers.

With `onnx` the layers, the shape of the input and the name come from that file, as far as they are not written, and so do the weights.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, final

from chipsim.errors import InputError, Problem
from chipsim.spec import FilePath, Spec, check, filled, key
from chipsim.workload.data import DataSpec, InputSpec
from chipsim.workload.drawn import Random
from chipsim.workload.layers import Layer
from chipsim.workload.metrics import Accuracy, Metric


@final
class WorkloadSpec(Spec):
    """A network, its trained weights and the data it is judged by; paths are relative to the file they are written in."""

    name: str = key("name of the workload, for reports", min_length=1)
    input: InputSpec = key("what the first layer reads")
    weights: FilePath | None = key("an .npz file with <layer>.weight and <layer>.bias, as PyTorch stores them", default=None)
    onnx: FilePath | None = key("an ONNX file that layers and weights are read from, in place of both", default=None)
    shapes: dict[str, int] = key("lengths of axes that the ONNX file leaves open, by their names", default={})
    output: str | None = key("which output of the ONNX file, where there are several", default=None)
    digital: str | tuple[str, ...] | dict[str, int] = key(
        "operators of the ONNX file that the vector unit computes as they are: 'all' that are missing, names, or each with its "
        "operations for a number of its output (assumed: 1)", default=()
    )  # fmt: skip
    bind: FilePath | dict[str, Any] = key(
        "values of all inputs of the ONNX file but one: a number or a list of numbers each, or an .npz file of arrays by their names",
        default={},
    )
    data: DataSpec | None = key("images and labels", default=None)
    metric: Metric | None = key("how the network is judged (default: accuracy)", default=None)
    also: tuple[Metric, ...] | None = key("further metrics that are told beside it", default=None, min_length=1)
    random: Random | None = key("draw weights and inputs where none are named: time and energy of a shape, no accuracy", default=None)
    given: tuple[Literal["weights", "data"], ...] | None = key(
        "what a program brought and no file holds; written by chipsim.from_torch, and not to be written by hand", default=None
    )
    layers: tuple[Layer, ...] = key("the layers; one that names no inputs reads the layer before it", min_length=1)
    plugins: str | tuple[str, ...] = key("Python files or modules that define further kinds of layer", default=())

    @filled
    def _from_onnx(values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805  # there is no workload yet
        if not values.get("onnx") or values.get("layers"):
            return values
        from chipsim.workload.from_onnx import network_of

        try:
            asked = values.get("shapes") or {}, values.get("output"), values.get("digital") or (), values.get("bind")
            found = network_of(values["onnx"], *asked).spec
        except InputError as error:
            own = Path(values["onnx"]).name if Path(values["onnx"]).is_file() else ""  # the place of the key says it already
            told = (replace(one, file="" if Path(one.file).name == own else Path(one.file).name) for one in error.problems)
            raise InputError(Problem(f"onnx: {problem}") for problem in told) from None
        return {"name": found.name, "input": found.input, **values, "layers": found.layers}

    @check
    def _is_of_one_source(self) -> WorkloadSpec:
        if self.onnx and self.weights:
            raise ValueError("weights and onnx are both named; an ONNX file holds the weights")
        if not self.onnx and (self.shapes or self.output or self.digital or self.bind):
            raise ValueError("shapes, output, digital and bind belong to an ONNX file, but none is named under onnx")
        return self

    @check
    def _tells_each_metric_once(self) -> WorkloadSpec:
        columns = self.columns
        twice = next((column for i, column in enumerate(columns) if column in columns[:i]), None)
        if twice:
            raise ValueError(f"also: '{twice}' is told already; each metric once, as tables call them by name")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the metrics, that by which the network is judged first."""
        return tuple(metric.column for metric in (self.metric or Accuracy(), *(self.also or ())))

    def metrics(self, last: Layer) -> tuple[Metric, ...]:
        """How the network is judged, of which `last` is the last layer: by the first, the others are told beside it."""
        return tuple(metric.after(last) for metric in (self.metric or Accuracy(), *(self.also or ())))

    @property
    def drawn(self) -> str:
        """What is drawn instead of named, `weights`, `inputs` or `weights and inputs`; empty where nothing is."""
        brought = self.given or ()
        named = ("weights", self.weights or self.onnx or "weights" in brought), ("inputs", self.data or "data" in brought)
        return " and ".join(name for name, found in named if self.random and not found)
