"""Arrays from .npz files, without pickle: what cannot be read is one sentence, never a half-read array."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem


def read_arrays(path: Path, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file by name (all, or those of `names` that it holds); InputError lists what cannot be read.

    MemoryError for sound arrays that do not fit into memory.
    """
    try:
        if what := _something_else(path):
            raise InputError(Problem(f"is {what}; expected an .npz file of named arrays (numpy.savez)", file=str(path)))
        archive = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError(Problem("there is no such file; expected an .npz file of arrays", file=str(path))) from None
    except InputError:
        raise
    except Exception as error:  # a damaged file makes NumPy, zipfile and zlib raise a dozen kinds
        raise InputError(Problem(f"cannot be read as an .npz file of arrays ({_reason(error)})", file=str(path))) from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InputError(Problem("holds one bare array, expected an .npz file of named arrays (numpy.savez)", file=str(path)))
    with archive:
        wanted = archive.files if names is None else [name for name in names if name in archive.files]
        arrays, problems = {}, []
        for name in wanted:
            try:
                arrays[name] = _array(archive, name)
            except MemoryError as error:
                if _is_large(archive, name):  # nothing is wrong with the file
                    raise
                problems.append(Problem(f"the array cannot be read ({_reason(error)})", name, str(path)))
            except Exception as error:
                problems.append(Problem(f"the array cannot be read ({_reason(error)})", name, str(path)))
    if problems:
        raise InputError(problems)
    return arrays


def _something_else(path: Path) -> str:
    """What a file is whose first bytes are neither those of an archive nor those of NumPy or pickle; empty where it may be one."""
    with open(path, "rb") as stream:
        start = stream.read(512)
    if not start or start.startswith((b"PK", b"\x93NUMPY", b"\x80")):
        return ""
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # not merely a letter that the end has cut
            return ""
        text = start[: error.start].decode("utf-8")
    if not all(letter.isprintable() or letter.isspace() for letter in text):
        return ""
    return f"a text file that begins with {' '.join(text.split())[:20]!r}"


def _array(archive: np.lib.npyio.NpzFile, name: str) -> NDArray[Any]:
    array = archive[name]
    if not isinstance(array, np.ndarray):  # NumPy hands out the bytes of an entry that is not in its own format
        raise TypeError("the entry is not an array in the .npy format")
    return array


def _is_large(archive: np.lib.npyio.NpzFile, name: str) -> bool:
    """Whether an entry is as large as its head says; the head of a damaged one may ask for any number of bytes."""
    assert archive.zip is not None
    entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.zip.infolist()}
    try:
        with archive.zip.open(entries[name.removesuffix(".npy")]) as stream:
            old = np.lib.format.read_magic(stream) == (1, 0)
            shape, _, kind = np.lib.format.read_array_header_1_0(stream) if old else np.lib.format.read_array_header_2_0(stream)
    except MemoryError:
        return True
    except Exception:  # damaged
        return False
    return math.prod(shape) * kind.itemsize <= entries[name.removesuffix(".npy")].file_size


def _reason(error: BaseException) -> str:
    text = str(error).strip().rstrip(".") or type(error).__name__
    if "pickle" in text.lower():
        return "it holds pickled Python objects, which are never loaded; save plain arrays"
    return text.splitlines()[0]
