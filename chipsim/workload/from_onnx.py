"""Networks from ONNX files, read once: what a description asks for and what its weights are asked for is the same file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from chipsim.errors import InputError, Problem
from chipsim.workload.onnx import Imported, read_onnx

KEPT = 2  # files kept at a time


def network_of(path: str, bound: Mapping[str, int], output: str | None) -> Imported:
    """As `read_onnx`, from memory while the file stays the same."""
    try:
        state = os.stat(path)
    except OSError:
        raise InputError(Problem("there is no such file; expected an ONNX file", file=str(path))) from None
    return _read(str(path), (state.st_size, state.st_mtime_ns), tuple(sorted(bound.items())), output)


@lru_cache(maxsize=KEPT)
def _read(path: str, state: tuple[int, int], bound: tuple[tuple[str, int], ...], output: str | None) -> Imported:
    return read_onnx(path, dict(bound), output)
