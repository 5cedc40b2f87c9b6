"""Networks from ONNX files, read once: what a description asks for and what its weights are asked for is the same file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from chipsim.errors import InputError, Problem
from chipsim.workload.archive import read_arrays
from chipsim.workload.onnx import Bind, Digital, Imported, read_onnx

Frozen = str | tuple[str, ...] | frozenset[tuple[str, int]]
KEPT = 2  # files kept at a time


def network_of(
    path: str, bound: Mapping[str, int], output: str | None, digital: Digital = (), bind: str | Bind | None = None
) -> Imported:
    """As `read_onnx`, from memory while the files stay the same; bind: also an .npz file of arrays named as the inputs."""
    held = bind if isinstance(bind, str) else _tuples(bind or {})
    states = (_state(path, "an ONNX file"), _state(bind, "an .npz file of arrays") if isinstance(bind, str) else None)
    return _read(str(path), states, tuple(sorted(bound.items())), output, _frozen(digital), held)


def _state(path: str, wanted: str) -> tuple[int, int]:
    try:
        state = os.stat(path)
    except OSError:
        raise InputError(Problem(f"there is no such file; expected {wanted}", file=str(path))) from None
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=KEPT)
def _read(
    path: str, states: tuple[Any, ...], bound: tuple[tuple[str, int], ...], output: str | None, digital: Frozen, bind: Any
) -> Imported:
    named = dict(digital) if isinstance(digital, frozenset) else digital
    return read_onnx(path, dict(bound), output, named, read_arrays(Path(bind)) if isinstance(bind, str) else dict(bind))


def _tuples(value: Any) -> Any:
    """Blocks and lists as tuples, which can be kept by."""
    if isinstance(value, Mapping):
        return tuple((name, _tuples(one)) for name, one in sorted(value.items()))
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value


def _frozen(digital: Digital) -> Frozen:
    if isinstance(digital, Mapping):
        return frozenset(digital.items())
    return digital if isinstance(digital, str) else tuple(digital)
