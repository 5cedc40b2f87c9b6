"""The description of a workload, equal to its YAML file: input, data, weights and the list of layers."""

from __future__ import annotations

from typing import final

from chipsim.spec import FilePath, Spec, key
from chipsim.workload.data import DataSpec, InputSpec
from chipsim.workload.drawn import Random
from chipsim.workload.layers import Layer


@final
class WorkloadSpec(Spec):
    """A network, its trained weights and the data it is judged by; paths are relative to the file they are written in."""

    name: str = key("name of the workload, for reports", min_length=1)
    input: InputSpec = key("what the first layer reads")
    weights: FilePath | None = key("an .npz file with <layer>.weight and <layer>.bias, as PyTorch stores them", default=None)
    data: DataSpec | None = key("images and labels", default=None)
    random: Random | None = key("draw weights and inputs where none are named: time and energy of a shape, no accuracy", default=None)
    layers: tuple[Layer, ...] = key("the layers; one that names no inputs reads the layer before it", min_length=1)
    plugins: str | tuple[str, ...] = key("Python files or modules that define further kinds of layer", default=())

    @property
    def drawn(self) -> str:
        """What is drawn instead of named, `weights`, `inputs` or `weights and inputs`; empty where nothing is."""
        return " and ".join(name for name, given in (("weights", self.weights), ("inputs", self.data)) if self.random and given is None)
