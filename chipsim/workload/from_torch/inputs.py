"""Modules that read several tensors: one is what a sample goes into, the others keep the values of the example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError, did_you_mean
from chipsim.workload.from_torch.module import pytorch, told

if TYPE_CHECKING:
    import torch

Example = Any  # a tensor, several in a row, or by the names of the arguments


def alone(module: torch.nn.Module, example: Example, wanted: int | str | None) -> tuple[torch.nn.Module, object]:
    """A module of one input and its example: the module itself, or one around it in which the other inputs are fixed.

    wanted: which input is the network's own, by number or name (default: the first).
    """
    named = isinstance(example, Mapping)
    if not named and not isinstance(example, (tuple, list)):
        _check_known(wanted, [0])
        return module, example
    inputs: dict[int | str, Any] = dict(example) if named else dict(enumerate(example))
    if not inputs:
        raise InputError("from_torch.example: holds nothing; expected one tensor or more")
    own = next(iter(inputs)) if wanted is None else wanted
    _check_known(own, list(inputs))
    if len(inputs) == 1 and not named:
        return module, inputs[own]
    return _around(module, inputs, own), inputs[own]


def _check_known(wanted: int | str | None, known: Sequence[int | str]) -> None:
    if wanted is not None and wanted not in known:
        raise InputError(f"from_torch.input: the example has no input {wanted} ({did_you_mean(str(wanted), list(map(str, known)))})")


def _around(module: torch.nn.Module, inputs: Mapping[int | str, Any], own: int | str) -> torch.nn.Module:
    """A module around another that hands it the other inputs."""
    library = pytorch()
    root: Any = library.nn.Module
    fixed = {key: value for key, value in inputs.items() if key != own}
    tensors = {key: value.detach().cpu() for key, value in fixed.items() if isinstance(value, library.Tensor)}
    for key, value in tensors.items():
        if value.is_complex():
            raise InputError(f"from_torch.example: input {key} is {told(value)}; expected real numbers")

    class Around(root):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.of = module
            for key, value in tensors.items():
                self.register_buffer(f"fixed_{key}", value.float() if value.is_floating_point() else value)

        def forward(self, x: torch.Tensor) -> object:
            given = {key: getattr(self, f"fixed_{key}", fixed.get(key)) if key != own else x for key in inputs}
            if all(isinstance(key, int) for key in given):
                return self.of(*given.values())
            return self.of(**{str(key): value for key, value in given.items()})

    around: torch.nn.Module = Around().train(module.training)
    return around
