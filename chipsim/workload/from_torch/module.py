"""A module of PyTorch as it must be to be read: with numbers that can be used, in float32, in evaluation mode, its outputs by name."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chipsim.errors import InputError, Problem

if TYPE_CHECKING:
    import torch


def pytorch() -> Any:
    try:
        import torch
    except ImportError:
        raise InputError('chipsim.from_torch needs PyTorch: pip install "chipsim[train]"') from None
    return torch


def single(module: torch.nn.Module) -> torch.nn.Module:
    """The module in float32 on the CPU, itself where it is so; InputError for weights that cannot be used."""
    torch = pytorch()
    problems, other = [], False
    for name, array in (*module.named_parameters(), *module.named_buffers()):
        if isinstance(array, torch.nn.parameter.UninitializedTensorMixin) or array.is_meta:
            problems.append(Problem("has no numbers yet; call the module once, or load its weights", name))
        elif array.is_complex():
            problems.append(Problem("holds complex numbers, expected real ones", name))
        elif array.is_floating_point() and not bool(torch.isfinite(array).all()):
            count = int((~torch.isfinite(array)).sum())
            message = f"{count} of its {array.numel()} numbers are not finite; the network may have diverged in training"
            problems.append(Problem(message, name))
        other = other or array.device.type != "cpu" or (array.is_floating_point() and array.dtype != torch.float32)
    if problems:
        raise InputError(replace(problem, file=f"from_torch: {type(module).__name__}") for problem in problems)
    return copy.deepcopy(module).cpu().float() if other else module


@contextmanager
def inference(module: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode, without gradients and without fused kernels that no exporter knows; all is put back."""
    torch = pytorch()
    training, fast = [(part, part.training) for part in module.modules()], torch.backends.mha.get_fastpath_enabled()
    try:
        module.eval()
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for part, state in training:
            part.training = state


def leaves(value: object, path: str) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of what a module returns, by number or key, with dots between those of nested ones."""
    if isinstance(value, pytorch().Tensor):
        yield path, value
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, (tuple, list)) else ()
    for key, part in parts:
        yield from leaves(part, f"{path}.{key}" if path else str(key))


def told(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300].rstrip(". ") if lines else type(error).__name__
