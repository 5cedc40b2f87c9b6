"""Networks from ONNX files, read once: what a description asks for and what its weights are asked for is the same file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from chipsim.errors import InputError, Problem
from chipsim.workload.onnx import Digital, Imported, read_onnx

Frozen = str | tuple[str, ...] | frozenset[tuple[str, int]]
KEPT = 2  # files kept at a time


def network_of(path: str, bound: Mapping[str, int], output: str | None, digital: Digital = ()) -> Imported:
    """As `read_onnx`, from memory while the file stays the same."""
    try:
        state = os.stat(path)
    except OSError:
        raise InputError(Problem("there is no such file; expected an ONNX file", file=str(path))) from None
    return _read(str(path), (state.st_size, state.st_mtime_ns), tuple(sorted(bound.items())), output, _frozen(digital))


@lru_cache(maxsize=KEPT)
def _read(path: str, state: tuple[int, int], bound: tuple[tuple[str, int], ...], output: str | None, digital: Frozen) -> Imported:
    named = dict(digital) if isinstance(digital, frozenset) else digital
    return read_onnx(path, dict(bound), output, named)


def _frozen(digital: Digital) -> Frozen:
    if isinstance(digital, Mapping):
        return frozenset(digital.items())
    return digital if isinstance(digital, str) else tuple(digital)
