"""A module and one of its outputs: traced into a file of ONNX, read, and computed beside what was read."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from chipsim.errors import CheckError, InputError, Problem
from chipsim.workload.from_torch.module import leaves, line, pytorch, told
from chipsim.workload.graph import Workload
from chipsim.workload.onnx import Imported, read_onnx

if TYPE_CHECKING:
    import torch

OPSET = 17  # the first with LayerNormalization as one operator
COMPARED = 4  # samples that the module computes too
TOLERANCE = 1e-3  # of the largest output
WAYS_OUT = (
    "replace what it cannot trace, export the module in another way and run the .onnx file, or write the layers in a workload file and "
    "bring the weights as .npz"
)


@final
@dataclass
class Part:
    """A module in evaluation mode and one of its outputs."""

    module: torch.nn.Module
    name: str
    sample: torch.Tensor
    wanted: int | str | None

    def __post_init__(self) -> None:
        try:
            found = dict(leaves(self.module(self.sample), ""))
        except Exception as error:  # whatever a module does
            message = f"'{self.name}' fails on an example of {told(self.sample)} ({line(error)})"
            raise InputError(f"from_torch.example: {message}; expected an input as the module takes it") from None
        self.key = self._chosen(found)
        if not np.isfinite(found[self.key].float().numpy()).all():
            raise InputError(f"from_torch.example: '{self.name}' makes numbers of it that are not finite")

    def _chosen(self, found: Mapping[str, torch.Tensor]) -> str:
        listed = ", ".join(f"{key or 0} {list(tensor.shape)}" for key, tensor in found.items()) or "none"
        if self.wanted is None and len(found) == 1:
            return next(iter(found))
        if self.wanted is None:
            raise InputError(f"from_torch.output: '{self.name}' gives {len(found)} outputs ({listed}); say which, such as output=0")
        key = str(self.wanted)
        key = "" if key == "0" and "" in found else key
        if key not in found:
            raise InputError(f"from_torch.output: '{self.name}' has no output {self.wanted}; it gives {listed}")
        return key

    def __call__(self, sample: torch.Tensor) -> torch.Tensor:
        """The output that was chosen."""
        found: torch.Tensor = dict(leaves(self.module(sample), ""))[self.key]
        return found

    def exported(self, digital: str | Sequence[str] | Mapping[str, int] = ()) -> Imported:
        """The module as a network; InputError for what PyTorch cannot trace or what is not supported."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "module.onnx")
            self._export(file)
            try:
                return read_onnx(file, digital=digital)
            except InputError as error:
                told = (replace(one, message=_in_python(one.message), file=f"from_torch: {self.name}") for one in error.problems)
                raise InputError(told) from None

    def _export(self, file: Path) -> None:
        part = self.module if not self.key else _picking(self)
        with warnings.catch_warnings(), quiet():
            warnings.simplefilter("ignore")
            try:
                pytorch().onnx.export(
                    part, (self.sample,), str(file), dynamo=False, opset_version=OPSET, input_names=["input"], output_names=["output"]
                )
            except Exception as error:  # the exporter raises kinds of its own
                if "not installed" in str(error):
                    raise InputError('chipsim.from_torch needs onnx: pip install "chipsim[train]"') from None
                message = f"PyTorch cannot export it ({line(error)}); {WAYS_OUT}"
                raise InputError(Problem(message, file=f"from_torch: {self.name}")) from None

    def compare(self, network: Imported, workload: Workload) -> None:
        """CheckError where the network makes something else of the example or of the first samples than the module."""
        inputs = network.input.arranged(workload.inputs[:COMPARED])
        samples = [self.sample, *(pytorch().from_numpy(x[None]).to(self.sample.dtype) for x in inputs)]
        for number, sample in enumerate(samples):
            wanted = self(sample).float().numpy()
            image = network.input.laid(sample.float().numpy())[None]
            found = network.arranged(workload.forward(np.ascontiguousarray(image, np.float32))).reshape(wanted.shape)
            largest, error = float(np.abs(wanted).max()), float(np.abs(found - wanted).max())
            if not error <= TOLERANCE * largest:
                what = f"sample {number - 1}" if number else "the example"
                raise CheckError(
                    f"from_torch: {self.name}: what was read gives {what} outputs that are off by up to {error:.3g}, of at most "
                    f"{largest:.3g}; where the module's way depends on its numbers (if, loops), only the way of the example is read"
                )


def _in_python(message: str) -> str:
    """What a workload file would say of `digital`, as the argument of the call."""
    found = re.search(r"'digital: \[(.*?)\]' in the workload file", message)
    if found is None:
        return message
    names = ", ".join(f'"{name}"' for name in found[1].split(", "))
    return message.replace(found[0], f"digital=[{names}]")


@contextmanager
def quiet() -> Iterator[None]:
    """The exporter prints the whole graph before it raises; nobody asked for it."""
    library = pytorch()._C
    said = getattr(library, "_jit_onnx_log", None)
    with suppress(AttributeError):
        library._jit_onnx_log = lambda *words: None
    try:
        yield
    finally:
        if said is not None:
            library._jit_onnx_log = said


def _picking(part: Part) -> torch.nn.Module:
    """A module around another that gives one of its outputs."""
    root: Any = pytorch().nn.Module

    class Picking(root):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.of = part.module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return dict(leaves(self.of(x), ""))[part.key]

    picking: torch.nn.Module = Picking().eval()
    return picking
